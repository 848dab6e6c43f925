"""The shortest schedule of a backfire: of what falls once a safeguard has been added to a safe set."""

from functools import partial

from coordination.postures import Posture
from namelatch.lab.check import LIVENESS
from namelatch.lab.explorer.explore import ALL, Explorer, Start, Step
from namelatch.lab.explorer.recovery import Recovery
from namelatch.lab.explorer.strides import judge_safety
from namelatch.lab.lattice.cells import MOST_STATES, compose, peace
from namelatch.lab.playing.schedule import acts
from namelatch.lab.playing.stage import Act
from namelatch.lab.scenario import Scenario, begin


def start_of(scenario: Scenario, composition: Posture, subset: int) -> Start:
    """Where a scenario begins under just these safeguards."""
    return begin(scenario, compose(composition, subset), peace(scenario, composition))


def schedule(scenario: Scenario, composition: Posture, subset: int, invariant: str) -> tuple[Act, ...]:
    """The shortest schedule under which an invariant falls, of which it is known that it does."""
    start = start_of(scenario, composition, subset)
    explorer = Explorer(start, ALL, judge_safety)
    try:
        return acts(start, _way(explorer, invariant))
    finally:
        explorer.close()


def _way(explorer: Explorer, invariant: str) -> tuple[Step, ...]:
    live = {name: good for name, _, good in LIVENESS}
    explorer.run(MOST_STATES, lambda fallen: invariant in fallen)
    if invariant not in live:
        return explorer.trace(invariant)
    lost = Recovery(explorer, partial(live[invariant], explorer.start.setting)).first_lost()
    assert lost is not None, f"{invariant} fell in the lattice, and does not fall here"
    return explorer.trace_to(lost)
