"""Plans of faults: what a file may say, what a seed draws, and what never happens in a drawn one."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from namelatch.chaos.catalogue import BROKER, BY_NAME, KINDS, MEMBERS, targets
from namelatch.chaos.draw import drawn
from namelatch.chaos.plan import BadPlan, Planned, check, parse, read, text

TOML = """
[[faults]]
at_s = 9
fault = "stop"
target = "b"
for_s = 2.5

[[faults]]
at_s = 3
fault = "kill"
target = "a"
for_s = 1
"""
BOTH = (Planned(3.0, "kill", "a", 1.0), Planned(9.0, "stop", "b", 2.5))


def test_a_plan_is_read_from_toml_in_order_of_time() -> None:
    assert parse(TOML, json_=False) == BOTH


def test_a_plan_that_was_written_down_is_read_back_as_it_was(tmp_path: Path) -> None:
    plan = drawn(3, 300.0, MEMBERS, True)
    (tmp_path / "plan.json").write_text(text(plan), encoding="utf-8")
    assert read(tmp_path / "plan.json") == plan


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("{", "Expecting"),
        ("[]", "a list `faults`"),
        ('{"faults": 7}', "a list `faults`"),
        ('[{"at_s": 1}]', "fault 1: at_s, fault, target and for_s"),
        ('[{"at_s": -1, "fault": "kill", "target": "a", "for_s": 1}]', "fault 1: at_s is '-1'"),
        ('[{"at_s": 1, "fault": "kill", "target": "a", "for_s": true}]', "fault 1: for_s is 'True'"),
        ('[{"at_s": 1, "fault": "kil", "target": "a", "for_s": 1}]', "fault 1: no fault 'kil'"),
        ('[{"at_s": 1, "fault": ["kill"], "target": "a", "for_s": 1}]', "fault 1: no fault"),
        ('[{"at_s": NaN, "fault": "kill", "target": "a", "for_s": 1}]', "fault 1: at_s is 'nan'"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(told: str, why: str) -> None:
    with pytest.raises(BadPlan, match=why.replace("(", r"\(")):
        parse(told, json_=True)


def test_a_target_that_the_backend_does_not_have_is_refused() -> None:
    plan = parse(json.dumps([{"at_s": 1, "fault": "cut", "target": "client>etcd-2", "for_s": 1}]), json_=True)
    check(plan, MEMBERS, True)
    with pytest.raises(BadPlan, match="cut strikes nothing on this backend"):
        check(plan, MEMBERS[:1], False)


def test_a_seed_draws_the_same_plan_again_and_another_seed_another() -> None:
    assert drawn(1, 300.0, MEMBERS, True) == drawn(1, 300.0, MEMBERS, True)
    assert drawn(1, 300.0, MEMBERS, True) != drawn(2, 300.0, MEMBERS, True)


@pytest.mark.parametrize(("members", "linked"), [(MEMBERS, True), (MEMBERS[:1], False)])
def test_a_drawn_plan_can_be_run_and_ends_in_time(members: tuple[str, ...], linked: bool) -> None:
    for seed in range(50):
        plan = drawn(seed, 300.0, members, linked)
        check(plan, members, linked)
        assert all(one.at_s >= 5.0 and one.until_s <= 295.0 for one in plan)


def test_within_ten_minutes_every_kind_comes_that_the_backend_offers() -> None:
    for seed in range(20):
        assert {one.fault for one in drawn(seed, 600.0, MEMBERS, True)} == {kind.name for kind in KINDS}


def test_a_drawn_plan_never_weakens_etcd_or_the_broker_twice_at_once() -> None:
    """A majority is away only while `quorum` takes it: no longer than that may last."""
    overlaps = 0
    for seed in range(100):
        for one, other in combinations(drawn(seed, 600.0, MEMBERS, True), 2):
            if other.at_s < one.until_s:
                overlaps += 1
                assert not (_is_etcd(one) and _is_etcd(other)), (one, other)
                assert not (_is_broker(one) and _is_broker(other)), (one, other)
                assert one.target != other.target
    assert overlaps > 100
    assert BY_NAME["quorum"].longest_s <= 10.0


def _is_etcd(one: Planned) -> bool:
    return "etcd" in one.target


def _is_broker(one: Planned) -> bool:
    return BROKER in one.target or one.target == "plans"


def test_every_kind_has_a_target_on_three_members_with_links() -> None:
    for kind in KINDS:
        assert targets(kind, MEMBERS, True), kind.name
