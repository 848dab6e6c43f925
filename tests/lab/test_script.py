"""Scripts: the story is played on the kernel, in its order, and a script that is left is an error."""

from dataclasses import replace

import pytest

from coordination.intents import Committed, Conflict
from coordination.plan import Generation
from namelatch.lab.phrases import FIPS, REGIONAL
from namelatch.lab.playing.asks import asks
from namelatch.lab.playing.schedule import fallen, play
from namelatch.lab.playing.script import OffScript, Performance, Script, Turn, perform
from namelatch.lab.rules import When
from namelatch.lab.scripts import SCRIPTS, script
from namelatch.lab.scripts.october_2025 import OCTOBER_2025

NINE = 9


@pytest.fixture(scope="module")
def october() -> Performance:
    return perform(OCTOBER_2025)


def lines(performance: Performance, chapter: int) -> list[int]:
    """The numbers of the steps that show a chapter."""
    return [at for at, notes in performance.notes.items() if any(one.startswith(f"[{chapter}] ") for one in notes)]


def root(performance: Performance, number: int) -> tuple[Generation, bool]:
    """What the regional root follows after a step, and whether that answers."""
    state = performance.steps[number - 1].world.authority
    return state.roots[REGIONAL].generation, bool(state.answered(REGIONAL))


def test_the_nine_steps_of_the_record_are_shown_each_and_in_order(october: Performance) -> None:
    assert len(OCTOBER_2025.chapters) == NINE
    shown = [lines(october, chapter) for chapter in range(1, NINE + 1)]
    assert all(shown)
    assert [number for numbers in shown for number in numbers] == sorted(n for numbers in shown for n in numbers)


def test_the_slow_enactor_loses_the_regional_lock_twice_in_a_row_while_the_other_holds_it(october: Performance) -> None:
    _, lost, again = lines(october, 1)
    for number in (lost, again):
        step = october.steps[number - 1]
        assert (step.who, asks(step.calls[0][0])) == ("a", f"commit TakeLock({FIPS}) TakeLock({REGIONAL})")
        assert isinstance(step.calls[0][1], Conflict)
        assert step.world.authority.locks[REGIONAL] == "b"
    assert [step.who for step in october.steps[lost - 1 : again]].count("a") == 2


def test_the_old_plan_crosses_the_newer_one_and_the_clean_up_empties_the_name(october: Performance) -> None:
    listed, crossed, emptied = lines(october, 4)[0], lines(october, 5)[-1], lines(october, 7)[0]
    assert root(october, listed) == (4, True)
    assert root(october, crossed) == (2, True)
    assert root(october, emptied) == (2, False)
    assert {one.invariant: one.step for one in fallen(october.steps)} == {
        "monotone-generation": crossed,
        "bounded-staleness": crossed,
        "cross-endpoint-skew": crossed,
        "never-empty": emptied,
        "never-delete-active": emptied,
        "claimed-plan-exists": emptied,
    }


def test_both_enactors_are_wedged_alike_until_people_write_by_hand(october: Performance) -> None:
    wedged = {
        (step.who, call.arguments[0].generation)
        for step in october.steps
        for call, _ in step.calls
        if call.name == "report" and call.arguments[0].event == "wedged"
    }
    assert wedged == {("a", 5), ("b", 5)}
    by_hand, both, after = lines(october, 9)
    assert {october.steps[number - 1].who for number in (by_hand, both)} == {"operator"}
    assert root(october, by_hand) == (5, True)
    assert isinstance(october.steps[after - 1].calls[0][1], Committed)
    assert october.steps[after - 1].world.authority.applied == 5


def test_a_script_is_played_by_its_acts_alone(october: Performance) -> None:
    assert tuple(play(october.start, october.acts)) == october.steps


@pytest.mark.parametrize("one", SCRIPTS, ids=lambda one: one.scenario.id)
def test_every_script_is_found_by_its_scenario(one: Script) -> None:
    assert script(one.scenario.id) is one
    assert script("nothing") is None


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Turn("b", When(does="TakeClaim"), "refused"), r"turn 1: b's 'acquire TakeClaim\(2\)' is not refused but "),
        (Turn("b", When(does="DropGeneration")), r"turn 1: b does nothing like .*DropGeneration.* in 100 steps"),
    ],
)
def test_a_turn_that_ends_otherwise_is_an_error_that_names_it(turn: Turn, said: str) -> None:
    with pytest.raises(OffScript, match=said):
        perform(replace(OCTOBER_2025, turns=(turn,)))
