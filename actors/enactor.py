"""One enactor: begin, claim, fold, walk, finish, and sweep if the posture says so. Plain coroutines over ports.

Under every posture an enactor does the same. Before it begins it registers: the claim's creation revision is
the fence of everything that follows. A plan is folded along its chain, for acting on the newest delta alone
loses changes. `applied` moves only when every endpoint reached its goal or something newer; an incomplete
enactment is never finished and never swept after. A claim overlaps the next one (unless the posture says one
claim an az): between letting go and taking there would be a window in which a collector sees neither.

Two processes of one az may live at once. Tokens grow with each life (`service` sees to it), and of two lives the
later wins: it revokes the claim that it has seen of an earlier one; the earlier one is fenced, finds the later
token, and stops as `replaced`. A claim under one's own token is that of a lost reply, and kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from actors.collector import Swept, finish_and_sweep, revoke, sweep
from actors.roles import EnactorSettings, Ports, tell
from actors.walk import Stopped
from actors.walkers import walk_all
from coordination import limits
from coordination.intents import (
    Batch,
    Committed,
    Condition,
    Conflict,
    Finish,
    ManifestLive,
    Proposal,
    TakeClaim,
    Unknown,
)
from coordination.plan import BrokenChain, Generation, Goal, Manifest, chain, fold
from coordination.ports import PlanLost, PlanTorn
from coordination.records import Endpoint
from coordination.safeguards import Allowed, Context, Refuse, judge, shared
from coordination.seen import Head, Seen


@dataclass(frozen=True, slots=True)
class Held:
    """A claim and its fence."""

    claim: TakeClaim
    fence: int


@dataclass(frozen=True, slots=True)
class Enacted:
    """How one plan's enactment ended. `status` is `finished`, or one word for why not."""

    generation: Generation
    status: str
    counts: Counter[str]
    held: Held | None


GIVES_UP = frozenset({"superseded", "not fresh", "fenced", "replaced", "retired", "lag-stop"})


async def enact(
    ports: Ports, settings: EnactorSettings, generation: Generation, head: Head, held: Held | None
) -> Enacted:
    """Enact one plan as of `head`, just read. `held` is the claim of the plan before; the result says what is held."""
    counts: Counter[str] = Counter()
    try:
        links = _links(generation, await ports.authority.manifests(), head)
        held = await _begin(ports, settings, links, head, held)
        await tell(ports, settings.az, "began", generation, fence=held.fence)
        goals = _walk_order(await _fold(ports, settings, links, held), settings)
        context = Context(settings.az, head, generation, held.claim, held.fence)
        walked = await walk_all(ports, settings, context, goals)
        counts = walked.counts
        if walked.ended is not None:
            raise walked.ended
        if walked.undone:
            detail = f"{len(walked.undone)} endpoints undone, {walked.undone[0]} among them"
            raise Stopped("incomplete", detail)
        await _finish(ports, settings, context)
        held = await _narrow(ports, settings, generation, held)
    except Stopped as stopped:
        await tell(ports, settings.az, stopped.status, generation, detail=str(stopped), counts=_sorted(counts))
        if held is not None and stopped.status in GIVES_UP:
            await ports.claims.release(held.claim)
            held = None
        return Enacted(generation, stopped.status, counts, held)
    return Enacted(generation, "finished", counts, held)


def _links(generation: Generation, listed: Sequence[Manifest], head: Head) -> list[Manifest]:
    manifests = {manifest.generation: manifest for manifest in listed}
    if generation not in manifests:
        raise Stopped("plan gone", "the plan has no manifest any more: something newer is applied")
    try:
        return chain(manifests[generation], manifests, head.applied)
    except BrokenChain as broken:
        raise Stopped("broken chain", f"{broken}: waits for a full plan") from None


# --- begin -------------------------------------------------------------------------------------------------------


async def _begin(
    ports: Ports, settings: EnactorSettings, links: Sequence[Manifest], head: Head, held: Held | None
) -> Held:
    """Register for the plan and for everything it is folded from."""
    wanted = TakeClaim(links[0].generation, settings.az, settings.token)
    context = Context(settings.az, head, links[-1].generation, wanted)
    verdict = judge(settings.posture.safeguards, wanted, Seen(Endpoint("")), context)
    if isinstance(verdict, Refuse):
        raise Stopped("lag-stop" if verdict.stop else "not fresh", f"{verdict.safeguard}: {verdict.guarantee}")
    assert isinstance(verdict, Allowed), "no safeguard asks for a step before a claim"
    if held is not None and held.claim == wanted and await ports.claims.renew(wanted):
        return held
    if held is not None and (settings.posture.one_claim or held.claim == wanted):
        await ports.claims.release(held.claim)
        held = None
    fence = await _acquire(ports, wanted, verdict.conditions)
    if held is not None:
        await ports.claims.release(held.claim)
    return Held(wanted, fence)


async def _narrow(ports: Ports, settings: EnactorSettings, generation: Generation, held: Held) -> Held:
    """After finishing, claim the plan itself and not the oldest that it was folded from: that may be collected now."""
    wanted = TakeClaim(generation, settings.az, settings.token)
    if held.claim == wanted:
        return held
    outcome = await ports.claims.acquire(wanted, (ManifestLive(generation),))
    if not isinstance(outcome, Committed):
        return held
    await ports.claims.release(held.claim)
    return Held(wanted, outcome.revision)


async def _acquire(ports: Ports, wanted: TakeClaim, conditions: tuple[Condition, ...]) -> int:
    for _ in range(limits.UNKNOWN_ATTEMPTS):
        match await ports.claims.acquire(wanted, conditions):
            case Committed(revision):
                return revision
            case Conflict(lost) if any(isinstance(one.condition, ManifestLive) for one in lost):
                raise Stopped("retired", "the plan may no longer begin")
            case _:
                fence = await _settle(ports, wanted)
                if fence is not None:
                    return fence
    raise Stopped("unavailable", "the claim could not be registered")


async def _settle(ports: Ports, wanted: TakeClaim) -> int | None:
    """What stands in the place of a claim that was not, or may have been, registered: ours, or nothing any more."""
    place = (wanted.generation, wanted.az)
    there = next((one for one in await ports.authority.claims() if (one.generation, one.az) == place), None)
    if there is None:
        return None
    if there.token > wanted.token:
        raise Stopped("replaced", f"a later process of {wanted.az} has had the claim since revision {there.fence}")
    if there.token == wanted.token and await ports.claims.renew(wanted):
        return there.fence
    await revoke(ports, wanted.az, there)
    return None


# --- fold --------------------------------------------------------------------------------------------------------


async def _fold(ports: Ports, settings: EnactorSettings, links: Sequence[Manifest], held: Held) -> tuple[Goal, ...]:
    """The goals of a chain. Each chunk that was fetched is progress: a long chain must not outlast the claim."""

    async def progress() -> None:
        await ports.claims.renew(held.claim)  # once it is lost, the first write says so

    plans = []
    for manifest in links:
        try:
            plans.append(await ports.log.fetch(manifest, progress))
            await progress()
        except PlanTorn as torn:
            raise Stopped("quarantined", f"generation {manifest.generation} is not what was promised: {torn}") from None
        except PlanLost as lost:
            if not settings.posture.writes_empty:
                raise Stopped("plan lost", f"the bytes of generation {manifest.generation} are gone: {lost}") from None
    return fold(plans)


def _walk_order(goals: tuple[Goal, ...], settings: EnactorSettings) -> tuple[Goal, ...]:
    """Every enactor starts elsewhere on the same round, unless the posture walks in one order."""
    if settings.posture.repeats:
        return goals
    at = int(len(goals) * settings.start)
    return goals[at:] + goals[:at]


# --- finish ------------------------------------------------------------------------------------------------------


async def _finish(ports: Ports, settings: EnactorSettings, context: Context) -> None:
    posture, generation = settings.posture, context.generation
    assert generation is not None, "an enactment has a plan"
    swept: Swept | None = None
    if posture.sweeps_at_once:
        swept = await finish_and_sweep(ports, posture, settings.az, generation)
        if swept is None:
            raise Stopped("unavailable", "the finish could not be recorded")
    else:
        batch = Batch((Proposal(Finish(generation)),), shared(posture.safeguards, context))
        await _record_finish(ports, batch, generation)
    await tell(ports, settings.az, "finished", generation, fence=context.fence)
    if posture.sweeps == "each enactor" and swept is None:
        await sweep(ports, posture, settings.az, replace(context.head, applied=generation))


async def _record_finish(ports: Ports, batch: Batch, generation: Generation) -> None:
    for _ in range(limits.UNKNOWN_ATTEMPTS):
        match await ports.authority.commit(batch):
            case Committed():
                return
            case Conflict(lost) if any(isinstance(one.condition, ManifestLive) for one in lost):
                raise Stopped("retired", "the plan was retired before it was finished")
            case Conflict(lost) if any(one.index is None for one in lost):
                raise Stopped("fenced", "the claim was lost before the plan was finished")
            case Conflict(lost) if lost:
                return  # AppliedBelow: something at least as new is finished already
            case Conflict():
                continue
            case Unknown():
                applied = (await ports.authority.head()).applied
                if applied is not None and applied >= generation:
                    return
    raise Stopped("unavailable", "the finish could not be recorded")


def _sorted(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items()))
