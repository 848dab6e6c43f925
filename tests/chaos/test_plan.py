"""Plans of faults: what a file may say, what a seed draws, and what never happens in a drawn one."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from namelatch.chaos.catalogue import BROKER, BY_NAME, DNS, HEAD, KINDS, MEMBERS, RAYLETS, ROLES, targets
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
# What docs/chaos.md shows of seed 1.
DRAWN_FROM_1 = [
    "poison-version plans for 1 s",
    "delay client>etcd-1 for 8.1 s",
    "clock-ahead collector for 8.6 s",
    "duplicate plans for 1 s",
    "move-leader etcd for 1 s",
    "poison-digest plans for 1 s",
    "clock-behind planner for 5.6 s",
    "stop dns for 2.3 s",
]
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


@pytest.mark.parametrize(
    ("raylets", "told", "why"),
    [
        ((), {"fault": "kill", "target": "raylet-a"}, "not 'raylet-a': raylets are there with --ray"),
        ((), {"fault": "stop", "target": HEAD}, "not 'raylet-head': raylets are there with --ray"),
        (RAYLETS[1:], {"fault": "kill", "target": HEAD}, "without redis-server a new head knows nobody"),
        (RAYLETS, {"fault": "clock-ahead", "target": "a"}, "clock-ahead strikes nothing with --ray, not 'a'"),
    ],
)
def test_what_is_there_with_ray_alone_or_without_it_is_refused_in_one_line(
    raylets: tuple[str, ...], told: dict[str, str], why: str
) -> None:
    plan = parse(json.dumps([{"at_s": 1, "for_s": 1, **told}]), json_=True)
    with pytest.raises(BadPlan, match=why) as refused:
        check(plan, MEMBERS, True, raylets)
    assert "\n" not in str(refused.value)


def test_what_ray_forbids_is_not_put_down_to_the_backend() -> None:
    plan = (Planned(1.0, "clock-ahead", "a", 1.0),)
    check(plan, MEMBERS[:1], False)
    with pytest.raises(BadPlan, match="clock-ahead strikes nothing with --ray"):
        check(plan, MEMBERS[:1], False, RAYLETS)


def test_with_ray_kill_and_stop_strike_every_raylet_and_every_actor() -> None:
    for name in ("kill", "stop"):
        without, with_ = (targets(BY_NAME[name], MEMBERS, True, raylets) for raylets in ((), RAYLETS))
        assert with_ == (*without, *RAYLETS)
        assert {*ROLES, *MEMBERS, DNS, BROKER} < set(with_)


def test_with_ray_every_other_fault_strikes_what_it_strikes_without_but_that_clocks_are_the_machines() -> None:
    for kind in KINDS:
        without, with_ = (targets(kind, MEMBERS, True, raylets) for raylets in ((), RAYLETS))
        if kind.strikes != "process":
            assert with_ == (() if kind.strikes == "clock" else without), kind.name


def test_a_seed_draws_the_same_plan_again_and_another_seed_another() -> None:
    assert drawn(1, 300.0, MEMBERS, True) == drawn(1, 300.0, MEMBERS, True)
    assert drawn(1, 300.0, MEMBERS, True) != drawn(2, 300.0, MEMBERS, True)


def test_without_ray_a_seed_draws_what_it_drew_before_there_was_ray() -> None:
    plan = [str(one) for one in drawn(1, 60.0, MEMBERS, True)]
    assert plan == DRAWN_FROM_1


GROUNDS = [(MEMBERS, True, ()), (MEMBERS[:1], False, ()), (MEMBERS, True, RAYLETS), (MEMBERS[:1], False, RAYLETS[1:])]


@pytest.mark.parametrize(("members", "linked", "raylets"), GROUNDS)
def test_a_drawn_plan_can_be_run_and_ends_in_time(
    members: tuple[str, ...], linked: bool, raylets: tuple[str, ...]
) -> None:
    for seed in range(50):
        plan = drawn(seed, 300.0, members, linked, raylets)
        check(plan, members, linked, raylets)
        assert all(one.at_s >= 5.0 and one.until_s <= 295.0 for one in plan)


@pytest.mark.parametrize("raylets", [(), RAYLETS])
def test_within_ten_minutes_every_kind_comes_that_can_be_had(raylets: tuple[str, ...]) -> None:
    had = {kind.name for kind in KINDS if targets(kind, MEMBERS, True, raylets)}
    assert had == {kind.name for kind in KINDS if kind.strikes != "clock" or not raylets}
    for seed in range(20):
        assert {one.fault for one in drawn(seed, 600.0, MEMBERS, True, raylets)} == had


def test_with_ray_every_raylet_is_drawn_and_without_it_none() -> None:
    for raylets in ((), RAYLETS, RAYLETS[1:]):
        plans = [drawn(seed, 600.0, MEMBERS, True, raylets) for seed in range(30)]
        assert {one.target for plan in plans for one in plan} & set(RAYLETS) == set(raylets)


@pytest.mark.parametrize("raylets", [(), RAYLETS])
def test_a_drawn_plan_never_weakens_etcd_the_broker_or_ray_twice_at_once(raylets: tuple[str, ...]) -> None:
    """A majority is away only while `quorum` takes it: no longer than that may last."""
    overlaps = 0
    for seed in range(100):
        for one, other in combinations(drawn(seed, 600.0, MEMBERS, True, raylets), 2):
            if other.at_s < one.until_s:
                overlaps += 1
                assert not (_is_etcd(one) and _is_etcd(other)), (one, other)
                assert not (_is_broker(one) and _is_broker(other)), (one, other)
                assert not {one.target, other.target} <= set(RAYLETS), (one, other)
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
