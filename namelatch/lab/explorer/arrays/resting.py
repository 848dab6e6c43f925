"""Where each state of a search with late reads comes to rest by the fixed order of `Explorer.turn`, all at once.

The states and those on their ways are rows, the turn of each a number: who turns on and on comes to its rest, or never.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from namelatch.lab.explorer.arrays.rows import Column, Ints, Rows
from namelatch.lab.explorer.arrays.spans import Find, Found, Spans, few_or_many, one_by_one
from namelatch.lab.explorer.arrays.waves import Waves
from namelatch.lab.explorer.numbers import BUDGET_SHIFT, OUTSIDE, PLACE_BITS, PLACE_MASK, WORLD_MASK, place_shift
from namelatch.lab.explorer.strides import Strides

AT_ONCE = 1 << 18
NOWHERE = -1


class Resting:
    """The rests of the states that `rows` stand for, each without rule and with no fault left to come."""

    def __init__(self, strides: Strides, waves: Waves, rows: Rows, no_faults: int) -> None:
        words = waves.words
        self._strides, self._words, self._readers = strides, words, waves.readers
        self._ways = Rows(words.width)
        self._turned = Column()
        self._table = [Column() for _ in range(words.width)]
        self._of_world = Spans(self._table, one_by_one(words.width, self._first_late))
        self._of_process = [Spans(self._table, self._turns(index)) for index in words.processes]
        kept = ~np.int64(OUTSIDE) | WORLD_MASK
        self._at = np.empty(len(rows), np.int64)
        for begin in range(0, len(rows), AT_ONCE):
            first, *rest = [column.values[begin : begin + AT_ONCE] for column in rows.words]
            some: list[Ints] = [first & kept | no_faults << BUDGET_SHIFT, *rest]
            self._at[begin : begin + AT_ONCE] = self._ways.of(some)
        while len(self._turned) < len(self._ways):
            self._go_on()
        self.rests = self._followed(self._turned.values)[self._at]

    def key(self, rest: int) -> int:
        """The state that a rest is, as a number."""
        return self._words.joined(word[rest] for word in self._ways.words)

    def elsewhere(self, good: Callable[[int], bool]) -> list[int]:
        """The states, by index, that do not come to rest in a good world."""
        rests = [rest for rest in np.unique(self.rests).tolist() if rest != NOWHERE]
        wanted = [rest for rest in rests if good(self.key(rest) & WORLD_MASK)]
        doubted: list[int] = np.flatnonzero(~np.isin(self.rests, np.array(wanted, np.int64))).tolist()
        return doubted

    def _go_on(self) -> None:
        """The turn of some more."""
        begin = len(self._turned)
        words = [column.values[begin : begin + AT_ONCE].copy() for column in self._ways.words]
        world = words[0] & WORLD_MASK
        left = self._move(words, np.arange(len(world)), self._of_world, world)
        for index, spans in enumerate(self._of_process):
            place = self._words.place(words, index)[left]
            left = self._move(words, left, spans, world[left] << PLACE_BITS | place)
        self._turned.extend(self._ways.of(words))

    def _move(self, words: Sequence[Ints], left: Ints, spans: Spans, numbers: Ints) -> Ints:
        """Move those of the `left` that have a turn there; who has not."""
        counts, at = spans.of(numbers)
        moved = left[counts > 0]
        for word, column in zip(words, self._table, strict=True):
            word[moved] += column.values[at]
        stays: Ints = left[counts == 0]
        return stays

    def _first_late(self, world: int) -> Iterator[tuple[int, ...]]:
        if self._strides.worlds.values[world].late:
            yield self._words.moved(world, self._strides.late(world)[0][0])

    def _turns(self, index: int) -> Find:
        """How going on alone until the world has changed moves a state, by world and place; nothing if it idles."""
        return few_or_many(one_by_one(self._words.width, partial(self._turn, index)), partial(self._all_turns, index))

    def _all_turns(self, index: int, numbers: Ints) -> Found:
        reader = self._readers[index]
        counts, (at, _, _, changes) = reader.chains(numbers)
        last = np.cumsum(counts) - 1
        turns = np.flatnonzero(changes[last])
        world, place = numbers[turns] >> PLACE_BITS, numbers[turns] & PLACE_MASK
        after, reached, _ = reader.go(world, at[last[turns]])
        moved = [np.zeros(len(turns), np.int64) for _ in range(self._words.width)]
        word, moved[word] = self._words.shifted(index, reached - place)
        moved[0] += after - world
        return changes[last].astype(np.int64), moved

    def _turn(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        world, place = number >> PLACE_BITS, number & PLACE_MASK
        was = world | place << place_shift(index)
        moved = self._strides.turn(index, world, place)
        if moved:
            yield self._words.moved(was, was + moved)

    @staticmethod
    def _followed(turned: Ints) -> Ints:
        """Where each ends that turns on and on; NOWHERE for who goes round."""
        ends: Ints = turned
        for _ in range(len(turned).bit_length()):
            ends = ends[ends]
        rests: Ints = np.where(turned[ends] == ends, ends, NOWHERE)
        return rests
