"""What each turn and each fault does to a run, in virtual time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from coordination.intents import (
    Batch,
    Change,
    Committed,
    Conflict,
    DropLock,
    Enact,
    Proposal,
    TakeLock,
    Unknown,
)
from coordination.plan import Generation
from coordination.postures import HARDENED
from namelatch.lab.explorer.explore import Step
from namelatch.lab.kernel import ENDED, Ask, Call
from namelatch.lab.processes import Process
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import begin
from namelatch.lab.swarm.broker import Broker
from namelatch.lab.swarm.schedulers.round_robin import RoundRobin
from namelatch.lab.swarm.simulation import STEP_S, Course, Simulation
from namelatch.lab.swarm.turns import (
    AFTER_READ,
    AGAIN,
    AT_ONCE,
    BREAKS,
    DIES,
    DIES_BEFORE,
    EXPIRES,
    FORGETS,
    GOES_ON,
    KINDS,
    LAPSES,
    LATE,
    LATER,
    LOG,
    LOST_DIES,
    NEVER,
    PAUSES,
    PLAN_LOST,
    SLOWS,
    SWAPPED,
    TWICE,
    UNAVAILABLE,
    UNHEARD,
    UNRENEWED,
    Turn,
)
from namelatch.lab.swarm.weather import STRIKING
from namelatch.lab.world import all_applied, converged
from tests.lab.towns import TOWN


class Play:
    """A simulation of the town under `hardened`, led by hand; `steps` are all that it told."""

    def __init__(self, ttl_s: float = 2.0) -> None:
        self.steps: list[Step] = []
        self.simulation = Simulation(Course(begin(TOWN, HARDENED), ttl_s=ttl_s), self.steps.append)

    @property
    def state(self):
        return self.simulation.world.authority

    def alone(self, who: str, until: Callable[[Call], bool]) -> Call:
        """Let one go on until it stands before such a call."""
        for _ in range(100):
            call = self.simulation.players[who].pending
            if until(call):
                return call
            self.take(who)
        raise AssertionError(f"{who} does nothing of the kind")

    def take(self, who: str, fault: str = GOES_ON, amount: float = 0.0) -> None:
        """One turn, as soon as that is possible."""
        while who != LOG and who not in self.simulation.ready():
            assert self.simulation.pass_time()
        self.simulation.take(Turn(who, fault, amount))

    def all(self, seconds: float, *but: str) -> None:
        """Let everybody but these go on, in turn, for so long."""
        robin, until = RoundRobin(), self.simulation.now + seconds
        while self.simulation.now < until:
            ready = [name for name in self.simulation.ready() if name not in but]
            if ready:
                self.simulation.take(Turn(robin.pick(ready)))
            elif not self.simulation.pass_time():
                return

    def told(self, fault: str) -> list[Step]:
        return [step for step in self.steps if step.fault == fault]


def enacts(call: Call) -> bool:
    return call.name == "commit" and any(isinstance(one.change, Enact) for one in call.arguments[0].proposals)


def is_a(name: str) -> Callable[[Call], bool]:
    return lambda call: call.name == name


def follows(play: Play) -> int:
    return int(play.state.roots[TOWN.endpoints[0]].generation)


# --- time --------------------------------------------------------------------------------------------------------


def test_the_clock_jumps_only_when_nobody_can_go_on() -> None:
    play = Play()
    assert play.simulation.now == 0.0
    play.alone("planner", is_a("sleep"))
    waits = play.simulation.players["planner"].ready_at
    assert "planner" not in play.simulation.ready()
    assert play.simulation.now == pytest.approx(play.simulation.steps * STEP_S)
    for name in ("a", "b", "collector"):
        play.alone(name, lambda call: call.name in {"sleep", "heard"})
    play.simulation.ready()
    assert play.simulation.now >= min(waits, *(one.ready_at for one in play.simulation.players.values()))


def test_everybody_left_alone_comes_to_a_good_rest() -> None:
    play = Play()
    play.all(5.0)
    assert all_applied(play.simulation.start.setting, play.simulation.world)
    assert converged(play.simulation.start.setting, play.simulation.world)
    assert not play.simulation.fell
    assert play.simulation.judging.exercised["never-empty"] > 0


def test_a_slow_process_takes_so_much_longer_for_each_call_until_it_is_healed() -> None:
    play = Play()
    play.take("a", SLOWS, 500)
    began = play.simulation.now
    play.take("a")
    play.take("a")
    assert play.simulation.now - began > 2 * 500 * STEP_S
    play.simulation.heal()
    assert play.simulation.players["a"].ready_at <= play.simulation.now


# --- crashes -----------------------------------------------------------------------------------------------------


def test_a_crash_after_a_write_leaves_the_write_and_forgets_the_reply() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", DIES, 1.5)
    assert follows(play) == 2
    assert play.simulation.players["a"].incarnation == 2
    assert play.simulation.players["a"].ready_at == pytest.approx(play.simulation.now + 1.5)
    assert play.simulation.players["a"].pending.name == "head"


def test_a_crash_before_a_write_leaves_nothing_of_it() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", DIES_BEFORE, 1.0)
    assert follows(play) == 1
    assert play.simulation.players["a"].incarnation == 2


def test_the_dead_keep_their_claim_until_its_lease_is_over() -> None:
    play = Play(ttl_s=2.0)
    play.alone("a", enacts)
    play.take("a", DIES_BEFORE, 60.0)
    assert (2, "a") in play.state.claims
    play.all(1.0, "b")
    assert (2, "a") in play.state.claims
    play.all(2.0, "b")
    assert (2, "a") not in play.state.claims
    assert any(step.who == "lease" for step in play.told(LAPSES))


def test_one_who_ended_and_is_struck_does_not_begin_again() -> None:
    play = Play()
    player = play.simulation.players["a"]
    player.continuation.close()
    player.continuation.pending = ENDED
    play.simulation.heal()
    assert "a" not in play.simulation.ready()


# --- lost replies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [NEVER, AT_ONCE, AFTER_READ, LATER])
def test_the_caller_of_a_write_whose_reply_is_lost_hears_that_it_is_unknown(fault: str) -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", fault, 1.0)
    assert play.simulation.last is not None
    assert isinstance(play.simulation.last[2], Unknown)
    assert follows(play) == (2 if fault == AT_ONCE else 1)


def test_without_an_effect_there_never_is_one() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", NEVER)
    assert not play.simulation.world.late
    play.all(1.0)
    assert not play.told(LATE)


def test_an_effect_after_the_next_read_waits_for_a_read_of_anybody() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", AFTER_READ)
    play.alone("collector", is_a("head"))
    play.simulation.ready()
    assert follows(play) == 1
    play.take("collector")
    assert follows(play) == 1
    play.simulation.ready()
    assert follows(play) == 2
    assert [step.who for step in play.told(LATE)] == ["a"]


def test_a_later_effect_comes_when_its_time_has_come() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", LATER, 0.7)
    play.all(0.5, "a", "b")
    assert not play.told(LATE)
    play.all(0.3, "a", "b")
    assert [step.who for step in play.told(LATE)] == ["a"]
    assert follows(play) == 2


def test_a_late_effect_whose_conditions_are_lost_meanwhile_has_none() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", LATER, 3.0)
    play.all(2.5, "a")
    known = play.state.roots
    assert {root.generation for root in known.values()} == {3}
    play.all(1.0, "a")
    assert play.state.roots == known
    assert not play.simulation.world.late


def test_who_loses_a_reply_and_dies_has_its_effect_after_it_is_back() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", LOST_DIES, 0.5)
    assert play.simulation.players["a"].incarnation == 2
    play.all(0.9, "a", "b")
    assert play.simulation.players["a"].ready_at < play.simulation.now
    assert not play.told(LATE)
    play.all(0.2, "a", "b")
    assert [step.who for step in play.told(LATE)] == ["a"]


# --- leases ------------------------------------------------------------------------------------------------------


def test_a_pause_of_three_ttls_costs_the_claim_and_every_later_write_is_refused() -> None:
    play = Play(ttl_s=2.0)
    play.alone("a", enacts)
    play.take("a", PAUSES, 6.0)
    assert "a" not in play.simulation.ready()
    play.all(5.9, "b")
    assert (2, "a") not in play.state.claims
    assert follows(play) == 1
    play.take("a")
    assert play.simulation.last is not None
    assert isinstance(play.simulation.last[2], Conflict)
    assert follows(play) == 1


def test_progress_keeps_a_claim_for_as_long_as_it_goes_on() -> None:
    play = Play(ttl_s=2.0)
    play.all(20.0)
    assert play.simulation.faults[LAPSES] == 0
    assert {az for _, az in play.state.claims} == {"a", "b"}


def test_a_lease_can_end_under_a_living_holder() -> None:
    play = Play()
    play.alone("a", enacts)
    play.take("a", EXPIRES)
    assert (2, "a") not in play.state.claims
    assert enacts(play.simulation.players["a"].pending)
    play.take("a")
    assert follows(play) == 1


def test_a_renewal_that_fails_is_no_end_of_the_lease() -> None:
    play = Play()
    play.alone("a", is_a("renew"))
    play.take("a", UNRENEWED)
    assert play.simulation.last is not None
    assert play.simulation.last[2] is False
    assert (2, "a") in play.state.claims


def test_who_gets_no_answer_tells_it_and_tries_again() -> None:
    play = Play()
    play.alone("a", is_a("head"))
    play.take("a", UNAVAILABLE)
    play.alone("a", is_a("sleep"))
    assert play.simulation.seen["told: unavailable"] == 1


# --- log and broker ----------------------------------------------------------------------------------------------


def test_the_log_loses_one_plan_or_all() -> None:
    play = Play()
    had = len(play.simulation.world.log)
    assert had > 1
    play.take(LOG, PLAN_LOST, 0.0)
    assert len(play.simulation.world.log) == had - 1
    play.take(LOG, FORGETS)
    assert not play.simulation.world.log


def test_an_announcement_wakes_who_waits_and_a_lost_one_does_not() -> None:
    for fault, woken in ((GOES_ON, True), (UNHEARD, False)):
        play = Play()
        play.alone("a", is_a("heard"))
        play.simulation.players["a"].ready_at = 100.0
        play.alone("planner", is_a("announce"))
        play.take("planner", fault)
        assert (play.simulation.players["a"].ready_at < 100.0) is woken


def test_a_broker_tells_once_and_twice_out_of_order_and_again_only_as_the_fault_has_it() -> None:
    broker = Broker()
    broker.announce(Generation(2), GOES_ON)
    assert broker.heard("a", None) == 2
    assert broker.heard("a", None) is None
    broker.again("a")
    assert broker.heard("a", Generation(2)) is None
    broker.announce(Generation(3), TWICE)
    assert broker.heard("b", Generation(2)) == 3
    broker.announce(Generation(4), SWAPPED)
    polled = []
    while (one := broker.poll("c")) is not None:
        polled.append(one[1])
    assert polled == [2, 3, 4, 3]


def test_who_consumes_goes_on_after_a_crash_where_it_has_committed() -> None:
    broker = Broker()
    for number in (2, 3, 4):
        broker.announce(Generation(number), GOES_ON)
    offset, first = broker.poll("a") or (0, 0)
    broker.poll("a")
    broker.commit("a", offset)
    broker.restarted("a")
    assert (first, broker.poll("a")) == (2, (2, 3))


def test_what_was_asked_again_comes_by_the_wait_for_news() -> None:
    play = Play()
    play.all(3.0)
    play.alone("a", is_a("heard"))
    play.take("a", AGAIN)
    assert play.simulation.last is not None
    assert play.simulation.last[2] is None, "a has it already"


def test_every_kind_of_fault_is_counted_and_struck_by_the_weather_or_comes_of_itself() -> None:
    assert {*STRIKING, SLOWS, LAPSES, LATE} == {*KINDS}
    play = Play()
    play.alone("a", enacts)
    play.take("a", AT_ONCE)
    assert play.simulation.faults == {AT_ONCE: 1}
    assert BREAKS in KINDS
    assert isinstance(play.told(AT_ONCE)[0].calls[0][1], Committed)


def test_a_lock_taken_anew_outlives_the_lease_of_the_first() -> None:
    name = TOWN.endpoints[0]

    def commit(change: Change) -> Ask:
        return Ask(Call("authority", "commit", (Batch((Proposal(change),)),)))

    async def act() -> None:
        await commit(TakeLock(name, "x"))
        await commit(DropLock(name, "x"))
        await Ask(Call("clock", "sleep", (1.0,)))
        await commit(TakeLock(name, "x"))
        await Ask(Call("clock", "sleep", (9.0,)))

    start = replace(begin(TOWN, HARDENED), processes=(Process("x", lambda _: act, "x"),))
    simulation = Simulation(Course(start, ttl_s=2.0))
    for _ in range(4):
        simulation.ready()
        simulation.take(Turn("x"))
    locked = {}
    for seconds in (2.5, 3.5):
        simulation.now = seconds
        simulation.players["x"].ready_at = seconds  # so that no more time passes
        simulation.ready()
        locked[seconds] = simulation.world.authority.locks.get(name)
    assert locked[2.5] == "x"
    assert locked[3.5] is None


def test_healing_lifts_the_rule() -> None:
    held = Ordered((Wait(When("planner"), None),))
    simulation = Simulation(Course(replace(begin(TOWN, HARDENED), rule=held)))
    robin = RoundRobin()
    while simulation.now < 3.0:
        simulation.take(Turn(robin.pick(simulation.ready())))
    assert simulation.players["planner"].pending == Simulation(simulation.course).players["planner"].pending
    simulation.heal()
    while simulation.now < 8.0:
        simulation.take(Turn(robin.pick(simulation.ready())))
    assert converged(simulation.start.setting, simulation.world)
