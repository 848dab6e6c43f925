"""What every Feed must do: a listing or a resumption, then every revision once, whole and in order.

Each check waits for what it expects within WITHIN_S: a feed that stalls in silence fails it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol, cast

from coordination.conformance.world import ONE, TWO, A, B, World, done, g
from coordination.feed import Beat, Changed, Feed, FeedEvent, Listed, Position, RootChange, TreeChange
from coordination.intents import DropGeneration, DropTree, Enact
from coordination.records import pack
from coordination.seen import Root

WITHIN_S = 10.0


class FeedWorld(World, Protocol):
    """A world that can be followed."""

    def feed(self) -> Feed:
        """A feed over the world, as one more DNS server would have it: a new one at each call."""
        ...


async def collected(feed: Feed, since: Position | None, enough: Callable[[list[FeedEvent]], bool]) -> list[FeedEvent]:
    """Events up to the one that makes it enough; the feed is closed then."""
    events: list[FeedEvent] = []

    async def collect() -> None:
        async with aclosing(cast(AsyncGenerator[FeedEvent, None], feed.follow(since))) as stream:
            async for event in stream:
                events.append(event)
                if enough(events):
                    return

    async with asyncio.timeout(WITHIN_S):
        await collect()
    return events


def changed(events: list[FeedEvent]) -> list[Changed]:
    """Only the changes."""
    return [event for event in events if isinstance(event, Changed)]


def beaten(events: list[FeedEvent]) -> bool:
    """Whether the last event is a heartbeat."""
    return isinstance(events[-1], Beat)


async def listed(world: FeedWorld) -> Listed:
    """A fresh listing."""
    first = (await collected(world.feed(), None, bool))[0]
    assert isinstance(first, Listed)
    return first


async def check_a_new_follower_gets_everything_at_one_revision(world: FeedWorld) -> None:
    version = await done(world, Enact(A, g(1), ONE, None, "x"), Enact(B, g(2), TWO, None, "x"))
    later = await done(world, Enact(B, g(3), None, g(2), "x"))
    listing = await listed(world)
    assert listing.roots == {A: Root(g(1), None, False, version), B: Root(g(3), g(2), True, later)}
    assert listing.trees == {(g(1), A): pack(ONE), (g(2), B): pack(TWO)}
    assert listing.position.revision >= later


async def check_an_empty_authority_is_listed_too(world: FeedWorld) -> None:
    listing = await listed(world)
    assert (listing.roots, listing.trees) == ({}, {})


async def check_a_revision_comes_once_whole_and_in_order(world: FeedWorld) -> None:
    since = (await listed(world)).position
    first = await done(world, Enact(A, g(1), ONE, None, "x"), Enact(B, g(1), ONE, None, "x"))
    second = await done(world, Enact(A, g(2), TWO, g(1), "x"))
    third = await done(world, DropTree(g(1), A))
    seen = changed(await collected(world.feed(), since, lambda events: len(changed(events)) == 3))
    assert [one.position.revision for one in seen] == [first, second, third]
    assert {one.position.cluster for one in seen} == {since.cluster}
    assert set(seen[0].changes) == {
        TreeChange(A, g(1), pack(ONE)),
        TreeChange(B, g(1), pack(ONE)),
        RootChange(A, Root(g(1), None, False, first)),
        RootChange(B, Root(g(1), None, False, first)),
    }
    assert set(seen[1].changes) == {
        TreeChange(A, g(2), pack(TWO)),
        RootChange(A, Root(g(2), g(1), False, second)),
    }
    assert seen[2].changes == (TreeChange(A, g(1), None),)


async def check_who_resumes_gets_neither_a_listing_nor_a_change_twice(world: FeedWorld) -> None:
    since = (await listed(world)).position
    versions = [await done(world, Enact(A, g(number), ONE, None, "x")) for number in range(1, 6)]
    half = await collected(world.feed(), since, lambda events: len(changed(events)) == 2)
    position = changed(half)[-1].position
    rest = await collected(world.feed(), position, lambda events: len(changed(events)) == 3)
    assert not any(isinstance(event, Listed) for event in half + rest)
    assert [one.position.revision for one in changed(half) + changed(rest)] == versions


async def check_changes_made_while_following_arrive(world: FeedWorld) -> None:
    async def write() -> None:
        for number in range(1, 20):
            await done(world, Enact(A, g(number), ONE, None, "x"))

    since = (await listed(world)).position
    writing = asyncio.create_task(write())
    events = await collected(world.feed(), since, lambda events: len(changed(events)) == 19)
    await writing
    numbers = [change.generation for one in changed(events) for change in one.changes if isinstance(change, TreeChange)]
    assert numbers == list(range(1, 20))


async def check_a_beat_says_that_everything_before_it_was_delivered(world: FeedWorld) -> None:
    since = (await listed(world)).position
    version = await done(world, Enact(A, g(1), ONE, None, "x"))
    events = await collected(world.feed(), since, beaten)
    assert [one.position.revision for one in changed(events)] == [version]
    assert events[-1].position.revision > version


async def check_beats_go_on_and_advance(world: FeedWorld) -> None:
    events = await collected(world.feed(), None, lambda events: len(events) >= 4)
    beats = [event.position.revision for event in events if isinstance(event, Beat)]
    assert len(beats) == 3
    assert beats == sorted(set(beats))


async def check_a_whole_generation_is_dropped_in_one_change(world: FeedWorld) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"), Enact(B, g(1), ONE, None, "x"))
    since = (await listed(world)).position
    await done(world, DropGeneration(g(1)))
    events = await collected(world.feed(), since, lambda events: bool(changed(events)))
    assert set(changed(events)[0].changes) == {TreeChange(A, g(1), None), TreeChange(B, g(1), None)}


async def check_another_clusters_position_means_nothing(world: FeedWorld) -> None:
    version = await done(world, Enact(A, g(1), ONE, None, "x"))
    here = (await listed(world)).position
    for foreign in (Position(here.cluster ^ 1, version), Position(here.cluster, here.revision + 1_000)):
        first = (await collected(world.feed(), foreign, bool))[0]
        assert isinstance(first, Listed)
        assert first.position.cluster == here.cluster
        assert A in first.roots


async def check_two_followers_see_the_same(world: FeedWorld) -> None:
    since = (await listed(world)).position
    for number in range(1, 4):
        await done(world, Enact(A, g(number), ONE, None, "x"))
    both = await asyncio.gather(
        *(collected(world.feed(), since, lambda events: len(changed(events)) == 3) for _ in range(2))
    )
    assert changed(both[0]) == changed(both[1])


CHECKS: tuple[Callable[[FeedWorld], Awaitable[None]], ...] = (
    check_a_new_follower_gets_everything_at_one_revision,
    check_an_empty_authority_is_listed_too,
    check_a_revision_comes_once_whole_and_in_order,
    check_who_resumes_gets_neither_a_listing_nor_a_change_twice,
    check_changes_made_while_following_arrive,
    check_a_beat_says_that_everything_before_it_was_delivered,
    check_beats_go_on_and_advance,
    check_a_whole_generation_is_dropped_in_one_change,
    check_another_clusters_position_means_nothing,
    check_two_followers_see_the_same,
)
