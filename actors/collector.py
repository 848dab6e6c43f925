"""The collector: deletes what nobody needs. One sweep, three rules; the posture says who awaits it and which rule.

By the incident's rule (older than the plan just applied by K) and by keep-last-N a whole generation goes in
one range delete, whatever still follows it. By reference: a plan is retired first, in a transaction that
fails while anybody claims it or anything older; from then on it can't be begun. Then its trees go in
batches, each comparing its endpoint's root as it was read. Nothing newer than an endpoint's root is ever
touched: after a lease stall, work in progress would look like garbage. Every pass can stop anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from actors.roles import CollectorSettings, Ports, tell
from coordination import limits
from coordination.intents import (
    Batch,
    ClaimFence,
    Committed,
    Conflict,
    DropClaim,
    DropGeneration,
    DropTree,
    Finish,
    Forget,
    Proposal,
    Retire,
    Unknown,
)
from coordination.packing import pack
from coordination.plan import BrokenChain, Generation, Manifest, chain
from coordination.postures import Posture
from coordination.records import Endpoint
from coordination.safeguards import Allowed, Context, judge, shared
from coordination.seen import ClaimSeen, Head, Seen


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep took: whole generations, retired plans, single trees; what it had to spare, what it missed."""

    generations: tuple[Generation, ...] = ()
    retired: tuple[Generation, ...] = ()
    trees: int = 0
    spared: int = 0
    missed: int = 0


@dataclass(slots=True)
class Memory:
    """Hints that save work, never a truth.

    `scanned`: generations of which nothing was left that may go, and what was applied then. `told`: fences of
    claims whose lag was told, and how far behind they were. `last_claims`: each az's last claim, gone or not.
    `busy_passes`: passes that found a plan being applied, counted up to `patience`, when one is not put off.
    """

    patience: int = limits.BUSY_PASSES
    scanned: dict[Generation, Generation | None] = field(default_factory=dict)
    told: dict[int, int] = field(default_factory=dict)
    last_claims: dict[str, ClaimSeen] = field(default_factory=dict)
    busy_passes: int = 0


# --- one pass of the collector -----------------------------------------------------------------------------------


async def collect(ports: Ports, settings: CollectorSettings, memory: Memory) -> Swept:
    """One pass: watch the claims for lag, then sweep by the posture's rule (if the collector sweeps at all)."""
    head = await ports.authority.head()
    await _watch_lag(ports, settings.posture, head, memory)
    if settings.posture.sweeps != "collector" or head.applied is None:
        return Swept()
    return await sweep(ports, settings.posture, "collector", head, memory)


async def _watch_lag(ports: Ports, posture: Posture, head: Head, memory: Memory) -> None:
    """Tell each lag once and again when it has grown; revoke a claim that is too old and that no plan needs.

    An az whose claim has run out is still judged by it: a paused enactor keeps no claim and lags all the same.
    """
    lag, newest = posture.lag, head.newest
    if lag is None or newest is None:
        return
    claims = await ports.authority.claims()
    memory.last_claims |= {claim.az: claim for claim in claims}
    late = [memory.last_claims[az] for az in sorted(memory.last_claims)]
    late = [claim for claim in late if newest - claim.generation > lag.alarm]
    for claim in late:
        if newest - claim.generation > memory.told.get(claim.fence, 0):
            detail = f"{newest - claim.generation} generations behind the newest ({newest})"
            await tell(ports, claim.az, "lag alarm", claim.generation, fence=claim.fence, detail=detail)
    memory.told = {claim.fence: newest - claim.generation for claim in late}
    stuck = [claim for claim in claims if lag.stop is not None and newest - claim.generation > lag.stop]
    if not stuck:
        return
    needed = _oldest_needed({manifest.generation: manifest for manifest in await ports.authority.manifests()}, head)
    for claim in stuck:
        if needed is not None and claim.generation < needed:
            await revoke(ports, "collector", claim)


async def revoke(ports: Ports, who: str, claim: ClaimSeen) -> None:
    """Delete the claim that was seen, and no later one of the same az."""
    fence = ClaimFence(claim.generation, claim.az, claim.fence)
    outcome = await ports.authority.commit(Batch((Proposal(DropClaim(claim.generation, claim.az), (fence,)),)))
    if isinstance(outcome, Committed):
        await tell(ports, who, "claim revoked", claim.generation, fence=claim.fence, detail=claim.az)


async def sweep(ports: Ports, posture: Posture, who: str, head: Head, memory: Memory | None = None) -> Swept:
    """Delete what the posture's rule selects, as far as its safeguards allow. Something is applied as of `head`."""
    applied = head.applied
    assert applied is not None, "nothing is swept before something is applied"
    if posture.rule == "by reference":
        return await _by_reference(ports, posture, who, head, memory or Memory())
    victims = await _victims(ports, posture, applied)
    if victims:
        await tell(ports, who, "sweep listed", applied, detail=" ".join(map(str, victims)))
    gone = [victim for victim in victims if await _drop_generation(ports, posture, who, victim)]
    return Swept(generations=tuple(gone), spared=len(victims) - len(gone))


# --- by age ------------------------------------------------------------------------------------------------------


async def _victims(ports: Ports, posture: Posture, applied: Generation) -> tuple[Generation, ...]:
    """Plans and trees that are older than what the rule keeps."""
    plans = [manifest.generation for manifest in await ports.authority.manifests()]
    if posture.rule == "older than applied":
        oldest_kept = applied - posture.keep
    else:
        oldest_kept = plans[-posture.keep] if len(plans) >= posture.keep else 0
    present = {*plans, *await ports.authority.generations()}
    return tuple(sorted(one for one in present if one < oldest_kept))


async def _drop_generation(ports: Ports, posture: Posture, who: str, victim: Generation) -> bool:
    verdict = judge(posture.safeguards, DropGeneration(victim), Seen(Endpoint("")), Context(who))
    if not isinstance(verdict, Allowed):
        return False
    binding = shared(posture.safeguards, Context(who))
    outcome = await ports.authority.commit(Batch((Proposal(verdict.change, verdict.conditions),), binding))
    event = "collected" if isinstance(outcome, Committed) else "spared"
    await tell(ports, who, event, victim, detail=type(outcome).__name__)
    return isinstance(outcome, Committed)


async def finish_and_sweep(ports: Ports, posture: Posture, who: str, applied: Generation) -> Swept | None:
    """The published model's fix: finishing and cleaning up in one transaction, never what was just applied.

    None when it could not be learned whether the plan was finished.
    """
    victims = [victim for victim in await _victims(ports, posture, applied) if victim != applied]
    dropping = [Proposal(DropGeneration(victim)) for victim in victims]
    batch = next(iter(pack([Proposal(Finish(applied)), *dropping], ())))  # as many as one transaction takes
    victims = victims[: len(batch.proposals) - 1]
    if victims:
        await tell(ports, who, "sweep listed", applied, detail=" ".join(map(str, victims)))
    for _ in range(limits.UNKNOWN_ATTEMPTS):
        match await ports.authority.commit(batch):
            case Committed():
                for victim in victims:
                    await tell(ports, who, "collected", victim)
                return Swept(generations=tuple(victims))
            case Conflict(lost) if lost:
                return Swept(spared=len(victims))  # something at least as new is finished already
            case Conflict():
                continue
            case Unknown():
                finished = (await ports.authority.head()).applied
                if finished is not None and finished >= applied:
                    return Swept(missed=len(victims))  # by us or by another: what became of the victims is not known
    return None


# --- by reference ------------------------------------------------------------------------------------------------


async def _by_reference(ports: Ports, posture: Posture, who: str, head: Head, memory: Memory) -> Swept:
    memory.busy_passes = (memory.busy_passes + 1) % memory.patience if head.applied != head.newest else 0
    if memory.busy_passes:
        return Swept()  # listing and scanning cost the authority as much as a walk: not beside one, if it can wait
    present = await ports.authority.generations()
    manifests = {manifest.generation: manifest for manifest in await ports.authority.manifests()}
    retired = [one for one in _unneeded(manifests, head) if await _retire(ports, posture, who, one)]
    dead = {m.generation for m in manifests.values() if m.retired} | set(retired)
    taken = spared = 0
    for generation in present:
        alive = generation in manifests and generation not in dead
        if alive or head.newest is None or generation >= head.newest:
            continue
        if memory.scanned.get(generation, 0) == head.applied:
            continue
        scan = await _drop_trees(ports, posture, who, generation)
        if not scan.missed:
            memory.scanned[generation] = head.applied
        taken += scan.trees
        spared += scan.spared
    memory.scanned = {one: applied for one, applied in memory.scanned.items() if one in present}
    await _forget(ports, who, dead - set(present))
    if retired or taken:
        counts = (("retired", len(retired)), ("trees", taken), ("spared", spared))
        await tell(ports, who, "collected", head.applied, counts=counts)
    return Swept(retired=tuple(retired), trees=taken, spared=spared)


def _unneeded(manifests: dict[Generation, Manifest], head: Head) -> list[Generation]:
    """Live plans that nobody can need any more: older than all that the newest is folded from since `applied`."""
    oldest_needed = _oldest_needed(manifests, head)
    if oldest_needed is None:
        return []
    floor = min(oldest_needed, head.applied if head.applied is not None else oldest_needed)
    return sorted(m.generation for m in manifests.values() if not m.retired and m.generation < floor)


def _oldest_needed(manifests: dict[Generation, Manifest], head: Head) -> Generation | None:
    """The oldest plan that the newest one is folded from since `applied`; None when the chain is broken."""
    if head.newest is None or head.newest not in manifests:
        return None
    try:
        return chain(manifests[head.newest], manifests, head.applied)[0].generation
    except BrokenChain:
        return None


async def _retire(ports: Ports, posture: Posture, who: str, generation: Generation) -> bool:
    verdict = judge(posture.safeguards, Retire(generation), Seen(Endpoint("")), Context(who))
    if not isinstance(verdict, Allowed):
        return False
    binding = shared(posture.safeguards, Context(who))
    outcome = await ports.authority.commit(Batch((Proposal(verdict.change, verdict.conditions),), binding))
    return isinstance(outcome, Committed)


async def _drop_trees(ports: Ports, posture: Posture, who: str, generation: Generation) -> Swept:
    """Scan one retired generation's trees and drop those that nothing points at.

    Trees and roots are both listed in byte order, in large pages, and met as they come: what is listed only
    chooses, the condition that goes with each deletion decides.
    """
    taken = spared = missed = 0
    after: Endpoint | None = None
    roots = _Roots(ports)
    while page := await ports.authority.trees(generation, after, limits.PAGE_KEYS):
        after = page[-1]
        allowed = []
        for seen in await roots.of(page):
            verdict = judge(posture.safeguards, DropTree(generation, seen.endpoint), seen, Context(who))
            if isinstance(verdict, Allowed):
                allowed.append(verdict)
        dropped = await _drop(ports, allowed)
        taken += dropped
        spared += len(page) - len(allowed)
        missed += len(allowed) - dropped
    return Swept(trees=taken, spared=spared, missed=missed)


class _Roots:
    """The roots of ascending names, listed page by page."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._listed: dict[Endpoint, Seen] = {}
        self._last: Endpoint | None = None
        self._done = False

    async def of(self, names: tuple[Endpoint, ...]) -> tuple[Seen, ...]:
        """What was found of each name, in order; nothing where it has no root. A few are read by name."""
        if len(names) <= limits.READ_ENDPOINTS:
            return (await self._ports.authority.read(names)).seen
        self._listed = {name: seen for name, seen in self._listed.items() if name >= names[0]}
        while not self._done and (self._last is None or self._last < names[-1]):
            page = await self._ports.authority.roots(self._last or self._before(names[0]), limits.PAGE_KEYS)
            self._done = len(page) < limits.PAGE_KEYS
            if page:
                self._last = page[-1].endpoint
                self._listed |= {seen.endpoint: seen for seen in page}
        return tuple(self._listed.get(name, Seen(name)) for name in names)

    @staticmethod
    def _before(name: Endpoint) -> Endpoint:
        """A text just below a name in byte order."""
        return Endpoint(name[:-1])


async def _drop(ports: Ports, allowed: Iterable[Allowed]) -> int:
    """Commit deletions; what loses is left for the next pass."""
    taken = 0
    for batch in pack([Proposal(one.change, one.conditions) for one in allowed], ()):
        outcome = await ports.authority.commit(batch)
        if isinstance(outcome, Conflict):
            losers = {one.index for one in outcome.lost}
            kept = tuple(one for index, one in enumerate(batch.proposals) if index not in losers)
            if not kept or not losers:
                continue
            outcome = await ports.authority.commit(replace(batch, proposals=kept))
            taken += len(kept) if isinstance(outcome, Committed) else 0
        elif isinstance(outcome, Committed):
            taken += len(batch.proposals)
    return taken


async def _forget(ports: Ports, who: str, dead: set[Generation]) -> None:
    """Delete the manifests of retired plans of which no tree is left."""
    for generation in sorted(dead):
        if isinstance(await ports.authority.commit(Batch((Proposal(Forget(generation)),))), Committed):
            await tell(ports, who, "forgotten", generation)
