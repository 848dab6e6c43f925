"""How many distinct states there are: the explorer's, projected, and the model's, by spin's own count.

The explorer searches with every reduction off that leaves out an order of calls; what only the caller notices is part
of the step before it, in the model as in the explorer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from namelatch.lab.explorer.explore import ALL, Explorer, Reductions
from namelatch.lab.model import spin
from namelatch.lab.model.bounds import Bound, defines, start
from namelatch.lab.model.projection import Projection

MOST_STATES = 3_000_000
EVERY_ORDER: Reductions = replace(ALL, private_first=False, late_reads=False)
BEFORE_THE_BEGINNING = 1  # spin also stores the state in which nothing has been set up yet

Watch = Callable[[Explorer], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """One bound. `states`: of the explorer; `distinct`: of these, as the model sees them; `model`: of the model."""

    bound: Bound
    states: int
    distinct: int
    model: int

    @property
    def agree(self) -> bool:
        """Whether the counts are the same."""
        return self.distinct == self.model


def explored(bound: Bound, watch: Watch | None = None) -> Explorer:
    """Everything that the code can do within a bound."""
    explorer = Explorer(start(bound), EVERY_ORDER)
    if watch is not None:
        watch(explorer)
    found = explorer.run(MOST_STATES)
    if not found.exhausted:
        raise ValueError(f"{bound}: more than {MOST_STATES:,} states")
    return explorer


def counted(bound: Bound, explorer: Explorer) -> Counted:
    """Both counts. Raises NoSpin, BrokenModel."""
    projection = Projection(bound, explorer)
    return Counted(bound, len(explorer.keys), len({projection.of(key) for key in explorer.keys}), of_model(bound))


def of_model(bound: Bound) -> int:
    """The number of the model's states, all of them stored exactly."""
    with spin.verifier(defines(bound)) as pan:
        told = spin.run((str(pan), "-A", "-E", f"-m{spin.DEPTH}"), pan.parent)
    stored = re.search(r"(\d+) states, stored", told)
    if stored is None or "errors: 0" not in told or "max search depth too small" in told:
        raise spin.BrokenModel(f"{bound}: {told[-400:]}")
    return int(stored[1]) - BEFORE_THE_BEGINNING
