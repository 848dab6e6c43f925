"""Small worlds to search mutants in: no rule unless one is given, under a posture or one composed for a question."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial, reduce
from typing import Any

from actors.roles import EnactorSettings, PlannerPorts, PlannerSettings
from actors.service import serve_enactor, serve_planner
from coordination import limits
from coordination.intents import Batch, Change, Proposal, Publish
from coordination.postures import HARDENED, Posture, posture
from coordination.safeguards import Lock
from namelatch.lab.composed import composed
from namelatch.lab.explorer.explore import Start
from namelatch.lab.kernel import Begin
from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.faults import Refused, unanswered
from namelatch.lab.phrases import FIPS, REGIONAL
from namelatch.lab.ports import AskingHealth
from namelatch.lab.processes import Process, collector, enactor, planner, ports_of
from namelatch.lab.scenario import Scenario, begin, scaled
from namelatch.lab.world import Moved, Numbering, World, allocate

ALL, F, R = Moved(), Moved((FIPS,)), Moved((REGIONAL,))
GONE = Moved((), removed=(REGIONAL,))
WORLD = Scenario(
    id="world",
    title="A small world",
    story="No rule: every schedule.",
    endpoints=(FIPS, REGIONAL),
    moves=(ALL, ALL),
    expects={},
    azs=("a",),
)
Altered = Callable[[Start, Posture], Start]
_TOLD = ("every", "rest", "limits", "falls", "sometimes", "never", "tidy", "states")


def small(name: str, under: str | Posture = HARDENED, altered: Altered | None = None, **given: Any) -> Bound:
    """A small world under a posture; under `hardened` everything must be tidy at rest unless said otherwise.

    `altered`: what else about its beginning. What is given besides is the scenario's or the bound's.
    """
    bound = posture(under) if isinstance(under, str) else under
    told: dict[str, Any] = {"tidy": bound is HARDENED}
    if any(isinstance(one, Lock) for one in bound.safeguards) and "budget" not in given:  # a late lock stays
        told["rest"] = unlocked
    told |= {one: given.pop(one) for one in _TOLD if one in given}
    return Bound(name, partial(_begun, replace(WORLD, id=name, **given), bound, altered), **told)


def _begun(scenario: Scenario, bound: Posture, altered: Altered | None) -> Start:
    start = begin(scenario, bound)
    return start if altered is None else altered(start, scaled(scenario, bound))


def of_scenario(scenario: Scenario, name: str) -> Bound:
    """A scenario under a posture, as `namelatch lab check` searches it."""
    wants = name == "hardened"
    return Bound(
        f"{scenario.id} under {name}",
        partial(begin, scenario, posture(name)),
        scenario.expects.get(name, frozenset()),
        scenario.sometimes if wants else (),
        scenario.never if wants else (),
    )


def tidied(scenario: Scenario) -> Bound:
    """A scenario under `hardened`, in which the collector never leaves and everything must be tidy at rest."""
    told = replace(scenario, passes=None)
    return replace(of_scenario(told, "hardened"), name=f"{scenario.id}, tidy", tidy=True)


def only(*guards: str, like: str = "hardened") -> Posture:
    """A posture composed of just these safeguards: what one of them is for shows where no other does it too."""
    return composed(posture(like), guards)


def without(*guards: str) -> Posture:
    """`hardened` without some."""
    return composed(HARDENED, [one.name for one in HARDENED.safeguards if one.name not in guards])


# --- other beginnings --------------------------------------------------------------------------------------------


def instead(start: Start, process: Process) -> Start:
    """Another process in the place of the one of its name."""
    return replace(start, processes=tuple(process if one.name == process.name else one for one in start.processes))


def refusing(who: str, *refused: Refused) -> Altered:
    """Somebody is not answered at some calls."""

    def altered(start: Start, _: Posture) -> Start:
        process = next(one for one in start.processes if one.name == who)
        return instead(start, unanswered(process, *refused))

    return altered


def two_walkers(start: Start, bound: Posture) -> Start:
    """a walks with two walkers, one endpoint at a time."""
    return _walking(start, bound, 1)


def _walking(start: Start, bound: Posture, at_once: int) -> Start:
    ports = ports_of()

    def life(incarnation: int) -> Begin:
        settings = EnactorSettings("a", f"a-{incarnation}", bound, 0.3, walkers=2, batch=at_once)
        return lambda: serve_enactor(ports, settings, _always)

    return instead(start, Process("a", life, "a"))


def two_walkers_at_once(start: Start, bound: Posture) -> Start:
    """a may walk with two walkers, all endpoints of each at once."""
    return _walking(start, bound, limits.READ_ENDPOINTS)


def altogether(*altered: Altered) -> Altered:
    """One after the other."""
    return lambda start, bound: reduce(lambda before, one: one(before, bound), altered, start)


def by_commit(start: Start, _: Posture) -> Start:
    """Every commit has a revision of its own, as a real authority numbers them."""
    world = replace(start.world, authority=replace(start.world.authority, revision=100))
    return replace(start, world=world, setting=replace(start.setting, numbering=Numbering.BY_COMMIT))


def seldom_looking(start: Start, _: Posture) -> Start:
    """The planner looks at the log every other round."""
    world = PlannerPorts(ports_of(whole_head=True), AskingHealth(allocate))

    def life(incarnation: int) -> Begin:
        settings = PlannerSettings("region", f"planner-{incarnation}", log_rounds=2, backlog_rounds=1)
        return lambda: serve_planner(world, settings, _always)

    return instead(start, Process("planner", life, "region"))


def often_full(start: Start, _: Posture) -> Start:
    """Every other plan is a full one."""
    return instead(start, planner("planner", full_every=2))


def once_more(bound: Posture) -> tuple[Process, ...]:
    """A later life of the same az, while the earlier one goes on."""
    return (enactor("a", bound, name="a-too"),)


def twin(process: Process) -> Process:
    """Another of the same role."""
    return replace(process, name=f"{process.name}-too")


def watching(bound: Posture) -> tuple[Process, ...]:
    """A collector where enactors sweep: it only watches."""
    return (collector(bound),)


def somebody(*changes: Change) -> Callable[[Posture], tuple[Process, ...]]:
    """One who does something to the authority, once, by no role's rules."""
    return asking(Batch(tuple(Proposal(change) for change in changes)))


def asking(*batches: Batch) -> Callable[[Posture], tuple[Process, ...]]:
    """One who asks this of the authority, one after the other, by no role's rules."""
    ports = ports_of(whole_head=True)

    async def act() -> None:
        for batch in batches:
            await ports.authority.commit(batch)

    return lambda _: (Process("somebody", lambda _: act),)


def republishing(_: Posture) -> tuple[Process, ...]:
    """One who publishes the newest plan once more, by no role's rules."""
    ports = ports_of(whole_head=True)

    async def act() -> None:
        newest = max(await ports.authority.manifests(), key=lambda one: one.generation)
        await ports.authority.commit(Batch((Proposal(Publish(newest)),)))

    return (Process("somebody", lambda _: act),)


def short_chain(world: World) -> bool:
    """An enactor never has more plans to fold than the limit."""
    state = world.authority
    if state.newest is None or state.newest not in state.manifests:
        return True
    links, at = 1, state.manifests[state.newest].base
    while at is not None and at in state.manifests and (state.applied is None or at > state.applied):
        links, at = links + 1, state.manifests[at].base
    return links <= limits.PLAN_CHAIN


def full_in_turn(world: World) -> bool:
    """With every other plan a full one, those of even numbers are full, the others but the first are deltas."""
    return all((one.base is None) == (at % 2 == 0 or at == 1) for at, one in world.authority.manifests.items())


def overlapping(world: World) -> bool:
    """Where a alone writes: once it has begun it never is without a claim."""
    state = world.authority
    return bool(state.claims) or all(root.generation == 1 for root in state.roots.values())


def no_gap(world: World) -> bool:
    """No number is taken beyond the next plan's."""
    state = world.authority
    return (state.reserved or 0) <= (state.newest or 0) + 1


def unlocked(world: World) -> bool:
    """Nobody has left a lock behind."""
    return not world.authority.locks


def one_claim(world: World) -> bool:
    """No az has two claims at once."""
    azs = [az for _, az in world.authority.claims]
    return len(set(azs)) == len(azs)


def rolls_back(world: World) -> bool:
    """Whoever goes on from the second plan, whose tree is gone, can still go back to the first."""
    return all(root.rollback is not None for root in world.authority.roots.values() if root.generation > 2)


def _always() -> bool:
    return True
