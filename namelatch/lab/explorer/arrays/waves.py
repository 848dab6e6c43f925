"""The search with late reads, thousands of states at once: the moves of `latereads.py` as joins of tables.

A state is a row of words (`Words`); all that one process may do at a place in a world is a span of a table (`Spans`),
found when it is first asked for. What a wave of states leads to is then three joins: the leaps of each, the reads that
others have missed by them, and the numbers of the states reached (`rows.py`). tests/lab hold a wave to
`LateReads.moves`.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from namelatch.lab.explorer.arrays.chains import ACTS, Reader, differing
from namelatch.lab.explorer.arrays.rows import Column, Ints
from namelatch.lab.explorer.arrays.spans import Find, Found, Spans, few_or_many, one_by_one
from namelatch.lab.explorer.arrays.words import Words
from namelatch.lab.explorer.latereads import LateReads, Leap
from namelatch.lab.explorer.numbers import (
    OUTSIDE,
    PLACE_BITS,
    PLACE_MASK,
    RULE_SHIFT,
    WORLD_MASK,
    place_shift,
)


class Wave(NamedTuple):
    """What many states lead to: from which of them, by which leap, in how many steps, to which rows."""

    origin: Ints
    leap: Ints
    steps: Ints
    words: list[Ints]


class Waves:
    """All moves of many states at once. `leaps`, by number, are the acts alone: reads are in the steps of a wave."""

    def __init__(self, late_reads: LateReads, processes: int) -> None:
        self._late, self.words = late_reads, Words(processes)
        self.leaps: list[Leap] = []
        self.acts, self.fell = Column(np.uint16), Column(np.bool_)
        self._changes: dict[tuple[int, int], int] = {}
        self._ways = Column(), Column()  # by change: the world before and after it
        # By row: the leap at its end, who acts, the change of the world, steps, what it adds. Some for all that may be
        # done with its reads, some for the last call alone.
        wide = 4 + self.words.width
        self._table, self._here = [Column() for _ in range(wide)], [Column() for _ in range(wide)]
        self._read = [Column() for _ in range(1 + self.words.width)]
        self._links = [Column() for _ in range(4)]
        every = self.words.processes
        self.readers = [Reader(late_reads.strides, index) for index in every]
        self._chains = [Spans(self._links, reader.chains) for reader in self.readers]
        self._at_call = [Spans(self._here, one_by_one(wide, partial(self._calls, index))) for index in every]
        self._of_process = [Spans(self._table, self._acts(index)) for index in every]
        self._of_world = Spans(self._table, one_by_one(wide, self._arrivals))
        self._missed = [Spans(self._read, self._stale(index)) for index in every]

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
        leap, actor, change, steps, *moved = (column.values[leap] for column in self._table)
        wave = Wave(origin, leap, steps, [word[origin] + by for word, by in zip(words, moved, strict=True)])
        return self._with_missed(wave, places, actor, change)

    def _forced(self, world: Ints, places: Sequence[Ints]) -> Ints:
        """Which process goes first in each state; -1: any."""
        first = np.full(len(world), -1)
        for index, place in reversed(list(enumerate(places))):
            private = np.flatnonzero(self.readers[index].places.private[place])
            after, _, _ = self.readers[index].go(world[private], place[private])
            first[private[after != world[private]]] = index
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

    def _acts(self, index: int) -> Find:
        """All that a process may do or suffer, by what is outside and its place."""
        return few_or_many(one_by_one(len(self._table), partial(self._leaps, index)), partial(self._all_leaps, index))

    def _all_leaps(self, index: int, numbers: Ints) -> Found:
        outside, place = numbers & OUTSIDE, numbers >> RULE_SHIFT
        counts, links = self._chains[index].of((outside & WORLD_MASK) << PLACE_BITS | place)
        origin = np.repeat(np.arange(len(numbers)), counts)
        at, reads, _, changes = (column.values[links] for column in self._links)
        # At a look nothing is lost and, where crashes come after writes, nobody dies: it is left out.
        acts = self.readers[index].places.sights[at] == ACTS
        here = np.flatnonzero(acts | changes.astype(bool) | (not self._late.strides.crash_after_write))
        counts, rows = self._at_call[index].of(at[here] << RULE_SHIFT | outside[origin[here]])
        here = np.repeat(here, counts)
        leap, owner, change, steps, *moved = (column.values[rows] for column in self._here)
        word, shift = self.words.shifted(index, at[here] - place[origin[here]])
        moved[word] += shift
        columns = [leap, owner, change, steps + reads[here], *moved]
        origin = origin[here]
        budget = self._late.strides.start.budget
        if budget.expiries or budget.forgets:
            counts, rest = one_by_one(len(self._table), partial(self._happenings, index))(numbers)
            origin = np.concatenate([origin, np.repeat(np.arange(len(numbers)), counts)])
            order = np.argsort(origin, kind="stable")
            columns = [np.concatenate(both)[order] for both in zip(columns, rest, strict=True)]
        return np.bincount(origin, minlength=len(numbers)), columns

    def _leaps(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        return self._rows(self._late.leaps_of(index, number), self._was(index, number))

    def _calls(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        return self._rows(self._late.at_call(index, number), self._was(index, number))

    def _happenings(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        return self._rows(self._late.happenings(index, number), self._was(index, number))

    @staticmethod
    def _was(index: int, number: int) -> int:
        """The part of a state's number that has what is outside and one place."""
        return number & OUTSIDE | number >> RULE_SHIFT << place_shift(index)

    def _arrivals(self, world: int) -> Iterator[tuple[int, ...]]:
        return self._rows(self._late.arrivals(world), world)

    def _rows(self, leaps: Iterable[Leap], was: int) -> Iterator[tuple[int, ...]]:
        for leap in leaps:
            self.leaps.append(leap)
            self.acts.extend([leap.kind << 8 | leap.actor])
            self.fell.extend([bool(leap.falls)])
            moved = self.words.moved(was, was + leap.delta)
            yield len(self.leaps) - 1, leap.owner, self._change(leap), leap.reads + 1, *moved

    def _change(self, leap: Leap) -> int:
        """The number of a change of the world; -1 for none."""
        if leap.world == leap.after:
            return -1
        number = self._changes.setdefault((leap.world, leap.after), len(self._changes))
        if number == len(self._ways[0]):
            for column, world in zip(self._ways, (leap.world, leap.after), strict=True):
                column.extend([world])
        return number

    def _stale(self, index: int) -> Find:
        """The reads of a process that a change of the world makes impossible, by the change and its place."""
        return few_or_many(one_by_one(len(self._read), partial(self._stale_of, index)), partial(self._all_stale, index))

    def _all_stale(self, index: int, numbers: Ints) -> Found:
        change, place = numbers >> PLACE_BITS, numbers & PLACE_MASK
        world, after = (column.values[change] for column in self._ways)
        differ = differing(self._late.strides.looks, world, after)
        counts, links = self._chains[index].of(world << PLACE_BITS | place)
        origin = np.repeat(np.arange(len(numbers)), counts)
        at, reads, sights, _ = (column.values for column in self._links)
        seen = np.flatnonzero(sights[links] & differ[origin])
        origin, links = origin[seen], links[seen]
        then, instead, _ = self.readers[index].go(after[origin], at[links])
        missed = np.flatnonzero((instead != at[links + 1]) | (then != after[origin]))
        origin, links = origin[missed], links[missed]
        moved = [np.zeros(len(links), np.int64) for _ in range(self.words.width)]
        word, moved[word] = self.words.shifted(index, at[links + 1] - place[origin])
        return np.bincount(origin, minlength=len(numbers)), [reads[links] + 1, *moved]

    def _stale_of(self, index: int, number: int) -> Iterator[tuple[int, ...]]:
        place, change = number & PLACE_MASK, number >> PLACE_BITS
        was = place << place_shift(index)
        for delta, steps in self._late.stale(index, self._ways[0][change], self._ways[1][change], place):
            yield steps, *self.words.moved(was, was + delta)
