"""The lattice: every subset of the safeguards against a scenario, in one composition of who plans and who sweeps.

A subset is safe in a scenario when no safety invariant falls and both liveness ones hold, over all schedules within the
scenario's bounds; what was not exhausted is unknown. Subsets are searched from the largest down. A search says which of
its safeguards mattered (`watching.py`); every subset between those and the whole would have taken the very same steps,
so one search fills an interval of the lattice (`silent safeguards`, a named reduction, checked by tests).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from coordination.postures import HARDENED, INCIDENT, Posture
from coordination.safeguards import (
    Fence,
    Forward,
    FreshOnce,
    LagStop,
    Lock,
    NonEmpty,
    PlanExists,
    Recheck,
    RollbackTolerant,
    Safeguard,
    SpareClaimed,
    SpareReferenced,
    Version,
)
from namelatch.lab.check import LIVENESS
from namelatch.lab.explore import ALL, Explorer
from namelatch.lab.recovery import Recovery
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.strides import judge_safety
from namelatch.lab.watching import Watch

SAFEGUARDS: tuple[Safeguard, ...] = (
    FreshOnce(),
    Lock(),
    Recheck(),
    Version(),
    Forward(),
    Fence(),
    PlanExists(),
    NonEmpty(),
    RollbackTolerant(),
    SpareClaimed(),
    SpareReferenced(),
    LagStop(),
)
NAMES = tuple(guard.name for guard in SAFEGUARDS)
SUBSETS = 1 << len(SAFEGUARDS)
BY_REFERENCE = replace(HARDENED, name="by reference")
BY_AGE = replace(INCIDENT, name="by age", repeats=False)
COMPOSITIONS: tuple[Posture, ...] = (BY_REFERENCE, BY_AGE)
MOST_STATES = 500_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One search, and every subset it answers for: all between `mattered` and `searched`.

    `fell`: the invariant that fell first, None when safe, "unknown" when not exhausted. `steps`: its trace's length.
    """

    searched: int
    mattered: int
    fell: str | None
    steps: int
    states: int

    @property
    def subsets(self) -> Iterator[int]:
        """The subsets it answers for."""
        silent = self.searched & ~self.mattered
        some = silent
        while True:
            yield self.mattered | some
            if not some:
                return
            some = (some - 1) & silent


UNKNOWN = "unknown"


def names(subset: int) -> tuple[str, ...]:
    """The safeguards of a subset, in the table's order."""
    return tuple(name for bit, name in enumerate(NAMES) if subset >> bit & 1)


def subset_of(guards: Sequence[str]) -> int:
    """The subset of these names."""
    return sum(1 << NAMES.index(name) for name in guards)


def compose(composition: Posture, subset: int) -> Posture:
    """A posture of one composition with just these safeguards."""
    return replace(composition, safeguards=tuple(guard for bit, guard in enumerate(SAFEGUARDS) if subset >> bit & 1))


def lattice(scenario: Scenario, composition: Posture, most_states: int = MOST_STATES) -> Iterator[Cell]:
    """Cells that together answer for every subset, the largest subsets first. Each answers for what none did before."""
    answered = bytearray(SUBSETS)
    for subset in sorted(range(SUBSETS), key=lambda one: (-one.bit_count(), one)):
        if not answered[subset]:
            cell = search(scenario, composition, subset, most_states)
            for one in cell.subsets:
                answered[one] = 1
            yield cell


def search(scenario: Scenario, composition: Posture, subset: int, most_states: int = MOST_STATES) -> Cell:
    """Search one subset until something falls or all is seen."""
    watch = Watch()
    posture = watch.posture(compose(composition, subset))
    start = begin(scenario, posture, begin(scenario, compose(composition, 0)).world)
    explorer = Explorer(start, ALL, judge_safety, watch.lost)
    found = explorer.run(most_states, bool)
    fell, steps = None, 0
    if explorer.fallen:
        fell, (at, _) = next(iter(explorer.fallen.items()))
        steps = explorer.depth(at) + 1
    elif not found.exhausted:
        fell = UNKNOWN
    else:
        for name, _, good in LIVENESS:
            lost = Recovery(explorer, partial(good, start.setting)).first_lost()
            if lost is not None:
                fell, steps = name, explorer.depth(lost)
                break
    explorer.close()
    mattered = watch.spoke if scenario.budget.lost else watch.mattered
    return Cell(subset, subset_of(sorted(mattered)), fell, steps, found.states)
