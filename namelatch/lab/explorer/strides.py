"""What one act does, computed once and kept: from a place in a world to the next place and world.

One stride runs to the process's next call that another could notice. Three named reductions live here:
`local calls`: calls at the log, the clock and the inputs, and the renewal of a claim that nobody can take away, are
answered on the way. `crash after a write`: a crash after anything else is the same as one before it. `lost is late`:
a lost reply leaves an effect that may come at any time, from at once to never, which covers a call that had its effect
and a call that had none.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from coordination.intents import Condition, Conflict, DropLeadership, Reserve, TakeLeadership, Unknown
from coordination.invariants import Fall, falls
from namelatch.lab.explorer.answers import Answers
from namelatch.lab.explorer.lives import Lives
from namelatch.lab.explorer.looks import Looks
from namelatch.lab.explorer.numbers import PLACE_BITS, PLACE_MASK, WORLD_MASK, Numbers, place_shift
from namelatch.lab.kernel import ENDED, Call
from namelatch.lab.processes import Process
from namelatch.lab.rules import FREE, Rule
from namelatch.lab.world import (
    Setting,
    Transition,
    World,
    arrive,
    expire,
    forget,
    lose,
    orphaned,
    writes,
)

GO, LOST, DIE, LOST_DIE, EXPIRE, ARRIVE, FORGET = range(7)
MOST_PROCESSES = 16
OWN = frozenset({GO, LOST, DIE, LOST_DIE})  # what a process does or suffers at a call of its own
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
    private_first: bool = True
    crash_after_write: bool = True
    late_reads: bool = True


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
class Stride:
    """What one act does: how it moves the state's number, the calls answered (the visible one first), what fell."""

    delta: int
    place: int
    calls: tuple[tuple[Call, Any], ...]
    falls: tuple[Fall, ...]


class Went(NamedTuple):
    """Where going on leads: the world, the place, and what fell on the way."""

    world: int
    place: int
    falls: tuple[Fall, ...]


Judge = Callable[[Transition], Iterator[Fall]]


def judge_safety(transition: Transition) -> Iterator[Fall]:
    """Every safety invariant on one committed batch."""
    return falls(transition.before, transition.batch, transition.after)


Lost = Callable[[Iterable[Condition]], None]


def unnoticed(_: Iterable[Condition]) -> None:
    """Nobody asks which conditions were lost."""


class Strides:
    """The table of strides of one start. `seen` collects what happened in any of them."""

    def __init__(self, start: Start, reductions: Reductions, judge: Judge, lost: Lost = unnoticed) -> None:
        if len(start.processes) > MOST_PROCESSES:
            raise OverflowError(f"more than {MOST_PROCESSES} processes: a step's number has no room for them")
        self.start, self._judge, self._lost = start, judge, lost
        self.worlds = Numbers(WORLD_MASK)
        self.lives = [Lives(process, reductions.frames) for process in start.processes]
        self.seen: set[str] = set()
        planners = [process for process in start.processes if process.name.startswith("planner")]
        self._one_planner = len(planners) <= 1
        self._local = self._local_ports(reductions)
        self._steady = start.claims_stay and reductions.local_calls
        self._private_first = reductions.private_first
        self.crash_after_write = reductions.crash_after_write
        self._local_at: list[dict[int, bool]] = [{} for _ in start.processes]
        self._went: list[dict[int, Went]] = [{} for _ in start.processes]
        self._known: dict[int, Stride] = {}
        self._answers = Answers(start.setting, self.worlds, judge, partial(self._notice, GO))
        self._calls: list[dict[int, int]] = [{} for _ in start.processes]
        self._reached: list[dict[int, int]] = [{} for _ in start.processes]
        self._private: list[dict[int, bool]] = [{} for _ in start.processes]
        self._late: dict[int, tuple[tuple[int, tuple[Fall, ...]], ...]] = {}
        self._turns: dict[int, int] = {}

    def _local_ports(self, reductions: Reductions) -> frozenset[str]:
        """Ports whose calls nobody else could notice."""
        if not reductions.local_calls:
            return frozenset()
        ports = {"clock", "lease"} if self.start.budget.forgets else {"clock", "lease", "log"}
        return frozenset(ports | ({"health"} if self._one_planner else set()))

    # --- places ----------------------------------------------------------------------------------------------------

    def begin(self, index: int, world: int) -> tuple[int, int]:
        """World and place at which a process first stands before a call that others could notice."""
        return self._settle(index, world, self.lives[index].beginning(1), [])

    def pending(self, index: int, place: int) -> Call:
        """The call that a process stands before."""
        return self.lives[index].places[place].pending

    def is_private(self, index: int, place: int) -> bool:
        """Whether the next call concerns nobody else (`private calls first`, a named reduction)."""
        known = self._private[index].get(place)
        if known is None:
            known = self._private[index][place] = self._private_first and self._concerns_nobody(index, place)
        return known

    def _concerns_nobody(self, index: int, place: int) -> bool:
        match self.pending(index, place):
            case Call("authority", "claims"):  # read to tell of lag, and to revoke where that can come about
                return self.start.claims_stay
            case Call("authority", "commit", (batch,)):
                alone = self.start.claims_stay and self._one_planner
                return alone and all(isinstance(one.change, Reserve | DropLeadership) for one in batch.proposals)
            case Call("claims", "acquire", (TakeLeadership(), _)):
                from_the_dead = self.start.budget.crashes and self.start.budget.lost
                return self.start.claims_stay and self._one_planner and not from_the_dead
        return False

    # --- what acts do ----------------------------------------------------------------------------------------------

    def of(self, kind: int, index: int, world: int, place: int) -> Stride:
        """What a process does next, `GO` or with a fault of its own."""
        number = (world << PLACE_BITS | place) << 8 | kind << 4 | index
        stride = self._known.get(number)
        if stride is None:
            stride = self._known[number] = self._stride(kind, index, world, place)
        return stride

    def go(self, index: int, world: int, place: int) -> Went:
        """The same for `GO`, without the calls: most of what a search asks."""
        went = self._went[index].get(world << PLACE_BITS | place)
        if went is None:
            after, _, reached, fell = self._step(index, world, place)
            while self.is_local_at(index, reached):
                after, _, reached, _ = self._step(index, after, reached)
            went = self._went[index][world << PLACE_BITS | place] = Went(after, reached, fell)
        return went

    def known(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Every step that was ever asked for: by kind, process, world and place; and the world after it."""
        for number, stride in self._known.items():
            world = number >> 8 + PLACE_BITS
            yield number >> 4 & 15, number & 15, world, number >> 8 & PLACE_MASK, world + stride.delta & WORLD_MASK
        for index, wents in enumerate(self._went):
            for number, went in wents.items():
                yield GO, index, number >> PLACE_BITS, number & PLACE_MASK, went.world

    def _stride(self, kind: int, index: int, world: int, place: int) -> Stride:
        lives, pending = self.lives[index], self.pending(index, place)
        if kind in {LOST, LOST_DIE}:
            fell: tuple[Fall, ...] = ()
            reply: Any = Unknown("the reply was lost")
            reached = lives.after(place, reply)
            left = self.worlds.of(lose(self.start.setting, self.worlds.values[world], lives.process.name, pending))
        else:
            left, reply, reached, fell = self._step(index, world, place)
        calls = [(pending, reply)]
        if kind != GO:
            self._notice(kind, pending, reply)
        if kind in {DIE, LOST_DIE} and lives.process.lease is not None:
            left = self.worlds.of(orphaned(self.worlds.values[left], lives.process.lease))
        at, reached = self._settle(index, left, reached, calls)
        if kind in {DIE, LOST_DIE}:
            again = lives.beginning(lives.places[place].incarnation + 1)
            at, reached = self._settle(index, at, again, calls)
        return Stride(at - world + (reached - place << place_shift(index)), reached, tuple(calls), fell)

    @property
    def looks(self) -> Looks:
        """What is seen of the worlds."""
        return self._answers.looks

    def sight(self, index: int, place: int) -> int | None:
        """What the next call of a process sees of the world; None where it may change it."""
        return self._answers.sight(self._call(index, place))

    def look(self, index: int, world: int, place: int) -> int:
        """Where a call that only looks leads by itself, before any local calls are answered."""
        return self._step(index, world, place)[2]

    def _call(self, index: int, place: int) -> int:
        """The number of the call that a process stands before."""
        call = self._calls[index].get(place)
        if call is None:
            call = self._calls[index][place] = self._answers.calls.of(self.pending(index, place))
        return call

    def _step(self, index: int, world: int, place: int) -> tuple[int, Any, int, tuple[Fall, ...]]:
        """One call: the world after it, the reply, the place after that, what fell."""
        after, reply, number, fell = self._answers.of(world, self._call(index, place))
        reached = self._reached[index]
        at = reached.get(number << PLACE_BITS | place)
        if at is None:
            at = reached[number << PLACE_BITS | place] = self.lives[index].after(place, reply)
        return after, reply, at, fell

    def _settle(self, index: int, world: int, place: int, calls: list[tuple[Call, Any]]) -> tuple[int, int]:
        """Answer local calls until one that others could notice."""
        while self.is_local_at(index, place):
            pending = self.pending(index, place)
            world, reply, place, _ = self._step(index, world, place)
            calls.append((pending, reply))
        return world, place

    def is_local_at(self, index: int, place: int) -> bool:
        """Whether nobody else could notice the next call, so that it is answered on the way."""
        local = self._local_at[index].get(place)
        if local is None:
            call = self.pending(index, place)
            local = call.port in self._local or (self._steady and call.name == "renew")
            self._local_at[index][place] = local
            if place > PLACE_MASK:
                raise OverflowError("more places than a state's number has room for")
        return local

    def may_die(self, index: int, world: int, place: int) -> bool:
        """Whether a crash right after the next call must be looked at."""
        return not self.crash_after_write or self.go(index, world, place).world != world

    def may_lose(self, index: int, place: int) -> bool:
        """Whether the next call's reply may be lost."""
        return writes(self.pending(index, place))

    # --- what happens to the world ---------------------------------------------------------------------------------

    def late(self, world: int) -> tuple[tuple[int, tuple[Fall, ...]], ...]:
        """What the world is, and what has fallen, after each of the batches that may still arrive has."""
        if world not in self._late:
            self.seen.add(FAULTS[ARRIVE])
            arrived = []
            was: World = self.worlds.values[world]
            for index in range(len(was.late)):
                answer = arrive(self.start.setting, was, index)
                if isinstance(answer.reply, Conflict):
                    self._lost(one.condition for one in answer.reply.lost)
                fell = tuple(self._judge(answer.transition)) if answer.transition else ()
                arrived.append((self.worlds.of(answer.world), fell))
            self._late[world] = tuple(arrived)
        return self._late[world]

    def expired(self, world: int, index: int) -> int:
        """The world after the leases of one process have ended."""
        lease = self.start.processes[index].lease
        self.seen.add(FAULTS[EXPIRE])
        return world if lease is None else self.worlds.of(expire(self.worlds.values[world], lease))

    def forgotten(self, world: int) -> int:
        """The world after the log has lost everything."""
        self.seen.add(FAULTS[FORGET])
        return self.worlds.of(forget(self.worlds.values[world]))

    # --- turns -----------------------------------------------------------------------------------------------------

    def turn(self, index: int, world: int, place: int) -> int:
        """How the state's number moves when one process goes on alone until the world has changed; 0 if it idles."""
        first = (world << PLACE_BITS | place) << 4 | index
        known = self._turns.get(first)
        if known is None:
            known = self._turns[first] = self._turn(index, world, place)
        return known

    def _turn(self, index: int, world: int, place: int) -> int:
        passed, at, reached = {place}, world, place
        while self.pending(index, reached) is not ENDED:
            at, reached, _ = self.go(index, world, reached)
            if at != world:
                return at - world + (reached - place << place_shift(index))
            if reached in passed:
                break
            passed.add(reached)
        return 0

    # --- what was seen ---------------------------------------------------------------------------------------------

    def _notice(self, kind: int, call: Call, reply: Any) -> None:
        if kind != GO:
            self.seen.add(FAULTS[kind])
        if call.name == "report":
            self.seen.add(f"told: {call.arguments[0].event}")
        if isinstance(reply, Conflict):
            self.seen.update(f"lost: {type(one.condition).__name__}" for one in reply.lost)
            self._lost(one.condition for one in reply.lost)
