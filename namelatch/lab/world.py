"""The lab's world as one immutable value, and what it answers to a port call: pure, by the real reducer.

Authority: `coordination.authority.apply`, read through the real memory adapter. Claims live until released, revoked
or expired: expiry, crashes and lost replies are the driver's choices, not time's. The log is content-addressed; it may
forget. A commit whose reply is lost may take effect never, at once, or after everybody's next reads (`late`).

Revisions: the protocol compares a revision only with revisions of the same key, for equality. So a change is numbered
one above the last number of any key that it touches, and changes that touch different keys commute; a root that is
written as it was keeps its number (`Numbering.BY_KEY`, a named reduction; `BY_COMMIT`: as a real authority does).

Longer than other files: it is one table of calls, and what a call does to the world is one case of it.
"""

from collections.abc import Callable, Coroutine, Iterator
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
    Committed,
    Conflict,
    DropClaim,
    DropLeadership,
    DropLock,
    Enact,
    HeadVersion,
    LeaderFence,
    Lift,
    Proposal,
    Publish,
    ReservedBelow,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    Unknown,
    laws,
)
from coordination.memory import MemoryAuthority, Store
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import Inputs, PlanLost, PlanTorn, Unavailable
from coordination.promises import is_person
from coordination.records import Endpoint, Records, RRset, Target, is_empty
from coordination.seen import ClaimSeen, Head, Reading, Root
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
    """What does not change in a world: the endpoints in walk order, and how the inputs move, revision by revision.

    `torn`: plans whose bytes the log spoils. `retains`: of how many plans the log keeps the bytes, None for all.
    """

    endpoints: tuple[Endpoint, ...]
    moves: tuple[Moved, ...]
    numbering: Numbering = Numbering.BY_KEY
    torn: frozenset[Generation] = frozenset()
    retains: int | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the processes. `asked`: the newest inputs anybody asked for. `late`: what may still arrive.

    `intended`: by endpoint, the last published plan that names it, and whether that takes it down.
    `away`: the authority has lost its quorum and answers nobody.
    `numbers`: the last number of claims and leaderships, which may be gone while somebody remembers their fence.
    """

    authority: State = NOTHING
    numbers: Map[object, int] = Map()
    log: Map[str, Plan] = Map()
    asked: int = 0
    late: tuple[tuple[str, Batch], ...] = ()
    intended: Map[Endpoint, tuple[Generation, bool]] = Map()
    away: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """One committed batch: the state before it and after it."""

    before: State
    batch: Batch
    after: State


@dataclass(frozen=True, slots=True)
class Standing:
    """What a feed tells of, at one revision."""

    roots: Map[Endpoint, Root]
    trees: Map[Generation, Map[Endpoint, Records]]


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


Gives = Callable[[Endpoint, Generation], Records]


def allocate(_: Endpoint, generation: Generation) -> Records:
    """What a plan gives an endpoint: one address that tells the generation."""
    return (RRset("A", 60, (Target(f"10.0.{generation // 256}.{generation % 256}", 1),)),)


def perform(setting: Setting, world: World, call: Call) -> Answer:
    """What the world answers to a call that reaches it."""
    if world.away and call.port in {"authority", "claims", "feed"}:
        return Answer(world, _nobody_answers(call))
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
            return Answer(replace(world, log=_retained(setting, world.log.set(manifest.digest, plan))), manifest)
        case Call("log", "fetch", (manifest,)) if manifest.generation in setting.torn:
            return Answer(world, Raised(PlanTorn, "its bytes are not what was promised"))
        case Call("log", "fetch", (manifest,)):
            plan = world.log.get(manifest.digest)
            return Answer(world, plan if plan is not None else Raised(PlanLost, "the log has forgotten it"))
        case Call("log", "holds", (manifest,)):
            return Answer(world, manifest.digest in world.log and manifest.generation not in setting.torn)
        case Call("health", "inputs", (since,)):
            asked = _next_inputs(setting, world.asked, since)
            return Answer(replace(world, asked=asked), inputs(setting, asked, since))
        case Call("feed", "stands"):
            return Answer(world, Standing(world.authority.roots, world.authority.trees))
        case Call("quorum", "lost" | "back" as which):
            return Answer(replace(world, away=which == "lost"), None)
        case Call("lease", "left", (who,)):
            return Answer(expire(world, who), None)
        case Call("log", "announce" | "heard" | "report") | Call("clock", "sleep") | Call("grave", "noticed"):
            return Answer(world, None)
    raise AssertionError(f"a call that no port has: {call}")


def _nobody_answers(call: Call) -> Any:
    """What is heard of an authority without its quorum. No write takes effect; that one may is what `lost` is for."""
    if writes(call):
        return Unknown("nobody answers")
    return False if call.name == "renew" else Raised(Unavailable, "nobody answers")


def _retained(setting: Setting, log: Map[str, Plan]) -> Map[str, Plan]:
    """The log without what retention removes: all but the newest plans."""
    if setting.retains is None or len(log) <= setting.retains:
        return log
    kept = sorted(log.items(), key=lambda one: one[1].generation)[-setting.retains :]
    return Map(kept)


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
        state = _as_it_was(before, replace(state, revision=0), batch)
    after = without_dead(replace(world, authority=state, numbers=numbers, intended=_intended(world, batch)))
    return Answer(after, outcome, Transition(before, batch, state))


def _as_it_was(before: State, after: State, batch: Batch) -> State:
    """Roots that were written as they were keep their number: who does work again would number for ever."""
    roots = after.roots
    for proposal in batch.proposals:
        if isinstance(proposal.change, Enact):
            name = proposal.change.endpoint
            was, now = before.roots.get(name), roots[name]
            same_tree = before.tree(now.generation, name) == after.tree(now.generation, name)
            if was is not None and same_tree and replace(now, version=was.version) == was:
                roots = roots.set(name, was)
    return after if roots is after.roots else replace(after, roots=roots)


def _intended(world: World, batch: Batch) -> Map[Endpoint, tuple[Generation, bool]]:
    """What plans intend, and people: a change made by hand counts until a newer plan names the endpoint."""
    intended = world.intended
    for proposal in batch.proposals:
        match proposal.change:
            case Publish(manifest):
                for name, records in _PLANS[manifest.digest].entries:
                    if name not in intended or intended[name][0] < manifest.generation:
                        intended = intended.set(name, (manifest.generation, records is None))
            case Enact(name, generation, records, _, hand) if is_person(hand):
                intended = intended.set(name, (generation, records is None))
    return intended


def without_dead(world: World) -> World:
    """The world without late batches that no future can accept: numbers and generations only grow (`dead letters`)."""
    alive = tuple(one for one in world.late if not _dead(world.authority, *one))
    return world if len(alive) == len(world.late) else replace(world, late=alive)


def _dead(state: State, who: str, batch: Batch) -> bool:
    """Whether a condition of a batch is lost for good."""
    for proposal in batch.proposals:
        if who == LEASE and not all(holds(state, law) for law in laws(proposal.change)):
            return True
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


LEASE = "lease"  # whose late effects are the ends of leases
DEAD = " (dead)"  # what follows the name of one who has died since


def orphaned(world: World, who: str) -> World:
    """What hangs on the lease of a process that has died goes with it, now or later: claims and locks.

    A lock that it asked for and that never came will not come any more: nothing is written under a lease that ended.
    """
    state, ends = world.authority, []
    for (generation, az), claim in sorted(state.claims.items()):
        if az == who:
            ends.append(Proposal(DropClaim(generation, az), (ClaimFence(generation, az, claim.fence),)))
    for endpoint, holder in sorted(state.locks.items()):
        if holder == who:
            ends.append(Proposal(DropLock(endpoint, holder)))
    asked = tuple((_dead_hand(sender) if _takes(batch, who) else sender, batch) for sender, batch in world.late)
    late = (*asked, *((LEASE, Batch((one,))) for one in ends))
    return replace(world, late=tuple(dict.fromkeys(late)))


def arrive(setting: Setting, world: World, at: int) -> Answer:
    """A late batch takes effect. What the dead still take hangs on a lease that nobody renews, and goes with it."""
    sender, batch = world.late[at]
    answer = commit(setting, replace(world, late=world.late[:at] + world.late[at + 1 :]), batch)
    if not sender.endswith(DEAD) or not isinstance(answer.reply, Committed):
        return answer
    ends = [end for proposal in batch.proposals if (end := _end_of(proposal.change, answer.reply.revision)) is not None]
    late = (*answer.world.late, *((LEASE, Batch((one,))) for one in ends))
    return replace(answer, world=replace(answer.world, late=tuple(dict.fromkeys(late))))


def _dead_hand(sender: str) -> str:
    return sender if sender.endswith(DEAD) else sender + DEAD


def _takes(batch: Batch, who: str) -> bool:
    """Whether a batch takes anything that would hang on the lease of `who`."""
    for proposal in batch.proposals:
        match proposal.change:
            case TakeClaim(_, holder) | TakeLeadership(holder) | TakeLock(_, holder) if holder == who:
                return True
    return False


def _end_of(change: Change, fence: int) -> Proposal | None:
    """The end of the lease that hangs on what was taken, by the revision of its taking."""
    match change:
        case TakeClaim(generation, az):
            return Proposal(DropClaim(generation, az), (ClaimFence(generation, az, fence),))
        case TakeLeadership(scope):
            return Proposal(DropLeadership(scope), (LeaderFence(scope, fence),))
        case TakeLock(endpoint, holder):
            return Proposal(DropLock(endpoint, holder))
    return None


def forget(world: World) -> World:
    """The log loses everything, as a broker in memory does when it is killed."""
    return replace(world, log=Map())


def _next_inputs(setting: Setting, asked: int, since: int) -> int:
    """The inputs' revision at this asking: they move on when they have been planned from, or were heard empty."""
    heard_empty = 0 < asked == since + 1 and setting.moves[asked - 1].empty
    return min(max(asked + heard_empty, since + 1), len(setting.moves))


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
_PLANS: dict[str, Plan] = {}  # by digest: what was planned is known here even where the log has forgotten it


def manifest_of(plan: Plan) -> Manifest:
    """A plan's manifest, by the real codec. Offsets are all 0: the lab's log is addressed by content."""
    if plan not in _MANIFESTS:
        manifest = _MANIFESTS[plan] = chunks.manifest(plan.generation, plan.base, codec.encode(plan), 0)
        _PLANS[manifest.digest] = plan
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
        case Publish() | Lift():  # a head tells which of the two came last
            yield ("head",)


def _last(world: World, key: tuple[object, ...]) -> int:
    match key:
        case ("root", endpoint):
            root = world.authority.roots.get(endpoint)  # type: ignore[call-overload]
            return root.version if root else 0
        case ("head",):
            return max(world.authority.head_version, world.authority.lifted)
        case _:
            return world.numbers.get(key, 0)


# --- what is good ------------------------------------------------------------------------------------------------


def all_applied(setting: Setting, world: World) -> bool:
    """The last inputs are planned, and the newest plan is applied: nobody is wedged."""
    state = world.authority
    planned = world.asked == len(setting.moves) == state.inputs_revision
    return planned and state.newest is not None and state.applied == state.newest


def converged(setting: Setting, world: World) -> bool:
    """Answered = applied = intended: every endpoint follows the last plan that names it, and answers.

    An endpoint that somebody holds follows whatever that hand gave it; it must answer all the same.
    """
    state = world.authority
    if not all_applied(setting, world):
        return False
    for name, (generation, removed) in world.intended.items():
        root = state.roots.get(name)
        if name not in state.holds and (root is None or root.generation != generation or root.tombstone != removed):
            return False
        answered = state.answered(name)
        if answered is not None and is_empty(answered):
            return False
    return True
