"""The lattice: every subset of the safeguards against a scenario, in one composition of who plans and who sweeps.

A subset is safe in a scenario when no safety invariant falls and both liveness ones hold, over all schedules within the
scenario's bounds; what was not exhausted is unknown. Subsets are searched from the largest down. A search says which of
its safeguards mattered (`watching.py`); under every subset between those and the whole everybody would have done the
same, so one search fills an interval of the lattice (`silent safeguards`, a named reduction, checked by tests).

Bounds are counts of states, never of seconds, so that the same comes out everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from coordination.postures import D2_AFTER, HARDENED, Posture
from coordination.safeguards import SAFEGUARDS, LagStop
from namelatch.lab.check import LIVENESS
from namelatch.lab.explorer.explore import ALL, Explorer
from namelatch.lab.explorer.recovery import GaveUp, Recovery
from namelatch.lab.explorer.strides import judge_safety
from namelatch.lab.lattice.watching import Watch
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.world import World

NAMES = tuple(guard.name for guard in SAFEGUARDS)
SUBSETS = 1 << len(SAFEGUARDS)
BY_REFERENCE = replace(HARDENED, name="by reference")
BY_AGE = replace(D2_AFTER, name="by age")
COMPOSITIONS: tuple[Posture, ...] = (BY_REFERENCE, BY_AGE)
LIKE = {BY_REFERENCE.name: HARDENED.name, BY_AGE.name: D2_AFTER.name}  # whose composition `check --like` takes
MOST_STATES = 500_000  # of one search: the largest exhausted so far has three quarters of that
AT_REST = 4  # times as many may be looked at for a way to a good rest: rules are over there, and more is open
MOST_TOGETHER = 20_000_000  # of all searches of one scenario in one composition: what is left over stays unknown
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """One search, and every subset it answers for: all between `mattered` and `searched`.

    `fell`: the invariant that fell first, None when safe, "unknown" when not exhausted. `steps`: its trace's length.
    `bit`: whether the scenario's rule ever bit; if not, nothing that held there proves much.
    """

    searched: int
    mattered: int
    fell: str | None
    steps: int
    states: int
    bit: bool

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


def names(subset: int) -> tuple[str, ...]:
    """The safeguards of a subset, in the table's order."""
    return tuple(name for bit, name in enumerate(NAMES) if subset >> bit & 1)


def subset_of(guards: Sequence[str]) -> int:
    """The subset of these names."""
    return sum(1 << NAMES.index(name) for name in guards)


def compose(composition: Posture, subset: int) -> Posture:
    """A posture of one composition with just these safeguards."""
    return replace(composition, safeguards=tuple(guard for bit, guard in enumerate(SAFEGUARDS) if subset >> bit & 1))


def lattice(
    scenario: Scenario,
    composition: Posture,
    most_states: int = MOST_STATES,
    most_together: int = MOST_TOGETHER,
) -> Iterator[Cell]:
    """Cells that answer for every subset, the largest subsets first; each for some for which none did before.

    After `most_together` states the rest goes unanswered, which is unknown too.
    """
    answered = bytearray(SUBSETS)
    world, seen = peace(scenario, composition), 0
    for subset in sorted(range(SUBSETS), key=lambda one: (-one.bit_count(), one)):
        if answered[subset]:
            continue
        if seen > most_together:
            return
        cell = search(scenario, composition, subset, most_states, world)
        seen += cell.states
        for one in cell.subsets:
            answered[one] = 1
        yield cell


def peace(scenario: Scenario, composition: Posture) -> World:
    """The world in which the scenario begins, the same under every subset: in peace no safeguard has anything to do."""
    return begin(scenario, compose(composition, 0)).world


def search(
    scenario: Scenario,
    composition: Posture,
    subset: int,
    most_states: int = MOST_STATES,
    world: World | None = None,
) -> Cell:
    """Search one subset until something falls or all is seen. `world`: where it begins, if that is known already."""
    watch = Watch()
    at_first = peace(scenario, composition) if world is None else world
    start = begin(scenario, watch.posture(compose(composition, subset)), at_first)
    explorer = Explorer(start, ALL, judge_safety, watch.lost)
    found = explorer.run(most_states, bool)
    fell, steps = None, 0
    if explorer.fallen:
        fell = next(iter(explorer.fallen))
        steps = explorer.depth_of(fell)
    elif not found.exhausted:
        fell = UNKNOWN
    else:
        fell, steps = _lost(explorer, AT_REST * most_states)
    explorer.close()
    # A batch that is still under way is dropped when one of its conditions is lost for good (`dead letters`), and
    # nobody is told: where replies are lost, whoever asked for a condition counts as having mattered.
    mattered = set(watch.spoke if scenario.budget.lost else watch.mattered)
    if _lag_binds(scenario, composition, subset, start.claims_stay, at_first):
        mattered.add(LAG_STOP)
    bit = any(rule.bit for rule in explorer.rules.values)
    return Cell(subset, subset_of(sorted(mattered)), fell, steps, found.states, bit)


def _lost(explorer: Explorer, most_states: int) -> tuple[str | None, int]:
    """The liveness invariant that falls first, and after how many steps."""
    try:
        for name, _, good in LIVENESS:
            lost = Recovery(explorer, partial(good, explorer.start.setting), most_states).first_lost()
            if lost is not None:
                return name, explorer.depth(lost)
    except GaveUp:
        return UNKNOWN, 0
    return None, 0


LAG_STOP = LagStop().name


def _lag_binds(scenario: Scenario, composition: Posture, subset: int, claims_stay: bool, world: World) -> bool:
    """Whether `lag-stop` can do more than tell: the collector acts by it too, and asks no safeguard's judgement there.

    It revokes a claim beyond the second threshold. Where no story comes that far, it only looks at claims and tells.
    """
    without = subset & ~subset_of((LAG_STOP,))
    return without != subset and claims_stay != begin(scenario, compose(composition, without), world).claims_stay
