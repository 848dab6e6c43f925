"""What a mutant has to pass, the quick and telling searches first: the catalogue's scenarios, and small worlds of our own.

The worlds of our own are there because a mutant lived without them: each says which blindness of the catalogue it mends.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from actors.roles import EnactorSettings
from actors.service import serve_enactor
from coordination.codec import BadPlan
from coordination.intents import Hold
from coordination.plan import Generation
from coordination.postures import Posture, posture
from coordination.records import Endpoint
from namelatch.lab.explore import Budget, Start
from namelatch.lab.hands import break_glass
from namelatch.lab.kernel import Begin
from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.faults import Refused, unanswered
from namelatch.lab.phrases import FIPS, REGIONAL, began, finished, publishing
from namelatch.lab.processes import Process, enactor, planner, ports_of
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import Scenario, begin, scaled
from namelatch.lab.scenarios import SCENARIOS
from namelatch.lab.scenarios.half_collected import HALF_COLLECTED
from namelatch.lab.scenarios.lease_loss import LEASE_LOSS
from namelatch.lab.scenarios.live_but_stuck import LIVE_BUT_STUCK
from namelatch.lab.scenarios.plan_flood import PLAN_FLOOD
from namelatch.lab.scenarios.resurrection import RESURRECTION
from namelatch.lab.scenarios.stale_check_overwrite import STALE_CHECK_OVERWRITE
from namelatch.lab.scenarios.zombie_writer import ZOMBIE_WRITER
from namelatch.lab.world import Moved

POSTURES_TRIED = ("hardened", "incident", "d1-before", "d1-after", "d2-after", "registered-versioned", "spin-fixed")


def of_scenario(scenario: Scenario, name: str) -> Bound:
    """A scenario under a posture, as `namelatch lab check` would search it."""
    seen = name == "hardened"
    return Bound(
        f"{scenario.id} under {name}",
        partial(begin, scenario, posture(name)),
        scenario.expects.get(name, frozenset()),
        scenario.sometimes if seen else (),
        scenario.never if seen else (),
    )


MOST_STATES = 9_000  # of a search here: larger ones cost more than they kill
LARGE = frozenset(
    {
        ("cleanup-deletes-active", "d1-before"),
        ("cleanup-deletes-active", "d1-after"),
        ("october-2025", "hardened"),
        ("october-2025-three", "hardened"),
        ("wedged-rollback-pointer", "hardened"),
        ("rollback-then-cleanup", "registered-versioned"),
        ("rollback-then-cleanup", "hardened"),
        ("zombie-writer", "incident"),
        ("zombie-writer", "d2-after"),
        ("zombie-writer", "registered-versioned"),
        ("zombie-writer", "hardened"),
        ("mixed-generations", "hardened"),
        ("plan-flood", "d1-after"),
        ("plan-flood", "registered-versioned"),
        ("plan-flood", "hardened"),
        ("empty-source", "hardened"),
        ("two-owners", "hardened"),
        ("content-canary", "hardened"),
        ("delta-lost", "d1-after"),
        ("unchanged-endpoint", "hardened"),
        ("resurrection", "d1-after"),
        ("two-planners", "registered-versioned"),
        ("two-planners", "hardened"),
        ("live-but-stuck", "d1-after"),
        ("lease-stall", "registered-versioned"),
        ("lease-stall", "hardened"),
        ("served-is-not-applied", "registered-versioned"),
        ("served-is-not-applied", "hardened"),
        ("rollback-torn", "hardened"),
        ("breakglass-overwritten", "d1-after"),
        ("poison-neighbour", "incident"),
        ("poison-neighbour", "hardened"),
        ("log-lost", "registered-versioned"),
        ("log-lost", "hardened"),
        ("redeliver", "incident"),
        ("redeliver", "d2-after"),
        ("redeliver", "registered-versioned"),
        ("redeliver", "hardened"),
        ("retention", "hardened"),
        ("lease-loss", "hardened"),
    }
)
CATALOGUE = tuple(
    of_scenario(scenario, name)
    for name in POSTURES_TRIED
    for scenario in SCENARIOS
    if (name == "hardened" or name in scenario.expects) and (scenario.id, name) not in LARGE
)
ALL, F, R = Moved(), Moved((FIPS,)), Moved((REGIONAL,))
WORLD = Scenario(
    id="world",
    title="A small world",
    story="No rule: every schedule.",
    endpoints=(FIPS, REGIONAL),
    moves=(ALL, ALL),
    expects={},
    azs=("a",),
)


Change = Callable[[Start, Posture], Start]


def _begun(scenario: Scenario, name: str, change: Change | None) -> Start:
    start = begin(scenario, posture(name))
    return start if change is None else change(start, scaled(scenario, posture(name)))


def small(name: str, under: str = "hardened", change: Change | None = None, **given: Any) -> Bound:
    """A small world under a posture, in which everything must be tidy at rest. `change`: of how it begins."""
    own = ("limits", "falls", "sometimes", "never", "tidy", "states")
    told = {"tidy": under == "hardened"} | {one: given.pop(one) for one in own if one in given}
    return Bound(name, partial(_begun, replace(WORLD, id=name, **given), under, change), **told)


def _instead(start: Start, process: Process) -> Start:
    """Another process in the place of the one of its name."""
    return replace(start, processes=tuple(process if one.name == process.name else one for one in start.processes))


def _refusing(who: str, *refused: Refused) -> Change:
    """Somebody is not answered at some of the calls."""

    def change(start: Start, _: Posture) -> Start:
        process = next(one for one in start.processes if one.name == who)
        return _instead(start, unanswered(process, *refused))

    return change


def _two_walkers(start: Start, bound: Posture) -> Start:
    ports = ports_of()

    def life(incarnation: int) -> Begin:
        settings = EnactorSettings("a", f"a-{incarnation}", bound, 0.3, walkers=2, batch=1)
        return lambda: serve_enactor(ports, settings, _always)

    return _instead(start, Process("a", life, "a"))


def _always() -> bool:
    return True


def _often_full(start: Start, _: Posture) -> Start:
    return _instead(start, planner("planner", full_every=2))


def _once_more(bound: Posture) -> tuple[Process, ...]:
    """A later life of the same az, while the earlier one goes on."""
    return (enactor("a", bound, name="a-too"),)


GLOBAL = Endpoint("global.example")
ONE = (REGIONAL,)
WEDGE = frozenset({"not-wedged", "converges"})
DARK = frozenset({"never-delete-active", "never-empty"})
ROLLBACK, CLAIMED = frozenset({"rollback-target-exists"}), frozenset({"claimed-plan-exists"})
OVERTAKEN = frozenset({"bounded-staleness", "converges", "cross-endpoint-skew", "monotone-generation"})
TINY = {"PAGE_KEYS": 1, "READ_ENDPOINTS": 1, "PLAN_SLICE": 1}


def _tidied(scenario: Scenario, **given: Any) -> Bound:
    """A scenario of the catalogue, in which the collector never leaves and everything must be tidy at rest."""
    told = replace(scenario, passes=None, **given)
    return replace(of_scenario(told, "hardened"), name=f"{scenario.id}, tidy", tidy=True)


OWN: tuple[Bound, ...] = (
    small("two enactors", azs=("a", "b"), published=1),
    small("deltas", moves=(ALL, R, F, R), published=2),
    small("a reply to a is lost", budget=Budget(lost=1, of=("a",)), moves=(ALL, R, F), published=2, tidy=False),
    small("keep last", under="registered-versioned", moves=(ALL, ALL, ALL), keep_last=2, falls=DARK | WEDGE | ROLLBACK),
    small("locks", under="incident", azs=("a", "b"), moves=(ALL, ALL, ALL), endpoints=ONE, published=2, keep=9),
    small("a lease ends", budget=Budget(expiries=1), endpoints=ONE, published=1),
    small(
        "second",
        azs=("a", "b"),
        endpoints=ONE,
        moves=(ALL,) * 3,
        published=1,
        rule=Ordered(
            (
                Wait(When("b"), finished("a", 2)),
                Wait(publishing(3), finished("a", 2)),
                Wait(When("a"), finished("b", 3), since=finished("a", 2)),
            )
        ),
    ),
    _tidied(STALE_CHECK_OVERWRITE),
    _tidied(LIVE_BUT_STUCK),
    _tidied(HALF_COLLECTED),
    _tidied(ZOMBIE_WRITER),
    _tidied(PLAN_FLOOD),
    _tidied(LEASE_LOSS),
    _tidied(RESURRECTION),
    small("removal", moves=(ALL, Moved((), removed=ONE), ALL), published=1),
    small("a name comes back", moves=(ALL, Moved((), removed=ONE), R), published=2),
    small("pages of one", endpoints=(FIPS, REGIONAL, GLOBAL), moves=(ALL, ALL, R), limits=TINY),
    small("two walkers", endpoints=(FIPS, REGIONAL, GLOBAL), limits=TINY, change=_two_walkers),
    small("a reply is lost", budget=Budget(lost=1), endpoints=ONE),
    small("two replies to a are lost", budget=Budget(lost=2, of=("a",)), endpoints=ONE, moves=(ALL, ALL), tidy=False),
    small("a dies", budget=Budget(crashes=1, of=("a",)), moves=(ALL, ALL), azs=("a", "b"), published=1),
    small("the planner dies", budget=Budget(crashes=1, lost=1, of=("planner",)), endpoints=ONE),
    small(
        "two lives of one az",
        endpoints=ONE,
        published=1,
        others=_once_more,
        rule=Ordered((Wait(When("a-too"), began("a", 2)),)),
        rounds={"a": 3},
        passes=0,
        tidy=False,
    ),
    small("torn", torn=frozenset({Generation(2)}), moves=(ALL, ALL, ALL), published=1),
    small("the log forgets", budget=Budget(forgets=1), moves=(ALL, R, F), published=2, passes=1, tidy=False),
    small("often a full plan", moves=(ALL, R, F), change=_often_full, published=1),
    small("a long chain", moves=(ALL, R, F, R, F), published=3, limits={"PLAN_CHAIN": 2}),
    small("held", given=(Hold(REGIONAL, "operator"),), moves=(ALL, ALL, F)),
    small("held and lifted", others=lambda _: (break_glass(REGIONAL, source=Generation(1), lifts=True),), published=1),
    small("a leaves", rounds={"a": 3}, azs=("a", "b")),
    small("two owners", others=lambda _: (planner("planner-too", scope="another"),), endpoints=ONE),
    small("two planners", others=lambda _: (planner("planner-anew"),), endpoints=ONE, passes=0, tidy=False),
    small(
        "a is not answered",
        change=_refusing("a", *(Refused(one) for one in ("manifests", "acquire", "fetch", "read", "commit"))),
        sometimes=("told: unavailable",),
        published=1,
    ),
    small(
        "a is not answered when it leaves",
        rounds={"a": 2},
        azs=("a", "b"),
        published=1,
        tidy=False,
        change=_refusing("a", Refused("release", 1)),
        sometimes=("told: unavailable",),
    ),
    small(
        "the planner is not answered",
        change=_refusing("planner", *(Refused(one) for one in ("acquire", "head", "inputs", "append", "announce"))),
        sometimes=("told: unavailable",),
    ),
    small(
        "the collector is not answered",
        change=_refusing("collector", *(Refused(one) for one in ("head", "generations", "trees", "commit"))),
        sometimes=("told: unavailable",),
    ),
    small(
        "unplannable",
        change=_refusing("planner", Refused("append", error=BadPlan)),
        falls=WEDGE,
        tidy=False,
        sometimes=("told: unplannable",),
    ),
    small("a lock's reply is lost", under="incident", budget=Budget(lost=1), endpoints=ONE, keep=9),
    small(
        "a lock's lease ends",
        under="incident",
        budget=Budget(expiries=1),
        azs=("a", "b"),
        endpoints=ONE,
        keep=9,
        falls=frozenset({"fenced-writes"}),
    ),
    small(
        "two locks, a reply lost",
        under="d2-after",
        azs=("a", "b"),
        published=1,
        keep=9,
        budget=Budget(lost=1, of=("a",)),
    ),
    small("two locks", under="d2-after", azs=("a", "b"), published=1, keep=9, at_once=1),
    small("by age", under="incident", moves=(ALL, ALL, ALL), keep=1, falls=ROLLBACK),
    small(
        "written empty",
        under="d1-before",
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        keep_last=1,
        falls=DARK | WEDGE | ROLLBACK | CLAIMED,
    ),
    small("at once", under="spin-fixed", moves=(ALL, ALL, ALL), keep=1, falls=ROLLBACK),
    small(
        "at once, a reply lost",
        under="spin-fixed",
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        budget=Budget(lost=1, of=("a",)),
        falls=WEDGE | ROLLBACK | CLAIMED,
    ),
    small(
        "at once, two",
        under="spin-fixed",
        azs=("a", "b"),
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        falls=OVERTAKEN | DARK | ROLLBACK | CLAIMED,
    ),
)
BOUNDS: tuple[Bound, ...] = (*OWN, *CATALOGUE)
