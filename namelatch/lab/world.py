"""The lab's world as one immutable value, and what it answers to a port call: pure, by the real reducer.

Authority: `coordination.authority.apply`, read through the real memory adapter. Claims live until released, revoked
or expired: expiry, crashes and lost replies are the driver's choices, not time's. The log is content-addressed; it may
forget. A commit whose reply is lost may take effect never, at once, or after everybody's next reads (`late`).

Revisions: the protocol compares a revision only with revisions of the same key, for equality. So a change is numbered
one above the last number of any key that it touches, and changes that touch different keys commute
(`Numbering.BY_KEY`, a named reduction; `BY_COMMIT` numbers as a real authority does).
"""

from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from immutables import Map

from coordination import chunks, codec
from coordination.authority import State, apply, holds
from coordination.intents import (
    AppliedBelow,
    Batch,
    Change,
    ClaimFence,
    Conflict,
    DropClaim,
    DropLeadership,
    Enact,
    HeadVersion,
    LeaderFence,
    Proposal,
    Publish,
    ReservedBelow,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    laws,
)
from coordination.memory import MemoryAuthority, Store
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import Inputs, PlanLost
from coordination.records import Endpoint, Records, RRset, Target, is_empty
from coordination.seen import ClaimSeen, Head, Reading
from namelatch.lab.kernel import Call, Raised

NOTHING = State()


class Numbering(Enum):
    """How commits are numbered."""

    BY_KEY = "by key"
    BY_COMMIT = "by commit"


@dataclass(frozen=True, slots=True)
class Moved:
    """The inputs' next revision: these endpoints change (None: all of them), these are taken down on purpose."""

    changed: tuple[Endpoint, ...] | None = None
    removed: tuple[Endpoint, ...] = ()
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change in a world: the endpoints in walk order, and how the inputs move, revision by revision."""

    endpoints: tuple[Endpoint, ...]
    moves: tuple[Moved, ...]
    numbering: Numbering = Numbering.BY_KEY


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the processes. `asked`: the newest inputs anybody asked for. `late`: what may still arrive.

    `intended`: by endpoint, the last published plan that names it, and whether that takes it down.
    `numbers`: the last number of claims and leaderships, which may be gone while somebody remembers their fence.
    """

    authority: State = NOTHING
    numbers: Map[object, int] = Map()
    log: Map[str, Plan] = Map()
    asked: int = 0
    late: tuple[tuple[str, Batch], ...] = ()
    intended: Map[Endpoint, tuple[Generation, bool]] = Map()


@dataclass(frozen=True, slots=True)
class Transition:
    """One committed batch: the state before it and after it."""

    before: State
    batch: Batch
    after: State


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the world, what the caller hears, and what was committed on the way, if anything."""

    world: World
    reply: Any
    transition: Transition | None = None


WRITES = frozenset({("authority", "commit"), ("claims", "acquire"), ("claims", "release")})


def writes(call: Call) -> bool:
    """Whether a call may change the authority, so that its reply may be lost."""
    return (call.port, call.name) in WRITES


def allocate(_: Endpoint, generation: Generation) -> Records:
    """What a plan gives an endpoint: one address that tells the generation."""
    return (RRset("A", 60, (Target(f"10.0.{generation // 256}.{generation % 256}", 1),)),)


def perform(setting: Setting, world: World, call: Call) -> Answer:
    """What the world answers to a call that reaches it."""
    match call:
        case Call("authority", "commit") | Call("claims", "acquire" | "release"):
            world, batch = sent(setting, world, call)
            return Answer(world, Conflict((), 0)) if batch is None else commit(setting, world, batch)
        case Call("authority", name, arguments):
            return Answer(world, _read(world, name, arguments))
        case Call("claims", "renew", (key,)):
            return Answer(world, _is_ours(world.authority, key))
        case Call("log", "append", (plan,)):
            manifest = manifest_of(plan)
            return Answer(replace(world, log=world.log.set(manifest.digest, plan)), manifest)
        case Call("log", "fetch", (manifest,)):
            plan = world.log.get(manifest.digest)
            return Answer(world, plan if plan is not None else Raised(PlanLost, "the log has forgotten it"))
        case Call("log", "holds", (manifest,)):
            return Answer(world, manifest.digest in world.log)
        case Call("health", "inputs", (since,)):
            asked = min(max(world.asked, since + 1), len(setting.moves))
            return Answer(replace(world, asked=asked), inputs(setting, asked, since))
        case Call("log", "announce" | "heard" | "report") | Call("clock", "sleep"):
            return Answer(world, None)
    raise AssertionError(f"a call that no port has: {call}")


def sent(setting: Setting, world: World, call: Call) -> tuple[World, Batch | None]:
    """The batch that a writing call sends to the authority, None for nothing; and the world just before.

    An attempt at a claim anew ends the lease of the attempt before, whose reply was lost.
    """
    match call:
        case Call("claims", "acquire", (key, conditions)):
            ended = _release(world, key)
            late = tuple(one for one in world.late if all(each.change != key for each in one[1].proposals))
            world = replace(world if ended is None else commit(setting, world, ended).world, late=late)
            return world, Batch((Proposal(key),), conditions)
        case Call("claims", "release", (key,)):
            return world, _release(world, key)
    batch: Batch = call.arguments[0]
    return world, batch


def lose(setting: Setting, world: World, who: str, call: Call) -> World:
    """The world after a writing call whose reply is lost, its effect still to come, if it ever does."""
    world, batch = sent(setting, world, call)
    return world if batch is None else without_dead(replace(world, late=(*world.late, (who, batch))))


def commit(setting: Setting, world: World, batch: Batch) -> Answer:
    """One transaction of the authority, numbered as the setting says."""
    before = world.authority
    keys = [key for proposal in batch.proposals for key in _numbered(proposal.change)]
    if setting.numbering is Numbering.BY_KEY:
        last = max((_last(world, key) for key in keys), default=0)
        state, outcome = apply(replace(before, revision=last), batch)
    else:
        state, outcome = apply(before, batch)
    if isinstance(outcome, Conflict):
        return Answer(world, replace(outcome, revision=0))
    numbers = world.numbers
    for key in keys:
        if key[0] in {"claim", "leader"}:
            numbers = numbers.set(key, outcome.revision)
    if setting.numbering is Numbering.BY_KEY:
        state = replace(state, revision=0)
    after = without_dead(replace(world, authority=state, numbers=numbers, intended=_intended(world, batch)))
    return Answer(after, outcome, Transition(before, batch, state))


def _intended(world: World, batch: Batch) -> Map[Endpoint, tuple[Generation, bool]]:
    intended = world.intended
    for proposal in batch.proposals:
        if isinstance(proposal.change, Publish):
            manifest = proposal.change.manifest
            for name, records in world.log[manifest.digest].entries:
                intended = intended.set(name, (manifest.generation, records is None))
    return intended


def without_dead(world: World) -> World:
    """The world without late batches that no future can accept: numbers and generations only grow (`dead letters`)."""
    alive = tuple(one for one in world.late if not _dead(world.authority, one[1]))
    return world if len(alive) == len(world.late) else replace(world, late=alive)


def _dead(state: State, batch: Batch) -> bool:
    """Whether a condition of a batch is lost for good."""
    for proposal in batch.proposals:
        for condition in (*laws(proposal.change), *proposal.conditions, *batch.conditions):
            match condition:
                case RootVersion() | HeadVersion() | AppliedBelow() | ReservedBelow() | ClaimFence() | LeaderFence():
                    if not holds(state, condition):
                        return True
    return False


def expire(world: World, who: str) -> World:
    """All leases of one az (or planner scope) end: its claims, its leadership and its locks go."""
    state = world.authority
    for key in [key for key in state.claims if key[1] == who]:
        state = replace(state, claims=state.claims.delete(key))
    if who in state.leaders:
        state = replace(state, leaders=state.leaders.delete(who))
    for endpoint in [endpoint for endpoint, holder in state.locks.items() if holder == who]:
        state = replace(state, locks=state.locks.delete(endpoint))
    return without_dead(replace(world, authority=state))


def forget(world: World) -> World:
    """The log loses everything, as a broker in memory does when it is killed."""
    return replace(world, log=Map())


def inputs(setting: Setting, revision: int, since: int) -> Inputs:
    """The health inputs of a revision, as asked by somebody who knows `since`."""
    moved = setting.moves[:revision]
    removed: dict[Endpoint, int] = {}
    for at, move in enumerate(moved, start=1):
        for name in setting.endpoints if move.changed is None else move.changed:
            removed.pop(name, None)
        removed |= dict.fromkeys(move.removed, at)
    if moved and moved[-1].empty:
        return Inputs(revision, (), None)
    live = tuple(name for name in setting.endpoints if name not in removed)
    news = moved[since:]
    if since == 0 or any(move.changed is None or move.empty for move in news):
        return Inputs(revision, live, None, tuple(removed))
    changed = {name for move in news for name in move.changed or ()}
    gone = tuple(name for name, at in removed.items() if at > since)
    return Inputs(revision, live, tuple(name for name in live if name in changed), gone)


_MANIFESTS: dict[Plan, Manifest] = {}


def manifest_of(plan: Plan) -> Manifest:
    """A plan's manifest, by the real codec. Offsets are all 0: the lab's log is addressed by content."""
    if plan not in _MANIFESTS:
        _MANIFESTS[plan] = chunks.manifest(plan.generation, plan.base, codec.encode(plan), 0)
    return _MANIFESTS[plan]


# --- reads -------------------------------------------------------------------------------------------------------


def _read(world: World, name: str, arguments: tuple[Any, ...]) -> Any:
    read: Coroutine[Any, Any, Any] = getattr(MemoryAuthority(Store(world.authority)), name)(*arguments)
    try:
        read.send(None)
    except StopIteration as returned:
        return _undated(returned.value)
    raise AssertionError("the memory adapter waits for something")


def _undated(found: Any) -> Any:
    """The same without the revision that it was read at: nobody decides by it."""
    if isinstance(found, Head):
        return replace(found, revision=0)
    if isinstance(found, Reading):
        return replace(found, head=replace(found.head, revision=0))
    return found


# --- claims ------------------------------------------------------------------------------------------------------


def _release(world: World, key: TakeClaim | TakeLeadership) -> Batch | None:
    """What giving up a key asks for: the end of that very lease, never of a later one."""
    claim = _found(world.authority, key)
    if claim is None or claim.token != key.token:
        return None
    if isinstance(key, TakeClaim):
        fence = ClaimFence(key.generation, key.az, claim.fence)
        return Batch((Proposal(DropClaim(key.generation, key.az), (fence,)),))
    return Batch((Proposal(DropLeadership(key.scope), (LeaderFence(key.scope, claim.fence),)),))


def _found(state: State, key: TakeClaim | TakeLeadership) -> ClaimSeen | None:
    if isinstance(key, TakeClaim):
        return state.claims.get((key.generation, key.az))
    return state.leaders.get(key.scope)


def _is_ours(state: State, key: TakeClaim | TakeLeadership) -> bool:
    claim = _found(state, key)
    return claim is not None and claim.token == key.token


# --- numbers -----------------------------------------------------------------------------------------------------


def _numbered(change: Change) -> Iterator[tuple[object, ...]]:
    """The keys of a change whose revision somebody may compare."""
    match change:
        case Enact(endpoint):
            yield ("root", endpoint)
        case TakeClaim(generation, az):
            yield ("claim", generation, az)
        case TakeLeadership(scope):
            yield ("leader", scope)
        case Publish():
            yield ("head",)


def _last(world: World, key: tuple[object, ...]) -> int:
    match key:
        case ("root", endpoint):
            root = world.authority.roots.get(endpoint)  # type: ignore[call-overload]
            return root.version if root else 0
        case ("head",):
            return world.authority.head_version
        case _:
            return world.numbers.get(key, 0)


# --- what is good ------------------------------------------------------------------------------------------------


def all_applied(setting: Setting, world: World) -> bool:
    """The last inputs are planned, and the newest plan is applied: nobody is wedged."""
    state = world.authority
    planned = world.asked == len(setting.moves) == state.inputs_revision
    return planned and state.newest is not None and state.applied == state.newest


def converged(setting: Setting, world: World) -> bool:
    """Answered = applied = intended: every endpoint follows the last plan that names it, and answers."""
    state = world.authority
    if not all_applied(setting, world):
        return False
    for name, (generation, removed) in world.intended.items():
        root = state.roots.get(name)
        if root is None or root.generation != generation or root.tombstone != removed:
            return False
        if not removed and is_empty(state.answered(name) or ()):
            return False
    return True
