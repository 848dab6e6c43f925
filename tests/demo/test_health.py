"""The scripted health source: exact about what changed, full when in doubt, and it never answers with less."""

import asyncio

import pytest

from coordination.plan import Generation
from coordination.ports import Health, Inputs, Unavailable
from coordination.records import Endpoint
from namelatch.demo.addresses import allocate
from namelatch.demo.health import TOUCHES_KEPT, ScriptedHealth
from namelatch.demo.inventory import REGIONAL, Inventory, lay_out
from namelatch.demo.names import RealName, RealNames

INVENTORY: Inventory = lay_out(
    7,
    RealNames(
        tuple(
            RealName(Endpoint(name), "aws", "us-east-1", fips=False, dualstack=False)
            for name in (
                "a.us-east-1.amazonaws.com",
                "b.us-east-1.amazonaws.com",
                "c.us-east-1.amazonaws.com",
                REGIONAL,
            )
        ),
        ("amazonaws.com",),
        0,
    ),
)
A, B, C, D = INVENTORY.endpoints


@pytest.fixture
def health() -> ScriptedHealth:
    return ScriptedHealth(INVENTORY)


def read(health: ScriptedHealth, since: int) -> Inputs:
    return asyncio.run(health.inputs(since))


def test_it_is_a_health_port(health: ScriptedHealth) -> None:
    port: Health = health
    assert port.allocate(REGIONAL, Generation(3)) == allocate(REGIONAL, Generation(3), ("A", "AAAA"))
    assert [rrset.type for rrset in port.allocate(A, Generation(3))] == ["A"]


def test_whoever_knows_nothing_gets_everything_in_walk_order(health: ScriptedHealth) -> None:
    assert read(health, 0) == Inputs(1, INVENTORY.endpoints, None)


def test_nothing_changed_since_the_current_revision(health: ScriptedHealth) -> None:
    assert read(health, health.revision).changed == ()


def test_touches_add_up_in_walk_order(health: ScriptedHealth) -> None:
    start = health.revision
    middle = health.touch([C])
    health.touch([D, A])
    assert read(health, start).changed == (A, C, D)
    assert read(health, middle).changed == (A, D)


def test_touching_everything_asks_for_a_full_plan_until_it_is_known(health: ScriptedHealth) -> None:
    start = health.touch([B])
    full = health.touch()
    health.touch([C])
    assert read(health, start).changed is None
    assert read(health, full).changed == (C,)


def test_more_touches_than_are_kept_ask_for_a_full_plan(health: ScriptedHealth) -> None:
    start = health.revision
    for _ in range(TOUCHES_KEPT):
        health.touch([A])
    assert read(health, start).changed == (A,)
    health.touch([B])
    assert read(health, start).changed is None
    assert read(health, start + 1).changed == (A, B)


def test_a_revision_of_another_life_asks_for_a_full_plan(health: ScriptedHealth) -> None:
    assert read(health, health.revision + 5).changed is None


def test_a_removed_endpoint_is_a_tombstone_and_no_longer_exists(health: ScriptedHealth) -> None:
    start = health.revision
    gone = health.remove([B])
    assert read(health, start) == Inputs(gone, (A, C, D), (), (B,))
    assert read(health, gone).removed == ()
    assert health.removed() == (B,)


def test_a_full_plan_says_again_what_was_removed(health: ScriptedHealth) -> None:
    health.remove([B])
    last = health.touch()
    assert read(health, 0) == Inputs(last, (A, C, D), None, (B,))


def test_a_removed_endpoint_comes_back_when_touched(health: ScriptedHealth) -> None:
    gone = health.remove([B])
    back = health.touch([B])
    assert read(health, gone) == Inputs(back, INVENTORY.endpoints, (B,))


def test_a_failing_source_raises_rather_than_answer_with_less(health: ScriptedHealth) -> None:
    health.fail("the region's health checkers are down")
    with pytest.raises(Unavailable, match="health checkers are down"):
        read(health, 0)
    health.recover()
    assert read(health, 0).endpoints == INVENTORY.endpoints


def test_an_unknown_endpoint_is_the_scripts_mistake(health: ScriptedHealth) -> None:
    with pytest.raises(ValueError, match="not in the inventory"):
        health.touch([Endpoint("x.example.com")])
