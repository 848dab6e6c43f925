"""Several walkers of one enactment: disjoint parts, one claim, and each comes to its own end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.on_asyncio import AllAtOnce
from actors.roles import OneByOne
from actors.walkers import in_parts
from coordination.intents import Enact, TakeLock, Unknown
from coordination.limits import READ_ENDPOINTS, UNKNOWN_ATTEMPTS, WALKERS
from coordination.plan import Goal
from coordination.ports import Crew, Unavailable
from coordination.postures import HARDENED, Posture, posture
from coordination.records import Endpoint
from tests.actors.town import Call, Peril, Town, meanwhile
from tests.actors.world import records

NAMES = tuple(Endpoint(f"e{number:04}.example") for number in range(2 * READ_ENDPOINTS + 7))
HALF = NAMES[len(NAMES) // 2]
CREWS = pytest.mark.parametrize("at_once", [True, False], ids=["all at once", "one by one"])
Happening = Callable[[Call], Awaitable[Any]]


def town_of_two(of: Posture = HARDENED, at_once: bool = True) -> Town:
    town = Town(of, NAMES, walkers=2, at_once=at_once)
    town.publish(full=True)
    return town


def in_turns(happening: Happening | None = None) -> Peril:
    """Every port call lets the others run first; then something may happen instead of it."""

    async def peril(call: Call, act: Callable[[], Awaitable[Any]]) -> Any:
        await asyncio.sleep(0)
        instead = None if happening is None else await happening(call)
        return await act() if instead is None else instead

    return peril


def of_first_half(call: Call) -> bool:
    """A write of the first walker, or its read."""
    named = [one.endpoint for one in call.changes if isinstance(one, Enact | TakeLock)]
    named += call.args[0] if call.name == "read" else ()
    return any(name < HALF for name in named)


def written(town: Town) -> set[Endpoint]:
    return set(town.state.roots)


# --- sharing out -------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 3_000), st.integers(1, WALKERS))
def test_parts_are_contiguous_all_of_it_nearly_equal_and_never_smaller_than_a_read(size: int, walkers: int) -> None:
    goals = [Goal(Endpoint(str(number)), 1, None) for number in range(size)]  # type: ignore[arg-type]
    parts = in_parts(goals, walkers)
    assert [goal for part in parts for goal in part] == goals
    assert 1 <= len(parts) <= walkers
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) == 1 or min(sizes) >= READ_ENDPOINTS
    assert len(parts) == walkers or size < walkers * READ_ENDPOINTS


def test_two_walkers_work_in_turns_and_their_counts_are_merged() -> None:
    town = town_of_two()
    ended = asyncio.run(town.enact("a", peril=in_turns()))
    assert (ended.status, ended.counts["committed"]) == ("finished", len(NAMES))
    first = [batch.proposals[0].change.endpoint < HALF for batch in town.store.batches if writes(batch)]
    assert first[:4] in ([True, False, True, False], [False, True, False, True])
    assert written(town) == set(NAMES)
    assert town.fallen == set()


def writes(batch: Any) -> bool:
    return isinstance(batch.proposals[0].change, Enact)


def test_one_by_one_the_second_part_comes_after_the_first() -> None:
    town = town_of_two(at_once=False)
    asyncio.run(town.enact("a", peril=in_turns()))
    first = [batch.proposals[0].change.endpoint < HALF for batch in town.store.batches if writes(batch)]
    assert first == sorted(first, reverse=True)
    assert set(first) == {True, False}


# --- ends --------------------------------------------------------------------------------------------------------


@CREWS
def test_a_walker_that_is_stopped_leaves_the_other_its_work(at_once: bool) -> None:
    async def deaf(call: Call) -> Unknown | None:
        return Unknown("lost by the test") if call.name == "commit" and of_first_half(call) else None

    town = town_of_two(at_once=at_once)
    ended = asyncio.run(town.enact("a", peril=in_turns(deaf)))
    assert ended.status == "unavailable"
    assert written(town) == {name for name in NAMES if name >= HALF}
    assert ended.counts["committed"] == len(written(town))
    assert ended.counts["unknown"] == UNKNOWN_ATTEMPTS + 1
    (told,) = town.told("unavailable")
    assert dict(told.counts) == dict(ended.counts)
    assert town.state.applied is None
    assert asyncio.run(town.enact("a")).status == "finished"
    assert town.fallen == set()


@CREWS
def test_what_either_walker_leaves_undone_keeps_the_plan_from_being_finished(at_once: bool) -> None:
    town = Town(HARDENED, NAMES, walkers=2, at_once=at_once)
    town.publish(full=True, e0003=(), e0200=())
    ended = asyncio.run(town.enact("a", peril=in_turns()))
    assert ended.status == "incomplete"
    assert [report.detail for report in town.told("incomplete")] == ["2 endpoints undone, e0003.example among them"]
    assert town.state.applied is None


@CREWS
@pytest.mark.parametrize("error", [Unavailable("the test"), RuntimeError("a bug")], ids=["unavailable", "bug"])
def test_what_a_walker_can_not_help_surfaces_only_after_the_other_has_ended(at_once: bool, error: Exception) -> None:
    async def failing(call: Call) -> None:
        if call.name == "read" and of_first_half(call):
            raise error

    town = town_of_two(at_once=at_once)
    with pytest.raises(type(error)) as caught:
        asyncio.run(town.enact("a", peril=in_turns(failing)))
    assert caught.value is error
    assert written(town) == {name for name in NAMES if name >= HALF}


@CREWS
def test_a_bug_in_one_walker_is_not_hidden_by_a_world_that_does_not_answer_another(at_once: bool) -> None:
    async def failing(call: Call) -> None:
        if call.name == "read":
            raise Unavailable("the test") if of_first_half(call) else RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(town_of_two(at_once=at_once).enact("a", peril=in_turns(failing)))


@CREWS
def test_both_walkers_give_up_their_locks(at_once: bool) -> None:
    most: list[int] = []

    async def deaf(call: Call) -> Unknown | None:
        most.append(len(town.state.locks))
        return Unknown("lost by the test") if any(isinstance(one, Enact) for one in call.changes) else None

    town = town_of_two(posture("d2-after"), at_once)
    ended = asyncio.run(town.enact("a", peril=in_turns(deaf)))
    assert ended.status == "unavailable"
    assert max(most) >= (READ_ENDPOINTS + 1 if at_once else READ_ENDPOINTS)
    assert not town.state.locks


def test_both_walkers_are_fenced_when_their_claim_is_gone() -> None:
    async def revoked() -> None:
        (claim,) = town.state.claims
        town.expire("a")
        at.append(len(town.store.batches))
        assert claim not in town.state.claims

    at: list[int] = []
    town = town_of_two()
    losing = meanwhile(
        lambda call: call.name == "commit" and not of_first_half(call) and len(written(town)) > 0, revoked
    )

    async def peril(call: Call, act: Any) -> Any:
        await asyncio.sleep(0)
        return await losing(call, act)

    ended = asyncio.run(town.enact("a", peril=peril))
    assert (ended.status, ended.held) == ("fenced", None)
    assert len(town.told("fenced")) == 1
    assert len(town.store.batches) == at[0], "nobody wrote after that"
    assert 0 < len(written(town)) < len(NAMES)


def test_both_walkers_yield_to_a_newer_plan_that_is_applied() -> None:
    async def overtaken() -> None:
        town.publish(full=True)
        await town.enact("b")

    town = town_of_two()
    old = town.state.manifests[1]
    peril = meanwhile(lambda call: call.who == "a" and call.name == "commit", overtaken)

    async def turns(call: Call, act: Any) -> Any:
        await asyncio.sleep(0)
        return await peril(call, act)

    ended = asyncio.run(town.enact("a", old, turns))
    assert (ended.status, ended.held) == ("superseded", None)
    assert [town.state.answered(name) for name in NAMES] == [records(name, 2) for name in NAMES]
    assert town.fallen == set()


def test_who_cancels_an_enactment_cancels_all_its_walkers() -> None:
    waiting: list[str] = []
    ended: list[str] = []
    both = asyncio.Event()

    async def never(call: Call) -> None:
        if call.name == "read":
            half = "first" if of_first_half(call) else "second"
            waiting.append(half)
            if len(waiting) == 2:
                both.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(half)

    async def story() -> None:
        town = town_of_two()
        enacting = asyncio.create_task(town.enact("a", peril=in_turns(never)))
        await both.wait()
        enacting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await enacting
        assert sorted(ended) == sorted(waiting) == ["first", "second"]

    asyncio.run(story())


# --- the crews ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crew", [OneByOne(), AllAtOnce()], ids=lambda crew: type(crew).__name__)
def test_a_crew_returns_in_order_and_raises_the_first_failure_once_all_have_ended(crew: Crew) -> None:
    ended: list[int] = []

    async def part(number: int, steps: int, error: Exception | None = None) -> int:
        for _ in range(steps):
            await asyncio.sleep(0)
        ended.append(number)
        if error is not None:
            raise error
        return number

    async def story() -> None:
        assert await crew.together([part(1, 9), part(2, 1), part(3, 4)]) == (1, 2, 3)
        assert await crew.together([part(4, 1)]) == (4,)
        ended.clear()
        with pytest.raises(KeyError, match="first"):
            await crew.together([part(1, 9), part(2, 5, KeyError("first")), part(3, 1, ValueError()), part(4, 20)])
        assert sorted(ended) == [1, 2, 3, 4]

    asyncio.run(story())
