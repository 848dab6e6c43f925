"""What the lattice says, from its cells alone: safe sets, minimal ones, who is needed where, what backfires.

`Table` holds, for every scenario in one composition, what fell for each of the subsets (None: safe). It is written as
JSON cells (a few dozen searches a scenario, each answering for an interval of subsets) and read back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from namelatch.lab.lattice import NAMES, SUBSETS, UNKNOWN, Cell, subset_of

Fell = str | None


@dataclass(frozen=True, slots=True)
class Backfire:
    """Adding one safeguard to a safe set makes it unsafe: in `scenario`, where `fell` falls after `steps` steps."""

    scenario: str
    safe: int
    added: str
    fell: str


class Table:
    """One composition's lattice. `cells` by scenario's id."""

    def __init__(self, cells: dict[str, list[Cell]]) -> None:
        self.cells = cells
        self.fell: dict[str, list[Fell]] = {scenario: _spread(some) for scenario, some in cells.items()}

    def safe(self, subset: int, scenarios: Iterable[str] | None = None) -> bool:
        """Whether nothing falls in any of the scenarios (all of them when None). Unknown is not safe."""
        return all(self.fell[scenario][subset] is None for scenario in scenarios or self.fell)

    def safe_sets(self, scenario: str | None = None) -> list[int]:
        """All safe subsets, in one scenario or in all."""
        among = None if scenario is None else (scenario,)
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

    def falls_without(self, whole: int, guard: str) -> list[tuple[str, str]]:
        """Where a set that is safe as a whole falls once this safeguard is taken out, and what falls."""
        left = whole & ~subset_of((guard,))
        return [(scenario, fell[left] or "") for scenario, fell in self.fell.items() if fell[left] is not None]

    def backfires(self) -> Iterator[Backfire]:
        """Every pair of a safe subset and a safeguard that makes it unsafe in some scenario. Unknown is no proof."""
        for scenario, fell in self.fell.items():
            for subset in range(SUBSETS):
                if fell[subset] is not None:
                    continue
                for bit, guard in enumerate(NAMES):
                    after = fell[subset | 1 << bit]
                    if after is not None and after != UNKNOWN:
                        yield Backfire(scenario, subset, guard, after)

    def counts(self, scenario: str) -> dict[Fell, int]:
        """How many subsets fell by what."""
        counted: dict[Fell, int] = {}
        for fell in self.fell[scenario]:
            counted[fell] = counted.get(fell, 0) + 1
        return counted


def _spread(cells: list[Cell]) -> list[Fell]:
    """What fell by subset. The first cell that answers for a subset is believed."""
    fell: list[Fell] = [UNKNOWN] * SUBSETS
    answered = bytearray(SUBSETS)
    for cell in cells:
        for subset in cell.subsets:
            if not answered[subset]:
                answered[subset], fell[subset] = 1, cell.fell
    assert all(answered), "the cells do not answer for every subset"
    return fell


def to_json(cells: dict[str, list[Cell]]) -> dict[str, list[list[Any]]]:
    """Cells as lists of plain values, in the fields' order."""
    return {
        scenario: [[cell.searched, cell.mattered, cell.fell, cell.steps, cell.states] for cell in some]
        for scenario, some in cells.items()
    }


def from_json(flat: dict[str, list[list[Any]]]) -> dict[str, list[Cell]]:
    """What `to_json` wrote."""
    return {scenario: [Cell(*fields) for fields in some] for scenario, some in flat.items()}
