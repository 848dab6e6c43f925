"""The states of a search as rows of 64-bit words: a state's number has more bits than one holds."""

from collections.abc import Iterable, Iterator, Sequence
from operator import sub
from typing import overload

from namelatch.lab.explorer.arrays.rows import Ints, Rows
from namelatch.lab.explorer.numbers import OUTSIDE, PLACE_BITS, PLACE_MASK, PLACES_SHIFT, RULE_SHIFT

A_WORD = 3  # places in a word, but for the first, which has what is outside and one
WORD_MASK = (1 << PLACE_BITS * A_WORD) - 1
TOLD_AT_ONCE = 1 << 16


class Words:
    """States as rows of words and back. What is added to a state's number is added word by word."""

    def __init__(self, processes: int) -> None:
        self.processes = range(processes)
        self._rest = [PLACES_SHIFT + PLACE_BITS * index for index in range(1, processes, A_WORD)]
        self.width = 1 + len(self._rest)

    def split(self, key: int) -> tuple[int, ...]:
        """A state's number, or a part of it, as words."""
        first = key & OUTSIDE | (key >> PLACES_SHIFT & PLACE_MASK) << RULE_SHIFT
        return first, *[key >> shift & WORD_MASK for shift in self._rest]

    def joined(self, words: Iterable[int]) -> int:
        """The state's number."""
        first, *rest = words
        places = first >> RULE_SHIFT
        for at, word in enumerate(rest):
            places |= word << PLACE_BITS * (1 + A_WORD * at)
        return first & OUTSIDE | places << PLACES_SHIFT

    def moved(self, was: int, key: int) -> tuple[int, ...]:
        """What to add to the words of a state when a part of it moves."""
        return tuple(map(sub, self.split(key), self.split(was)))

    def shifted(self, index: int, places: Ints) -> tuple[int, Ints]:
        """What to add to which word of many states when the place of a process moves by so much."""
        if index == 0:
            return 0, places << RULE_SHIFT
        return 1 + (index - 1) // A_WORD, places << PLACE_BITS * ((index - 1) % A_WORD)

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
