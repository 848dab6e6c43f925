"""A scenario: a story as a value. Who takes part, how the inputs move, which fault, and what each posture makes of it.

One file a scenario in `scenarios/`, one entry in `scenarios.SCENARIOS`. `begin` brings a scenario's world about under a
posture by the protocol itself: the first `applied` moves are planned and enacted in peace, `published` more only
planned; then everybody starts anew, and from there every schedule that the rule allows is explored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from immutables import Map

from coordination import limits
from coordination.intents import Batch, Change, Proposal
from coordination.plan import Generation
from coordination.postures import Posture
from coordination.records import Endpoint
from coordination.safeguards import LagStop, Safeguard
from namelatch.lab.explorer.explore import NO_FAULTS, Budget, Explorer, Start
from namelatch.lab.hands import QUORUM
from namelatch.lab.processes import Process, collector, enactor, planner
from namelatch.lab.rules import FREE, Rule
from namelatch.lab.world import Gives, Moved, Setting, World, allocate, commit

HOLDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. `expects`: by posture's name, the invariants that fall there (`HOLDS`: none); others are not judged.

    `why`: the reason for that, a sentence a posture. `keep`: K of the incident's rule, and `keep_last` N of keep-last,
    scaled down with the number of plans. `others`: further processes, by posture. `rounds`: by az, after so many rounds
    its enactor leaves. `at_once`: endpoints changed together. `gives`: what plans give. `given`: what somebody
    had done to the authority before it begins. `torn`: plans whose bytes are not what was promised, from where it
    begins. `retains`: the log keeps so many plans. `sometimes`: what must be seen under `hardened`, or the scenario
    proves nothing there (`Found.seen` lists what is); `never`: what must not be seen there.
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
    why: Mapping[str, str] = field(default_factory=dict)
    keep_last: int = 3
    at_once: int = limits.READ_ENDPOINTS
    gives: Gives = allocate
    rounds: Mapping[str, int] = field(default_factory=dict)
    given: tuple[Change, ...] = ()
    never: tuple[str, ...] = ()
    torn: frozenset[Generation] = frozenset()
    retains: int | None = None


def scaled(scenario: Scenario, posture: Posture) -> Posture:
    """The posture with its thresholds scaled to a scenario of a few plans; the safeguards are the same."""
    keep = {"older than applied": scenario.keep, "keep last": scenario.keep_last, "by reference": 0}[posture.rule]
    guards = tuple(_scaled(guard, scenario.lag) for guard in posture.safeguards)
    return replace(posture, keep=keep, safeguards=guards)


def _scaled(guard: Safeguard, lag: LagStop | None) -> Safeguard:
    """A posture that only alarms does not stop in small either."""
    if not isinstance(guard, LagStop) or lag is None:
        return guard
    return lag if guard.stop is not None else replace(lag, stop=None)


def begin(scenario: Scenario, posture: Posture, world: World | None = None) -> Start:
    """Where the scenario begins under a posture; in `world`, if that is known already."""
    bound = scaled(scenario, posture)
    setting = Setting(scenario.endpoints, scenario.moves, torn=scenario.torn, retains=scenario.retains)
    processes = _processes(scenario, bound)
    return Start(
        setting,
        world if world is not None else in_peace(scenario, bound, setting),
        processes,
        scenario.budget,
        scenario.rule,
        _claims_stay(scenario, bound, processes),
    )


def in_peace(scenario: Scenario, bound: Posture, setting: Setting) -> World:
    """The world in which the scenario begins: so many plans enacted, so many more published, and what is given."""
    peace = replace(setting, moves=scenario.moves[: scenario.applied], torn=frozenset())
    plans = planner("planner", gives=scenario.gives)
    world = World()
    if scenario.applied:
        world = _at_rest(Start(peace, world, (enactor(scenario.azs[-1], bound), plans)))
    if scenario.published:
        more = replace(peace, moves=scenario.moves[: scenario.applied + scenario.published])
        world = _at_rest(Start(more, world, (plans,)))
    for change in scenario.given:
        world = commit(setting, world, Batch((Proposal(change),))).world
    return world


def _claims_stay(scenario: Scenario, posture: Posture, processes: tuple[Process, ...]) -> bool:
    """Whether nobody loses a claim that it did not give up: no lease ends, one owner an az, nobody lags too far.

    Nor is the quorum lost: a renewal nobody answers is no renewal.
    """
    leases = [process.lease for process in processes if process.lease is not None]
    stop = posture.lag.stop if posture.lag is not None else None
    unreachable = stop is None or stop >= len(scenario.moves)
    answers = all(process.name != QUORUM for process in processes)
    return answers and not scenario.budget.expiries and len(set(leases)) == len(leases) and unreachable


def _processes(scenario: Scenario, posture: Posture) -> tuple[Process, ...]:
    count = len(scenario.azs)
    starts = [0.0 if posture.repeats else at / count for at in range(count)]
    enactors = (
        enactor(az, posture, start, scenario.at_once, rounds=scenario.rounds.get(az))
        for az, start in zip(scenario.azs, starts, strict=True)
    )
    if posture.plans == "planner":
        planners = [planner(name, gives=scenario.gives) for name in scenario.planners]
    else:
        az = scenario.azs[0]
        planners = [planner(f"planner-{az}", scope=az, gives=scenario.gives)]
    collectors = (collector(posture, scenario.passes),) if posture.sweeps == "collector" else ()
    return (*planners, *enactors, *collectors, *scenario.others(posture))


def _at_rest(start: Start) -> World:
    """The world in which everybody idles, nobody having been disturbed; then all leave, and their leases end."""
    explorer = Explorer(start)
    at = explorer.rest(explorer.first())
    assert at is not None, "peace never comes to rest"
    world = explorer.world(at)
    explorer.close()
    return replace(world, authority=replace(world.authority, claims=Map(), leaders=Map(), locks=Map()), numbers=Map())
