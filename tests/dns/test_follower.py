"""Following: every revision whole, every fault survived, nothing regressed and nothing masked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import pytest

import dns_server.follower
from coordination.feed import Beat, Changed, FeedEvent, Listed, Position
from coordination.ports import Unavailable
from dns_server.entry import DANGLING, TOMBSTONE, pack_tree
from dns_server.follower import Follower
from dns_server.names import to_wire
from dns_server.snapshot import Snapshot, nothing
from dns_server.wire import make_zone
from tests.dns.feeds import CLUSTER, MemoryFeed, beat, changed, listed, root, to_root, to_tree
from tests.dns.world import eventually, run, snapshot_of

ONE, TWO, THREE = (b"A 60 10.0.0.%d=1" % n for n in (1, 2, 3))
API, WEB = "api.example.com", "web.example.com"
EMPTY = nothing((make_zone("example.com", ("localhost",), 900, 900),))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_server.follower, "FOLLOW_FIRST_S", 0.001)
    monkeypatch.setattr(dns_server.follower, "FOLLOW_MOST_S", 0.002)


class Following:
    """A follower that ran until a condition held; every published snapshot is kept."""

    def __init__(self, feed: object, start: Snapshot = EMPTY, stall_s: float = 5.0) -> None:
        self.published: list[Snapshot] = []
        self.changes: list[dict[bytes, bytes | None]] = []
        self.follower = Follower(feed, start, self._publish, stall_s)

    def _publish(self, snapshot: Snapshot, changes: dict[bytes, bytes | None]) -> None:
        self.published.append(snapshot)
        self.changes.append(dict(changes))

    def until(self, condition: Callable[[], bool]) -> "Following":
        async def following() -> None:
            task = asyncio.create_task(self.follower.run())
            while not condition():
                assert not task.done()
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        run(following(), within_s=10)
        return self

    def at(self, revision: int) -> "Following":
        return self.until(lambda: self.position() is not None and self.position().revision >= revision)

    def position(self) -> Position | None:
        return self.follower.snapshot.position

    def entry(self, name: str) -> bytes | None:
        return self.follower.snapshot.entries.get(to_wire(name))


def follow(*events: FeedEvent | Exception | None, start: Snapshot = EMPTY) -> Following:
    """Follow a feed that says `events`, up to the last of them that has a position."""
    last = [event for event in events if isinstance(event, Listed | Changed | Beat)][-1]
    return Following(MemoryFeed(*events), start).at(last.position.revision)


def test_a_listing_is_published_as_what_each_root_follows():
    seen = follow(listed(5, {API: (3, ONE), WEB: (4, None)}))
    assert (seen.entry(API), seen.entry(WEB)) == (pack_tree(ONE), DANGLING)
    assert seen.position() == Position(CLUSTER, 5)
    assert seen.follower.snapshot.dangling == 1


def test_a_flip_and_the_collection_of_the_old_tree_never_show_a_gap():
    seen = follow(
        listed(5, {API: (1, ONE)}),
        changed(6, to_tree(API, 2, TWO)),
        changed(7, to_root(API, root(2, 1))),
        changed(8, to_tree(API, 1, None)),
    )
    assert [snapshot.entries.get(to_wire(API)) for snapshot in seen.published] == [pack_tree(ONE), pack_tree(TWO)]


def test_within_one_revision_the_order_of_delete_and_flip_does_not_matter():
    for changes in ((to_tree(API, 1, None), to_root(API, root(2))), (to_root(API, root(2)), to_tree(API, 1, None))):
        seen = follow(listed(5, {API: (1, ONE)}), changed(6, to_tree(API, 2, TWO)), changed(7, *changes))
        assert [snapshot.entries.get(to_wire(API)) for snapshot in seen.published] == [pack_tree(ONE), pack_tree(TWO)]


def test_all_endpoints_of_one_revision_change_in_one_snapshot():
    seen = follow(
        listed(5, {API: (1, ONE), WEB: (1, ONE)}),
        changed(6, to_tree(API, 2, TWO), to_root(API, root(2)), to_tree(WEB, 2, THREE), to_root(WEB, root(2))),
    )
    assert seen.changes[1] == {to_wire(API): pack_tree(TWO), to_wire(WEB): pack_tree(THREE)}


def test_a_tree_deleted_under_its_root_is_shown_dangling_and_not_masked():
    seen = follow(listed(5, {API: (1, ONE)}), changed(6, to_tree(API, 1, None)))
    assert seen.entry(API) == DANGLING


def test_a_dangling_root_heals_when_its_tree_comes_back():
    seen = follow(listed(5, {API: (1, None)}), changed(6, to_tree(API, 1, ONE)))
    assert seen.entry(API) == pack_tree(ONE)


def test_a_tombstone_and_a_deleted_root_take_the_name_away():
    seen = follow(
        listed(5, {API: (1, ONE), WEB: (1, ONE)}),
        changed(6, to_root(API, root(2, tombstone=True))),
        changed(7, to_root(WEB, None)),
    )
    assert (seen.entry(API), seen.entry(WEB)) == (TOMBSTONE, None)


def test_a_tombstone_wins_over_a_tree_of_its_own_generation():
    seen = follow(listed(5, {API: (1, ONE)}), changed(6, to_root(API, root(1, tombstone=True))))
    assert seen.entry(API) == TOMBSTONE


def test_trees_that_no_root_follows_publish_nothing():
    seen = follow(listed(5, {API: (1, ONE)}), changed(6, to_tree(API, 9, TWO)), changed(7, to_tree(API, 9, None)))
    assert len(seen.published) == 1
    assert seen.position().revision == 7


def test_nothing_is_kept_of_an_endpoint_whose_root_and_trees_are_gone():
    seen = follow(listed(5, {API: (1, ONE)}), changed(6, to_tree(API, 1, None)), changed(7, to_root(API, None)))
    assert (seen.follower.view._trees, seen.follower.view._roots) == ({}, {})
    assert len(seen.follower.snapshot.entries) == 0


def test_a_second_listing_publishes_the_difference_only():
    seen = follow(
        listed(5, {API: (1, ONE), WEB: (1, ONE), "old.example.com": (1, ONE)}),
        listed(9, {API: (1, ONE), WEB: (2, TWO), "new.example.com": (2, THREE)}),
    )
    assert seen.changes[1] == {
        to_wire(WEB): pack_tree(TWO),
        to_wire("new.example.com"): pack_tree(THREE),
        to_wire("old.example.com"): None,
    }


def test_a_listing_without_any_difference_publishes_nothing():
    seen = follow(listed(5, {API: (1, ONE)}), listed(9, {API: (1, ONE)}))
    assert len(seen.published) == 1


def test_after_a_second_listing_old_trees_are_forgotten():
    seen = follow(listed(5, {API: (1, ONE)}), listed(9, {API: (2, TWO)}), changed(10, to_root(API, root(1))))
    assert seen.entry(API) == DANGLING


def test_an_empty_authority_is_published_once_so_that_workers_may_answer():
    seen = follow(listed(5, {}))
    assert len(seen.published) == 1


def test_endpoints_outside_the_zones_are_counted_and_not_served():
    seen = follow(listed(5, {API: (1, ONE), "api.example.org": (1, ONE)}))
    assert len(seen.follower.snapshot.entries) == 1
    assert seen.follower.view.outside == {"api.example.org"}


def test_a_tree_that_cannot_be_read_keeps_the_entry_served_and_is_counted():
    seen = follow(listed(5, {API: (1, ONE), WEB: (1, b"???")}), changed(6, to_tree(API, 1, b"A 60 nonsense=1")))
    assert (seen.entry(API), seen.entry(WEB)) == (pack_tree(ONE), DANGLING)
    assert seen.follower.view.unreadable == {API, WEB}
    mended = follow(listed(5, {API: (1, b"???")}), changed(6, to_tree(API, 1, TWO)))
    assert (mended.entry(API), mended.follower.view.unreadable) == (pack_tree(TWO), set())


# --- faults ------------------------------------------------------------------------------------------------------


def test_a_broken_feed_is_followed_again_from_where_it_stood():
    feed = MemoryFeed(listed(5, {API: (1, ONE)}), Unavailable("etcd"), changed(6, to_tree(API, 1, TWO)))
    seen = Following(feed).at(6)
    assert feed.followed == [None, Position(CLUSTER, 5)]
    assert seen.entry(API) == pack_tree(TWO)


def test_a_beat_moves_the_place_to_resume_from():
    feed = MemoryFeed(listed(5, {API: (1, ONE)}), beat(8), Unavailable("etcd"), beat(9))
    Following(feed).at(9)
    assert feed.followed == [None, Position(CLUSTER, 8)]


def test_a_clean_end_of_stream_is_no_end():
    feed = MemoryFeed(listed(5, {API: (1, ONE)}), None, beat(6))
    seen = Following(feed).at(6)
    assert (len(feed.followed), seen.follower.streams) == (2, 2)


def test_a_feed_that_breaks_before_its_listing_is_asked_for_a_listing_again():
    feed = MemoryFeed(Unavailable("etcd"), None, ValueError("a fault of the feed"), listed(5, {API: (1, ONE)}))
    Following(feed).at(5)
    assert feed.followed == [None] * 4


def test_a_feed_that_says_nothing_for_too_long_is_left_and_followed_again():
    closed = []

    class Silent(MemoryFeed):
        async def follow(self, since: Position | None) -> AsyncIterator[FeedEvent]:
            try:
                async for event in super().follow(since):
                    yield event
            finally:
                closed.append(since)

    feed = Silent(listed(5, {API: (1, ONE)}))
    seen = Following(feed, stall_s=0.02).until(lambda: len(feed.followed) >= 3)
    assert feed.followed[:3] == [None, Position(CLUSTER, 5), Position(CLUSTER, 5)]
    assert closed[0] is None
    assert "no sign" in seen.follower.alarm
    assert seen.entry(API) == pack_tree(ONE)


@pytest.mark.parametrize(
    "odd",
    [
        changed(5, to_tree(API, 1, None)),
        changed(4, to_tree(API, 1, None)),
        changed(6, to_tree(API, 1, None), cluster=2),
        beat(4),
        beat(9, cluster=2),
    ],
)
def test_what_breaks_the_order_is_not_served_and_asks_for_a_listing(odd: FeedEvent):
    feed = MemoryFeed(listed(5, {API: (1, ONE)}), odd, listed(7, {API: (2, TWO)}))
    seen = Following(feed).at(7)
    assert feed.followed == [None, None]
    assert seen.changes == [{to_wire(API): pack_tree(ONE)}, {to_wire(API): pack_tree(TWO)}]


@pytest.mark.parametrize("first", [changed(6, to_root(API, root(1))), beat(6)])
def test_a_stream_that_begins_in_the_middle_is_not_served(first: FeedEvent):
    seen = Following(MemoryFeed(first, listed(7, {API: (2, TWO)}))).at(7)
    assert seen.changes == [{to_wire(API): pack_tree(TWO)}]


@pytest.mark.parametrize(
    "emptier",
    [
        listed(99, {}, cluster=2),
        listed(99, {}),
        listed(1, {API: (9, THREE)}, cluster=2),
        listed(4, {API: (9, THREE)}),
    ],
    ids=["another cluster, empty", "empty", "another cluster, lower", "restored from a backup"],
)
def test_a_listing_that_would_lose_or_regress_is_refused_aloud(emptier: Listed):
    feed = MemoryFeed(listed(5, {API: (1, ONE)}), emptier)
    seen = Following(feed).until(lambda: len(feed.followed) == 2)
    assert (seen.entry(API), seen.position()) == (pack_tree(ONE), Position(CLUSTER, 5))
    assert "Distrusted" in seen.follower.alarm
    assert len(seen.published) == 1


def test_after_a_refused_listing_its_stream_is_not_followed_and_the_right_one_is():
    feed = MemoryFeed(listed(5, {API: (1, ONE)}), listed(6, {}, cluster=2), listed(8, {API: (2, TWO)}))
    seen = Following(feed).at(8)
    assert (seen.entry(API), seen.follower.alarm) == (pack_tree(TWO), None)
    assert feed.followed == [None, None]


def test_the_snapshot_a_server_started_from_is_protected_alike():
    start = snapshot_of({API: pack_tree(ONE)}, revision=50)
    feed = MemoryFeed(listed(49, {}, cluster=2))
    seen = Following(feed, start).until(lambda: len(feed.followed) == 2)
    assert (seen.entry(API), seen.published) == (pack_tree(ONE), [])


def test_another_cluster_that_is_ahead_is_followed():
    seen = follow(listed(5, {API: (1, ONE)}), listed(6, {API: (1, TWO)}, cluster=2))
    assert (seen.entry(API), seen.position()) == (pack_tree(TWO), Position(2, 6))


def test_staleness_counts_from_the_last_sign_of_the_feed():
    now = [100.0]
    follower = Follower(MemoryFeed(listed(5, {API: (1, ONE)})), EMPTY, lambda *_: None, 5.0, lambda: now[0])
    assert follower.staleness_s() is None

    async def scene() -> float | None:
        task = asyncio.create_task(follower.run())
        await eventually(lambda: follower.staleness_s() is not None)
        now[0] = 107.0
        stale = follower.staleness_s()
        follower._feed.say(beat(6))
        await eventually(lambda: follower.staleness_s() == 0.0)
        task.cancel()
        return stale

    assert run(scene()) == 7.0


def test_a_great_listing_lets_others_run_meanwhile(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dns_server.follower, "PACK_SLICE", 10)
    turns = []

    def names() -> Iterable[str]:
        return (f"n{n}.example.com" for n in range(100))

    async def scene() -> None:
        follower = Follower(MemoryFeed(listed(5, dict.fromkeys(names(), (1, ONE)))), EMPTY, lambda *_: None, 5.0)
        task = asyncio.create_task(follower.run())
        while follower.snapshot.position is None:
            turns.append(len(follower.snapshot.entries))
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(scene())
    assert len(turns) > 10
    assert set(turns) == {0}
