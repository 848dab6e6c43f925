"""A scenario: a story as a value. Who takes part, how the inputs move, which fault, and what each posture makes of it.

One file a scenario in `scenarios/`, one entry in `scenarios.SCENARIOS`. `begin` brings a scenario's world about under a
posture by the protocol itself: the first `applied` moves are planned and enacted in peace, `published` more only
planned; then everybody starts anew, and from there every schedule that the rule allows is explored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from immutables import Map

from coordination.postures import Posture
from coordination.records import Endpoint
from coordination.safeguards import LagStop
from namelatch.lab.explore import NO_FAULTS, Budget, Explorer, Start
from namelatch.lab.processes import Process, collector, enactor, planner
from namelatch.lab.rules import FREE, Rule
from namelatch.lab.world import Moved, Setting, World

HOLDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. `expects`: by posture's name, the invariants that fall there (`HOLDS`: none); others are not judged.

    `keep`: K and N of the rules by age, scaled down with the number of plans. `others`: further processes, by posture.
    `sometimes`: what must be seen under `hardened`, or the scenario proves nothing there (`Found.seen` lists what is).
    """

    id: str
    title: str
    story: str
    endpoints: tuple[Endpoint, ...]
    moves: tuple[Moved, ...]
    expects: Mapping[str, frozenset[str]]
    azs: tuple[str, ...] = ("a", "b")
    applied: int = 1
    published: int = 0
    budget: Budget = NO_FAULTS
    rule: Rule = FREE
    planners: tuple[str, ...] = ("planner",)
    passes: int | None = None
    keep: int = 0
    lag: LagStop | None = None
    sometimes: tuple[str, ...] = ()
    others: Callable[[Posture], tuple[Process, ...]] = field(default=lambda _: ())
    core: bool = True


def scaled(scenario: Scenario, posture: Posture) -> Posture:
    """The posture with its thresholds scaled to a scenario of a few plans; the safeguards are the same."""
    keep = scenario.keep if posture.rule == "older than applied" else max(1, scenario.keep)
    guards = tuple(
        scenario.lag if isinstance(guard, LagStop) and scenario.lag is not None else guard
        for guard in posture.safeguards
    )
    return replace(posture, keep=keep, safeguards=guards)


def begin(scenario: Scenario, posture: Posture, world: World | None = None) -> Start:
    """Where the scenario begins under a posture; in `world`, if that is known already."""
    bound = scaled(scenario, posture)
    return Start(
        Setting(scenario.endpoints, scenario.moves),
        world if world is not None else in_peace(scenario, bound),
        _processes(scenario, bound),
        scenario.budget,
        scenario.rule,
        _claims_stay(scenario, bound),
    )


def in_peace(scenario: Scenario, bound: Posture) -> World:
    """The world in which the scenario begins: so many plans enacted, so many more published."""
    peace = Setting(scenario.endpoints, scenario.moves[: scenario.applied])
    world = World()
    if scenario.applied:
        world = _at_rest(Start(peace, world, (planner("planner"), enactor(scenario.azs[-1], bound))))
    if scenario.published:
        more = replace(peace, moves=scenario.moves[: scenario.applied + scenario.published])
        world = _at_rest(Start(more, world, (planner("planner"),)))
    return world


def _claims_stay(scenario: Scenario, posture: Posture) -> bool:
    """Whether nobody loses a claim that it did not give up: no lease ends, one owner an az, nobody lags too far."""
    stop = posture.lag.stop if posture.lag is not None else None
    unreachable = stop is None or stop >= len(scenario.moves)
    return not scenario.budget.expiries and len(set(scenario.azs)) == len(scenario.azs) and unreachable


def _processes(scenario: Scenario, posture: Posture) -> tuple[Process, ...]:
    count = len(scenario.azs)
    starts = [0.0 if posture.repeats else at / count for at in range(count)]
    enactors = (enactor(az, posture, start) for az, start in zip(scenario.azs, starts, strict=True))
    if posture.plans == "planner":
        planners = [planner(name) for name in scenario.planners]
    else:
        planners = [planner(f"planner-{az}", scope=az) for az in scenario.azs]
    collectors = (collector(posture, scenario.passes),) if posture.sweeps == "collector" else ()
    return (*planners, *enactors, *collectors, *scenario.others(posture))


def _at_rest(start: Start) -> World:
    """The world in which everybody idles, nobody having been disturbed; then all leave, and their leases end."""
    explorer = Explorer(start)
    at = explorer.rest(explorer.first())
    assert at is not None, "peace never comes to rest"
    world = explorer.world(at)
    return replace(world, authority=replace(world.authority, claims=Map(), leaders=Map(), locks=Map()), numbers=Map())
