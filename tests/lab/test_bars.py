"""What the explorer must get through, and in what time: `docs/lab/bars.md` has the whole of it."""

from dataclasses import replace
from time import process_time

import pytest

from coordination.postures import HARDENED
from namelatch.lab.check import Verdict, check
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.scenario import HOLDS
from namelatch.lab.scenarios import scenario

CPU_S = 60.0
TIMES = 8  # both faults as against each alone and none: times on the wall say more of the machine than of the search
COUNTED = {
    "no fault": (Budget(), (13_398, 41_614)),
    "a crash": (Budget(crashes=1), (194_894, 719_834)),
    "a lost reply": (Budget(lost=1), (287_689, 1_048_379)),
}
WHOLE = 4_578_867, 19_534_270
THREE = 514_920, 2_242_991


@pytest.mark.slow
@pytest.mark.timeout(900)  # on the wall, whatever else the machine does
def test_any_schedule_of_two_enactors_with_a_crash_and_a_lost_reply_is_searched_in_time_holds_and_is_counted() -> None:
    began = process_time()
    for budget, counts in COUNTED.values():
        assert _held(check(replace(scenario("free-two"), budget=budget), HARDENED)) == counts
    with_one = process_time() - began
    whole = check(scenario("free-two"), HARDENED)
    assert _held(whole) == WHOLE
    assert not whole.vacuous
    assert process_time() - began - with_one < TIMES * with_one < TIMES * CPU_S


@pytest.mark.slow
def test_any_schedule_of_three_enactors_is_searched_whole_holds_and_is_counted() -> None:
    assert _held(check(scenario("free-three"), HARDENED)) == THREE


def _held(verdict: Verdict) -> tuple[int, int]:
    """The states and transitions of a search that came to its end without a fall."""
    assert verdict.exhausted
    assert verdict.fallen == HOLDS
    return verdict.states, verdict.transitions


def test_a_crash_and_a_lost_reply_of_one_enactor_are_searched_whole() -> None:
    whole = replace(scenario("free-two"), azs=("a",), moves=scenario("free-two").moves[:2], published=0)
    verdict = check(whole, HARDENED)
    assert verdict.exhausted
    assert verdict.fallen == HOLDS
    assert {"reply lost, crash", "lost: LeaderFree"} <= verdict.seen
