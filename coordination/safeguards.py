"""The Safeguard protocol and every safeguard: pure values that bind what the protocol does anyway.

A safeguard looks at a change and at what was seen, and answers Allow (with the conditions that must still
hold at the moment of the change), First (something has to be done before), Amend (do this instead) or
Refuse. `judge` folds a posture's safeguards in tuple order. Whatever a safeguard has read to decide becomes
a condition: a check that does not travel to the authority is the incident's own mistake. `recheck` and
`fresh-once` are exactly that mistake, kept on purpose.

Adding a safeguard is one class here and one entry in a posture's tuple (`postures.py`).
"""

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from coordination.intents import (
    Change,
    ClaimFence,
    Condition,
    DropGeneration,
    DropTree,
    Enact,
    LockHeld,
    ManifestLive,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLock,
    Unclaimed,
)
from coordination.plan import Generation
from coordination.records import is_empty
from coordination.seen import Head, Seen


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks: the enactor's az, its claim and its plan, and the head as last read."""

    who: str
    head: Head = Head()
    generation: Generation | None = None
    claim: TakeClaim | None = None
    fence: int = 0


# --- verdicts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead, under these conditions."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class First:
    """Do this before, then ask again with what is seen after it."""

    step: TakeLock | Literal["find survivor"]


@dataclass(frozen=True, slots=True)
class Amend:
    """Do this change instead, and judge on."""

    change: Change


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not to be done. `guarantee` is the promise that the refusal keeps."""

    safeguard: str
    guarantee: str
    superseded: bool = False
    stop: bool = False


Verdict = Allow | First | Amend | Refuse


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a whole posture lets through: the change as amended, and its own conditions. `shared` has the others."""

    change: Change
    conditions: tuple[Condition, ...]


class Safeguard(Protocol):
    """One protection. `shared` are conditions that hold for a whole batch (a fence)."""

    @property
    def name(self) -> str:
        """Its name in documents, postures and the lattice."""
        ...

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:
        """What this protection says about one change."""
        ...

    def shared(self, context: Context) -> tuple[Condition, ...]:
        """Conditions that every batch of an enactment carries once."""
        ...


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Says nothing: the base of all safeguards, each of which overrides what it binds."""

    name: str = field(default="", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002 (protocol's signature)
        return Allow()

    def shared(self, context: Context) -> tuple[Condition, ...]:  # noqa: ARG002 (protocol's signature)
        return ()


# --- at begin and at enact ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FreshOnce(_Quiet):
    """The incident's one-time check: before starting, the plan is newer than the one last applied."""

    name: str = field(default="fresh-once", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        applied, generation = context.head.applied, context.generation
        if isinstance(change, TakeClaim) and generation is not None and applied is not None and generation <= applied:
            return Refuse(self.name, f"a plan begins only when newer than the applied one ({applied})", True)
        return Allow()


@dataclass(frozen=True, slots=True)
class Lock(_Quiet):
    """One writer an endpoint: take its lock first, and still hold it when the change is made."""

    name: str = field(default="lock", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:
        if not isinstance(change, Enact):
            return Allow()
        if not seen.locked:
            return First(TakeLock(change.endpoint, context.who))
        if not change.unlock:
            return Amend(replace(change, unlock=True))
        return Allow((LockHeld(change.endpoint, context.who),))


@dataclass(frozen=True, slots=True)
class Recheck(_Quiet):
    """Reads again before writing and refuses if something newer is there; outside the transaction."""

    name: str = field(default="recheck", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if isinstance(change, Enact) and seen.root is not None and seen.root.generation > change.generation:
            return Refuse(self.name, "an endpoint is not taken back below what it was just seen at", True)
        return Allow()


@dataclass(frozen=True, slots=True)
class Version(_Quiet):
    """Optimistic concurrency: the root is as it was seen. Prevents lost updates, says nothing of age."""

    name: str = field(default="version", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if not isinstance(change, Enact):
            return Allow()
        return Allow((RootVersion(change.endpoint, seen.root.version if seen.root else 0),))


@dataclass(frozen=True, slots=True)
class Forward(_Quiet):
    """An endpoint's generation only grows, judged inside the transaction."""

    name: str = field(default="forward", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if not isinstance(change, Enact):
            return Allow()
        if seen.root is None:
            return Allow((RootVersion(change.endpoint, 0),))
        if seen.root.generation >= change.generation:
            return Refuse(self.name, "an endpoint's generation only grows", True)
        return Allow((RootOlder(change.endpoint, change.generation),))


@dataclass(frozen=True, slots=True)
class Fence(_Quiet):
    """Every write of an enactment carries its claim's creation revision: a lost claim writes nothing."""

    name: str = field(default="fence", init=False)

    def shared(self, context: Context) -> tuple[Condition, ...]:
        if context.claim is None:
            return ()
        return (ClaimFence(context.claim.generation, context.claim.az, context.fence),)


@dataclass(frozen=True, slots=True)
class PlanExists(_Quiet):
    """Only a plan with a live manifest begins or goes on."""

    name: str = field(default="plan-exists", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if isinstance(change, TakeClaim) and context.generation is not None:
            return Allow((ManifestLive(context.generation), ManifestLive(change.generation)))
        return Allow()

    def shared(self, context: Context) -> tuple[Condition, ...]:
        return () if context.generation is None else (ManifestLive(context.generation),)


@dataclass(frozen=True, slots=True)
class NonEmpty(_Quiet):
    """No change leaves a live name without an address: neither what is written nor what is deleted."""

    name: str = field(default="non-empty", init=False)
    deletions: bool = True

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        guarantee = "a live name keeps at least one address"
        if isinstance(change, Enact) and change.records is not None and is_empty(change.records):
            return Refuse(self.name, guarantee)
        if self.deletions and isinstance(change, DropTree) and seen.root is not None:
            if not seen.root.tombstone and seen.root.generation == change.generation:
                return Refuse(self.name, guarantee)
            return Allow((RootVersion(change.endpoint, seen.root.version),))
        return Allow()


@dataclass(frozen=True, slots=True)
class RollbackTolerant(_Quiet):
    """A rollback target that is gone becomes the newest surviving tree, so that no endpoint stays wedged."""

    name: str = field(default="rollback-tolerant", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if not isinstance(change, Enact) or not seen.dangling or change.rollback is None:
            return Allow()
        if not seen.searched:
            return First("find survivor")
        if change.rollback != seen.survivor:
            return Amend(replace(change, rollback=seen.survivor))
        return Allow()


@dataclass(frozen=True, slots=True)
class LagStop(_Quiet):
    """Alarm when more than `alarm` generations behind, stop and give up the claim beyond `stop` (None: alarm only)."""

    name: str = field(default="lag-stop", init=False)
    alarm: int = 2
    stop: int | None = 10

    def lag(self, context: Context) -> int:
        """How many generations the plan in hand is behind the newest."""
        if context.generation is None or context.head.newest is None:
            return 0
        return context.head.newest - context.generation

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if self.stop is not None and isinstance(change, TakeClaim | Enact) and self.lag(context) > self.stop:
            return Refuse(self.name, f"no enactor writes more than {self.stop} generations behind", stop=True)
        return Allow()


# --- at collect --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpareClaimed(_Quiet):
    """Nothing is collected that somebody has registered for, nor anything newer than that."""

    name: str = field(default="spare-claimed", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        if isinstance(change, Retire | DropTree | DropGeneration):
            return Allow((Unclaimed(change.generation),))
        return Allow()


@dataclass(frozen=True, slots=True)
class SpareReferenced(_Quiet):
    """No tree is collected that its endpoint's root or rollback points at, nor one newer than the root."""

    name: str = field(default="spare-referenced", init=False)

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:  # noqa: ARG002
        guarantee = "what a root or a rollback points at, or may soon, is not collected"
        if isinstance(change, DropGeneration):
            return Refuse(self.name, guarantee)
        if not isinstance(change, DropTree):
            return Allow()
        root = seen.root
        if root is None or change.generation >= root.generation or change.generation == root.rollback:
            return Refuse(self.name, guarantee)
        return Allow((RootVersion(change.endpoint, root.version),))


# All there are, in the order of the table in the design.
SAFEGUARDS: tuple[Safeguard, ...] = (
    FreshOnce(),
    Lock(),
    Recheck(),
    Version(),
    Forward(),
    Fence(),
    PlanExists(),
    NonEmpty(),
    RollbackTolerant(),
    SpareClaimed(),
    SpareReferenced(),
    LagStop(),
)


def judge(safeguards: tuple[Safeguard, ...], change: Change, seen: Seen, context: Context) -> Allowed | First | Refuse:
    """Fold a posture's safeguards over one change, in tuple order. An amended change is judged from the start."""
    conditions: list[Condition] = []
    index = 0
    amendments = 0
    while index < len(safeguards):
        verdict = safeguards[index].judge(change, seen, context)
        match verdict:
            case Allow():
                conditions += verdict.conditions
                index += 1
            case Amend(amended):
                amendments += 1
                assert amendments <= len(safeguards), f"{safeguards[index].name} amends without end"
                change, conditions, index = amended, [], 0
            case _:
                return verdict
    return Allowed(change, tuple(dict.fromkeys(conditions)))


def shared(safeguards: tuple[Safeguard, ...], context: Context) -> tuple[Condition, ...]:
    """The conditions that every batch of an enactment (or a sweep) carries once, whatever is in it."""
    return tuple(dict.fromkeys(condition for safeguard in safeguards for condition in safeguard.shared(context)))
