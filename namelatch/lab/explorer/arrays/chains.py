"""What one process reads from many places in many worlds at once: the chains of `latereads.py` as joins of tables.

A look leads from a place to the same one in all worlds that look alike (`looks.py`), so that it is a row by place and
look, however many worlds there are. Any other call is a row by world and place. tests/lab hold chains to
`LateReads.chain`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from namelatch.lab.explorer.arrays.rows import Column, Ints, Rows
from namelatch.lab.explorer.looks import SIGHTS, Looks
from namelatch.lab.explorer.numbers import PLACE_BITS, PLACE_MASK
from namelatch.lab.explorer.strides import Strides
from namelatch.lab.kernel import ENDED

ACTS, ENDS = -1, -2  # in place of a sight: the next call may do more than look; there is none
UNSEEN = 1 << SIGHTS  # a set of sights is a number with the bit of each; and this, for what no sight shows
EVERYTHING = 2 * UNSEEN - 1


def differing(looks: Looks, worlds: Ints, after: Ints) -> Ints:
    """For each two worlds the sights that show what is not alike in them, and UNSEEN."""
    sights = np.full(len(worlds), UNSEEN)
    for what in range(SIGHTS):
        seen = looks.all(what)
        sights |= (seen[worlds] != seen[after]).astype(np.int64) << what
    return sights


class Places:
    """What is to be known of the places where one process may stand, by their numbers."""

    def __init__(self, strides: Strides, index: int) -> None:
        self._strides, self._index = strides, index
        self._sights, self._local, self._private = Column(np.int8), Column(np.bool_), Column(np.bool_)

    @property
    def sights(self) -> NDArray[np.int8]:
        """What the next call sees of the world; or ACTS, or ENDS."""
        self._meet()
        return self._sights.values

    @property
    def local(self) -> NDArray[np.bool_]:
        """Whether the next call is answered on the way."""
        self._meet()
        return self._local.values

    @property
    def private(self) -> NDArray[np.bool_]:
        """Whether the next call concerns nobody else."""
        self._meet()
        return self._private.values

    def _meet(self) -> None:
        strides, index = self._strides, self._index
        for place in range(len(self._sights), len(strides.lives[index].places)):
            sight = ENDS if strides.pending(index, place) is ENDED else strides.sight(index, place)
            self._sights.extend([ACTS if sight is None else sight])
            self._local.extend([strides.is_local_at(index, place)])
            self._private.extend([strides.is_private(index, place)])


class Lookup:
    """Rows for numbers: what Python says of each number, asked once, of a first that has it."""

    def __init__(self, width: int, find: Callable[[int, int], tuple[int, ...]]) -> None:
        self._find, self._numbers = find, Rows(1)
        self._rows = [Column() for _ in range(width)]

    def of(self, numbers: Ints, *beside: Ints) -> list[Ints]:
        """The columns of the rows of many."""
        known = len(self._numbers)
        at = self._numbers.of([numbers])
        if len(self._numbers) > known:
            every, first = np.unique(at, return_index=True)
            new = first[every >= known]
            rows = [self._find(*one) for one in zip(*(some[new].tolist() for some in beside), strict=True)]
            for column, values in zip(self._rows, np.array(rows, np.int64).T, strict=True):
                column.extend(values)
        return [column.values[at] for column in self._rows]


class Reader:
    """One process of a search, at many places in many worlds."""

    def __init__(self, strides: Strides, index: int) -> None:
        self._strides, self._index = strides, index
        self.places = Places(strides, index)
        self._looked = Lookup(1, self._look)
        self._went = Lookup(2, self._go)

    def chains(self, numbers: Ints) -> tuple[Ints, Sequence[Ints]]:
        """What it reads before anybody could notice, by some worlds and places: how many places each chain has; and all
        of these in order: where, how many reads lead there, what the read sees that leads on from there (nothing at a
        last one), whether what it does there changes the world.
        """
        worlds = numbers >> PLACE_BITS
        who, at = np.arange(len(numbers)), numbers & PLACE_MASK
        passed: list[Ints] = []
        links: list[tuple[Ints, ...]] = []
        while len(who):
            passed.append(at)
            after, reached, sights = self.go(worlds[who], at)
            changes = after != worlds[who]
            on = ~(changes | np.logical_or.reduce([reached == one for one in passed]))
            links.append((who, at, np.full(len(who), len(links)), np.where(on, sights, 0), changes))
            who, at, passed = who[on], reached[on], [one[on] for one in passed]
        chain, *columns = (np.concatenate(one) for one in zip(*links, strict=True))
        order = np.argsort(chain, kind="stable")
        return np.bincount(chain, minlength=len(numbers)), [column[order] for column in columns]

    def go(self, worlds: Ints, places: Ints) -> tuple[Ints, Ints, Ints]:
        """Where going on leads: the worlds, the places, what that depends on. Who has ended stays."""
        after, reached, seen = worlds, places.copy(), np.zeros(len(places), np.int64)
        sights = self.places.sights[places]
        acts, left = sights == ACTS, np.flatnonzero(sights >= 0)
        while len(left):
            reached[left], by = self._looks(worlds[left], reached[left])
            seen[left] |= by
            left = left[self.places.local[reached[left]]]
            more = self.places.sights[reached[left]] == ACTS
            acts[left[more]] = True
            left = left[~more]
        if acts.any():
            some = np.flatnonzero(acts)
            after = worlds.copy()
            asked = worlds[some], places[some]
            after[some], reached[some] = self._went.of(asked[0] << PLACE_BITS | asked[1], *asked)
            seen[some] = EVERYTHING
        return after, reached, seen

    def _looks(self, worlds: Ints, places: Ints) -> tuple[Ints, Ints]:
        """Where one look each leads, and what each sees."""
        sights, looks = self.places.sights[places], np.empty(len(places), np.int64)
        for what in np.unique(sights).tolist():
            of = sights == what
            looks[of] = self._strides.looks.all(what)[worlds[of]]
        (reached,) = self._looked.of(looks << PLACE_BITS | places, worlds, places)
        return reached, np.left_shift(1, sights, dtype=np.int64)

    def _look(self, world: int, place: int) -> tuple[int]:
        return (self._strides.look(self._index, world, place),)

    def _go(self, world: int, place: int) -> tuple[int, int]:
        went = self._strides.go(self._index, world, place)
        return went.world, went.place
