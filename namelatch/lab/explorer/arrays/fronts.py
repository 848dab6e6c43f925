"""The states found by a search with late reads, how each is reached in the fewest steps, and which are due when.

A move may be several steps, so a state may be reached anew in fewer: it is due at each depth that it was thought to
have, and taken up at its own.
"""

from collections.abc import Iterator

import numpy as np

from namelatch.lab.explorer.arrays.rows import Column, Ints, Rows
from namelatch.lab.explorer.arrays.waves import Wave, Waves
from namelatch.lab.explorer.arrays.words import Keys
from namelatch.lab.explorer.latereads import Leap

FAR = (1 << 31) - 1
MOST_AT_ONCE = 1 << 16


class Fronts:
    """All states by their numbers in `keys`, kept as `rows`. `parents`, `acts` and `depths` are by its index."""

    def __init__(self, waves: Waves) -> None:
        self._waves = waves
        self.rows = Rows(waves.words.width)
        self.keys = Keys(waves.words, self.rows)
        self.parents, self.acts, self.depths = Column(), Column(np.uint16), Column(np.int32)
        self._due: list[list[Ints]] = []

    def begin(self, key: int) -> None:
        """The state in which everything begins."""
        at = self.rows.of([np.array([word], np.int64) for word in self._waves.words.split(key)])
        self._reach(at, np.array([-1]), np.zeros(1, np.int64), 0)

    @property
    def deepest(self) -> int:
        """The depth of those that are due last."""
        return len(self._due) - 1

    def due(self, depth: int) -> Iterator[Ints]:
        """The states of one depth, so many at once."""
        some = np.concatenate(self._due[depth]) if self._due[depth] else np.empty(0, np.int64)
        self._due[depth] = []
        mine = some[self.depths.values[some] == depth]
        yield from (mine[begin : begin + MOST_AT_ONCE] for begin in range(0, len(mine), MOST_AT_ONCE))

    def follow(self, some: Ints, depth: int) -> Wave:
        """All that may come next after some states of one depth, taken note of."""
        wave = self._waves.of([column.values[some] for column in self.rows.words])
        reached = self.rows.of(wave.words)
        self._make_room()
        for steps in np.unique(wave.steps).tolist():
            nearer = np.flatnonzero((wave.steps == steps) & (self.depths.values[reached] > depth + steps))
            at, first = np.unique(reached[nearer], return_index=True)
            by = nearer[first]
            self._reach(at, some[wave.origin[by]], self._waves.acts.values[wave.leap[by]], depth + steps)
        return wave

    def fallen(self, some: Ints, wave: Wave) -> Iterator[tuple[int, Leap, int]]:
        """By which of its leaps something fell: from which state, and in how many steps."""
        falling = np.flatnonzero(self._waves.fell.values[wave.leap])
        for leap in np.unique(wave.leap[falling]).tolist():
            mine = falling[wave.leap[falling] == leap]
            first = mine[np.argmin(wave.steps[mine])]
            yield int(some[wave.origin[first]]), self._waves.leaps[leap], int(wave.steps[first])

    def _make_room(self) -> None:
        more = len(self.rows) - len(self.depths)
        for column, value in ((self.depths, FAR), (self.parents, -1), (self.acts, 0)):
            column.extend(np.full(more, value))

    def _reach(self, at: Ints, parents: Ints, acts: Ints, depth: int) -> None:
        self._make_room()
        self.parents.values[at], self.acts.values[at], self.depths.values[at] = parents, acts, depth
        while len(self._due) <= depth:
            self._due.append([])
        self._due[depth].append(at)
