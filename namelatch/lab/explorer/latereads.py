"""Late reads, a named reduction: a step that leaves the world as it is comes only when its outcome is about to change.

A step moves its own process and, if it is no read, the world; a commit that loses is a read too. Reads of different
processes commute, and a read commutes with another's step after which it would lead to the same place. So each schedule
is a permutation of one in which every read comes as late as it can: right before a step of its own process that changes
something, or right before one of somebody else after which it would lead elsewhere. Only those are searched. They have
every change of the others, made in the same world from the same place, and need no more steps for it.

States whose last reads nobody has missed yet are left out. If a way to a good rest leads from all that are visited, one
leads from those too: in a part of the search that can't be left, each read is noticed again and again, or finds the
same for ever. `check` says how the shortest trace into such a part is found where there is one.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import NamedTuple, TypeVar

from coordination.invariants import Fall
from namelatch.lab.explorer.numbers import (
    BUDGET_SHIFT,
    OUTSIDE,
    PLACE_BITS,
    PLACE_MASK,
    RULE_SHIFT,
    SMALL_MASK,
    WORLD_MASK,
    place_shift,
)
from namelatch.lab.explorer.strides import ARRIVE, GO, OWN, Act, Strides
from namelatch.lab.kernel import ENDED

Faults = Callable[[int, int, int, int], Iterable[tuple[int, int]]]  # at a call, by budget, process, world and place
Happens = Callable[[int, int, int, int], Iterable[tuple[int, int, int]]]  # to the world, by the same
Read = tuple[int, int]  # how reading moves a state's number, and how many steps that takes
V = TypeVar("V")


class _Table(dict[int, V]):
    """A table whose entries are found when they are first asked for."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[int], V]) -> None:
        self._find = find

    def __missing__(self, number: int) -> V:
        found = self[number] = self._find(number)
        return found


class Leap(NamedTuple):
    """Some reads of one process and what it does then, or what happens to the world: how the state's number moves.

    `world` and `after`: the world before and after it, which is what others may miss reads by.
    """

    kind: int
    actor: int
    reads: int
    delta: int
    falls: tuple[Fall, ...]
    world: int
    after: int

    @property
    def owner(self) -> int:
        """The process that acts; -1 where something happens to the world."""
        return self.actor if self.kind in OWN else -1

    def is_of(self, act: Act) -> bool:
        """Whether it is that act, after whatever reads."""
        return self.kind == act.kind and self.actor == act.index


class LateReads:
    """The moves of a search with late reads. `faults` of a process at its call and what `happens` cost their budget."""

    def __init__(self, strides: Strides, faults: Faults, happens: Happens) -> None:
        self.strides, self._faults, self._happens = strides, faults, happens
        self._processes = range(len(strides.start.processes))
        self._shifts = [place_shift(index) for index in self._processes]
        self._chains = [_Table(partial(self._read_on, index)) for index in self._processes]

    def moves(self, key: int) -> Iterator[tuple[Leap, int, int]]:
        """All that may come next: a leap, the state after it, and how many steps it took with the reads of others."""
        outside = key & OUTSIDE
        places = [key >> shift & PLACE_MASK for shift in self._shifts]
        for leap in self._all_leaps(outside, places):
            moved, steps = key + leap.delta, leap.reads + 1
            yield leap, moved, steps
            ways = [(moved, steps)]
            for index in self._processes if leap.world != leap.after else ():
                if index != leap.owner:
                    missed = tuple(self.stale(index, leap.world, leap.after, places[index]))
                    ways += [(to + delta, steps + more) for to, steps in ways for delta, more in missed]
            for to, steps in ways[1:]:
                yield leap, to, steps

    def _all_leaps(self, outside: int, places: list[int]) -> Iterable[Leap]:
        world = outside & WORLD_MASK
        for index, place in enumerate(places):
            if self._is_forced(index, world, place):
                return self.leaps_of(index, place << RULE_SHIFT | outside)
        found = list(self.arrivals(world))
        for index, place in enumerate(places):
            found += self.leaps_of(index, place << RULE_SHIFT | outside)
        return found

    def _is_forced(self, index: int, world: int, place: int) -> bool:
        """Whether the next call concerns nobody else and changes the world: its turn comes first."""
        return self.strides.is_private(index, place) and self._changes(index, world, place)

    def arrivals(self, world: int) -> Iterator[Leap]:
        """The late batches that may arrive."""
        if self.strides.worlds.values[world].late:
            for at, (after, fell) in enumerate(self.strides.late(world)):
                yield Leap(ARRIVE, at, 0, after - world, fell, world, after)

    def leaps_of(self, index: int, number: int) -> Iterator[Leap]:
        """All that others could notice of what a process may do or suffer, each after some reads."""
        place, outside = number >> RULE_SHIFT, number & OUTSIDE
        for reads, at in enumerate(self.chain(index, number & WORLD_MASK, place)):
            read = at - place << place_shift(index)
            for leap in self.at_call(index, at << RULE_SHIFT | outside):
                yield leap._replace(reads=reads, delta=read + leap.delta)
        yield from self.happenings(index, number)

    def at_call(self, index: int, number: int) -> Iterator[Leap]:
        """What a process may do or suffer at its very next call, if that is more than a read."""
        world, budget, place = number & WORLD_MASK, number >> BUDGET_SHIFT & SMALL_MASK, number >> RULE_SHIFT
        if self.strides.pending(index, place) is ENDED:
            return
        options = self._faults(budget, index, world, place)
        for kind, spent in [(GO, 0), *options] if self._changes(index, world, place) else options:
            if kind == GO:
                after, reached, fell = self.strides.go(index, world, place)
            else:
                stride = self.strides.of(kind, index, world, place)
                after, reached, fell = world + stride.delta & WORLD_MASK, stride.place, stride.falls
            delta = (reached - place << place_shift(index)) + after - world + spent
            yield Leap(kind, index, 0, delta, fell, world, after)

    def happenings(self, index: int, number: int) -> Iterator[Leap]:
        """What may happen to the world, before any reads."""
        world, budget, place = number & WORLD_MASK, number >> BUDGET_SHIFT & SMALL_MASK, number >> RULE_SHIFT
        for kind, after, spent in self._happens(budget, index, world, place):
            yield Leap(kind, index, 0, after - world + spent, (), world, after)

    def _changes(self, index: int, world: int, place: int) -> bool:
        return self.strides.go(index, world, place).world != world

    def chain(self, index: int, world: int, place: int) -> tuple[int, ...]:
        """The places that a process comes by as long as it reads: up to one where it does more, or was before."""
        return self._chains[index][world << PLACE_BITS | place]

    def _read_on(self, index: int, number: int) -> tuple[int, ...]:
        world, place = number >> PLACE_BITS, number & PLACE_MASK
        passed = {place: None}
        while self.strides.pending(index, place) is not ENDED:
            after, place, _ = self.strides.go(index, world, place)
            if after != world or place in passed:
                break
            passed[place] = None
        return tuple(passed)

    def stale(self, index: int, world: int, after: int, place: int) -> Iterator[Read]:
        """What a process may have read in a world and can't read in the one after it."""
        for reads, (at, reached) in enumerate(pairwise(self.chain(index, world, place)), start=1):
            then, instead, _ = self.strides.go(index, after, at)
            if instead != reached or then != after:
                yield reached - place << place_shift(index), reads

    # --- what a trace is told of -----------------------------------------------------------------------------------

    def reads(self, key: int, act: Act, moved: int) -> Iterator[Act]:
        """The late reads that came before the act by which one state led to another."""
        same = [(steps, leap) for leap, to, steps in self.moves(key) if to == moved and leap.is_of(act)]
        leap = min(same, key=lambda one: one[0])[1]
        yield from [Act(GO, act.index)] * leap.reads
        for index in self._processes:
            if index != act.index or act.kind not in OWN:
                chain = self.chain(index, key & WORLD_MASK, key >> place_shift(index) & PLACE_MASK)
                yield from [Act(GO, index)] * chain.index(moved >> place_shift(index) & PLACE_MASK)

    def reads_before(self, key: int, act: Act, invariant: str) -> Iterator[Act]:
        """The late reads before an act that makes an invariant fall."""
        leaps = [leap for leap, _, _ in self.moves(key) if leap.is_of(act)]
        reads = min(leap.reads for leap in leaps if any(fall.invariant == invariant for fall in leap.falls))
        yield from [Act(GO, act.index)] * (reads if act.kind in OWN else 0)
