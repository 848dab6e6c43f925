"""What the lattice says, from its cells alone: safe sets, minimal ones, who is needed where, what backfires.

`Table` holds, for every scenario in one composition, what fell for each of the subsets (None: safe). It is written as
JSON cells (a few dozen searches a scenario, each answering for an interval of subsets) and read back. A subset that no
cell answers for is unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from namelatch.lab.lattice.cells import NAMES, SUBSETS, UNKNOWN, Cell, subset_of

Fell = str | None


@dataclass(frozen=True, slots=True)
class Backfire:
    """Adding `added` to a set that is safe in a scenario makes `fell` fall: to `count` sets in all.

    `vacuous`: to how many of these because the scenario's rule never bit before, and nothing was tried there. `safe` is
    that of these sets whose fall takes the fewest steps, the smaller one of equals.
    """

    added: str
    fell: str
    count: int
    vacuous: int
    safe: int

    @property
    def unsafe(self) -> int:
        """The set after the addition."""
        return self.safe | subset_of((self.added,))


class Table:
    """One composition's lattice. `cells` by scenario's id."""

    def __init__(self, cells: Mapping[str, Sequence[Cell]]) -> None:
        self.cells = cells
        self.answers = {scenario: _spread(some) for scenario, some in cells.items()}
        self.fell: dict[str, list[Fell]] = {
            scenario: [UNKNOWN if cell is None else cell.fell for cell in some]
            for scenario, some in self.answers.items()
        }

    def safe(self, subset: int, scenarios: Iterable[str] | None = None) -> bool:
        """Whether nothing falls in any of the scenarios (all of them when None). Unknown is not safe."""
        among = self.fell if scenarios is None else scenarios
        return all(self.fell[scenario][subset] is None for scenario in among)

    def safe_sets(self, scenario: str | None = None) -> list[int]:
        """All safe subsets, in one scenario or in all."""
        among = self.fell if scenario is None else (scenario,)
        return [subset for subset in range(SUBSETS) if self.safe(subset, among)]

    def minimal(self, scenario: str | None = None) -> list[int]:
        """Safe subsets of which no smaller part is safe, the smallest first."""
        safe = self.safe_sets(scenario)
        found: list[int] = []
        for subset in sorted(safe, key=lambda one: (one.bit_count(), one)):
            if not any(smaller & subset == smaller for smaller in found):
                found.append(subset)
        return found

    def needed(self, guard: str) -> list[str]:
        """Scenarios in which every safe subset has this safeguard (and some subset is safe)."""
        bit = subset_of((guard,))
        found = []
        for scenario in self.fell:
            safe = self.safe_sets(scenario)
            if safe and all(subset & bit for subset in safe):
                found.append(scenario)
        return found

    def falls(self, subset: int) -> list[tuple[str, str]]:
        """Where a set is not safe, and what falls there (or that it is unknown)."""
        return [(scenario, what) for scenario, fell in self.fell.items() if (what := fell[subset]) is not None]

    def is_vacuous(self, scenario: str, subset: int) -> bool:
        """Whether a set is safe in a scenario whose rule never bit under it."""
        cell = self.answers[scenario][subset]
        return cell is not None and cell.fell is None and not cell.bit

    def backfires(self, scenario: str) -> list[Backfire]:
        """Every safeguard that makes some safe subset unsafe in a scenario, and what falls. Unknown is no proof."""
        groups: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
        fell, answers = self.fell[scenario], self.answers[scenario]
        for subset in range(SUBSETS):
            if fell[subset] is not None:
                continue
            for bit, guard in enumerate(NAMES):
                after = subset | 1 << bit
                what, cell = fell[after], answers[after]
                if what is not None and what != UNKNOWN and cell is not None:
                    groups.setdefault((guard, what), []).append((cell.steps, subset.bit_count(), subset))
        return [
            Backfire(guard, what, len(some), sum(self.is_vacuous(scenario, one) for *_, one in some), min(some)[-1])
            for (guard, what), some in sorted(groups.items())
        ]

    def counts(self, scenario: str) -> dict[Fell, int]:
        """How many subsets fell by what."""
        counted: dict[Fell, int] = {}
        for fell in self.fell[scenario]:
            counted[fell] = counted.get(fell, 0) + 1
        return counted


def _spread(cells: Sequence[Cell]) -> list[Cell | None]:
    """The cell that answers for each subset, the first that does; None where none does."""
    found: list[Cell | None] = [None] * SUBSETS
    for cell in cells:
        for subset in cell.subsets:
            if found[subset] is None:
                found[subset] = cell
    return found


Flat = list[list[Any]]


def to_json(cells: Iterable[Cell]) -> Flat:
    """Cells as lists of plain values, in the fields' order."""
    return [[cell.searched, cell.mattered, cell.fell, cell.steps, cell.states, int(cell.bit)] for cell in cells]


def from_json(flat: Flat) -> list[Cell]:
    """What `to_json` wrote."""
    return [
        Cell(searched, mattered, fell, steps, states, bool(bit))
        for searched, mattered, fell, steps, states, bit in flat
    ]
