"""The stage plays what the explorer has found, and refuses what can't be."""

from dataclasses import replace

import pytest

from coordination.postures import D1_AFTER, D2_AFTER, HARDENED, INCIDENT, Posture
from namelatch.lab.explorer.explore import Act as Choice
from namelatch.lab.explorer.explore import Budget, Explorer, Reductions, Start
from namelatch.lab.judged import Judging
from namelatch.lab.playing.asks import asks, late
from namelatch.lab.playing.schedule import acts, play
from namelatch.lab.playing.stage import DIES, EXPIRES, FORGETS, GOES_ON, LATE, LOST, WORDS, Act, Stage, Unplayable
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.scenarios import SCENARIOS
from tests.lab.towns import FAULTY, RULED, TOWN

STATES = 2_000
EVERY = 11
FEW_STATES = 600


def searched(scenario: Scenario, posture: Posture) -> tuple[Start, Explorer]:
    start = begin(scenario, posture)
    explorer = Explorer(start, judge=Judging())
    explorer.run(STATES)
    return start, explorer


@pytest.mark.parametrize("scenario", [TOWN, FAULTY, RULED], ids=["plain", "with faults", "under a rule"])
@pytest.mark.parametrize("posture", [INCIDENT, D1_AFTER, D2_AFTER, HARDENED], ids=lambda one: one.name)
def test_every_way_that_the_explorer_knows_is_played_alike_without_its_reductions(
    scenario: Scenario, posture: Posture
) -> None:
    start, explorer = searched(scenario, posture)
    for at in range(0, len(explorer.keys), EVERY):
        steps = explorer.trace_to(at)
        played = list(play(start, acts(start, steps)))
        assert [one.who for one in played] == [one.who for one in steps]
        assert [one.falls for one in played] == [one.falls for one in steps]
        assert [one.world.authority for one in played] == [one.world.authority for one in steps]
        assert [one.world.late for one in played] == [one.world.late for one in steps]


@pytest.mark.parametrize("scenario", [TOWN, FAULTY], ids=["plain", "with faults"])
def test_a_way_on_which_every_call_is_a_step_is_played_call_by_call(scenario: Scenario) -> None:
    start = begin(scenario, INCIDENT)
    explorer = Explorer(start, Reductions(local_calls=False), Judging())
    explorer.run(STATES)
    for at in range(0, len(explorer.keys), EVERY):
        steps = explorer.trace_to(at)
        played = list(play(start, acts(start, steps)))
        assert [one.calls[:1] for one in played if one.fault != LATE] == [
            one.calls[:1] for one in steps if one.fault != LATE
        ]
        assert [one.world.authority for one in played] == [one.world.authority for one in steps]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.id)
def test_the_ways_of_every_scenario_are_played_alike_under_no_safeguard_and_under_all(scenario: Scenario) -> None:
    for posture in (replace(HARDENED, safeguards=()), HARDENED):
        start = begin(scenario, posture)
        explorer = Explorer(start, judge=Judging())
        explorer.run(FEW_STATES)
        for at in range(0, len(explorer.keys), FEW_STATES // 10):
            steps = explorer.trace_to(at)
            played = list(play(start, acts(start, steps)))
            assert [(one.who, one.falls) for one in played] == [(one.who, one.falls) for one in steps]
            assert [one.world.authority for one in played] == [one.world.authority for one in steps]
        explorer.close()


def test_the_search_with_faults_has_every_fault() -> None:
    _, explorer = searched(FAULTY, INCIDENT)
    met = {step.fault for at in range(0, len(explorer.keys), EVERY) for step in explorer.trace_to(at)}
    assert met == set(WORDS)


def stage(scenario: Scenario = TOWN, schedule: tuple[Act, ...] = ()) -> Stage:
    return Stage(begin(scenario, INCIDENT), schedule)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (Act("a", GOES_ON, "manifests"), "a asks for 'head' there, not for 'manifests'"),
        (Act("x", GOES_ON, "head"), "nobody is called 'x': there are planner, a, b"),
        (Act("a", LOST, "head"), "the bounds allow no more of that: lost=0"),
        (Act("a", DIES, "head"), "the bounds allow no more of that: crashes=0"),
        (Act("a", EXPIRES, ""), "the bounds allow no more of that: expiries=0"),
        (Act("log", FORGETS, ""), "the bounds allow no more of that: forgets=0"),
        (Act("a", LATE, "commit Enact(2 e1.example)"), "nothing like 'commit Enact(2 e1.example)' of a may still"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_leaves_everything_as_it_was(act: Act, said: str) -> None:
    played = stage()
    before = (played.world, played.budget, played.rule, played.pending("a"))
    with pytest.raises(Unplayable, match=said.replace("(", r"\(").replace(")", r"\)")):
        played.take(act)
    assert (played.world, played.budget, played.rule, played.pending("a")) == before


def test_the_rule_is_asked_on_the_stage_too() -> None:
    played = stage(RULED)
    while not asked(played, "b").startswith("commit Enact"):
        played.take(Act("b", GOES_ON, asked(played, "b")))
    with pytest.raises(Unplayable, match="the scenario's rule holds b back there, before 'commit Enact"):
        played.take(Act("b", GOES_ON, asked(played, "b")))


def asked(played: Stage, who: str) -> str:
    return asks(played.pending(who))


def test_a_lost_reply_is_late_until_it_arrives_and_arrives_once() -> None:
    played = stage(replace(TOWN, budget=FAULTY.budget))
    for _ in range(2):
        played.take(Act("a", GOES_ON, asked(played, "a")))
    claim = asked(played, "a")
    played.take(Act("a", LOST, claim))
    assert not played.world.authority.claims
    late = Act("a", LATE, "commit TakeClaim(2)")
    assert played.take(late).calls[0][0].name == "commit"
    assert list(played.world.authority.claims) == [(2, "a")]
    with pytest.raises(Unplayable, match="may still arrive"):
        played.take(late)


def forgetful() -> tuple[Start, list[Act]]:
    """A start, and a schedule on which a's lock and then its unlock are lost, and may both still arrive."""
    start = begin(replace(TOWN, budget=Budget(lost=2)), INCIDENT)
    played, schedule = Stage(start), list[Act]()
    for lost in ("TakeLock", "DropLock"):
        while lost not in asked(played, "a"):
            schedule.append(Act("a", GOES_ON, asked(played, "a")))
            played.take(schedule[-1])
        schedule.append(Act("a", LOST, asked(played, "a")))
        played.take(schedule[-1])
    return start, schedule


def test_of_two_that_may_arrive_the_one_that_the_explorer_means_does() -> None:
    start, schedule = forgetful()
    explorer = Explorer(start, judge=Judging())
    numbers = [Choice(WORDS.index(act.fault), 1) for act in schedule]
    for index in (0, 1):
        steps = explorer.steps([*numbers, Choice(WORDS.index(LATE), index)])
        asked_for = acts(start, steps)[-1].asks
        assert ("TakeLock" if index == 0 else "DropLock") in asked_for
        *_, last = play(start, acts(start, steps))
        assert last.world == steps[-1].world


def test_alike_late_effects_are_told_apart_by_their_number() -> None:
    _, lost = late_of("planner", "Reserve", 2)
    assert lost == (("planner", "commit Reserve(3)"), ("planner", "commit Reserve(3) #2"))
    played, _ = late_of("planner", "Reserve", 2)
    played.take(Act("planner", LATE, "commit Reserve(3) #2"))
    assert played.world.authority.reserved == 3


def late_of(who: str, does: str, times: int) -> tuple[Stage, tuple[tuple[str, str], ...]]:
    """A stage on which somebody has lost the reply to the same thing so many times."""
    played = stage(replace(TOWN, budget=Budget(lost=times)))
    for _ in range(times):
        while does not in asked(played, who):
            played.take(Act(who, GOES_ON, asked(played, who)))
        played.take(Act(who, LOST, asked(played, who)))
    return played, late(played.world)
