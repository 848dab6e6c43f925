"""Tables joined to numbers: each number has a span of rows, found when the number is first asked for.

Few are found one by one, many by joins of other tables: arrays take their time however short they are.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from namelatch.lab.explorer.arrays.rows import Column, Ints, Rows

MANY = 64  # so many at once are found sooner by joins

Found = tuple[Ints, Sequence[Ints]]  # how many rows each of many numbers has, and the columns of all these rows
Find = Callable[[Ints], Found]


class Spans:
    """Numbers joined to spans of rows of a table, which are found when a number is first asked for."""

    def __init__(self, table: Sequence[Column], find: Find) -> None:
        self._table, self._find = table, find
        self._asked = Rows(1)
        self._begins, self._counts = Column(), Column()

    def of(self, numbers: Ints) -> tuple[Ints, Ints]:
        """For each number how often it has to be repeated, and the rows of all repeated, in their order."""
        at = self._asked.of([numbers])
        known = len(self._begins)
        if len(self._asked) > known:
            counts, columns = self._find(self._asked.words[0].values[known:])
            self._begins.extend(len(self._table[0]) + np.cumsum(counts) - counts)
            self._counts.extend(counts)
            for column, values in zip(self._table, columns, strict=True):
                column.extend(values)
        counts, begins = self._counts.values[at], self._begins.values[at]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        return counts, np.arange(total) + np.repeat(begins - ends + counts, counts)


def few_or_many(few: Find, many: Find) -> Find:
    """The same rows, found in the sooner of two ways."""
    return lambda numbers: (few if len(numbers) < MANY else many)(numbers)


def one_by_one(width: int, find: Callable[[int], Iterable[tuple[int, ...]]]) -> Find:
    """Rows of so many columns that are found for each number by itself."""

    def found(numbers: Ints) -> Found:
        spans = [list(find(number)) for number in numbers.tolist()]
        rows = np.array([row for rows in spans for row in rows], np.int64).reshape(-1, width)
        return np.array([len(rows) for rows in spans], np.int64), list(rows.T)

    return found
