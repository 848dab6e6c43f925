"""The catalogue: under every posture just what a scenario expects falls, and it says why; hardened holds.

Every scenario that has a story is searched to its end under each of the seven postures. What subsets of safeguards make
of it is the lattice's business.
"""

from dataclasses import replace

import pytest

from coordination.intents import Enact
from coordination.postures import HARDENED, POSTURES, posture
from namelatch.lab.check import Verdict, check
from namelatch.lab.hands import reader
from namelatch.lab.phrases import told
from namelatch.lab.playing.asks import changes
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario, scaled
from namelatch.lab.scenarios import SCENARIOS, scenario
from namelatch.lab.scenarios.accounted import ACCOUNTED

MOST_STATES = 125_000  # the largest of these searches, october-2025 under d1-before, takes 118,674
SEVEN = tuple(one.name for one in POSTURES if one.name != "minimal")  # a finding of the lattice, which judges it
TOLD = tuple(one for one in SCENARIOS if not one.id.startswith("free-"))  # the others are every schedule, no story
EVERY = [(one, name) for one in TOLD for name in SEVEN]


def test_ids_are_unique_and_told() -> None:
    assert len({one.id for one in SCENARIOS}) == len(SCENARIOS)
    assert all(one.story and one.title and one.sometimes for one in SCENARIOS)


@pytest.mark.parametrize("scenario", TOLD, ids=lambda one: one.id)
def test_a_scenario_speaks_of_every_posture_and_says_why(scenario: Scenario) -> None:
    assert set(scenario.expects) == set(scenario.why) == set(SEVEN)
    assert scenario.expects["hardened"] == HOLDS
    assert all(why.endswith((".", "!")) and why[0] == why[0].strip() for why in scenario.why.values())


@pytest.mark.parametrize(("scenario", "name"), EVERY, ids=lambda one: getattr(one, "id", one))
def test_what_is_expected_falls_and_nothing_else(scenario: Scenario, name: str) -> None:
    verdict = check(scenario, posture(name), MOST_STATES)
    assert verdict.exhausted
    assert verdict.fallen == scenario.expects[name]
    assert verdict.bit
    if name == "hardened":
        assert not verdict.vacuous
        assert not verdict.forbidden


# --- what the catalogue owes to the design -------------------------------------------------------------------------


def test_every_scenario_of_the_design_is_told_or_has_a_reason() -> None:
    known = {one.id for one in SCENARIOS}
    for group in ACCOUNTED.values():
        for where in group.values():
            assert where in known or where.endswith("."), where


def test_no_scenario_is_without_a_place_in_the_design() -> None:
    told_of = {where for group in ACCOUNTED.values() for where in group.values()}
    assert {one.id for one in SCENARIOS} - told_of == {"free-two", "free-three"}  # every schedule, and no story


def test_one_dead_is_passed_by_all_and_one_slow_by_few() -> None:
    offline, slow = scenario("az-offline").expects, scenario("az-slow").expects
    assert all(not falls for falls in offline.values())
    assert [name for name in SEVEN if not slow[name]] == ["hardened"]
    dark = {name for name in SEVEN if "never-empty" in slow[name] or "monotone-generation" in slow[name]}
    assert dark == {"incident", "d1-before", "d1-after", "registered-versioned", "spin-fixed"}


def test_the_canary_passes_what_takes_the_name_dark() -> None:
    verdict = check(scenario("content-canary"), posture("incident"))
    assert "never-empty" in verdict.fallen
    assert "told: canary passed" in verdict.seen
    assert "told: canary failed" not in verdict.seen


# --- stories that would pass for another reason --------------------------------------------------------------------


def test_the_architecture_story_writes_an_empty_record_for_a_plan_that_is_gone() -> None:
    gone = Wait(When("a", "read"), When("collector", "DropGeneration", 2, committed=True))
    asked = scenario("gc-then-write-empty")
    assert isinstance(asked.rule, Ordered)
    verdict = check(replace(asked, rule=told(*asked.rule.waits, gone)), posture("d1-before"))
    last = verdict.falls["never-empty"][-1]
    assert [one.records for one in changes(last.calls[0][0]) if isinstance(one, Enact)] == [(), ()]


def test_a_reader_who_does_not_look_twice_answers_empty_where_nothing_is() -> None:
    hasty = replace(scenario("served-is-not-applied"), others=lambda _: (reader(careful=False),))
    assert check(hasty, HARDENED).forbidden == ("told: served empty",)


def test_a_scenarios_thresholds_do_not_give_a_posture_a_stop_that_it_lacks() -> None:
    flood = scenario("plan-flood")
    alarming, stopping = scaled(flood, posture("d1-after")).lag, scaled(flood, HARDENED).lag
    assert alarming is not None
    assert stopping is not None
    assert (alarming.alarm, alarming.stop) == (1, None)
    assert (stopping.alarm, stopping.stop) == (1, 2)


def _told(verdict: Verdict) -> set[str]:
    return {one for one in verdict.seen if one.startswith("told: ")}


def test_a_lost_quorum_is_met_in_reads_and_in_writes() -> None:
    verdict = check(scenario("quorum-loss"), HARDENED)
    assert {"told: unavailable", "told: finished"} <= _told(verdict)
    assert verdict.states > 500  # it may be lost anywhere, and not at one place only
