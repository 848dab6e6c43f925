"""What is run for a seed: a drawn town under a posture, or a scenario's own world, each under some scheduler."""

from dataclasses import dataclass, replace

from coordination.postures import Posture
from namelatch.lab.explorer.explore import Budget, Start
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.schedulers import drawn, picker
from namelatch.lab.swarm.schedulers.round_robin import RoundRobin
from namelatch.lab.swarm.schedulers.struck import Struck
from namelatch.lab.swarm.schedulers.twice import twice
from namelatch.lab.swarm.simulation import Course, Told
from namelatch.lab.swarm.source import Source
from namelatch.lab.swarm.trial import Trial, run
from namelatch.lab.swarm.turns import DIES, EXPIRES, FORGETS, LATER, LOST_DIES, Turn
from namelatch.lab.swarm.variant import Variant
from namelatch.lab.swarm.weather import Calm, Caps, Weather

# Of a scenario's budget: high enough that most runs use it up.
OF_BUDGET = {LATER: 0.05, DIES: 0.03, LOST_DIES: 0.02, EXPIRES: 0.02, FORGETS: 0.02}


@dataclass(frozen=True, slots=True)
class Asked:
    """A posture; a scenario, or None for a drawn town; a scheduler's name, or None for a drawn one.

    `variant`: who takes part instead, for the table of known bugs.
    """

    posture: Posture
    scenario: Scenario | None = None
    scheduler: str | None = None
    variant: Variant | None = None


TWICE = "twice"


def trial(asked: Asked, seed: int, watch: Told | None = None, turns: list[Turn] | None = None) -> Trial:
    """Run one seed. The same seed gives the same run, wherever."""
    if asked.scheduler == TWICE:
        once = replace(asked, scheduler=None)
        return twice(lambda watch: trial(once, seed, watch))
    name = asked.scheduler or drawn(Source(seed, "scheduler"))
    course, weather, told, first = _world(asked, seed)
    schedule = Struck(picker(name, Source(seed, "schedule")), weather, first)
    return run(seed, told, name, course, schedule, healer(), watch, turns)


def healer() -> Struck:
    """Who goes on when all faults are over: everybody, in turn."""
    return Struck(RoundRobin(), Calm())


def course(asked: Asked, seed: int) -> Course:
    """What a seed runs, for whoever brings a schedule."""
    return _world(asked, seed)[0]


def _world(asked: Asked, seed: int) -> tuple[Course, Weather | Calm, str, tuple[Turn, ...]]:
    faults = Source(seed, "faults")
    if asked.scenario is not None:
        start = _begun_once(asked.scenario, asked.posture)
        course_ = Course(start, lapses=False)
        return course_, _of_budget(faults, start.budget, course_.ttl_s), asked.scenario.id, ()
    variant = asked.variant or Variant()
    town = variant.adapt(towns.draw(Source(seed, "town")))
    bound = towns.bound(town, asked.posture)
    processes = variant.cast(town, bound)
    course_ = towns.course(town, processes)
    weather = Weather(faults, town.rates, course_.ttl_s, Caps(), town.strikes)
    return course_, weather, str(town), towns.first(town, processes)


_BEGUN: dict[tuple[str, str], Start] = {}


def _begun_once(scenario: Scenario, posture: Posture) -> Start:
    """Where a scenario begins under a posture: a value, the same for every seed."""
    named = scenario.id, posture.name
    if named not in _BEGUN:
        _BEGUN[named] = begin(scenario, posture)
    return _BEGUN[named]


def _of_budget(source: Source, budget: Budget, ttl_s: float) -> Weather:
    return Weather(source, OF_BUDGET, ttl_s, Caps.of(budget), budget.of)
