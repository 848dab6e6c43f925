"""Rows of 64-bit words, each kept once and numbered in the order in which it came; asked about many at once.

A hash table in arrays: open addressing, and all that were asked about are looked for together, a probe at a time.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FEWEST = 1 << 10


class Column:
    """An array that grows at its end."""

    def __init__(self, dtype: type = np.int64) -> None:
        self._held: NDArray[Any] = np.zeros(_FEWEST, dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: int) -> int:
        return int(self._held[at])

    @property
    def values(self) -> NDArray[Any]:
        """What is in it, until it grows again."""
        return self._held[: self._length]

    def extend(self, more: Sequence[int] | NDArray[Any]) -> None:
        """Put these at the end."""
        length = self._length + len(more)
        if length > len(self._held):
            held = np.zeros(max(length, 2 * len(self._held)), self._held.dtype)
            held[: self._length] = self.values
            self._held = held
        self._held[self._length : length] = more
        self._length = length


class Rows:
    """Numbers for rows of so many words."""

    def __init__(self, width: int) -> None:
        self.words = [Column() for _ in range(width)]
        self._slots = np.full(4 * _FEWEST, -1, np.int64)

    def __len__(self) -> int:
        return len(self.words[0])

    def of(self, words: Sequence[Ints]) -> Ints:
        """The number of each row; new ones for those that were never seen."""
        while 2 * (len(self) + len(words[0])) > len(self._slots):
            self._slots = np.full(4 * len(self._slots), -1, np.int64)
            every = np.arange(len(self))
            self._seek([one.values for one in self.words], every, every)
        found = np.empty(len(words[0]), np.int64)
        self._seek(words, np.arange(len(found)), found)
        return found

    def _seek(self, words: Sequence[Ints], left: Ints, found: Ints) -> None:
        """Write into `found` the number of each row `left`. Rows whose slot is free come in there."""
        slots, most = self._slots, np.int64(len(self._slots) - 1)
        known = found is left  # they have their numbers, and only slots are sought
        at = _mixed(words) & most
        while len(left):
            there = slots[at]
            free = there < 0
            if free.any():
                mine = left[free]
                slots[at[free][::-1]] = -2 - mine[::-1]  # of those that come to one slot together, the first stays
                came = slots[at[free]] == -2 - mine
                mine, seats = mine[came], at[free][came]
                if known:
                    slots[seats] = mine
                else:
                    slots[seats] = found[mine] = np.arange(len(self), len(self) + len(mine))
                    for column, given in zip(self.words, words, strict=True):
                        column.extend(given[mine])
                there = slots[at]
            same = np.ones(len(left), bool)
            for column, given in zip(self.words, words, strict=True):
                same &= column.values[there] == given[left]
            if not known:
                found[left[same]] = there[same]
            other = ~same
            left, at = left[other], at[other] + 1 & most


def _mixed(words: Sequence[Ints]) -> Ints:
    mixed = np.zeros(len(words[0]), np.uint64)
    for given in words:
        mixed = (mixed ^ given.view(np.uint64)) * _MIX
        mixed ^= mixed >> np.uint64(32)
    return mixed.view(np.int64) & np.int64((1 << 62) - 1)
