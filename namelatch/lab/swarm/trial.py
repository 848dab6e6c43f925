"""One seed: a safety phase under faults, then healing, then the demand that all comes to a good rest within a bound.

Safety invariants fall at a step. The rest is judged once nothing has changed in the authority for REST_S, when nobody
can go on, or when HEAL_STEPS are over: `not-wedged`, `converges`, and `follows`, that who follows the authority serves
what it holds. The phase under faults ends when all is well anyway, or after SAFETY_STEPS.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from namelatch.lab.check import LIVENESS
from namelatch.lab.explorer.explore import Step
from namelatch.lab.playing.files import Fell
from namelatch.lab.swarm.follower import should_show
from namelatch.lab.swarm.schedulers import Scheduler
from namelatch.lab.swarm.simulation import Course, Simulation, Told
from namelatch.lab.swarm.turns import Turn
from namelatch.lab.world import converged

SAFETY_STEPS = 600
HEAL_STEPS = 6_000
REST_S = 5.0  # longer than anybody waits before it tries again
AT_REST_S = 1.0  # where all is well already: longer than anybody polls
FOLLOWS = "follows", "Who follows the authority serves what it holds."
AT_REST: tuple[tuple[str, str], ...] = (*((name, sentence) for name, sentence, _ in LIVENESS), FOLLOWS)


@dataclass(frozen=True, slots=True)
class Trial:
    """What one seed came to. `steps`: in all; `healed`: how many of them after healing until nothing changed any more.

    `seed`, and `told` of its town. `fell`: every invariant once, where it fell first. `events`: of every kind of fault,
    report and lost condition how many there were; `exercised`: of every invariant how often it could have fallen.
    """

    seed: int
    told: str
    scheduler: str
    steps: int
    healed: int
    fell: tuple[Fell, ...]
    faults: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    exercised: Mapping[str, int] = field(default_factory=dict)


def run(
    seed: int,
    told: str,
    name: str,
    course: Course,
    scheduler: Scheduler,
    healer: Scheduler,
    watch: Told | None = None,
    turns: list[Turn] | None = None,
) -> Trial:
    """Run a course under a scheduler, then healed under another.

    `watch` hears of every step; into `turns` goes the schedule of the safety phase.
    """
    simulation = Simulation(course, watch)
    while simulation.steps < SAFETY_STEPS and not well(simulation):
        turn = scheduler.turn(simulation)
        if turn is None:
            break
        if turns is not None:
            turns.append(turn)
        simulation.take(turn)
    healed, after_phase = heal(simulation, healer), simulation.steps
    fell = [*simulation.fell.values(), *at_rest(simulation)]
    exercised = Counter(simulation.judging.exercised)
    exercised.update({name: 1 for name, _ in AT_REST if name != FOLLOWS[0] or simulation.stream is not None})
    return Trial(
        seed, told, name, after_phase, healed, tuple(fell), dict(simulation.faults), dict(simulation.seen), exercised
    )


def well(simulation: Simulation) -> bool:
    """Whether everybody has everything: then there is nothing left to go wrong."""
    setting, world = simulation.start.setting, simulation.world
    if world.asked < len(setting.moves) or world.authority.applied != world.authority.newest:
        return False
    return converged(setting, world)


def heal(simulation: Simulation, healer: Scheduler) -> int:
    """End all faults and go on to rest; the number of steps until nothing changed any more."""
    simulation.heal()
    began = changed = simulation.steps
    authority, since = simulation.world.authority, simulation.now
    while simulation.steps - began < HEAL_STEPS:
        turn = healer.turn(simulation)
        if turn is None:
            break
        simulation.take(turn)
        if simulation.world.authority is not authority:
            authority, since, changed = simulation.world.authority, simulation.now, simulation.steps
        elif simulation.now - since > AT_REST_S and (simulation.now - since > REST_S or not at_rest(simulation)):
            break
    return changed - began


def at_rest(simulation: Simulation) -> list[Fell]:
    """What falls where a run has come to rest."""
    setting, world, stream = simulation.start.setting, simulation.world, simulation.stream
    found = [
        Fell(name, simulation.steps, "rest", "all faults are over, everybody had a turn, and it is not well")
        for name, _, good in LIVENESS
        if not good(setting, world)
    ]
    if stream is not None and stream.shown != should_show(world.authority) and world.authority.roots:
        found.append(Fell(FOLLOWS[0], simulation.steps, "rest", "what is served is not what the authority holds"))
    return found


def keep(into: list[Step]) -> Told:
    """A watch that keeps every step."""
    return into.append
