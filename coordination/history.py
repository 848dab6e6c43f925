"""A recorded history: any authority and any claims, wrapped so that every write leaves one JSON-able line.

The same lines come from the simulator and from real runs, and the same judges read them. A line has the
time before and after the call (seconds of the monotonic clock), who called, what was asked and how it
ended. Records are kept as the number of their addresses: enough for every invariant, small enough at full
scale. `replay` turns lines back into the authority's states by the one reducer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from immutables import Map

from coordination.authority import State, holds, step
from coordination.intents import (
    Batch,
    Change,
    Committed,
    Condition,
    Conflict,
    DropClaim,
    DropGeneration,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Forget,
    Hold,
    Lift,
    ManifestLive,
    ManifestRetired,
    Outcome,
    Proposal,
    Publish,
    Reserve,
    Retire,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    TreeExists,
    Unknown,
    laws,
)
from coordination.plan import Generation, Manifest
from coordination.ports import Authority, Claims
from coordination.records import Endpoint, Records, RRset, Target
from coordination.seen import ClaimSeen, Head, Reading, Seen

Line = dict[str, Any]
Sink = Callable[[Line], None]


# --- values to lines and back ------------------------------------------------------------------------------------


def encode(change: Change) -> list[Any]:
    """A change as a flat list: its verb, then its fields."""
    match change:
        case Enact(endpoint, generation, records, rollback, hand, unlock):
            addresses = None if records is None else sum(t.weight > 0 for rrset in records for t in rrset.targets)
            return ["enact", endpoint, generation, addresses, rollback, hand, unlock]
        case TakeLock(endpoint, holder) | DropLock(endpoint, holder):
            return ["lock" if isinstance(change, TakeLock) else "unlock", endpoint, holder]
        case TakeClaim(generation, az, token):
            return ["claim", generation, az, token]
        case DropClaim(generation, az):
            return ["unclaim", generation, az]
        case TakeLeadership(scope, token):
            return ["lead", scope, token]
        case DropLeadership(scope):
            return ["unlead", scope]
        case Publish(m):
            return [
                "publish",
                m.generation,
                m.base,
                m.digest,
                m.size,
                m.chunks,
                m.offset,
                m.inputs_revision,
                m.publisher,
            ]
        case DropTree(generation, endpoint):
            return ["drop tree", generation, endpoint]
        case Hold(endpoint, hand):
            return ["hold", endpoint, hand]
        case Lift(endpoint):
            return ["lift", endpoint]
        case Reserve(generation):
            return ["reserve", generation]
        case Finish(generation):
            return ["finish", generation]
        case Retire(generation):
            return ["retire", generation]
        case Forget(generation):
            return ["forget", generation]
        case DropGeneration(generation):
            return ["drop generation", generation]


def decode(flat: list[Any]) -> Change:
    """The change that `encode` wrote; addresses are stand-ins, as many as there were."""
    verb, *fields = flat
    match verb:
        case "enact":
            endpoint, generation, addresses, rollback, hand, unlock = fields
            return Enact(endpoint, generation, _stand_ins(addresses), rollback, hand, unlock)
        case "publish":
            return Publish(Manifest(*fields))
    plain: Mapping[str, Callable[..., Change]] = {
        "lock": TakeLock,
        "unlock": DropLock,
        "claim": TakeClaim,
        "unclaim": DropClaim,
        "lead": TakeLeadership,
        "unlead": DropLeadership,
        "drop tree": DropTree,
        "hold": Hold,
        "lift": Lift,
        "reserve": Reserve,
        "finish": Finish,
        "retire": Retire,
        "forget": Forget,
        "drop generation": DropGeneration,
    }
    return plain[verb](*fields)


_STAND_INS: dict[int, Records] = {}


def _stand_ins(addresses: int | None) -> Records | None:
    if addresses is None:
        return None
    if addresses not in _STAND_INS:
        targets = tuple(Target(f"192.0.2.{n % 256}", 1) for n in range(addresses))
        _STAND_INS[addresses] = (RRset("A", 0, targets),) if targets else ()
    return _STAND_INS[addresses]


def outcome_line(outcome: Outcome) -> Line:
    """An outcome as the fields it adds to a line."""
    match outcome:
        case Committed(revision):
            return {"out": "committed", "revision": revision}
        case Conflict(lost, revision):
            named = [[one.index, type(one.condition).__name__, str(one.condition)] for one in lost]
            return {"out": "conflict", "revision": revision, "lost": named}
        case Unknown(reason):
            return {"out": "unknown", "reason": reason}


# --- recording ---------------------------------------------------------------------------------------------------


class RecordingAuthority:
    """`ports.Authority` that records every commit, and every listing that a sweep begins with."""

    def __init__(self, inner: Authority, who: str, now: Callable[[], float], sink: Sink) -> None:
        self._inner, self._who, self._now, self._sink = inner, who, now, sink

    async def commit(self, batch: Batch) -> Outcome:
        asked = self._now()
        outcome = await self._inner.commit(batch)
        changes = [encode(proposal.change) for proposal in batch.proposals]
        line = {"asked": asked, "answered": self._now(), "who": self._who, "call": "commit", "changes": changes}
        self._sink(line | outcome_line(outcome))
        return outcome

    async def generations(self) -> tuple[Generation, ...]:
        asked = self._now()
        found = await self._inner.generations()
        line = {"asked": asked, "answered": self._now(), "who": self._who, "call": "list", "found": list(found)}
        self._sink(line)
        return found

    async def head(self) -> Head:
        return await self._inner.head()

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        return await self._inner.read(endpoints)

    async def survivor(self, endpoint: Endpoint) -> Generation | None:
        return await self._inner.survivor(endpoint)

    async def trees(self, generation: Generation, after: Endpoint | None, limit: int) -> tuple[Endpoint, ...]:
        return await self._inner.trees(generation, after, limit)

    async def roots(self, after: Endpoint | None, limit: int) -> tuple[Seen, ...]:
        return await self._inner.roots(after, limit)

    async def manifests(self) -> tuple[Manifest, ...]:
        return await self._inner.manifests()

    async def claims(self) -> tuple[ClaimSeen, ...]:
        return await self._inner.claims()


class RecordingClaims:
    """`ports.Claims` that records what was acquired and released."""

    def __init__(self, inner: Claims, who: str, now: Callable[[], float], sink: Sink) -> None:
        self._inner, self._who, self._now, self._sink = inner, who, now, sink

    async def acquire(self, key: TakeClaim | TakeLeadership, conditions: tuple[Condition, ...]) -> Outcome:
        asked = self._now()
        outcome = await self._inner.acquire(key, conditions)
        self._line(asked, key, outcome)
        return outcome

    async def renew(self, key: TakeClaim | TakeLeadership) -> bool:
        return await self._inner.renew(key)

    async def release(self, key: TakeClaim | TakeLeadership) -> Outcome:
        asked = self._now()
        outcome = await self._inner.release(key)
        drop = DropClaim(key.generation, key.az) if isinstance(key, TakeClaim) else DropLeadership(key.scope)
        self._line(asked, drop, outcome)
        return outcome

    def _line(self, asked: float, change: Change, outcome: Outcome) -> None:
        line = {
            "asked": asked,
            "answered": self._now(),
            "who": self._who,
            "call": "commit",
            "changes": [encode(change)],
        }
        self._sink(line | outcome_line(outcome))


# --- replaying ---------------------------------------------------------------------------------------------------


def replay(lines: Iterable[Line]) -> Iterator[tuple[State, Batch, State, Line]]:
    """Committed lines in the authority's own order, each with the state before and after it.

    Conditions are not judged again: the authority did. What leases took away in between is not in the lines, nor
    is what committed although its reply was lost or its author died before writing the line. Where a law proves
    that there was such a write, what it must have written is put in, so that nothing falls for want of a line.
    """
    committed = [line for line in lines if line.get("out") == "committed"]
    state = State()
    for line in sorted(committed, key=lambda one: int(one["revision"])):
        before, revision = state, int(line["revision"])
        batch = Batch(tuple(Proposal(decode(flat)) for flat in line["changes"]))
        for proposal in batch.proposals:
            before = _proven(before, proposal.change)
        state = before
        for proposal in batch.proposals:
            state = step(state, proposal.change, revision)
        state = replace(state, revision=revision)
        yield before, batch, state, line


def _proven(state: State, change: Change) -> State:
    """The state, and what a committed change's laws prove to have been there."""
    for law in laws(change):
        match law:
            case TreeExists(endpoint, generation) if not holds(state, law):
                known = state.trees.get(generation, Map()).set(endpoint, _stand_ins(1) or ())
                state = replace(state, trees=state.trees.set(generation, known))
            case ManifestLive(generation) | ManifestRetired(generation) if generation not in state.manifests:
                lost = Manifest(generation, None, "", 0, 0, 0, 0, "")
                state = replace(state, manifests=state.manifests.set(generation, lost))
            case _:
                continue
    return state
