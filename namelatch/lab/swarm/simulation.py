"""One run: the processes of a start, one call at a time, in a world with time. No tables, and no chance in here.

`take` does what a turn says; who says it is a scheduler's business. A call takes no time unless its caller is slow, a
step takes STEP_S, and where nobody can go on the clock jumps to when somebody can. Leases end by the clock, or, where
they do not `lapse`, by a turn or after their holder's death. Each committed batch is judged as the explorer judges it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import inf
from typing import Any

from coordination.authority import State
from coordination.intents import Batch, Conflict, Unknown
from coordination.memory import MemoryAuthority, Store
from coordination.ports import Unavailable
from namelatch.lab.explorer.explore import Start, Step
from namelatch.lab.kernel import ENDED, Call, Raised
from namelatch.lab.playing.files import Fell
from namelatch.lab.playing.player import Player
from namelatch.lab.processes import Process
from namelatch.lab.rules import FREE
from namelatch.lab.swarm.broker import Broker
from namelatch.lab.swarm.feed import Stream
from namelatch.lab.swarm.judge import RunJudge
from namelatch.lab.swarm.leases import Lease, Leases
from namelatch.lab.swarm.turns import (
    AFTER_READ,
    AGAIN,
    AT_ONCE,
    BREAKS,
    DIES_BEFORE,
    EXPIRES,
    FORGETS,
    GOES_ON,
    KILLS,
    LAPSES,
    LATE,
    LOG,
    LOSES,
    NEVER,
    OF_WORLD,
    PAUSES,
    SLOWS,
    UNAVAILABLE,
    UNRENEWED,
    Turn,
)
from namelatch.lab.world import LEASE, Answer, Numbering, Setting, commit, expire, forget, lose, perform

STEP_S = 0.001
Told = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Course:
    """What time does to a start: when each move of the inputs comes, how long a lease lives, whether it may lapse."""

    start: Start
    moves_at: tuple[float, ...] = ()
    ttl_s: float = 2.0
    lapses: bool = True


class Timed(Player):
    """A player to whom time matters: when it may go on, and how long its calls take."""

    __slots__ = ("call_s", "paused", "ready_at")

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self.ready_at, self.call_s, self.paused = 0.0, 0.0, False


class Simulation:
    """How far one run has come. `fell`: by invariant, where it fell first; `seen`: how often what has happened."""

    def __init__(self, course: Course, told: Told | None = None) -> None:
        self.course, self.start = course, course.start
        self.world, self.rule = course.start.world, course.start.rule
        self.now, self.steps, self.calm = 0.0, 0, False
        self.judging = RunJudge()
        self.fell: dict[str, Fell] = {}
        self.faults: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.stream: Stream | None = None
        self.last: tuple[str, Call, Any] | None = None
        """The call answered last: whose, which, and the reply."""
        self._told = told
        self._broker, self._leases = Broker(), Leases(course.ttl_s)
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._dues = 0
        self._after_read: list[tuple[str, int, Batch]] = []
        self._setting = self._paced()
        self._dated = course.start.setting.numbering is Numbering.BY_COMMIT
        self.players = {one.name: Timed(one) for one in course.start.processes}
        if any(player.pending.port == "feed" for player in self.players.values()):
            self.stream = Stream()
        for name, player in self.players.items():
            self._wait(player)
            self.rule = self.rule.arrive(name, player.pending)

    # --- time ------------------------------------------------------------------------------------------------------

    def ready(self) -> list[str]:
        """Who may go on now, or as soon as anybody may; nobody when all have ended or are held for good."""
        while True:
            while self._due and self._due[0][0] <= self.now:
                _, _, happen, what = heappop(self._due)
                happen(*what)
            ready = [name for name, player in self.players.items() if player.ready_at <= self.now]
            if self.rule is not FREE:
                ready = [name for name in ready if self.rule.may(name, self.players[name].pending)]
            if ready or not self.pass_time():
                return ready

    def pass_time(self) -> bool:
        """Let time pass until something can happen that can't yet; whether there is anything of the kind."""
        moment = min((one.ready_at for one in self.players.values() if one.ready_at > self.now), default=inf)
        if self._due:
            moment = min(moment, max(self._due[0][0], self.now))
        if moment == inf:
            return False
        self.now = moment
        return True

    def _later(self, seconds: float, happen: Callable[..., None], *what: Any) -> None:
        self._dues += 1
        heappush(self._due, (self.now + seconds, self._dues, happen, what))

    def _wait(self, player: Timed) -> None:
        """When a player may go on with the call that it stands before."""
        call = player.pending
        match call.name:
            case "sleep":
                player.ready_at = self.now + call.arguments[0]
            case "heard" if self._broker.news(player.process.name, call.arguments[0]) is None:
                player.ready_at = self.now + call.arguments[1]
            case "ended" if call is ENDED:
                player.ready_at = inf
            case _:
                player.ready_at = self.now + player.call_s

    # --- turns -----------------------------------------------------------------------------------------------------

    def take(self, turn: Turn) -> None:
        """Take one step."""
        self.steps += 1
        self.now += STEP_S
        who, fault = turn.who, turn.fault
        if fault:
            self.faults[fault] += 1
            if fault in OF_WORLD:
                self._strike(turn)
                return
        player = self.players[who]
        call = player.pending
        if fault in {DIES_BEFORE, PAUSES, SLOWS}:
            self._hinder(player, turn)
            return
        reply = self._reply(turn, player, call)
        self.last = who, call, reply
        player.hear(reply)
        if fault in KILLS:
            self._die(player, turn.amount)
        else:
            self._wait(player)
        if self.rule is not FREE:
            self.rule = self.rule.took(who, call, reply).arrive(who, player.pending)
        if call.port == "authority" and call.name != "commit" and self._after_read:
            left, self._after_read = self._after_read, []
            for who_lost, incarnation, batch in left:
                self._later(0, self._arrive, who_lost, incarnation, batch)

    def _strike(self, turn: Turn) -> None:
        """A fault that is nobody's call."""
        if turn.fault == EXPIRES:
            lease = self.players[turn.who].process.lease
            assert lease is not None, f"{turn.who} has no lease"
            self.world = expire(self.world, lease)
        elif turn.fault == FORGETS:
            self.world = forget(self.world)
            self._broker.forget()
        else:
            plans = sorted((plan.generation, digest) for digest, plan in self.world.log.items())
            if plans:
                self.world = replace(self.world, log=self.world.log.delete(plans[int(turn.amount) % len(plans)][1]))
        self._tell(turn.who if turn.fault == EXPIRES else LOG, turn.fault)

    def _hinder(self, player: Timed, turn: Turn) -> None:
        """A fault before the call that its process stands before."""
        if turn.fault == DIES_BEFORE:
            self._die(player, turn.amount)
        elif turn.fault == PAUSES:
            player.ready_at, player.paused = self.now + turn.amount, True
        else:
            player.call_s = STEP_S * turn.amount
            player.ready_at += player.call_s
        self._tell(turn.who, turn.fault)

    def _die(self, player: Timed, back_s: float) -> None:
        player.begin_anew()
        player.paused = False
        player.ready_at = inf if player.pending is ENDED else self.now + back_s
        self._broker.restarted(player.process.name)

    # --- replies ---------------------------------------------------------------------------------------------------

    def _reply(self, turn: Turn, player: Timed, call: Call) -> Any:
        fault = turn.fault
        if fault in LOSES:
            self._lose(turn, player, call)
            return Unknown("the reply was lost")
        if fault in {UNAVAILABLE, BREAKS}:
            reply: Any = Raised(Unavailable, f"the {call.port} does not answer")
            self._tell(turn.who, fault, call, reply)
        elif fault == UNRENEWED:
            reply = False
            self._tell(turn.who, fault, call, reply)
        else:
            reply = self._answered(turn, player, call)
        return reply

    def _lose(self, turn: Turn, player: Timed, call: Call) -> None:
        """Send a write whose reply is lost; its effect comes as the fault says."""
        if turn.fault == AT_ONCE:
            self._perform(player, call, turn.fault)
            return
        if turn.fault != NEVER:
            known = self.world.late
            self.world = lose(self._setting, self.world, turn.who, call)
            last = self.world.late[-1] if self.world.late else None
            if last is not None and all(last is not one for one in known):  # else it could never be accepted
                sent = turn.who, player.incarnation, last[1]
                if turn.fault == AFTER_READ:
                    self._after_read.append(sent)
                else:  # of one who dies: when it has long been back
                    self._later(turn.amount if turn.fault not in KILLS else 2 * turn.amount, self._arrive, *sent)
        self._tell(turn.who, turn.fault, call, Unknown("the reply was lost"))

    def _answered(self, turn: Turn, player: Timed, call: Call) -> Any:
        match call.port:
            case "clock":
                reply: Any = None
            case "log" if call.name in {"announce", "heard", "poll", "offset", "report"}:
                reply = self._broker_says(turn, call)
            case "feed":
                assert self.stream is not None, "a stream for those who follow"
                reply = self.stream.answer(call, self.world.authority)
            case "authority" if self._dated and call.name != "commit":
                reply = _read(self.world.authority, call)
            case _:
                return self._perform(player, call, turn.fault)
        self._tell(turn.who, turn.fault, call, reply)
        return reply

    def _broker_says(self, turn: Turn, call: Call) -> Any:
        broker, who = self._broker, turn.who
        match call:
            case Call("log", "report", (report,)):
                self.seen[f"told: {report.event}"] += 1
            case Call("log", "announce", (generation,)):
                broker.announce(generation, turn.fault)
                self._wake()
            case Call("log", "heard", (beyond, _)):
                if turn.fault == AGAIN:
                    broker.again(who)
                return broker.heard(who, beyond)
            case Call("log", "poll"):
                return broker.poll(who)
            case Call("log", "offset", (offset,)):
                broker.commit(who, offset)
        return None

    def _wake(self) -> None:
        """Who waits for news of which there are some waits no longer."""
        for name, player in self.players.items():
            waits = player.pending.name == "heard" and not player.paused
            if waits and self._broker.news(name, player.pending.arguments[0]) is not None:
                player.ready_at = min(player.ready_at, self.now)

    def _perform(self, player: Timed, call: Call, fault: str) -> Any:
        """What the world answers, by the lab's own `perform`; and what follows from it for leases and judges."""
        setting = self._setting if call.port != "health" else self._paced()
        answer = perform(setting, self.world, call)
        owner = player.process.name, player.incarnation
        reply = answer.reply
        if call.name == "renew" and reply:
            self._leases.renew(call.arguments[0], owner, self.now)
        self._become(answer, owner, player.process.name, fault, call, reply)
        return reply

    # --- what happens to the world ---------------------------------------------------------------------------------

    def _become(self, answer: Answer, owner: tuple[str, int], who: str, fault: str, call: Call, reply: Any) -> None:
        """Go over to the world of an answer; judge what was committed."""
        self.world = answer.world
        falls = []
        if answer.transition is not None:
            falls = sorted(self.judging(answer.transition), key=lambda fall: (fall.invariant, fall.where))
            for lease in self._leases.take(answer.transition.batch, answer.transition.after, owner, self.now):
                self._later(self.course.ttl_s, self._lapse, lease)
            if self.stream is not None:
                self.stream.add(answer.transition)
        elif isinstance(reply, Conflict):
            for lost in reply.lost:
                self.seen[f"lost: {type(lost.condition).__name__}"] += 1
        for fall in falls:
            self.fell.setdefault(fall.invariant, Fell(fall.invariant, self.steps, fall.where, fall.how))
        if self._told is not None:
            self._told(Step(who, fault, ((call, reply),), tuple(falls), self.world))

    def _tell(self, who: str, fault: str, call: Call | None = None, reply: Any = None) -> None:
        if self._told is not None:
            self._told(Step(who, fault, () if call is None else ((call, reply),), (), self.world))

    def _arrive(self, who: str, incarnation: int, batch: Batch) -> None:
        """A late effect, if anything still waits for it."""
        for at, (sender, sent) in enumerate(self.world.late):
            if sender == who and sent is batch:
                self.faults[LATE] += 1
                self._happen(who, (who, incarnation), LATE, batch, self.world.late[:at] + self.world.late[at + 1 :])
                return

    def _lapse(self, lease: Lease) -> None:
        """A lease whose time is over, unless it was renewed or, where leases do not lapse, its holder lives."""
        who, incarnation = lease.owner
        lives = self.players[who].incarnation == incarnation
        if not self._leases.runs(lease):
            return
        if lease.deadline > self.now:
            self._later(lease.deadline - self.now, self._lapse, lease)
        elif lives and not self.course.lapses:
            self._later(self.course.ttl_s, self._lapse, lease)
        else:
            self._leases.over(lease)
            ends = commit(self._setting, self.world, lease.end)
            if ends.transition is not None:
                self.faults[LAPSES] += 1
                self._happen(LEASE, lease.owner, LAPSES, lease.end, self.world.late)

    def _happen(
        self, who: str, owner: tuple[str, int], fault: str, batch: Batch, late: tuple[tuple[str, Batch], ...]
    ) -> None:
        answer = commit(self._setting, replace(self.world, late=late), batch)
        self._become(answer, owner, who, fault, Call("authority", "commit", (batch,)), answer.reply)

    def _paced(self) -> Setting:
        """The setting with only those moves of the inputs that have come by now."""
        setting, at = self.course.start.setting, self.course.moves_at
        come = len(setting.moves) if self.calm else max(1, sum(moment <= self.now for moment in at))
        if not at or come >= len(setting.moves):
            return setting
        return replace(setting, moves=setting.moves[:come])

    # --- healing ---------------------------------------------------------------------------------------------------

    def heal(self) -> None:
        """No more faults: the paused and the dead go on, the slow are quick, whatever is late comes, no rule binds."""
        self.calm, self.rule = True, FREE
        for lost in self._after_read:
            self._later(0, self._arrive, *lost)
        self._after_read.clear()
        for player in self.players.values():
            player.call_s, player.paused = 0.0, False
            self._wait(player)


def _read(state: State, call: Call) -> Any:
    """What a read finds, by the memory adapter; a head with the revision that it was read at, unlike the explorer's."""
    found = getattr(MemoryAuthority(Store(state)), call.name)(*call.arguments)
    try:
        found.send(None)
    except StopIteration as returned:
        return returned.value
    raise AssertionError("the memory adapter waits for something")


__all__ = ["GOES_ON", "STEP_S", "Course", "Simulation"]
