"""Each Condition in etcd's words: what to compare, what to read when the transaction fails, how to judge that.

A condition that is a disjunction ("no hold, or mine") can't be one compare. For `Unheld` the compare is
chosen by what was last seen of holds, all of them, at revision R. Where no other hand was seen, "none was written
after R": one range compare, shared by the whole batch, makes the listing's word good. Where one was, "there is
none at all", shared too. What was assumed wrongly only ever fails the transaction, never passes it. Everything
else is exact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from coordination.etcd.keys import Keys
from coordination.etcd.requests import Compare, Read, View
from coordination.etcd.values import root_of, text_of
from coordination.intents import (
    AppliedBelow,
    ClaimFence,
    ClaimFree,
    Condition,
    HeadVersion,
    LeaderFence,
    LeaderFree,
    LockFree,
    LockHeld,
    ManifestAbsent,
    ManifestLive,
    ManifestRetired,
    ReservedBelow,
    RootOlder,
    RootVersion,
    TreeExists,
    Unclaimed,
    Unheld,
)
from coordination.limits import HOLDS_LISTED
from coordination.plan import digits
from coordination.records import Endpoint


@dataclass(frozen=True, slots=True)
class HoldsSeen:
    """What was last seen of holds: all that there were at `revision`. Before the first look: none."""

    revision: int = 0
    hands: Mapping[Endpoint, str] = field(default_factory=dict)


class Case(NamedTuple):
    """One condition: true when all compares are; and judged again on what the failed transaction read."""

    compares: tuple[Compare, ...]
    reads: tuple[Read, ...]
    holds: Callable[[View], bool]


@cache
def all_holds(keys: Keys) -> Read:
    """The read that lists holds: where one more than HOLDS_LISTED come back, there are others behind them."""
    return Read(keys.all("holds").start, keys.all("holds").end, HOLDS_LISTED + 1)


def holds_seen(keys: Keys, view: View, revision: int) -> HoldsSeen:
    """What a view that lists all holds says about them."""
    named = ((keys.name("holds", one.key), one.value) for one in view[all_holds(keys)])
    hands = {Endpoint(name): text_of(hand, f"hold on {name}") for name, hand in named}
    return HoldsSeen(revision, hands)


def case(condition: Condition, keys: Keys, seen: HoldsSeen) -> Case:
    """One condition's Case."""
    match condition:
        case RootVersion() | RootOlder() | TreeExists() | LockFree() | LockHeld():
            return _of_endpoint(condition, keys)
        case Unheld():
            return _unheld(condition, keys, seen)
        case ClaimFree() | ClaimFence() | Unclaimed() | LeaderFree() | LeaderFence():
            return _of_claims(condition, keys)
        case HeadVersion() | ReservedBelow() | AppliedBelow() | ManifestAbsent() | ManifestLive() | ManifestRetired():
            return _of_plans(condition, keys)


def _of_endpoint(condition: RootVersion | RootOlder | TreeExists | LockFree | LockHeld, keys: Keys) -> Case:
    match condition:
        case RootVersion(endpoint, version):
            root = Read(keys.root(endpoint))
            return Case(
                (Compare(root.key, "mod", "=", version),),
                (root,),
                lambda view: (view[root][0].mod if view[root] else 0) == version,
            )
        case RootOlder(endpoint, generation):
            root = Read(keys.root(endpoint))
            return Case(
                (Compare(root.key, "value", "<", digits(generation).encode()),),
                (root,),
                lambda view: any(root_of(one.value, one.mod).generation < generation for one in view[root]),
            )
        case TreeExists(endpoint, generation):
            return _present(keys.tree(generation, endpoint))
        case LockFree(endpoint):
            lock = Read(keys.lock(endpoint))
            return Case((Compare(lock.key, "create", "=", 0),), (lock,), lambda view: not view[lock])
        case LockHeld(endpoint, holder):
            lock, mine = Read(keys.lock(endpoint)), holder.encode()
            return Case(
                (Compare(lock.key, "value", "=", mine),),
                (lock,),
                lambda view: any(one.value == mine for one in view[lock]),
            )


def _unheld(condition: Unheld, keys: Keys, seen: HoldsSeen) -> Case:
    key, mine = keys.hold(condition.endpoint), condition.hand.encode()
    read = all_holds(keys)
    if seen.hands.get(condition.endpoint, condition.hand) == condition.hand:
        compare = Compare(read.key, "mod", "<", seen.revision + 1, read.end)
    else:
        compare = Compare(read.key, "create", "=", 0, read.end)
    return Case((compare,), (read,), lambda view: not any(one.key == key and one.value != mine for one in view[read]))


def _of_claims(condition: ClaimFree | ClaimFence | Unclaimed | LeaderFree | LeaderFence, keys: Keys) -> Case:
    match condition:
        case ClaimFree(generation, az):
            return _absent(keys.claim(generation, az))
        case ClaimFence(generation, az, fence):
            return _created(keys.claim(generation, az), fence)
        case Unclaimed(generation):
            span = keys.claims_to(generation)
            return _absent(span.start, span.end)
        case LeaderFree(scope):
            return _absent(keys.leader(scope))
        case LeaderFence(scope, fence):
            return _created(keys.leader(scope), fence)


def _of_plans(
    condition: HeadVersion | ReservedBelow | AppliedBelow | ManifestAbsent | ManifestLive | ManifestRetired, keys: Keys
) -> Case:
    match condition:
        case HeadVersion(version):
            changes = (Read(keys.head(), keys_only=True), Read(keys.lifted(), keys_only=True))
            return Case(
                tuple(Compare(one.key, "mod", "<", version + 1) for one in changes),
                changes,
                lambda view: all(found.mod <= version for one in changes for found in view[one]),
            )
        case ReservedBelow(generation):
            span = keys.from_number("reserved", generation)
            return _absent(span.start, span.end)
        case AppliedBelow(generation):
            span = keys.from_number("applied", generation)
            return _absent(span.start, span.end)
        case ManifestAbsent(generation):
            return _absent(keys.manifest(generation))
        case ManifestRetired(generation):
            return _present(keys.retired(generation))
        case ManifestLive(generation):
            there, not_retired = _present(keys.manifest(generation)), _absent(keys.retired(generation))
            return Case(
                there.compares + not_retired.compares,
                there.reads + not_retired.reads,
                lambda view: there.holds(view) and not_retired.holds(view),
            )


def _present(key: bytes) -> Case:
    read = Read(key, keys_only=True)
    return Case((Compare(key, "create", ">", 0),), (read,), lambda view: bool(view[read]))


def _absent(key: bytes, end: bytes = b"") -> Case:
    read = Read(key, end, limit=1, keys_only=True) if end else Read(key, keys_only=True)
    return Case((Compare(key, "create", "=", 0, end),), (read,), lambda view: not view[read])


def _created(key: bytes, fence: int) -> Case:
    read, wanted = Read(key, keys_only=True), fence if fence > 0 else -1  # 0 is what etcd says of a missing key
    return Case(
        (Compare(key, "create", "=", wanted),), (read,), lambda view: any(one.create == wanted for one in view[read])
    )
