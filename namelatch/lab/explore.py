"""The explorer: every schedule within bounds, breadth first, so that the first fall found has the shortest trace.

A state is numbers: the world, what is left of the fault budget, how far the rule has come, and each process's place.
What a process does next from a place in a world is computed once and kept as a `Stride`, so that the search itself is
table look-ups. One stride runs to the process's next call that another could notice: calls at the log, the clock and
the inputs concern nobody else and are answered on the way (`local calls`, a named reduction, as is `frames` in
`freeze.py` and the numbering in `world.py`).

Liveness: no fault is left to come, everybody goes on, and every state must be able to come to rest in a good one. A
state's way there is tried by one fixed order of processes first; only where that fails, all orders are searched.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from coordination.intents import Conflict, DropLeadership, Reserve, TakeLeadership, Unknown
from coordination.invariants import Fall, falls
from namelatch.lab.kernel import ENDED, Call
from namelatch.lab.lives import Lives
from namelatch.lab.processes import Process
from namelatch.lab.rules import FREE, Rule
from namelatch.lab.world import Answer, Setting, Transition, World, commit, expire, forget, orphaned, perform, proposed, without_dead, writes

GO, LOST, DIE, LOST_DIE, EXPIRE, ARRIVE, FORGET = range(7)
FAULTS = ("", "reply lost", "crash after it", "reply lost, crash", "lease ends", "late effect", "log forgets")


@dataclass(frozen=True, slots=True)
class Budget:
    """How many of each fault may happen in one schedule. `of`: to whom alone; None: to anybody."""

    crashes: int = 0
    lost: int = 0
    expiries: int = 0
    forgets: int = 0
    of: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reductions:
    """Which continuations and steps are taken for one. Each can be switched off, and tests compare."""

    frames: bool = True
    local_calls: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """What is explored: a setting and a world to begin in, who takes part, which faults, under which rule.

    `claims_stay`: nobody takes another's claim away (no lease ends, nobody is revoked for lagging).
    """

    setting: Setting
    world: World
    processes: tuple[Process, ...]
    budget: Budget = Budget()
    rule: Rule = FREE
    claims_stay: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """One choice: what happens (`GO` or a fault), to which process, or which late batch arrives."""

    kind: int
    index: int


@dataclass(frozen=True, slots=True)
class Step:
    """One transition as a reader sees it: the calls that were answered on the way, the visible one first."""

    who: str
    fault: str
    calls: tuple[tuple[Call, Any], ...]
    falls: tuple[Fall, ...]
    world: World


@dataclass(frozen=True, slots=True)
class Stride:
    """What one act does: how it moves the state's number, and what fell and was seen on the way."""

    delta: int
    place: int
    pending: Call | None
    calls: tuple[tuple[Call, Any], ...]
    falls: tuple[Fall, ...]


@dataclass(slots=True)
class Found:
    """The outcome of a search. `exhausted`: nothing within the bounds was left out."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    exhausted: bool = False
    traces: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


REST_TURNS = 10_000
WORLD_BITS, SMALL_BITS, PLACE_BITS = 24, 14, 20
WORLD_MASK, SMALL_MASK, PLACE_MASK = (1 << WORLD_BITS) - 1, (1 << SMALL_BITS) - 1, (1 << PLACE_BITS) - 1
BUDGET_SHIFT = WORLD_BITS
RULE_SHIFT = BUDGET_SHIFT + SMALL_BITS
PLACES_SHIFT = RULE_SHIFT + SMALL_BITS

Judge = Callable[[Transition], Iterator[Fall]]


def judge_safety(transition: Transition) -> Iterator[Fall]:
    """Every safety invariant on one committed batch."""
    return falls(transition.before, transition.batch, transition.after)


class Numbers:
    """Values for numbers and back."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def of(self, value: Any) -> int:
        """The value's number, a new one if it was never seen."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number


class Explorer:
    """One search. `run` it, then ask for traces."""

    WORLD = WORLD_MASK

    def __init__(self, start: Start, reductions: Reductions = Reductions(), judge: Judge = judge_safety) -> None:
        self.start, self._judge = start, judge
        self.worlds, self.budgets, self.rules = Numbers(), Numbers(), Numbers()
        self.lives = [Lives(process, reductions.frames) for process in start.processes]
        self._one_planner = sum(1 for process in start.processes if process.name.startswith("planner")) <= 1
        self._calm = start.claims_stay
        self._local = self._local_ports(reductions)
        self._strides: dict[int, Stride] = {}
        self._alone: list[dict[int, bool]] = [{} for _ in start.processes]
        self._ruled: dict[tuple[int, int], int | None] = {}
        self._arrivals: dict[int, tuple[tuple[int, tuple[Fall, ...]], ...]] = {}
        self.index: dict[int, int] = {}
        self.keys: list[int] = []
        self._parents = array("q")
        self._acts = array("I")
        self._alones: dict[int, int] = {}
        self._acts_known = Numbers()
        self.found = Found()
        self.fallen: dict[str, tuple[int, Act]] = {}
        self._ruling = start.rule is not FREE

    def _is_local(self, call: Call) -> bool:
        return call.port in self._local or (self._calm and call.name == "renew")

    def _local_ports(self, reductions: Reductions) -> frozenset[str]:
        """Ports whose calls nobody else could notice."""
        if not reductions.local_calls:
            return frozenset()
        ports = {"clock", "log", "lease"} if not self.start.budget.forgets else {"clock", "lease"}
        return frozenset(ports | ({"health"} if self._one_planner else set()))

    # --- searching -------------------------------------------------------------------------------------------------

    def run(self, most_states: int = 5_000_000, until: frozenset[str] = frozenset()) -> Found:
        """Search until all is seen, `most_states` are, or every invariant in `until` has fallen."""
        found, keys = self.found, self.keys
        self._add(self.first(), -1, Act(GO, 0))
        at, level_end = 0, 1
        while at < len(keys):
            if at == level_end:
                found.depth, level_end = found.depth + 1, len(keys)
            if len(keys) > most_states or (until and until <= self.fallen.keys()):
                break
            self._expand(at)
            at += 1
        else:
            found.exhausted = True
        found.states = len(keys)
        return found

    def world(self, key: int) -> World:
        """The world of a state."""
        world: World = self.worlds.values[key & WORLD_MASK]
        return world

    def first(self) -> int:
        """The state in which everything begins."""
        key = self.worlds.of(self.start.world) | self.budgets.of(self.start.budget) << BUDGET_SHIFT
        rule = self.start.rule
        for index, lives in enumerate(self.lives):
            world = key & WORLD_MASK
            stride = self._settle(index, world, lives.beginning(1), [], [])
            key += stride.delta + (stride.place << PLACES_SHIFT + PLACE_BITS * index)
            rule = rule.arrive(lives.process.name, lives.places[stride.place].pending)
        return key | self.rules.of(rule) << RULE_SHIFT

    def _expand(self, at: int) -> None:
        key = self.keys[at]
        world, budget = key & WORLD_MASK, self.budgets.values[key >> BUDGET_SHIFT & SMALL_MASK]
        alone = self._private(key)
        if self.worlds.values[world].late and alone is None:
            for index, (after, fell) in enumerate(self._late(world)):
                self._reach(at, key + after - world, Act(ARRIVE, index), fell)
        for index in range(len(self.lives)) if alone is None else (alone,):
            place = key >> PLACES_SHIFT + PLACE_BITS * index & PLACE_MASK
            if self.lives[index].places[place].pending is ENDED:
                continue
            self._act(at, key, world, place, Act(GO, index))
            if budget != _NONE:
                self._faults(at, key, world, place, index, budget)
        if budget.forgets and self.worlds.values[world].log:
            after = self.worlds.of(forget(self.worlds.values[world]))
            spent = self.budgets.of(replace(budget, forgets=budget.forgets - 1))
            moved = key + after - world + (spent - self.budgets.of(budget) << BUDGET_SHIFT)
            self._reach(at, moved, Act(FORGET, 0), ())

    def _private(self, key: int) -> int | None:
        """A process whose next call concerns nobody else, if there is one: its turn may come first."""
        for index, lives in enumerate(self.lives):
            place = key >> PLACES_SHIFT + PLACE_BITS * index & PLACE_MASK
            known = self._alone[index].get(place)
            if known is None:
                known = self._alone[index][place] = self._is_private(lives.places[place].pending)
            if known and not self._held_back(key, index, place):
                return index
        return None

    def _held_back(self, key: int, index: int, place: int) -> bool:
        """Whether the rule makes a process wait: then its turn can't come first."""
        rule: Rule = self.rules.values[key >> RULE_SHIFT & SMALL_MASK]
        return not rule.may(self.lives[index].process.name, self.lives[index].places[place].pending)

    def _is_private(self, call: Call) -> bool:
        match call:
            case Call("authority", "claims"):
                return self._calm
            case Call("authority", "commit", (batch,)):
                alone = self._calm and self._one_planner
                return alone and all(isinstance(one.change, Reserve | DropLeadership) for one in batch.proposals)
            case Call("claims", "acquire", (TakeLeadership(), _)):
                return self._calm and self._one_planner
        return False

    def _faults(self, at: int, key: int, world: int, place: int, index: int, budget: Budget) -> None:
        lives = self.lives[index]
        if budget.of is not None and lives.process.name not in budget.of:
            return
        pending = lives.places[place].pending
        number = self.budgets.of(budget)
        if budget.lost and writes(pending):
            spent = self.budgets.of(replace(budget, lost=budget.lost - 1)) - number << BUDGET_SHIFT
            self._act(at, key, world, place, Act(LOST, index), spent)
            if budget.crashes:
                both = replace(budget, lost=budget.lost - 1, crashes=budget.crashes - 1)
                spent = self.budgets.of(both) - number << BUDGET_SHIFT
                self._act(at, key, world, place, Act(LOST_DIE, index), spent)
        if budget.crashes and self._strides[(world << PLACE_BITS | place) << 8 | GO << 4 | index].delta & WORLD_MASK:
            spent = self.budgets.of(replace(budget, crashes=budget.crashes - 1)) - number << BUDGET_SHIFT
            self._act(at, key, world, place, Act(DIE, index), spent)
        if budget.expiries and lives.process.lease is not None:
            spent = self.budgets.of(replace(budget, expiries=budget.expiries - 1)) - number << BUDGET_SHIFT
            after = self.worlds.of(expire(self.worlds.values[world], lives.process.lease))
            if after != world:
                self._reach(at, key + after - world + spent, Act(EXPIRE, index), ())

    def _act(self, at: int, key: int, world: int, place: int, act: Act, spent: int = 0) -> int | None:
        """Take one act from a state; the state that it leads to, None where the rule forbids it."""
        number = (world << PLACE_BITS | place) << 8 | act.kind << 4 | act.index
        stride = self._strides.get(number)
        if stride is None:
            stride = self._strides[number] = self._stride(act, world, place)
        moved = key + stride.delta + spent
        if self._ruling:
            rule = key >> RULE_SHIFT & SMALL_MASK
            after = self._rule(rule, number, act, place, stride)
            if after is None:
                return None
            moved += after - rule << RULE_SHIFT
        self.found.transitions += 1
        return self._reach(at, moved, act, stride.falls)

    def _reach(self, at: int, moved: int, act: Act, fell: tuple[Fall, ...]) -> int:
        if act.kind in {EXPIRE, ARRIVE, FORGET}:
            self.found.seen.add(FAULTS[act.kind])
        if fell:
            for fall in fell:
                self.fallen.setdefault(fall.invariant, (at, act))
        known = self.index.get(moved)
        return known if known is not None else self._add(moved, at, act)

    def _add(self, key: int, parent: int, act: Act) -> int:
        number = self.index[key] = len(self.keys)
        self.keys.append(key)
        self._parents.append(parent)
        self._acts.append(act.kind << 8 | act.index)
        return number

    # --- coming to rest --------------------------------------------------------------------------------------------

    def rest(self, key: int) -> int | None:
        """The state in which everybody idles, turn after turn; None where that does not come about."""
        for _ in range(REST_TURNS):
            following = self.turn(key)
            if following == key:
                return key
            key = following
        return None

    def turn(self, key: int) -> int:
        """The state after the next turn: late batches arrive, then the first that does not idle goes on alone."""
        world = key & WORLD_MASK
        if self.worlds.values[world].late:
            return key + self._late(world)[0][0] - world
        for index in range(len(self.lives)):
            moved = self._alone_until_change(key, index)
            if moved:
                return key + moved
        return key

    def unruled(self, key: int) -> int:
        """The same state with no fault left to come and no rule in force."""
        world, places = key & WORLD_MASK, key >> PLACES_SHIFT << PLACES_SHIFT
        return world | self.budgets.of(_NONE) << BUDGET_SHIFT | places

    def successors(self, key: int) -> Iterator[int]:
        """The states that an unruled state leads to without a fault."""
        world = key & WORLD_MASK
        for after, _ in self._late(world) if self.worlds.values[world].late else ():
            yield key + after - world
        for index, lives in enumerate(self.lives):
            place = key >> PLACES_SHIFT + PLACE_BITS * index & PLACE_MASK
            if lives.places[place].pending is not ENDED:
                yield key + self._go(index, world, place).delta

    def _go(self, index: int, world: int, place: int) -> Stride:
        number = (world << PLACE_BITS | place) << 8 | GO << 4 | index
        stride = self._strides.get(number)
        if stride is None:
            stride = self._strides[number] = self._stride(Act(GO, index), world, place)
        return stride

    def _alone_until_change(self, key: int, index: int) -> int:
        """How the state's number moves when one process goes on alone until the world has changed; 0 if it idles."""
        world, place = key & WORLD_MASK, key >> PLACES_SHIFT + PLACE_BITS * index & PLACE_MASK
        first = (world << PLACE_BITS | place) << 4 | index
        known = self._alones.get(first)
        if known is not None:
            return known
        if self.lives[index].places[place].pending is ENDED:
            return 0
        moved, passed = 0, {place}
        while True:
            stride = self._go(index, world, place)
            moved += stride.delta
            place = stride.place
            if (stride.delta & WORLD_MASK) != 0:
                break
            if place in passed:
                moved = 0
                break
            passed.add(place)
            if self.lives[index].places[place].pending is ENDED:
                moved = 0
                break
        self._alones[first] = moved
        return moved

    # --- strides ---------------------------------------------------------------------------------------------------

    def _stride(self, act: Act, world: int, place: int) -> Stride:
        """Do it for once: the visible call with its reply (or its loss, or the crash), then the local ones after it."""
        lives, was = self.lives[act.index], self.worlds.values[world]
        pending = lives.places[place].pending
        calls: list[tuple[Call, Any]] = []
        fell: list[Fall] = []
        answer = self._answer(act.kind in {LOST, LOST_DIE}, lives.process.name, was, pending)
        if answer.transition is not None:
            fell += self._judge(answer.transition)
        calls.append((pending, answer.reply))
        self._notice(act, pending, answer.reply)
        after = lives.after(place, answer.reply)
        left = answer.world
        if act.kind in {DIE, LOST_DIE} and lives.process.lease is not None:
            left = orphaned(left, lives.process.lease)
        reached = self._settle(act.index, self.worlds.of(left), after, calls, fell)
        if act.kind in {DIE, LOST_DIE}:
            again = lives.beginning(lives.places[place].incarnation + 1)
            reached = self._settle(act.index, reached.delta, again, calls, fell)
        moved = reached.delta - world + (reached.place - place << PLACES_SHIFT + PLACE_BITS * act.index)
        if len(self.worlds.values) > WORLD_MASK or reached.place > PLACE_MASK:
            raise OverflowError("more worlds or places than a state's number has room for")
        return Stride(moved, reached.place, pending, tuple(calls), tuple(fell))

    def _settle(self, index: int, world: int, place: int, calls: list[tuple[Call, Any]], fell: list[Fall]) -> Stride:
        """Answer local calls until one that others could notice; `delta` is the world's number then."""
        lives = self.lives[index]
        while self._is_local(pending := lives.places[place].pending):
            answer = perform(self.start.setting, self.worlds.values[world], pending)
            calls.append((pending, answer.reply))
            self._notice(Act(GO, index), pending, answer.reply)

            world, place = self.worlds.of(answer.world), lives.after(place, answer.reply)
        return Stride(world, place, pending, (), ())

    def _answer(self, lost: bool, who: str, world: World, call: Call) -> Answer:
        """A reply that is lost may leave an effect at any time, from at once to never: it is `late` until then."""
        if not lost:
            return perform(self.start.setting, world, call)
        batch = proposed(world, call)
        left = world if batch is None else without_dead(replace(world, late=(*world.late, (who, batch))))
        return Answer(left, Unknown("the reply was lost"))

    def _late(self, world: int) -> tuple[tuple[int, tuple[Fall, ...]], ...]:
        """What the world is after each of the batches that may still arrive has."""
        if world not in self._arrivals:
            arrived = []
            was = self.worlds.values[world]
            for index, (_, batch) in enumerate(was.late):
                left = replace(was, late=was.late[:index] + was.late[index + 1 :])
                answer = commit(self.start.setting, left, batch)
                fell = tuple(self._judge(answer.transition)) if answer.transition else ()
                arrived.append((self.worlds.of(answer.world), fell))
            self._arrivals[world] = tuple(arrived)
        return self._arrivals[world]

    def _rule(self, rule: int, number: int, act: Act, place: int, stride: Stride) -> int | None:
        known = self._ruled.get((rule, number), -1)
        if known != -1:
            return known
        value: Rule = self.rules.values[rule]
        lives = self.lives[act.index]
        who, (call, reply) = lives.process.name, stride.calls[0]
        after: int | None = None
        if value.may(who, call):
            moved = value.took(who, call, reply).arrive(who, lives.places[stride.place].pending)
            after = self.rules.of(moved)
        self._ruled[rule, number] = after
        return after

    # --- what was seen ---------------------------------------------------------------------------------------------

    def _notice(self, act: Act, call: Call, reply: Any) -> None:
        seen = self.found.seen
        if act.kind != GO:
            seen.add(FAULTS[act.kind])
        if call.name == "report":
            seen.add(f"told: {call.arguments[0].event}")
        if isinstance(reply, Conflict):
            seen.update(f"lost: {type(one.condition).__name__}" for one in reply.lost)

    # --- traces ----------------------------------------------------------------------------------------------------

    def trace(self, invariant: str) -> tuple[Step, ...]:
        """The shortest way to the first fall of an invariant."""
        at, last = self.fallen[invariant]
        return self.steps([*self._way(at), last])

    def trace_to(self, at: int) -> tuple[Step, ...]:
        """The shortest way to a state by its index."""
        return self.steps(self._way(at))

    def _way(self, at: int) -> list[Act]:
        acts: list[Act] = []
        while self._parents[at] >= 0:
            acts.append(Act(self._acts[at] >> 8, self._acts[at] & 255))
            at = self._parents[at]
        return acts[::-1]

    def steps(self, acts: list[Act]) -> tuple[Step, ...]:
        """What a list of acts does from the beginning, step by step."""
        key, told = self.first(), []
        for act in acts:
            world = key & WORLD_MASK
            if act.kind == ARRIVE:
                after, fell = self._late(world)[act.index]
                who, _ = self.worlds.values[world].late[act.index]
                told.append(Step(who, FAULTS[ARRIVE], (), fell, self.worlds.values[after]))
                key += after - world
                continue
            if act.kind == EXPIRE:
                lease = self.lives[act.index].process.lease
                assert lease is not None
                after = self.worlds.of(expire(self.worlds.values[world], lease))
                told.append(Step(self.lives[act.index].process.name, FAULTS[EXPIRE], (), (), self.worlds.values[after]))
                key += after - world
                continue
            if act.kind == FORGET:
                after = self.worlds.of(forget(self.worlds.values[world]))
                told.append(Step("log", FAULTS[FORGET], (), (), self.worlds.values[after]))
                key += after - world
                continue
            place = key >> PLACES_SHIFT + PLACE_BITS * act.index & PLACE_MASK
            stride = self._stride(act, world, place)
            key += stride.delta
            name = self.lives[act.index].process.name
            told.append(Step(name, FAULTS[act.kind], stride.calls, stride.falls, self.worlds.values[key & WORLD_MASK]))
        return tuple(told)


_NONE = Budget()
