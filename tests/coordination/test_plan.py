"""Chains, folds and diffs: deltas lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.plan import BrokenChain, Entry, Generation, Goal, Manifest, Plan, chain, diff, digits, fold
from coordination.records import Endpoint, RRset, Target
from tests.coordination.strategies import chains, endpoints, few_records

A, B = Endpoint("a.example"), Endpoint("b.example")
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)
TWO = (RRset("A", 60, (Target("10.0.0.2", 1),)),)


def manifest(generation: int, base: int | None) -> Manifest:
    return Manifest(Generation(generation), None if base is None else Generation(base), "", 1, 1, 0, 0, "")


def links(applied: int | None, *pairs: tuple[int, int | None]) -> list[int]:
    manifests = {Generation(number): manifest(number, base) for number, base in pairs}
    newest = manifests[Generation(max(manifests))]
    return [one.generation for one in chain(newest, manifests, None if applied is None else Generation(applied))]


def test_a_chain_goes_back_to_the_full_plan_when_nothing_is_applied() -> None:
    assert links(None, (1, None), (3, 1), (4, 3)) == [1, 3, 4]


def test_a_chain_begins_with_the_first_delta_above_what_is_applied() -> None:
    assert links(3, (1, None), (3, 1), (4, 3), (6, 4)) == [4, 6]


def test_a_chain_does_not_go_back_beyond_a_full_plan() -> None:
    assert links(1, (1, None), (2, 1), (3, None), (4, 3)) == [3, 4]


def test_a_chain_of_what_is_applied_is_that_plan_alone() -> None:
    assert links(4, (1, None), (4, 1)) == [4]


def test_a_chain_needs_no_manifest_at_or_below_what_is_applied() -> None:
    assert links(3, (4, 3), (5, 4)) == [4, 5]


def test_a_gap_above_what_is_applied_breaks_the_chain() -> None:
    with pytest.raises(BrokenChain, match="4 needs 3"):
        links(2, (4, 3), (5, 4))
    with pytest.raises(BrokenChain):
        links(None, (4, 3), (5, 4))


def test_the_newest_generation_that_names_an_endpoint_is_its_goal() -> None:
    plans = [
        Plan(Generation(1), None, (Entry(A, ONE), Entry(B, ONE))),
        Plan(Generation(2), Generation(1), (Entry(B, TWO),)),
        Plan(Generation(3), Generation(2), (Entry(A, None),)),
    ]
    assert fold(plans) == (Goal(A, Generation(3), None), Goal(B, Generation(2), TWO))
    assert fold(plans[1:]) == (Goal(B, Generation(2), TWO), Goal(A, Generation(3), None))
    assert fold([]) == ()


def test_a_full_plan_forgets_what_came_before_it() -> None:
    plans = [Plan(Generation(1), None, (Entry(A, ONE),)), Plan(Generation(2), None, (Entry(B, TWO),))]
    assert fold(plans) == (Goal(B, Generation(2), TWO),)


@given(chains(), st.data())
def test_applying_any_prefix_then_the_rest_gives_what_folding_everything_gives(plans, data) -> None:
    cut = data.draw(st.integers(0, len(plans) - 1))
    roots = {goal.endpoint: goal for goal in fold(plans[:cut])}
    manifests = {plan.generation: manifest(plan.generation, plan.base) for plan in plans}
    applied = plans[cut - 1].generation if cut else None
    needed = {one.generation for one in chain(manifests[plans[-1].generation], manifests, applied)}
    rest = fold([plan for plan in plans if plan.generation in needed])
    roots |= {goal.endpoint: goal for goal in rest}
    assert roots == {goal.endpoint: goal for goal in fold(plans)}


@given(st.dictionaries(endpoints, few_records), st.dictionaries(endpoints, few_records))
def test_a_diff_turns_the_old_into_the_new_and_names_nothing_else(old, new) -> None:
    result = dict(old)
    for name, records in diff(old, new):
        assert old.get(name) != records or (records is None and name in old)
        if records is None:
            del result[name]
        else:
            result[name] = records
    assert result == new


@given(st.integers(0, 10**20 - 1), st.integers(0, 10**20 - 1))
def test_byte_order_is_number_order(one: int, other: int) -> None:
    assert (digits(one).encode() < digits(other).encode()) == (one < other)
    assert len(digits(one)) == 20
