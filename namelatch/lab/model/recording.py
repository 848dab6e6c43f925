"""What the code does, step by step, as records for the model to accept: who stepped, the state before, the state after.

Two sources, both of them the protocol's own coroutines: every transition of an exhausted search, and walks at random
within bounds that no search exhausts. A walk lets one process go on for a while and then another, so that some fall far
behind. The lab keeps what it ran once (`lives.py`), so a transition that was walked before costs a look-up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from namelatch.lab.explorer.explore import Explorer
from namelatch.lab.explorer.numbers import WORLD_MASK
from namelatch.lab.explorer.strides import GO
from namelatch.lab.kernel import ENDED
from namelatch.lab.model.bounds import Bound
from namelatch.lab.model.projection import Projection

PLANNER, COLLECTOR, BEGINS = 100, 101, 200
IDLE_TURNS = 20  # in a row that change nothing in the world: everybody rests, and the walk is over
TURN_STEPS = 16  # that one process goes on alone, at most: an enactment of two names takes about ten


@dataclass(slots=True)
class Recording:
    """The records of one bound. `taken` counts them, `distinct` holds which transitions they were."""

    bound: Bound
    explorer: Explorer
    taken: int = 0
    distinct: set[tuple[int, int]] = field(default_factory=set)
    _projection: Projection = field(init=False)

    def __post_init__(self) -> None:
        self._projection = Projection(self.bound, self.explorer)

    def beginning(self) -> bytes:
        """The record that says where the code begins."""
        first = self._projection.of(self.explorer.first())
        self.taken += 1
        return bytes((BEGINS,)) + first + first

    def searched(self, most: int) -> Iterator[bytes]:
        """Every transition of a search, `most` of them at most."""
        for key in self.explorer.keys:
            for index in range(len(self.explorer.start.processes)):
                if self.taken >= most:
                    return
                after = self._after(key, index)
                if after is not None:
                    yield self._record(key, index, after)

    def walked(self, most: int, seed: int) -> Iterator[bytes]:
        """Transitions of walks at random, until there are `most` in all."""
        random = Random(seed)  # noqa: S311 (a choice of schedules, no secret)
        processes = range(len(self.explorer.start.processes))
        while self.taken < most:
            key, idle = self.explorer.first(), 0
            while idle < IDLE_TURNS:
                index, idle = random.choice(processes), idle + 1
                for _ in range(random.randint(1, TURN_STEPS)):
                    after = self._after(key, index)
                    if after is None or self.taken >= most:
                        break
                    yield self._record(key, index, after)
                    if after == key:
                        break
                    idle = idle if (after ^ key) & WORLD_MASK == 0 else 0
                    key = after

    def _after(self, key: int, index: int) -> int | None:
        place = self.explorer.place(key, index)
        if self.explorer.strides.pending(index, place) is ENDED:
            return None
        return key + self.explorer.strides.of(GO, index, key & WORLD_MASK, place).delta

    def _record(self, key: int, index: int, after: int) -> bytes:
        self.taken += 1
        self.distinct.add((key, index))
        return bytes((self._who(index),)) + self._projection.of(key) + self._projection.of(after)

    def _who(self, index: int) -> int:
        return PLANNER if index == 0 else index - 1 if index <= self.bound.enactors else COLLECTOR
