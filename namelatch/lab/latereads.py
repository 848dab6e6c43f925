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
from namelatch.lab.kernel import ENDED
from namelatch.lab.numbers import BUDGET_SHIFT, PLACE_BITS, PLACE_MASK, RULE_SHIFT, SMALL_MASK, WORLD_MASK, place_shift
from namelatch.lab.strides import ARRIVE, GO, OWN, Act, Strides

Faults = Callable[[int, int, int, int], Iterable[tuple[int, int]]]  # at a call, by budget, process, world and place
Happens = Callable[[int, int, int, int], Iterable[tuple[int, int, int]]]  # to the world, by the same
Read = tuple[int, int]  # how reading moves a state's number, and how many steps that takes
V = TypeVar("V")
OUTSIDE = (1 << RULE_SHIFT) - 1  # of a state's number: world and budget


class _Table(dict[int, V]):
    """A table whose entries are found when they are first asked for."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[int], V]) -> None:
        self._find = find

    def __missing__(self, number: int) -> V:
        found = self[number] = self._find(number)
        return found


Missed = tuple[tuple[int, _Table[tuple[Read, ...]]], ...]


class Leap(NamedTuple):
    """Some reads of one process and what it does then, or what happens to the world: how the state's number moves.

    `missed`: of each other process, by its place, what it may have read before and can't read after.
    """

    kind: int
    actor: int
    reads: int
    delta: int
    falls: tuple[Fall, ...]
    missed: Missed

    def is_of(self, act: Act) -> bool:
        """Whether it is that act, after whatever reads."""
        return self.kind == act.kind and self.actor == act.index


class LateReads:
    """The moves of a search with late reads. `faults` of a process at its call and what `happens` cost their budget."""

    def __init__(self, strides: Strides, faults: Faults, happens: Happens) -> None:
        self._strides, self._faults, self._happens = strides, faults, happens
        self._processes = range(len(strides.start.processes))
        self._shifts = [place_shift(index) for index in self._processes]
        self._chains = [_Table(partial(self._read_on, index)) for index in self._processes]
        self._leaps = [_Table(partial(self._leap, index)) for index in self._processes]
        self._forced = [_Table(partial(self._is_forced, index)) for index in self._processes]
        self._arrivals = _Table(self._arrive)
        self._stale: dict[tuple[int, int], list[_Table[tuple[Read, ...]]]] = {}

    def moves(self, key: int) -> Iterator[tuple[Leap, int, int]]:
        """All that may come next: a leap, the state after it, and how many steps it took with the reads of others."""
        outside = key & OUTSIDE
        places = [key >> shift & PLACE_MASK for shift in self._shifts]
        for leap in self._all_leaps(outside, places):
            moved, steps = key + leap.delta, leap.reads + 1
            yield leap, moved, steps
            missed = [reads for index, table in leap.missed if (reads := table[places[index]])]
            if missed:
                ways = [(moved, steps)]
                for reads in missed:
                    ways += [(to + delta, steps + more) for to, steps in ways for delta, more in reads]
                for to, steps in ways[1:]:
                    yield leap, to, steps

    def _all_leaps(self, outside: int, places: list[int]) -> Iterable[Leap]:
        world = outside & WORLD_MASK
        found = list(self._arrivals[world])
        for index, place in enumerate(places):
            if self._forced[index][world << PLACE_BITS | place]:
                return self._leaps[index][place << RULE_SHIFT | outside]
            found += self._leaps[index][place << RULE_SHIFT | outside]
        return found

    def _is_forced(self, index: int, number: int) -> bool:
        """Whether the next call concerns nobody else and changes the world: its turn comes first."""
        world, place = number >> PLACE_BITS, number & PLACE_MASK
        return self._strides.is_private(index, place) and self._changes(index, world, place)

    def _arrive(self, world: int) -> tuple[Leap, ...]:
        if not self._strides.worlds.values[world].late:
            return ()
        late = enumerate(self._strides.late(world))
        return tuple(
            Leap(ARRIVE, at, 0, after - world, fell, self._missed(None, world, after)) for at, (after, fell) in late
        )

    def _leap(self, index: int, number: int) -> tuple[Leap, ...]:
        """All that others could notice of what a process may do or suffer, each after some reads."""
        world, budget, place = number & WORLD_MASK, number >> BUDGET_SHIFT & SMALL_MASK, number >> RULE_SHIFT
        found = []
        for reads, at in enumerate(self.chain(index, world, place)):
            if self._strides.pending(index, at) is ENDED:
                break
            options = self._faults(budget, index, world, at)
            for kind, spent in [(GO, 0), *options] if self._changes(index, world, at) else options:
                stride = self._strides.of(kind, index, world, at)
                delta = (at - place << place_shift(index)) + stride.delta + spent
                missed = self._missed(index, world, world + stride.delta & WORLD_MASK)
                found.append(Leap(kind, index, reads, delta, stride.falls, missed))
        for kind, after, spent in self._happens(budget, index, world, place):
            found.append(Leap(kind, index, 0, after - world + spent, (), self._missed(None, world, after)))
        return tuple(found)

    def _changes(self, index: int, world: int, place: int) -> bool:
        return self._strides.of(GO, index, world, place).delta & WORLD_MASK != 0

    def chain(self, index: int, world: int, place: int) -> tuple[int, ...]:
        """The places that a process comes by as long as it reads: up to one where it does more, or was before."""
        return self._chains[index][world << PLACE_BITS | place]

    def _read_on(self, index: int, number: int) -> tuple[int, ...]:
        world, place = number >> PLACE_BITS, number & PLACE_MASK
        passed = {place: None}
        while self._strides.pending(index, place) is not ENDED:
            stride = self._strides.of(GO, index, world, place)
            place = stride.place
            if stride.delta & WORLD_MASK or place in passed:
                break
            passed[place] = None
        return tuple(passed)

    def _missed(self, actor: int | None, world: int, after: int) -> Missed:
        """Of each process but the actor, what it may have read in a world and can't read in the one after it."""
        if after == world:
            return ()
        tables = self._stale.get((world, after))
        if tables is None:
            tables = [_Table(partial(self._stale_reads, index, world, after)) for index in self._processes]
            self._stale[world, after] = tables
        return tuple((index, table) for index, table in enumerate(tables) if index != actor)

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
