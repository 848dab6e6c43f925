"""One schedule, played: the protocol's coroutines over one world, step by step, as somebody else says.

The explorer takes many histories for one; the stage takes none, and knows no tables. Whatever the lab shows, saves or
replays has been played here: a trace is what the protocol does, and not what a reduction made of it.

One step is one call that others could notice, with its fault if it has one, and after it the calls that only the caller
notices, up to the call that is next for the same process in the schedule. What can't be played raises Unplayable.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from coordination.intents import Unknown
from coordination.invariants import Fall
from namelatch.lab.explorer.explore import Budget, Start, Step
from namelatch.lab.explorer.strides import FAULTS
from namelatch.lab.judged import Judging
from namelatch.lab.kernel import ENDED, Call
from namelatch.lab.playing.asks import asks, late
from namelatch.lab.playing.player import Player
from namelatch.lab.world import Transition, arrive, expire, forget, lose, orphaned, perform

WORDS = FAULTS
GOES_ON, LOST, DIES, LOST_DIES, EXPIRES, LATE, FORGETS = WORDS
LOG = "log"  # who it is that forgets
ON_THE_WAY = 1_000  # calls that only their caller notices, in a row: more is a loop that nobody leaves
_SPENDS = {
    LOST: ("lost",),
    DIES: ("crashes",),
    LOST_DIES: ("lost", "crashes"),
    EXPIRES: ("expiries",),
    FORGETS: ("forgets",),
}


class Unplayable(Exception):
    """The schedule has a step that can't be taken here. The text says why."""


@dataclass(frozen=True, slots=True)
class Act:
    """One step of a schedule: who, which fault (one of WORDS), and what is asked for (a line of `asks.py`).

    For a late effect `asks` is the batch that arrives; for a lease that ends and a log that forgets it is empty.
    """

    who: str
    fault: str
    asks: str


class Stage:
    """A start, and how far one schedule has come: `world`, `rule`, and what is left of the `budget` of faults."""

    def __init__(self, start: Start, schedule: Iterable[Act] = ()) -> None:
        self.start, self.world, self.rule, self.budget = start, start.world, start.rule, start.budget
        self._unnoticed = _unnoticed(start)
        self._schedule: dict[str, list[str]] = {process.name: [] for process in start.processes}
        for act in schedule:
            if act.fault not in {EXPIRES, LATE, FORGETS} and act.who in self._schedule:
                self._schedule[act.who].append(act.asks)
        self._players = {one.name: Player(one) for one in start.processes}
        for player in self._players.values():
            self._go_on_alone(player)
            self.rule = self.rule.arrive(player.process.name, player.pending)

    def pending(self, who: str) -> Call:
        """The call that a process stands before."""
        return self._player(who).pending

    def take(self, act: Act) -> Step:
        """Take one step. Raises Unplayable; nothing has happened then."""
        left = self._spend(act.fault)
        if act.fault == EXPIRES:
            step = self._expire(act.who)
        elif act.fault == LATE:
            step = self._arrive(act)
        elif act.fault == FORGETS:
            self.world = forget(self.world)
            step = Step(LOG, FORGETS, (), (), self.world)
        else:
            step = self._go(act)
        self.budget = left
        return step

    def _spend(self, fault: str) -> Budget:
        left = self.budget
        for name in _SPENDS.get(fault, ()):
            if getattr(left, name) == 0:
                raise Unplayable(f"the bounds allow no more of that: {name}={getattr(self.start.budget, name)}")
            left = replace(left, **{name: getattr(left, name) - 1})
        return left

    def _player(self, who: str) -> Player:
        if who not in self._players:
            raise Unplayable(f"nobody is called {who!r}: there are {', '.join(self._players)}")
        return self._players[who]

    # --- a process goes on ---------------------------------------------------------------------------------------

    def _go(self, act: Act) -> Step:
        player, who = self._player(act.who), act.who
        call = player.pending
        if call is ENDED:
            raise Unplayable(f"{who} has ended and asks for nothing more, not for {act.asks!r}")
        if asks(call) != act.asks:
            raise Unplayable(f"{who} asks for {asks(call)!r} there, not for {act.asks!r}")
        if not self.rule.may(who, call):
            raise Unplayable(f"the scenario's rule holds {who} back there, before {act.asks!r}")
        if self._schedule[who][:1] == [act.asks]:
            del self._schedule[who][0]
        reply, fell = self._lose(who, call) if act.fault in {LOST, LOST_DIES} else self._answer(call)
        if act.fault in {DIES, LOST_DIES} and player.process.lease is not None:
            self.world = orphaned(self.world, player.process.lease)
        player.hear(reply)
        calls = [(call, reply), *self._go_on_alone(player)]
        if act.fault in {DIES, LOST_DIES}:
            player.begin_anew()
            calls += self._go_on_alone(player)
        self.rule = self.rule.took(who, call, reply).arrive(who, player.pending)
        return Step(who, act.fault, tuple(calls), fell, self.world)

    def _answer(self, call: Call) -> tuple[Any, tuple[Fall, ...]]:
        answer = perform(self.start.setting, self.world, call)
        self.world = answer.world
        return answer.reply, _judged(answer.transition)

    def _lose(self, who: str, call: Call) -> tuple[Any, tuple[Fall, ...]]:
        self.world = lose(self.start.setting, self.world, who, call)
        return Unknown("the reply was lost"), ()

    def _go_on_alone(self, player: Player) -> list[tuple[Call, Any]]:
        """Answer what only the caller notices, up to what is next for it in the schedule."""
        following = next(iter(self._schedule[player.process.name]), None)
        answered: list[tuple[Call, Any]] = []
        while self._is_unnoticed(call := player.pending) and asks(call) != following:
            if len(answered) == ON_THE_WAY:
                raise Unplayable(f"{player.process.name} asks for {asks(call)!r} on and on, and for nothing else")
            reply, _ = self._answer(call)
            player.hear(reply)
            answered.append((call, reply))
        return answered

    def _is_unnoticed(self, call: Call) -> bool:
        return call.port in self._unnoticed or call.name in self._unnoticed

    # --- what happens to the world -------------------------------------------------------------------------------

    def _expire(self, who: str) -> Step:
        lease = self._player(who).process.lease
        if lease is None:
            raise Unplayable(f"{who} has no lease that could end")
        self.world = expire(self.world, lease)
        return Step(who, EXPIRES, (), (), self.world)

    def _arrive(self, act: Act) -> Step:
        lost = late(self.world)
        if (act.who, act.asks) not in lost:
            raise Unplayable(f"nothing like {act.asks!r} of {act.who} may still arrive there")
        at = lost.index((act.who, act.asks))
        call = Call("authority", "commit", (self.world.late[at][1],))
        answer = arrive(self.start.setting, self.world, at)
        self.world = answer.world
        return Step(act.who, LATE, ((call, answer.reply),), _judged(answer.transition), self.world)


def _unnoticed(start: Start) -> frozenset[str]:
    """Ports, and the one call, that only the caller notices: the explorer's `local calls`."""
    planners = sum(1 for process in start.processes if process.name.startswith("planner"))
    found = {"clock", "lease"}
    found |= set() if start.budget.forgets else {"log"}
    found |= {"health"} if planners <= 1 else set()
    found |= {"renew"} if start.claims_stay else set()
    return frozenset(found)


def _judged(transition: Transition | None) -> tuple[Fall, ...]:
    if transition is None:
        return ()
    return tuple(Judging()(transition))
