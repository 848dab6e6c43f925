"""The steps from the posts that are there to those that are wanted: whom they dismiss, post and await, and when."""

import itertools
from collections.abc import Iterator, Sequence

import pytest

from actors.on_ray.deployment import Name, Step, steps

WANTED = {"enactor-a": "1", "enactor-b": "1", "planner": "1"}


def names(**digests: str) -> tuple[Name, ...]:
    return tuple(Name(role.replace("_", "-"), digest) for role, digest in digests.items())


def after(present: tuple[Name, ...], done: tuple[Step, ...]) -> set[Name]:
    found = set(present)
    for step in done:
        found -= set(step.dismissed)
        assert step.posted not in found, "it would be the one before"
        found |= {step.posted} if step.posted else set()
    return found


def looks() -> list[Step]:
    return [Step((), None, Name(role, digest)) for role, digest in WANTED.items()]


def test_where_everything_is_as_wanted_each_is_looked_at_and_nothing_is_done() -> None:
    done = steps(WANTED, names(planner="1", enactor_a="1", enactor_b="1"))
    assert list(done) == looks()
    assert not any(step.changes for step in done)


def test_from_nothing_each_is_posted_in_the_order_wanted() -> None:
    assert [step.posted for step in steps(WANTED, ())] == [Name(role, "1") for role in WANTED]


def subsets(names: Sequence[Name]) -> Iterator[tuple[Name, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(names, count) for count in range(len(names) + 1))


EVERY = [Name(role, digest) for role in (*WANTED, "enactor-z") for digest in ("1", "2")]


def test_any_state_ends_as_wanted_and_again_nothing_is_done() -> None:
    for present in subsets(EVERY):
        reached = after(present, steps(WANTED, present))
        assert reached == {Name(role, digest) for role, digest in WANTED.items()}
        assert list(steps(WANTED, tuple(reached))) == looks()


def test_of_each_role_the_wanted_one_has_to_work_before_anything_is_done_to_the_next() -> None:
    order = list(WANTED)
    for present in subsets(EVERY):
        works: list[str] = []
        for step in steps(WANTED, present, [one for one in present if one.role == "enactor-b"]):
            touched = {one.role for one in (*step.dismissed, step.posted) if one}
            assert all(works[: order.index(role)] == order[: order.index(role)] for role in touched & set(order))
            assert works == order or not touched - set(order), "what nobody wants goes last"
            works += [step.awaited.role] if step.awaited else []
        assert works == order


def test_a_wanted_post_that_was_told_to_leave_is_posted_anew_and_the_others_are_looked_at() -> None:
    present = names(enactor_a="1", enactor_b="1", planner="1")
    (gone,) = names(enactor_b="1")
    done = steps(WANTED, present, {gone})
    assert [step for step in done if step.changes] == [Step((gone,), gone, gone)]
    assert after(present, done) == set(present)
    both = (*present, Name("enactor-b", "0"))
    assert Step((Name("enactor-b", "0"), gone), gone, gone) in steps(WANTED, both, {gone})


def test_no_step_touches_two_roles_that_are_wanted() -> None:
    done = steps(WANTED, names(planner="0", enactor_a="0", enactor_b="0"))
    assert [{one.role for one in (*step.dismissed, step.posted) if one} for step in done] == [{role} for role in WANTED]


def test_where_the_wanted_is_beside_an_old_one_only_the_old_one_goes_once_the_wanted_works() -> None:
    present = (*names(planner="1", enactor_b="1"), *names(enactor_a="1"), *names(enactor_a="0"))
    look, *others = looks()
    assert list(steps(WANTED, present)) == [look, Step(names(enactor_a="0")), *others]


@pytest.mark.parametrize("text", ["", "planner", "planner.", ".1", "x"])
def test_what_is_no_name_of_a_post_is_nobodys(text: str) -> None:
    assert Name.read(text) is None
