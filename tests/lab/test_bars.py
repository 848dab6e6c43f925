"""What the explorer must get through, and in what time: `docs/lab/bars.md` has the whole of it."""

from dataclasses import replace
from time import process_time

import pytest

from coordination.postures import HARDENED
from namelatch.lab.check import check
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.scenario import HOLDS
from namelatch.lab.scenarios import scenario

CPU_S = 60.0
COUNTED = {
    "no fault": (Budget(), (13_398, 41_614)),
    "a crash": (Budget(crashes=1), (194_894, 719_834)),
    "a lost reply": (Budget(lost=1), (287_689, 1_048_379)),
}


@pytest.mark.slow
def test_any_schedule_of_two_enactors_with_one_fault_is_searched_in_time_holds_and_is_counted() -> None:
    began, seen, wanted = process_time(), set[str](), scenario("free-two").sometimes
    for budget, counts in COUNTED.values():
        verdict = check(replace(scenario("free-two"), budget=budget), HARDENED)
        assert verdict.exhausted
        assert verdict.fallen == HOLDS
        assert (verdict.states, verdict.transitions) == counts
        seen |= verdict.seen
    assert process_time() - began < CPU_S
    only_of_both = {"reply lost, crash", "lost: LeaderFree"}
    assert set(wanted) - seen == only_of_both


def test_a_crash_and_a_lost_reply_of_one_enactor_are_searched_whole() -> None:
    whole = replace(scenario("free-two"), azs=("a",), moves=scenario("free-two").moves[:2], published=0)
    verdict = check(whole, HARDENED)
    assert verdict.exhausted
    assert verdict.fallen == HOLDS
    assert {"reply lost, crash", "lost: LeaderFree"} <= verdict.seen
