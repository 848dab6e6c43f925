"""What a history's lines are made of: changes, conditions and outcomes as flat JSON-able lists, and back. Pure.

Records are kept as the number of their addresses: enough for every invariant, small enough at full scale.
`FORMAT` is the version that an opening line names; whatever changes the meaning of a line changes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import NoneType
from typing import Any

from coordination import intents
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
    Outcome,
    Publish,
    Reserve,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    Unknown,
)
from coordination.limits import MAX_TARGETS
from coordination.plan import Manifest
from coordination.records import Records, RRset, Target

FORMAT = 1
MOST_ADDRESSES = 2 * MAX_TARGETS  # of one endpoint: A and AAAA

Line = dict[str, Any]
Sink = Callable[[Line], None]

# --- changes -----------------------------------------------------------------------------------------------------


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


_PLAIN: Mapping[str, Callable[..., Change]] = {
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

_MAYBE = (int, NoneType)
# What the fields after each verb are: a line is a stranger until it has been looked at.
_SHAPES: Mapping[str, tuple[Any, ...]] = {
    "enact": (str, int, _MAYBE, _MAYBE, str, bool),
    "publish": (int, _MAYBE, str, int, int, int, int, str),
    "lock": (str, str),
    "unlock": (str, str),
    "claim": (int, str, str),
    "unclaim": (int, str),
    "lead": (str, str),
    "unlead": (str,),
    "drop tree": (int, str),
    "hold": (str, str),
    "lift": (str,),
    "reserve": (int,),
    "finish": (int,),
    "retire": (int,),
    "forget": (int,),
    "drop generation": (int,),
}


def is_change(flat: Any) -> bool:
    """Whether `decode` can read it."""
    if not isinstance(flat, list) or not flat or not isinstance(flat[0], str):
        return False
    shape = _SHAPES.get(flat[0])
    if shape is None or len(flat) != len(shape) + 1 or not all(map(isinstance, flat[1:], shape)):
        return False
    return flat[0] != "enact" or 0 <= (flat[3] or 0) <= MOST_ADDRESSES


def decode(flat: list[Any]) -> Change:
    """The change that `encode` wrote; addresses are stand-ins, as many as there were."""
    verb, *values = flat
    match verb:
        case "enact":
            endpoint, generation, addresses, rollback, hand, unlock = values
            return Enact(endpoint, generation, stand_ins(addresses), rollback, hand, unlock)
        case "publish":
            return Publish(Manifest(*values))
    return _PLAIN[verb](*values)


_STAND_INS: dict[int, Records] = {}


def stand_ins(addresses: int | None) -> Records | None:
    """Records with so many addresses; None is a tombstone's."""
    if addresses is None:
        return None
    if addresses not in _STAND_INS:
        targets = tuple(Target(f"192.0.2.{n % 256}", 1) for n in range(addresses))
        _STAND_INS[addresses] = (RRset("A", 0, targets),) if targets else ()
    return _STAND_INS[addresses]


# --- conditions --------------------------------------------------------------------------------------------------

_KINDS: Mapping[str, type[Condition]] = {
    "version": RootVersion,
    "older": RootOlder,
    "tree": intents.TreeExists,
    "lock free": intents.LockFree,
    "lock held": intents.LockHeld,
    "unheld": intents.Unheld,
    "claim free": intents.ClaimFree,
    "fence": intents.ClaimFence,
    "unclaimed": intents.Unclaimed,
    "leader free": intents.LeaderFree,
    "leader": intents.LeaderFence,
    "head": intents.HeadVersion,
    "reserved below": intents.ReservedBelow,
    "applied below": intents.AppliedBelow,
    "absent": intents.ManifestAbsent,
    "live": intents.ManifestLive,
    "retired": intents.ManifestRetired,
}
_WORDS = {kind: word for word, kind in _KINDS.items()}
_FIELDS = {word: tuple(field.name for field in fields(kind)) for word, kind in _KINDS.items()}
_OF_ENDPOINTS = frozenset(word for word, names in _FIELDS.items() if names[0] == "endpoint")
_TEXTS = frozenset({"holder", "hand", "az", "scope"})
_CONDITION_SHAPES: Mapping[str, tuple[Any, ...]] = {
    word: tuple((str, NoneType) if name == "endpoint" else str if name in _TEXTS else int for name in names)
    for word, names in _FIELDS.items()
}


def encode_conditions(batch: Batch) -> list[list[Any]]:
    """Each condition of a batch but the laws: its proposal's place (None: shared), its kind, its fields.

    An endpoint is None where it is the proposal's own, as it nearly always is.
    """
    found = [[None, *_encoded(condition, None)] for condition in batch.conditions]
    for index, proposal in enumerate(batch.proposals):
        own = getattr(proposal.change, "endpoint", None)
        found += [[index, *_encoded(condition, own)] for condition in proposal.conditions]
    return found


def _encoded(condition: Condition, own: str | None) -> tuple[Any, ...]:
    match condition:  # these two go with every enactment: they are worth a way of their own
        case RootVersion(endpoint, version):
            return ("version", None if endpoint == own else endpoint, version)
        case RootOlder(endpoint, generation):
            return ("older", None if endpoint == own else endpoint, generation)
    word = _WORDS[type(condition)]
    values = [getattr(condition, name) for name in _FIELDS[word]]
    if word in _OF_ENDPOINTS and values[0] == own:
        values[0] = None
    return (word, *values)


def is_condition(flat: Any, changes: list[Any]) -> bool:
    """Whether `decode_condition` can read it, in a line of these changes."""
    if not isinstance(flat, list) or len(flat) < 3 or not isinstance(flat[1], str):
        return False
    index, word, first = flat[:3]
    shape = _CONDITION_SHAPES.get(word)
    if shape is None or len(flat) != len(shape) + 2 or not all(map(isinstance, flat[2:], shape)):
        return False
    if index is None:
        return first is not None
    if not isinstance(index, int) or not 0 <= index < len(changes):
        return False
    return first is not None or own_endpoint(changes[index]) is not None


def decode_condition(flat: list[Any], changes: list[Any]) -> tuple[int | None, Condition]:
    """Whose condition it is (the place of its proposal in the batch, None: shared), and which."""
    index, word, *values = flat
    if word in _OF_ENDPOINTS and values[0] is None:
        values[0] = own_endpoint(changes[index])
    return index, _KINDS[word](*values)


_NAMED_FIRST = frozenset({"enact", "lock", "unlock", "hold", "lift"})


def own_endpoint(change: list[Any]) -> str | None:
    """The endpoint that an encoded change is about."""
    if change[0] in _NAMED_FIRST:
        return str(change[1])
    return str(change[2]) if change[0] == "drop tree" else None


# --- outcomes ----------------------------------------------------------------------------------------------------


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
