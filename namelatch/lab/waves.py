"""The search with late reads, thousands of states at once: the moves of `latereads.py` as joins of tables.

A state is a row of words (`Words`); all that one process may do at a place in a world is a span of a table (`Spans`),
found when it is first asked for. What a wave of states leads to is then three joins: the leaps of each, the reads that
others have missed by them, and the numbers of the states reached (`rows.py`). tests/lab hold a wave to
`LateReads.moves`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, overload

import numpy as np

from namelatch.lab.latereads import OUTSIDE, LateReads, Leap
from namelatch.lab.numbers import PLACE_BITS, PLACE_MASK, PLACES_SHIFT, RULE_SHIFT, WORLD_MASK
from namelatch.lab.rows import Column, Ints, Rows

A_WORD = 3  # places in a word, but for the first, which has what is outside and one
TOLD_AT_ONCE = 1 << 16


class Words:
    """States as rows of words and back. What is added to a state's number is added word by word."""

    def __init__(self, processes: int) -> None:
        self.processes = range(processes)
        self.width = 1 + -(-(processes - 1) // A_WORD)

    def split(self, key: int) -> tuple[int, ...]:
        """A state's number, or a part of it, as words."""
        places = key >> PLACES_SHIFT
        first = key & OUTSIDE | (places & PLACE_MASK) << RULE_SHIFT
        bits = PLACE_BITS * A_WORD
        rest = [places >> PLACE_BITS + bits * at & (1 << bits) - 1 for at in range(self.width - 1)]
        return first, *rest

    def joined(self, words: Iterable[int]) -> int:
        """The state's number."""
        first, *rest = words
        places = first >> RULE_SHIFT
        for at, word in enumerate(rest):
            places |= word << PLACE_BITS * (1 + A_WORD * at)
        return first & OUTSIDE | places << PLACES_SHIFT

    def moved(self, was: int, key: int) -> tuple[int, ...]:
        """What to add to the words of a state when a part of it moves."""
        return tuple(new - old for new, old in zip(self.split(key), self.split(was), strict=True))

    def place(self, words: Sequence[Ints], index: int) -> Ints:
        """Where a process stands in each of many states."""
        if index == 0:
            return words[0] >> RULE_SHIFT
        return words[1 + (index - 1) // A_WORD] >> PLACE_BITS * ((index - 1) % A_WORD) & PLACE_MASK


class Keys(Sequence[int]):
    """The numbers of the states that rows stand for."""

    def __init__(self, words: Words, rows: Rows) -> None:
        self._words, self._rows = words, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> list[int]: ...
    def __getitem__(self, at: int | slice) -> int | list[int]:
        """One state's number, or those of a slice."""
        if isinstance(at, slice):
            columns = [column.values[at].tolist() for column in self._rows.words]
            return [self._words.joined(row) for row in zip(*columns, strict=True)]
        return self._words.joined([int(column.values[at]) for column in self._rows.words])

    def __iter__(self) -> Iterator[int]:
        for begin in range(0, len(self), TOLD_AT_ONCE):
            yield from self[begin : begin + TOLD_AT_ONCE]


class Spans:
    """Numbers joined to spans of rows of a table, which are found when a number is first asked for."""

    def __init__(self, table: Sequence[Column], find: Callable[[int], Iterable[tuple[int, ...]]]) -> None:
        self._table, self._find = table, find
        self._asked = Rows(1)
        self._begins, self._counts = Column(), Column()

    def of(self, numbers: Ints) -> tuple[Ints, Ints]:
        """For each number how often it has to be repeated, and the rows of all repeated, in their order."""
        at = self._asked.of([numbers])
        known = len(self._begins)
        if len(self._asked) > known:
            self._grow(self._asked.words[0].values[known:].tolist())
        counts, begins = self._counts.values[at], self._begins.values[at]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        return counts, np.arange(total) + np.repeat(begins - ends + counts, counts)

    def _grow(self, numbers: list[int]) -> None:
        found = [list(self._find(number)) for number in numbers]
        counts = np.array([len(rows) for rows in found], np.int64)
        self._begins.extend(len(self._table[0]) + np.cumsum(counts) - counts)
        self._counts.extend(counts)
        rows = np.array([row for rows in found for row in rows], np.int64).reshape(-1, len(self._table))
        for column, values in zip(self._table, rows.T, strict=True):
            column.extend(values)


class Wave(NamedTuple):
    """What many states lead to: from which of them, by which leap, in how many steps, to which rows."""

    origin: Ints
    leap: Ints
    steps: Ints
    words: list[Ints]


class Waves:
    """All moves of many states at once. `leaps` are those there are, by number."""

    def __init__(self, late_reads: LateReads, processes: int) -> None:
        self._late, self.words = late_reads, Words(processes)
        self.leaps: list[Leap] = []
        self.acts, self.fell = Column(np.uint16), Column(np.bool_)
        self._changes: dict[tuple[int, int], int] = {}
        self._ways: list[tuple[int, int]] = []
        # By leap: its number's actor (the rest is in `leaps`), the change of the world, steps, what it adds.
        self._table = [Column() for _ in range(3 + self.words.width)]
        self._read = [Column() for _ in range(1 + self.words.width)]
        self._of_process = [Spans(self._table, partial(self._acts, index)) for index in self.words.processes]
        self._of_world = Spans(self._table, self._arrivals)
        self._missed = [Spans(self._read, partial(self._stale, index)) for index in self.words.processes]

    def of(self, words: Sequence[Ints]) -> Wave:
        """All that may come next."""
        outside, places = words[0] & OUTSIDE, [self.words.place(words, index) for index in self.words.processes]
        first = self._forced(outside & WORLD_MASK, places)
        every = np.flatnonzero(first < 0)
        counts, leaps = self._of_world.of(outside[every] & WORLD_MASK)
        origins, found = [np.repeat(every, counts)], [leaps]
        for index, place in enumerate(places):
            may = np.flatnonzero((first < 0) | (first == index))
            counts, leaps = self._of_process[index].of(place[may] << RULE_SHIFT | outside[may])
            origins.append(np.repeat(may, counts))
            found.append(leaps)
        origin, leap = np.concatenate(origins), np.concatenate(found)
        actor, change, steps, *moved = (column.values[leap] for column in self._table)
        wave = Wave(origin, leap, steps, [word[origin] + by for word, by in zip(words, moved, strict=True)])
        return self._with_missed(wave, places, actor, change)

    def _forced(self, world: Ints, places: Sequence[Ints]) -> Ints:
        """Which process goes first in each state; -1: any."""
        first = np.full(len(world), -1)
        for index, place in reversed(list(enumerate(places))):
            asked, at = np.unique(world << PLACE_BITS | place, return_inverse=True)
            is_forced = np.fromiter((self._late.is_forced(index, number) for number in asked.tolist()), bool)
            first[is_forced[at]] = index
        return first

    def _with_missed(self, wave: Wave, places: Sequence[Ints], actor: Ints, change: Ints) -> Wave:
        """The same, and each move again after every set of reads of others that it makes impossible."""
        for index, place in enumerate(places):
            may = np.flatnonzero((change >= 0) & (actor != index))
            counts, reads = self._missed[index].of(change[may] << PLACE_BITS | place[wave.origin[may]])
            again = np.repeat(may, counts)
            steps, *moved = (column.values[reads] for column in self._read)
            words = [np.concatenate([word, word[again] + by]) for word, by in zip(wave.words, moved, strict=True)]
            wave = Wave(
                np.concatenate([wave.origin, wave.origin[again]]),
                np.concatenate([wave.leap, wave.leap[again]]),
                np.concatenate([wave.steps, wave.steps[again] + steps]),
                words,
            )
            actor, change = np.concatenate([actor, actor[again]]), np.concatenate([change, change[again]])
        return wave

    # --- what the tables have --------------------------------------------------------------------------------------

    def _acts(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        outside, place = number & OUTSIDE, number >> RULE_SHIFT
        was = outside | place << PLACES_SHIFT + PLACE_BITS * index
        return self._rows(self._late.leaps_of(index, number), was)

    def _arrivals(self, world: int) -> Iterator[tuple[int, ...]]:
        return self._rows(self._late.arrivals(world), world)

    def _rows(self, leaps: Iterable[Leap], was: int) -> Iterator[tuple[int, ...]]:
        for leap in leaps:
            self.leaps.append(leap)
            self.acts.extend([leap.kind << 8 | leap.actor])
            self.fell.extend([bool(leap.falls)])
            yield leap.owner, self._change(leap), leap.reads + 1, *self.words.moved(was, was + leap.delta)

    def _change(self, leap: Leap) -> int:
        """The number of a change of the world; -1 for none."""
        if leap.world == leap.after:
            return -1
        number = self._changes.setdefault((leap.world, leap.after), len(self._ways))
        if number == len(self._ways):
            self._ways.append((leap.world, leap.after))
        return number

    def _stale(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        place, shift = number & PLACE_MASK, PLACES_SHIFT + PLACE_BITS * index
        was = place << shift
        for delta, steps in self._late.stale(index, *self._ways[number >> PLACE_BITS], place):
            yield steps, *self.words.moved(was, was + delta)
