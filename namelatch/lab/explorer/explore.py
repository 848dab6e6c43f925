"""The explorer: every schedule within bounds, breadth first, so that the first fall found has the shortest trace.

States are numbers (`numbers.py`), steps are kept (`strides.py`), so the search itself is additions and look-ups.
Where some process's next call concerns nobody else, its turn comes first and the others wait (`private calls first`):
it commutes with whatever they do. Where no rule binds anybody, reads are put off (`latereads.py`): a move is then some
steps, states come in the order of how many lead to them, and many are looked at together (`waves.py`, `fronts.py`).
`run` searches; `recovery.py` asks whether all states can still come to rest well; `trace` tells how one is reached.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from coordination.invariants import Fall
from namelatch.lab.explorer.arrays.fronts import Fronts
from namelatch.lab.explorer.arrays.resting import Resting
from namelatch.lab.explorer.arrays.rows import Ints
from namelatch.lab.explorer.arrays.waves import Waves
from namelatch.lab.explorer.garbage import keeps_everything
from namelatch.lab.explorer.latereads import LateReads
from namelatch.lab.explorer.numbers import (
    BUDGET_SHIFT,
    PLACE_BITS,
    PLACE_MASK,
    PLACES_SHIFT,
    RULE_SHIFT,
    SMALL_MASK,
    WORLD_MASK,
    Numbers,
    place_shift,
)
from namelatch.lab.explorer.reached import Reached
from namelatch.lab.explorer.strides import (
    ARRIVE,
    DIE,
    EXPIRE,
    FAULTS,
    FORGET,
    GO,
    LOST,
    LOST_DIE,
    Act,
    Budget,
    Judge,
    Lost,
    Reductions,
    Start,
    Stride,
    Strides,
    judge_safety,
    unnoticed,
)
from namelatch.lab.kernel import ENDED, Call
from namelatch.lab.rules import FREE, Rule
from namelatch.lab.world import World

REST_TURNS, NO_FAULTS, ALL = 10_000, Budget(), Reductions()


def never(_: Collection[str]) -> bool:
    """Search on whatever has fallen."""
    return False


@dataclass(frozen=True, slots=True)
class Step:
    """One transition as a reader sees it: the calls that were answered on the way, the visible one first."""

    who: str
    fault: str
    calls: tuple[tuple[Call, Any], ...]
    falls: tuple[Fall, ...]
    world: World


@dataclass(slots=True)
class Found:
    """The outcome of a search. `exhausted`: nothing within the bounds was left out. `seen`: what happened at all."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    exhausted: bool = False
    seen: set[str] = field(default_factory=set)


class Explorer:
    """One search. `run` it, then ask for traces."""

    def __init__(
        self, start: Start, reductions: Reductions = ALL, judge: Judge = judge_safety, lost: Lost = unnoticed
    ) -> None:
        self.start = start
        self.strides = Strides(start, reductions, judge, lost)
        self.budgets, self.rules = Numbers(SMALL_MASK), Numbers(SMALL_MASK)
        self._no_faults = self.budgets.of(NO_FAULTS)
        self.found = Found(seen=self.strides.seen)
        self.fallen: dict[str, tuple[int, Act]] = {}
        # A rule may bind reads too; and without frames no process is ever where it was before.
        reads_late = reductions.late_reads and reductions.frames and start.rule is FREE
        self.late_reads = LateReads(self.strides, self._faults, self._happens) if reads_late else None
        self._waves = None if self.late_reads is None else Waves(self.late_reads, len(start.processes))
        self._reached: Reached | Fronts = Reached() if self._waves is None else Fronts(self._waves)
        self._fell_at: dict[str, int] = {}
        self._ruled: dict[tuple[int, int, int, int, int], int | None] = {}
        self._spent: dict[tuple[int, str], int] = {}

    # --- states ----------------------------------------------------------------------------------------------------

    @property
    def worlds(self) -> Numbers:
        """The worlds by number."""
        return self.strides.worlds

    @property
    def keys(self) -> Sequence[int]:
        """The states found, by index: each is one number."""
        return self._reached.keys

    def world(self, key: int) -> World:
        """The world of a state."""
        world: World = self.worlds.values[key & WORLD_MASK]
        return world

    def place(self, key: int, index: int) -> int:
        """Where the process of that index stands in a state."""
        return key >> PLACES_SHIFT + PLACE_BITS * index & PLACE_MASK

    def first(self) -> int:
        """The state in which everything begins."""
        world, places, rule = self.worlds.of(self.start.world), 0, self.start.rule
        for index, process in enumerate(self.start.processes):
            world, place = self.strides.begin(index, world)
            places |= place << place_shift(index)
            rule = rule.arrive(process.name, self.strides.pending(index, place))
        return world | self.budgets.of(self.start.budget) << BUDGET_SHIFT | self.rules.of(rule) << RULE_SHIFT | places

    def close(self) -> None:
        """Let go of the coroutines. What was found stays; traces and new steps begin them anew."""
        for lives in self.strides.lives:
            lives.close()

    # --- searching -------------------------------------------------------------------------------------------------

    @keeps_everything
    def run(
        self,
        most_states: int = 5_000_000,
        until: Callable[[Collection[str]], bool] = never,
        most_depth: int | None = None,
    ) -> Found:
        """Search until all is seen, `most_states` or `most_depth` are, or `until` is content with what has fallen."""
        found, reached = self.found, self._reached
        expand: Callable[[Any], None] = self._expand if self._waves is None else self._leap
        reached.begin(self.first())
        deepest = 0
        while found.depth <= reached.deepest:
            for some in reached.due(found.depth):
                if found.depth == most_depth or len(reached.keys) > most_states or self._is_content(until):
                    break
                expand(some)
                deepest = found.depth
            else:
                found.depth += 1
                continue
            break
        else:
            found.exhausted, found.depth = True, deepest
        found.states = len(reached.keys)
        self.fallen = {one: self.fallen[one] for one in sorted(self.fallen, key=lambda one: self._fell_at[one])}
        return found

    def _is_content(self, until: Callable[[Collection[str]], bool]) -> bool:
        """Whether enough has fallen, and in so few steps that nothing is left that falls in fewer."""
        return bool(self.fallen) and until(
            {one for one, depth in self._fell_at.items() if depth <= self.found.depth + 1}
        )

    def _leap(self, some: Ints) -> None:
        """All that may come next after many states of one depth, with late reads."""
        assert isinstance(self._reached, Fronts)
        depth = self.found.depth
        wave = self._reached.follow(some, depth)
        self.found.transitions += len(wave.leap)
        for at, leap, steps in self._reached.fallen(some, wave):
            self._fall(at, Act(leap.kind, leap.actor), leap.falls, depth + steps)

    def _fall(self, at: int, act: Act, fell: tuple[Fall, ...], depth: int) -> None:
        for fall in fell:
            if depth < self._fell_at.get(fall.invariant, depth + 1):
                self._fell_at[fall.invariant] = depth
                self.fallen[fall.invariant] = at, act

    def _expand(self, at: int) -> None:
        """All that may come next after one state, step by step."""
        key = self._reached.keys[at]
        world = key & WORLD_MASK
        strides, ruled = self.strides, self.start.rule is not FREE
        places = [(index, key >> place_shift(index) & PLACE_MASK) for index in range(len(self.start.processes))]
        for index, place in places:
            if strides.is_private(index, place) and not (ruled and self._rule(key, GO, index, world, place) is None):
                places = [(index, place)]
                break
        else:
            if self.worlds.values[world].late:
                for index, (after, fell) in enumerate(strides.late(world)):
                    self._reach(at, key + after - world, ARRIVE, index, fell)
        faults = key >> BUDGET_SHIFT & SMALL_MASK
        for index, place in places:
            ended = strides.pending(index, place) is ENDED
            # Who must wait suffers no fault at its call, either: to ask which there are would already make the call.
            if not ended and not (ruled and self._rule(key, GO, index, world, place) is None):
                self._act(at, key, GO, index, world, place)
                if faults != self._no_faults:
                    for kind, spent in self._faults(faults, index, world, place):
                        self._act(at, key + spent, kind, index, world, place)
            if faults == self._no_faults:
                continue
            for kind, after, spent in self._ends_lease(faults, index, world, place):
                self._reach(at, key + after - world + spent, kind, index, ())
        for kind, after, spent in self._forgets(faults, world):
            self._reach(at, key + after - world + spent, kind, 0, ())

    def _happens(self, number: int, index: int, world: int, place: int) -> Iterator[tuple[int, int, int]]:
        """What may happen to the world: to what it leads, and how the budget moves. What is nobody's is the first's."""
        yield from self._ends_lease(number, index, world, place)
        if index == 0:
            yield from self._forgets(number, world)

    def _ends_lease(self, number: int, index: int, world: int, place: int) -> Iterator[tuple[int, int, int]]:
        budget: Budget = self.budgets.values[number]
        if budget.expiries and self._is_hit(budget, index) and self.strides.pending(index, place) is not ENDED:
            after = self.strides.expired(world, index)
            if after != world:
                yield EXPIRE, after, self._spend(number, "expiries")

    def _forgets(self, number: int, world: int) -> Iterator[tuple[int, int, int]]:
        budget: Budget = self.budgets.values[number]
        if budget.forgets and self.worlds.values[world].log:
            yield FORGET, self.strides.forgotten(world), self._spend(number, "forgets")

    def _is_hit(self, budget: Budget, index: int) -> bool:
        """Whether faults may happen to a process."""
        return budget.of is None or self.start.processes[index].name in budget.of

    def _faults(self, number: int, index: int, world: int, place: int) -> Iterator[tuple[int, int]]:
        """What else may happen at the next call of a process, and how the state's number moves by what that uses up."""
        budget: Budget = self.budgets.values[number]
        if not self._is_hit(budget, index):
            return
        if budget.lost > 0 and self.strides.may_lose(index, place):
            lost = self._spend(number, "lost")
            yield LOST, lost
            if budget.crashes:
                yield LOST_DIE, lost + self._spend(number + (lost >> BUDGET_SHIFT), "crashes")
        if budget.crashes and self.strides.may_die(index, world, place):
            yield DIE, self._spend(number, "crashes")

    def _spend(self, number: int, fault: str) -> int:
        """How the state's number moves when one fault of the budget of that number is used up."""
        known = self._spent.get((number, fault))
        if known is None:
            budget = self.budgets.values[number]
            left = self.budgets.of(replace(budget, **{fault: getattr(budget, fault) - 1}))
            known = self._spent[number, fault] = left - number << BUDGET_SHIFT
        return known

    def _act(self, at: int, key: int, kind: int, index: int, world: int, place: int) -> None:
        """Take one act from a state, where the rule allows it."""
        moved = key
        if self.start.rule is not FREE:
            after = self._rule(key, kind, index, world, place)
            if after is None:
                return
            moved += after - (key >> RULE_SHIFT & SMALL_MASK) << RULE_SHIFT
        stride = self.strides.of(kind, index, world, place)
        self.found.transitions += 1
        self._reach(at, moved + stride.delta, kind, index, stride.falls)

    def _reach(self, at: int, moved: int, kind: int, index: int, fell: tuple[Fall, ...]) -> None:
        assert isinstance(self._reached, Reached)
        if fell:
            self._fall(at, Act(kind, index), fell, self.found.depth + 1)
        self._reached.reach(at, moved, kind << 8 | index, self.found.depth + 1)

    def _rule(self, key: int, kind: int, index: int, world: int, place: int) -> int | None:
        """The rule's number after an act; None where the act must wait."""
        rule = key >> RULE_SHIFT & SMALL_MASK
        number = (rule, kind, index, world, place)
        if number not in self._ruled:
            self._ruled[number] = self._after(self.rules.values[rule], kind, index, world, place)
        return self._ruled[number]

    def _after(self, rule: Rule, kind: int, index: int, world: int, place: int) -> int | None:
        who = self.start.processes[index].name
        if not rule.may(who, self.strides.pending(index, place)):
            return None  # before anything is made of it: what a rule forbids is not seen
        stride = self.strides.of(kind, index, world, place)
        call, reply = stride.calls[0]
        return self.rules.of(rule.took(who, call, reply).arrive(who, self.strides.pending(index, stride.place)))

    # --- coming to rest --------------------------------------------------------------------------------------------

    def rest(self, key: int) -> int | None:
        """The state in which everybody idles, turn after turn; None where that does not come about."""
        for _ in range(REST_TURNS):
            following = self.turn(key)
            if following == key:
                return key
            key = following
        return None

    @cached_property
    def resting(self) -> Resting | None:
        """Where all states found come to rest, after a search with late reads."""
        if self._waves is None or not isinstance(self._reached, Fronts):
            return None
        return Resting(self.strides, self._waves, self._reached.rows, self._no_faults)

    def turn(self, key: int) -> int:
        """The state after the next turn: late batches arrive, then the first that does not idle goes on alone."""
        world = key & WORLD_MASK
        if self.worlds.values[world].late:
            return key + self.strides.late(world)[0][0] - world
        for index in range(len(self.start.processes)):
            moved = self.strides.turn(index, world, self.place(key, index))
            if moved:
                return key + moved
        return key

    def unruled(self, key: int) -> int:
        """The same state with no fault left to come and no rule in force."""
        return key & WORLD_MASK | self._no_faults << BUDGET_SHIFT | key >> PLACES_SHIFT << PLACES_SHIFT

    def successors(self, key: int) -> Iterator[int]:
        """The states that an unruled state leads to without a fault."""
        world = key & WORLD_MASK
        for after, _ in self.strides.late(world) if self.worlds.values[world].late else ():
            yield key + after - world
        for index in range(len(self.start.processes)):
            place = self.place(key, index)
            if self.strides.pending(index, place) is not ENDED:
                yield key + self.strides.of(GO, index, world, place).delta

    # --- traces ----------------------------------------------------------------------------------------------------

    def trace(self, invariant: str) -> tuple[Step, ...]:
        """The shortest way to the first fall of an invariant."""
        return self.steps(self.acts(invariant))

    def trace_to(self, at: int) -> tuple[Step, ...]:
        """The shortest way to a state by its index."""
        return self.steps(self._way(at))

    def acts(self, invariant: str) -> tuple[Act, ...]:
        """The same as choices, for a replay."""
        at, last = self.fallen[invariant]
        reads = () if self.late_reads is None else self.late_reads.reads_before(self.keys[at], last, invariant)
        return (*self._way(at), *reads, last)

    def depth(self, at: int) -> int:
        """How many acts lead to a state by its index."""
        return self._reached.depths[at]

    def depth_of(self, invariant: str) -> int:
        """How many acts lead to the first fall of an invariant, the last one included."""
        return self._fell_at[invariant]

    def _way(self, at: int) -> tuple[Act, ...]:
        acts: list[Act] = []
        while self._reached.parents[at] >= 0:
            parent, act = self._reached.parents[at], Act(self._reached.acts[at] >> 8, self._reached.acts[at] & 255)
            acts.append(act)
            if self.late_reads is not None:
                acts += self.late_reads.reads(self.keys[parent], act, self.keys[at])
            at = parent
        return tuple(reversed(acts))

    def steps(self, acts: tuple[Act, ...]) -> tuple[Step, ...]:
        """What acts do from the beginning, step by step."""
        key, told = self.first(), []
        for act in acts:
            stride, who = self.follow(key, act)
            key += stride.delta
            told.append(Step(who, FAULTS[act.kind], stride.calls, stride.falls, self.world(key)))
        return tuple(told)

    def follow(self, key: int, act: Act) -> tuple[Stride, str]:
        """What one act does in a state, and to whom; a stride without calls where only the world moves."""
        world = key & WORLD_MASK
        match act.kind:
            case _ if act.kind in {GO, LOST, DIE, LOST_DIE}:
                stride = self.strides.of(act.kind, act.index, world, self.place(key, act.index))
                return stride, self.start.processes[act.index].name
            case _ if act.kind == ARRIVE:
                after, fell = self.strides.late(world)[act.index]
                return Stride(after - world, 0, (), fell), self.world(key).late[act.index][0]
            case _ if act.kind == EXPIRE:
                after = self.strides.expired(world, act.index)
                return Stride(after - world, 0, (), ()), self.start.processes[act.index].name
        return Stride(self.strides.forgotten(world) - world, 0, (), ()), "log"


__all__ = ["ALL", "NO_FAULTS", "Act", "Budget", "Explorer", "Found", "Reductions", "Start", "Step"]
