"""The planner: turns what should exist into the next plan. One coroutine, `publish`.

Order: lead (a fenced leadership), reserve a number, send the bytes, then commit the plan by creating its
manifest under the fence, and only then announce it. A number without a manifest is a gap and harmless. A
plan made from older inputs than the newest plan's is never committed: the head's version is compared in the
same transaction. A full plan comes first, after everything changed, every so many numbers, after too long a
chain of deltas, when the log has lost bytes that an enactor may still need, and when a hold was lifted: what was
refused under it counted as done, so that one held name holds up no other. A full plan asks for all inputs anew,
since it has to name again what was ever taken down. Inputs that have failed empty are no inputs, nor are those whose
plan no reader would accept: they cost a number and one report.

Plans that come faster than they can be applied would end each enactment half way, by its lag. So behind a backlog the
planner slows down, and never stops: the next plan may be what mends the one that can't be applied.
"""

from dataclasses import dataclass, replace

from actors.roles import PlannerPorts, PlannerSettings, tell
from coordination import limits
from coordination.codec import BadPlan
from coordination.intents import (
    Batch,
    Committed,
    Conflict,
    DropLeadership,
    HeadVersion,
    LeaderFence,
    LeaderFree,
    Proposal,
    Publish,
    Reserve,
    TakeLeadership,
    Unknown,
)
from coordination.plan import BrokenChain, Entry, Generation, Manifest, Plan, chain
from coordination.ports import Inputs, Progress
from coordination.seen import Head


@dataclass(frozen=True, slots=True)
class Leading:
    """A leadership and its fence."""

    key: TakeLeadership
    fence: int


async def lead(world: PlannerPorts, settings: PlannerSettings) -> Leading | None:
    """Become the leader of the scope; None while somebody else is. Ours from before counts as somebody else's."""
    key = TakeLeadership(settings.scope, settings.token)
    outcome = await world.ports.claims.acquire(key, ())
    match outcome:
        case Committed(revision):
            await tell(world.ports, f"planner:{settings.scope}", "leads", fence=revision)
            return Leading(key, revision)
        case _:
            return None


async def depose(world: PlannerPorts, settings: PlannerSettings) -> None:
    """Revoke the scope's leadership whoever has it: for a restarted planner, whose earlier self is then fenced."""
    await world.ports.authority.commit(Batch((Proposal(DropLeadership(settings.scope)),)))


class Fenced(Exception):
    """The leadership is gone; whatever was prepared will not be published, and no more is prepared."""


class Backlog(Exception):
    """Enactors are far behind: the next plan waits for them, or for its turn. The text says how far."""


class Unplannable(Exception):
    """The inputs of this revision make a plan that no reader would accept; the text says why."""

    def __init__(self, revision: int, reason: str) -> None:
        super().__init__(f"inputs {revision}: {reason}")
        self.revision = revision


async def publish(
    world: PlannerPorts,
    settings: PlannerSettings,
    leading: Leading,
    look_at_log: bool = True,
    unplannable: int | None = None,
    in_turn: bool = True,
) -> Manifest | None:
    """Publish the next plan if the inputs have moved or something is owed; None when there is nothing to do.

    Looking at the log is left out where `look_at_log` is false; inputs of the revision `unplannable` are not planned
    from again. What is owed is published at once, anything else behind a backlog only `in_turn`. Raises Backlog then,
    Fenced when the leadership is gone, Unplannable for inputs that only other inputs can mend.
    """
    head = await world.ports.authority.head()
    manifests = {manifest.generation: manifest for manifest in await world.ports.authority.manifests()}
    owes = head.lifted or (look_at_log and not await _log_is_intact(world, manifests, head))
    full = owes or _full_is_due(manifests, head, settings.full_every)
    inputs = await _inputs(world, settings, head, full, owes)
    if inputs is None or inputs.revision == unplannable:
        return None
    behind = (head.newest or 0) - (head.applied or 0)
    if behind >= limits.PLAN_BACKLOG and not (owes or in_turn):
        raise Backlog(f"{behind} generations behind {head.newest}, the newest: plans come less often")
    generation = await _reserve(world, head)
    if generation is None:
        return None

    async def progress() -> None:
        if not await world.ports.claims.renew(leading.key):
            raise Fenced(f"generation {generation} was not published: the leadership was lost while it was prepared")

    full = full or inputs.changed is None
    plan = await _plan(world, inputs, generation, None if full else head.newest, progress)
    try:
        manifest = await world.ports.log.append(plan, progress)
    except BadPlan as bad:
        raise Unplannable(inputs.revision, str(bad)) from None
    manifest = replace(manifest, inputs_revision=inputs.revision, publisher=settings.scope)
    if not await _commit(world, manifest, head, leading):
        return None
    await world.ports.log.announce(generation)
    counts = (("chunks", manifest.chunks), ("bytes", manifest.size))
    kind = "full" if full else f"delta on {manifest.base}"
    await tell(world.ports, f"planner:{settings.scope}", "published", generation, detail=kind, counts=counts)
    return manifest


async def _inputs(world: PlannerPorts, settings: PlannerSettings, head: Head, full: bool, owes: bool) -> Inputs | None:
    """What to plan from: all there is for a full plan. None when nothing moved, and for old or empty inputs."""
    inputs = await world.health.inputs(head.inputs_revision)  # tells a source that forgot where to count on from
    if full and inputs.changed is not None:
        inputs = await world.health.inputs(0)
    if inputs.revision < head.inputs_revision:
        await tell(world.ports, f"planner:{settings.scope}", "old inputs", detail=f"revision {inputs.revision}")
        return None
    if inputs.revision == head.inputs_revision and not owes and head.newest is not None:
        return None
    if not inputs.endpoints and not inputs.removed:
        await tell(world.ports, f"planner:{settings.scope}", "empty inputs", detail=f"revision {inputs.revision}")
        return None
    return inputs


async def _plan(
    world: PlannerPorts, inputs: Inputs, generation: Generation, base: Generation | None, progress: Progress
) -> Plan:
    """The plan's entries, made in slices: a large plan takes seconds, and each slice is progress worth a renewal."""
    named = inputs.endpoints if base is None or inputs.changed is None else inputs.changed
    removed = set(inputs.removed)
    entries: list[Entry] = []
    for at in range(0, len(named), limits.PLAN_SLICE):
        await progress()
        wanted = (name for name in named[at : at + limits.PLAN_SLICE] if name not in removed)
        entries += [Entry(name, world.health.allocate(name, generation)) for name in wanted]
    await progress()
    return Plan(generation, base, (*entries, *(Entry(name, None) for name in inputs.removed)))


async def _log_is_intact(world: PlannerPorts, manifests: dict[Generation, Manifest], head: Head) -> bool:
    """Whether the log still has all that an enactor needs to reach the newest plan."""
    if head.newest is None or head.newest == head.applied:
        return True
    try:
        links = chain(manifests[head.newest], manifests, head.applied)
    except (BrokenChain, KeyError):
        return False
    for manifest in links:
        if not await world.ports.log.holds(manifest):
            return False
    return True


def _full_is_due(manifests: dict[Generation, Manifest], head: Head, full_every: int) -> bool:
    """At the first plan, when the numbers cross a multiple of `full_every`, and when enactors have much to fold.

    By numbers and not by counting manifests back: those that nobody needs any more have been forgotten.
    """
    if head.newest is None:
        return True
    if _next_number(head) // full_every > head.newest // full_every:
        return True
    try:
        return len(chain(manifests[head.newest], manifests, head.applied)) >= limits.PLAN_CHAIN
    except (BrokenChain, KeyError):
        return True


def _next_number(head: Head) -> Generation:
    return Generation(max(head.reserved or 0, head.newest or 0) + 1)


async def _reserve(world: PlannerPorts, head: Head) -> Generation | None:
    """Take the next number; None when another planner was quicker (a law: numbers only grow)."""
    generation = _next_number(head)
    outcome = await world.ports.authority.commit(Batch((Proposal(Reserve(generation)),)))
    return generation if isinstance(outcome, Committed) else None


async def _commit(world: PlannerPorts, manifest: Manifest, head: Head, leading: Leading) -> bool:
    """Create the manifest under the fence. After a lost reply the manifest itself says whether it was."""
    proposal = Proposal(Publish(manifest), (HeadVersion(head.version),))
    outcome = await world.ports.authority.commit(Batch((proposal,), (LeaderFence(leading.key.scope, leading.fence),)))
    match outcome:
        case Committed():
            return True
        case Conflict(lost) if any(isinstance(one.condition, LeaderFence | LeaderFree) for one in lost):
            raise Fenced(f"generation {manifest.generation} was not published: the leadership is gone")
        case Conflict():
            return False
        case Unknown():
            return any(one == manifest for one in await world.ports.authority.manifests())
