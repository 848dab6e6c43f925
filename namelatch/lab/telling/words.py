"""Calls, outcomes and endpoints in few words, for tables and diagrams. Nothing is decided by these words.

Each change has its verb in `_VERBS`, each read in `_READS`, each condition that may be lost in `_LOST`; what is new in
`intents` is told by its class name until it has an entry here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coordination.authority import State
from coordination.intents import (
    AppliedBelow,
    ClaimFence,
    ClaimFree,
    Committed,
    Conflict,
    DropClaim,
    DropGeneration,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Forget,
    HeadVersion,
    Hold,
    LeaderFence,
    LeaderFree,
    Lift,
    LockFree,
    LockHeld,
    ManifestAbsent,
    ManifestLive,
    ManifestRetired,
    Publish,
    Reserve,
    ReservedBelow,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    TreeExists,
    Unclaimed,
    Unheld,
    Unknown,
)
from coordination.ports import Inputs, Report
from coordination.records import Endpoint, is_empty
from coordination.seen import ClaimSeen, Head, Reading, Seen
from namelatch.lab.kernel import Call, Raised
from namelatch.lab.playing.asks import changes

_VERBS: dict[type, str] = {
    Enact: "enact",
    TakeLock: "take lock",
    DropLock: "give up lock",
    TakeClaim: "claim",
    DropClaim: "drop claim",
    TakeLeadership: "lead",
    DropLeadership: "depose",
    Reserve: "reserve number",
    Publish: "publish",
    Finish: "finish",
    Retire: "retire",
    Forget: "forget",
    DropTree: "delete tree",
    DropGeneration: "delete generation",
    Hold: "hold",
    Lift: "lift hold",
}
_READS = {
    "head": "look at head",
    "read": "read roots",
    "survivor": "find survivor",
    "generations": "list trees' generations",
    "trees": "list trees",
    "roots": "list roots",
    "manifests": "list plans",
    "claims": "list claims",
    "append": "send plan",
    "fetch": "fetch plan",
    "holds": "look at log",
    "announce": "announce",
    "heard": "wait for news",
    "report": "report",
    "sleep": "back off",
    "inputs": "read inputs",
    "renew": "renew",
    "release": "give up",
    "stands": "follow",
    "noticed": "found dead",
    "lost": "lose quorum",
    "back": "regain quorum",
}
_LOST: dict[type, str] = {
    RootVersion: "root has moved",
    RootOlder: "root not older",
    TreeExists: "rollback has no tree",
    LockFree: "lock not free",
    LockHeld: "lock not held",
    Unheld: "held by another hand",
    ClaimFree: "claim exists",
    ClaimFence: "claim gone",
    Unclaimed: "claimed",
    LeaderFree: "another leads",
    LeaderFence: "leadership gone",
    HeadVersion: "newest has moved",
    ReservedBelow: "number taken",
    AppliedBelow: "newer applied",
    ManifestAbsent: "plan exists",
    ManifestLive: "plan retired",
    ManifestRetired: "plan not retired",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A call in words: what it does, to which generations, at which endpoints, and what it sets besides."""

    does: str
    generations: tuple[int, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    besides: str = ""


def said(call: Call) -> Said:
    """A call in words."""
    asked = changes(call)
    if asked:
        verbs = dict.fromkeys(_verb(change) for change in asked)
        rollbacks = dict.fromkeys(str(one.rollback) for one in asked if isinstance(one, Enact) and one.rollback)
        generations = dict.fromkeys(number for change in asked if (number := _generation(change)) is not None)
        endpoints = dict.fromkeys(change.endpoint for change in asked if hasattr(change, "endpoint"))
        besides = f"rollback {' '.join(rollbacks)}" if rollbacks else ""
        return Said(" + ".join(verbs), tuple(generations), tuple(endpoints), besides)
    does = _READS.get(call.name, call.name)
    match call.arguments:
        case (TakeClaim(generation), *_):
            return Said(f"{does} claim", (generation,))
        case (TakeLeadership(), *_):
            return Said(f"{does} lead")
        case (tuple() as names,) if call.name == "read":
            return Said(does, (), names)
        case (str() as endpoint,):
            return Said(does, (), (Endpoint(endpoint),))
        case (int() as number, *_) if call.name in {"trees", "announce"}:
            return Said(does, (number,))
        case (about,) if hasattr(about, "generation") and not isinstance(about, Report):
            return Said(does, (about.generation,))
    return Said(does)


def verb(name: str) -> str:
    """A change's class, or a call, in words."""
    return next((words for kind, words in _VERBS.items() if kind.__name__ == name), _READS.get(name, name))


def _verb(change: Any) -> str:
    if isinstance(change, Enact) and change.records is None:
        return "write tombstone"
    if isinstance(change, Enact) and is_empty(change.records or ()):
        return "write empty"
    return _VERBS.get(type(change), type(change).__name__)


def _generation(change: Any) -> int | None:
    generation: int | None = getattr(getattr(change, "manifest", change), "generation", None)
    return generation


def heard(reply: Any) -> str:
    """What came back, in words."""
    match reply:
        case Committed():
            return "committed"
        case Conflict(lost):
            reasons = dict.fromkeys(_LOST.get(type(one.condition), type(one.condition).__name__) for one in lost)
            return f"refused: {', '.join(reasons) or 'out of date'}"
        case Unknown():
            return "no reply"
        case Raised(kind):
            return kind.__name__
        case Head(newest, _, _, _, applied):
            return f"newest {_number(newest)}, applied {_number(applied)}"
        case Reading(head):
            return heard(head)
        case Inputs(revision):
            return f"revision {revision}"
        case bool():
            return "yes" if reply else "no"
        case None:
            return ""
        case tuple():
            return " ".join(_listed(one) for one in reply) or "none"
    return _listed(reply)


def _listed(one: Any) -> str:
    match one:
        case ClaimSeen(generation, az):
            return f"{az}:{generation}"
        case Seen(endpoint):
            return str(endpoint)
    return str(getattr(one, "generation", one))


def _number(value: object) -> str:
    return "none" if value is None else str(value)


def told(calls: Iterable[tuple[Call, Any]]) -> tuple[str, ...]:
    """The events reported on the way, each once, with what a sweep has listed."""
    reports = (call.arguments[0] for call, _ in calls if call.name == "report")
    counted = Counter(
        f"{report.event} {report.detail}" if report.event == "sweep listed" else report.event for report in reports
    )
    return tuple(event if count == 1 else f"{event} ×{count}" for event, count in counted.items())


def labels(endpoints: Sequence[Endpoint]) -> dict[Endpoint, str]:
    """Short names: the first label where that tells them apart, else the whole name."""
    count = Counter(name.partition(".")[0] for name in endpoints)
    return {name: short if count[short := name.partition(".")[0]] == 1 else name for name in endpoints}


def follows(state: State, endpoint: Endpoint) -> str:
    """What an endpoint's root follows, and whether that answers: `4`, `2 gone`, `3 empty`, `5 down`, `-`."""
    root = state.roots.get(endpoint)
    if root is None:
        return "-"
    if root.tombstone:
        return f"{root.generation} down"
    records = state.tree(root.generation, endpoint)
    if records is None:
        return f"{root.generation} gone"
    return f"{root.generation} empty" if is_empty(records) else str(root.generation)
