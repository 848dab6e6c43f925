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
from itertools import pairwise
from typing import NamedTuple

from coordination.invariants import Fall
from namelatch.lab.kernel import ENDED
from namelatch.lab.numbers import (
    BUDGET_SHIFT,
    PLACE_BITS,
    PLACE_MASK,
    SMALL_BITS,
    SMALL_MASK,
    WORLD_BITS,
    WORLD_MASK,
    place_shift,
)
from namelatch.lab.strides import ARRIVE, GO, OWN, Act, Strides

Faults = Callable[[int, int, int, int], Iterable[tuple[int, int]]]  # at a call, by budget, process, world and place
Happens = Callable[[int, int, int, int], Iterable[tuple[int, int, int]]]  # to the world, by the same
Read = tuple[int, int]  # how reading moves a state's number, and how many steps that takes


class Leap(NamedTuple):
    """Some reads of one process and what it does then, or what happens to the world: how the state's number moves."""

    kind: int
    actor: int
    reads: int
    delta: int
    world: int
    falls: tuple[Fall, ...]

    def is_of(self, act: Act) -> bool:
        """Whether it is that act, after whatever reads."""
        return self.kind == act.kind and self.actor == act.index


class LateReads:
    """The moves of a search with late reads. `faults` of a process at its call and what `happens` cost their budget."""

    def __init__(self, strides: Strides, faults: Faults, happens: Happens) -> None:
        self._strides, self._faults, self._happens = strides, faults, happens
        self._processes = range(len(strides.start.processes))
        self._shifts = [place_shift(index) for index in self._processes]
        self._chains: dict[int, tuple[int, ...]] = {}
        self._stale: dict[int, tuple[dict[int, tuple[Read, ...]], ...]] = {}
        self._leaps: dict[int, tuple[Leap, ...]] = {}

    def moves(self, key: int) -> Iterator[tuple[Leap, int, int]]:
        """All that may come next: a leap, the state after it, and how many steps it took with the reads of others."""
        world = key & WORLD_MASK
        places = [key >> shift & PLACE_MASK for shift in self._shifts]
        for leap in self._all_leaps(key, world, places):
            moved, steps = key + leap.delta, leap.reads + 1
            yield leap, moved, steps
            if leap.world != world:
                ways = [(moved, steps)]
                for read in self._missed(leap, world, places):
                    further = [(to + delta, steps + reads) for to, steps in ways for delta, reads in read]
                    for to, steps in further:
                        yield leap, to, steps
                    ways += further

    def _all_leaps(self, key: int, world: int, places: list[int]) -> Iterable[Leap]:
        strides, budget = self._strides, key >> BUDGET_SHIFT & SMALL_MASK
        for index in self._processes:
            if strides.is_private(index, places[index]) and self._moves_world(index, world, places[index]):
                return self._leaps_of(index, world, places[index], budget)
        found: list[Leap] = []
        if strides.worlds.values[world].late:
            late = enumerate(strides.late(world))
            found += [Leap(ARRIVE, at, 0, after - world, after, fell) for at, (after, fell) in late]
        for index in self._processes:
            found += self._leaps_of(index, world, places[index], budget)
        return found

    def _leaps_of(self, index: int, world: int, place: int, budget: int) -> tuple[Leap, ...]:
        number = ((world << PLACE_BITS | place) << SMALL_BITS | budget) << 4 | index
        known = self._leaps.get(number)
        if known is None:
            known = self._leaps[number] = tuple(self._find(index, world, place, budget))
        return known

    def _find(self, index: int, world: int, place: int, budget: int) -> Iterator[Leap]:
        for reads, at in enumerate(self.chain(index, world, place)):
            if self._strides.pending(index, at) is ENDED:
                break
            options = self._faults(budget, index, world, at)
            for kind, spent in [(GO, 0), *options] if self._moves_world(index, world, at) else options:
                stride = self._strides.of(kind, index, world, at)
                delta = (at - place << place_shift(index)) + stride.delta + spent
                yield Leap(kind, index, reads, delta, world + stride.delta & WORLD_MASK, stride.falls)
        for kind, after, spent in self._happens(budget, index, world, place):
            yield Leap(kind, index, 0, after - world + spent, after, ())

    def _moves_world(self, index: int, world: int, place: int) -> bool:
        return self._strides.of(GO, index, world, place).delta & WORLD_MASK != 0

    def chain(self, index: int, world: int, place: int) -> tuple[int, ...]:
        """The places that a process comes by as long as it reads: up to one where it does more, or was before."""
        number = (world << PLACE_BITS | place) << 4 | index
        known = self._chains.get(number)
        if known is None:
            passed = {place: None}
            while self._strides.pending(index, place) is not ENDED:
                stride = self._strides.of(GO, index, world, place)
                place = stride.place
                if stride.delta & WORLD_MASK or place in passed:
                    break
                passed[place] = None
            known = self._chains[number] = tuple(passed)
        return known

    def _missed(self, leap: Leap, world: int, places: list[int]) -> Iterator[tuple[Read, ...]]:
        """Of each other process, what it may have read before a leap and can't read after it."""
        number = world << WORLD_BITS | leap.world
        tables = self._stale.get(number)
        if tables is None:
            tables = self._stale[number] = tuple({} for _ in self._processes)
        for index in self._processes:
            if index != leap.actor or leap.kind not in OWN:
                known = tables[index].get(places[index])
                if known is None:
                    known = tables[index][places[index]] = self._stale_reads(index, world, leap.world, places[index])
                if known:
                    yield known

    def _stale_reads(self, index: int, world: int, after: int, place: int) -> tuple[Read, ...]:
        missed = []
        for reads, (at, reached) in enumerate(pairwise(self.chain(index, world, place)), start=1):
            then = self._strides.of(GO, index, after, at)
            if then.place != reached or then.delta & WORLD_MASK:
                missed.append((reached - place << place_shift(index), reads))
        return tuple(missed)

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
