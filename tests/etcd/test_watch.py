"""The feed against a watch that misbehaves: nothing is skipped, nothing is half, nothing stalls in silence.

Longer than other files: one fake server, and one test for each way in which a watch can go wrong.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aetcd.rpc import kv_pb2, rpc_pb2

from coordination.conformance.feed import beaten, changed, collected
from coordination.conformance.world import A, B, g
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.etcd.keys import Keys
from coordination.etcd.requests import Read, range_request
from coordination.etcd.settings import EtcdSettings
from coordination.etcd.values import root_value
from coordination.feed import Beat, Changed, FeedEvent, Listed, Position, TreeChange
from coordination.limits import FEED_RELISTS, FEED_REPLAY_REVISIONS
from coordination.ports import Unavailable
from tests.bounded import run
from tests.etcd.given import proxied
from tests.etcd.proxy import NO_SPACE, Proxy, broken, too_long
from tests.etcd.server import Etcd

Play = Callable[["Stage", int], AsyncIterator[Any]]


class Stage:
    """A proxy whose watch plays a script: `play(stage, number)` yields the responses of the number-th stream."""

    def __init__(self, proxy: Proxy, client: EtcdClient, here: Position) -> None:
        self.proxy = proxy
        self.here = here
        self.keys = Keys(client.settings.prefix)
        self.feed = EtcdFeed(client, "me")
        self.streams = 0

    @property
    def asked(self) -> list[Any]:
        return [request for method, request in self.proxy.seen if method == "Watch"]

    def play(self, play: Play) -> None:
        async def script(create: Any) -> AsyncIterator[Any]:
            self.streams += 1
            yield self.response(created=True)
            async for response in play(self, self.streams):
                yield response

        self.proxy.watch = script

    def response(self, *events: Any, ahead: int = 0, cluster: int | None = None, **others: Any) -> Any:
        newest = max([self.here.revision, *(event.kv.mod_revision for event in events)])
        header = rpc_pb2.ResponseHeader(
            cluster_id=self.here.cluster if cluster is None else cluster, revision=newest + ahead
        )
        return rpc_pb2.WatchResponse(header=header, events=events, **others)

    def tree(self, step: int, name: str = "a.example") -> Any:
        key = self.keys.tree(g(1), name)
        return kv_pb2.Event(kv=kv_pb2.KeyValue(key=key, value=b"-", mod_revision=self.here.revision + step))

    def root(self, step: int) -> Any:
        pair = kv_pb2.KeyValue(
            key=self.keys.root(A), value=root_value(g(1), None, False), mod_revision=self.here.revision + step
        )
        return kv_pb2.Event(kv=pair)

    def beat(self, step: int) -> Any:
        pair = kv_pb2.KeyValue(key=self.keys.served("me"), value=b"1", mod_revision=self.here.revision + step)
        return kv_pb2.Event(kv=pair)


@asynccontextmanager
async def staged(settings: EtcdSettings, play: Play, **others: object) -> AsyncIterator[Stage]:
    """A feed whose watch plays `play`."""
    timing = {"beat_s": 0.05, "stall_s": 5.0, **others}
    async with proxied(settings, **timing) as (proxy, client):
        header = (await client.range(range_request(Read(b"x")))).header
        stage = Stage(proxy, client, Position(int(header.cluster_id), int(header.revision)))
        stage.play(play)
        yield stage


async def until_unavailable(feed: EtcdFeed, since: Position | None) -> tuple[list[FeedEvent], str]:
    """Everything up to the failure, and what it says."""
    events: list[FeedEvent] = []
    try:
        async for event in feed.follow(since):
            events.append(event)
    except Unavailable as failure:
        return events, str(failure)
    raise AssertionError("a feed never ends by itself")


def listings(events: list[FeedEvent]) -> int:
    return sum(isinstance(event, Listed) for event in events)


def steps(stage: Stage, events: list[FeedEvent]) -> list[int]:
    return [one.position.revision - stage.here.revision for one in changed(events)]


def test_one_watch_covers_roots_and_trees_from_the_revision_after_the_position(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.beat(1))

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            await collected(stage.feed, stage.here, beaten)
            (asked,) = stage.asked
            assert not asked.fragment  # etcd cuts them in quadratic time
            assert asked.start_revision == stage.here.revision + 1
            assert asked.key == f"{settings.prefix}/roots/".encode()
            assert asked.range_end == f"{settings.prefix}/trees0".encode()

    run(scenario())


def test_fragments_are_put_together_before_anything_is_delivered(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.tree(1, "a.example"), fragment=True)
        yield stage.response(stage.tree(1, "b.example"), fragment=True)
        yield stage.response(stage.tree(1, "c.example"), stage.tree(2, "a.example"))
        yield stage.response(stage.beat(3))

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events = await collected(stage.feed, stage.here, beaten)
            assert steps(stage, events) == [1, 2]
            assert [len(one.changes) for one in changed(events)] == [3, 1]

    run(scenario())


def test_half_a_revision_is_never_delivered(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.tree(1), stage.tree(2, "a.example"), fragment=True)
        raise broken()

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events, why = await until_unavailable(stage.feed, stage.here)
        assert "the watch broke" in why
        assert events == []

    run(scenario())


def test_one_response_with_several_revisions_is_delivered_revision_by_revision(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.tree(1), stage.root(1), stage.tree(4, "b.example"), stage.beat(5))

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events = await collected(stage.feed, stage.here, beaten)
            assert steps(stage, events) == [1, 4]
            assert [len(one.changes) for one in changed(events)] == [2, 1]
            assert events[-1] == Beat(Position(stage.here.cluster, stage.here.revision + 5))

    run(scenario())


def test_it_resumes_after_the_last_event_and_not_after_the_header(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.tree(1), ahead=50)
        if number == 1:
            raise broken()
        yield stage.response(stage.beat(2))

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events, _ = await until_unavailable(stage.feed, stage.here)
            (last,) = changed(events)
            assert last.position.revision == stage.here.revision + 1
            again = EtcdFeed(stage.feed._client, "me")
            stage.proxy.seen.clear()
            # Only the real etcd can say how far it is: the position must not lie in its future.
            await _reach(stage, last.position.revision)
            stage.play(_beat_only(2))
            await collected(again, last.position, beaten)
            assert stage.asked[0].start_revision == last.position.revision + 1

    run(scenario())


async def _reach(stage: Stage, revision: int) -> None:
    """Write to the real etcd until it is at `revision`."""
    while True:
        put = await stage.proxy.kv.Put(rpc_pb2.PutRequest(key=b"elsewhere", value=b""))
        if put.header.revision >= revision:
            return


def _beat_only(step: int) -> Play:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.beat(step))

    return play


def ends_once(*ending: Callable[[Stage], Any]) -> Play:
    """A first stream with one change and then `ending`; a second one that beats."""

    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        if number == 1:
            yield stage.response(stage.tree(1))
            for make in ending:
                yield make(stage)
            return
        yield stage.response(stage.beat(1_000))
        await asyncio.Event().wait()

    return play


def _raise(error: Exception) -> Any:
    raise error


ENDINGS = {
    "a_later_cancel": ends_once(lambda stage: stage.response(canceled=True, cancel_reason="etcdserver: mvcc: closed")),
    "a_compaction": ends_once(lambda stage: stage.response(canceled=True, compact_revision=7)),
    "a_clean_end_of_stream": ends_once(),
    "another_cluster": ends_once(lambda stage: stage.response(stage.tree(2), cluster=stage.here.cluster ^ 1)),
    "a_revision_that_came_already": ends_once(lambda stage: stage.response(stage.tree(1))),
    "a_revision_that_runs_backwards": ends_once(lambda stage: stage.response(stage.tree(-3))),
    "a_message_too_long": ends_once(lambda stage: _raise(too_long())),
    "too_many_revisions_behind": ends_once(
        lambda stage: stage.response(stage.tree(2), ahead=FEED_REPLAY_REVISIONS + 1)
    ),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
def test_what_a_listing_can_mend_is_mended_by_a_listing(settings: EtcdSettings, ending: Play) -> None:
    async def scenario() -> None:
        async with staged(settings, ending) as stage:
            events = await collected(stage.feed, stage.here, beaten)
            assert [type(event) for event in events] == [Changed, Listed, Beat]
            relisted = events[1]
            assert isinstance(relisted, Listed)
            assert stage.asked[1].start_revision == relisted.position.revision + 1

    run(scenario())


def test_a_watch_cancelled_as_it_is_created_is_followed_by_a_listing(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with staged(settings, _beat_only(1_000)) as stage:

            async def refused(create: Any) -> AsyncIterator[Any]:
                stage.play(_beat_only(1_000))
                yield stage.response(created=True, canceled=True, cancel_reason="no reason at all")
                await asyncio.Event().wait()

            stage.proxy.watch = refused
            events = await collected(stage.feed, stage.here, beaten)
            assert [type(event) for event in events] == [Listed, Beat]

    run(scenario())


def test_what_was_compacted_behind_the_watch_is_listed_anew_for_its_deletes_may_be_lost(
    settings: EtcdSettings, own_etcd: Etcd
) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        if number == 1:
            await _reach(stage, stage.here.revision + 5)
            await stage.proxy.kv.Compact(rpc_pb2.CompactionRequest(revision=stage.here.revision + 4))
        yield stage.response(stage.beat(1_000))
        await asyncio.Event().wait()

    async def scenario() -> None:
        async with staged(replace(settings, endpoints=(own_etcd.address,)), play) as stage:
            events = await collected(stage.feed, stage.here, beaten)
            assert [type(event) for event in events] == [Listed, Beat]

    run(scenario())


def test_a_stall_in_silence_raises(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield

    async def scenario() -> None:
        async with staged(settings, play, stall_s=0.3) as stage:
            with pytest.raises(Unavailable, match=r"no heartbeat came back for 0.3 s"):
                await collected(stage.feed, stage.here, beaten)

    run(scenario())


def test_after_a_stall_the_next_stream_begins_with_a_listing(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        if number > 1:
            yield stage.response(stage.beat(1_000))
        await asyncio.Event().wait()

    async def scenario() -> None:
        async with staged(settings, play, stall_s=0.3) as stage:
            await until_unavailable(stage.feed, stage.here)
            events = await collected(stage.feed, stage.here, beaten)
            assert [type(event) for event in events] == [Listed, Beat]

    run(scenario())


def test_events_without_our_own_heartbeat_are_no_progress_for_ever(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        for step in range(1, 1_000):
            yield stage.response(stage.tree(step))
            await asyncio.sleep(0.02)

    async def scenario() -> None:
        async with staged(settings, play, stall_s=0.3) as stage:
            with pytest.raises(Unavailable, match="no heartbeat"):
                await collected(stage.feed, stage.here, beaten)

    run(scenario())


def test_a_stall_says_why_the_heartbeat_was_not_written(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield

    async def scenario() -> None:
        async with staged(settings, play, stall_s=0.3) as stage:
            stage.proxy.next_write.extend([NO_SPACE] * 100)
            with pytest.raises(Unavailable, match=r"not written: .*space exceeded"):
                await collected(stage.feed, stage.here, beaten)

    run(scenario())


def test_a_slow_consumer_is_no_stall(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        for step in (1, 2, 3):
            yield stage.response(stage.beat(step))
        await asyncio.Event().wait()

    async def scenario() -> None:
        beats = 0
        async with staged(settings, play, stall_s=0.2) as stage, aclosing(stage.feed.follow(stage.here)) as events:
            async for _ in events:
                beats += 1
                if beats == 3:
                    break
                await _reach(stage, stage.here.revision + 3)
                await asyncio.sleep(0.4)  # the consumer's own work, twice the patience

    run(scenario())


def test_a_broken_transport_raises(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(stage.tree(1))
        raise broken("the leader is lost")

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            with pytest.raises(Unavailable, match="UNAVAILABLE: the leader is lost"):
                await collected(stage.feed, stage.here, beaten)

    run(scenario())


def test_a_watch_that_always_ends_is_given_up_after_so_many_listings(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        yield stage.response(canceled=True, cancel_reason="not today")

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events, why = await until_unavailable(stage.feed, None)
            assert "not today" in why
            assert listings(events) == FEED_RELISTS + 1

    run(scenario())


def test_who_is_far_behind_lists_instead_of_replaying(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with staged(settings, _beat_only(1_000)) as stage:
            far = Position(stage.here.cluster, stage.here.revision - FEED_REPLAY_REVISIONS - 1)
            events = await collected(stage.feed, far, beaten)
            assert [type(event) for event in events] == [Listed, Beat]

    run(scenario())


def test_the_heartbeat_key_goes_when_the_follower_goes(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings, beat_s=0.05, stall_s=5.0) as (proxy, client):
            key = Keys(settings.prefix).served("me")

            async def found() -> int:
                return int((await proxy.kv.Range(rpc_pb2.RangeRequest(key=key))).count)

            during: list[int] = []
            async for event in (stream := EtcdFeed(client, "me").follow(None)):
                if isinstance(event, Beat):
                    during.append(await found())
                    break
            await stream.aclose()
            assert during == [1]
            assert await found() == 0

    run(scenario())


def test_another_servers_heartbeat_is_no_beat_of_ours(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        other = stage.beat(1)
        other.kv.key = stage.keys.served("you")
        yield stage.response(other)
        yield stage.response(stage.beat(2))

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events = await collected(stage.feed, stage.here, beaten)
            assert events == [Beat(Position(stage.here.cluster, stage.here.revision + 2))]

    run(scenario())


def test_a_deleted_tree_and_a_rewritten_one_are_told_apart(settings: EtcdSettings) -> None:
    async def play(stage: Stage, number: int) -> AsyncIterator[Any]:
        gone = stage.tree(1, "b.example")
        gone.type = kv_pb2.Event.DELETE
        yield stage.response(stage.tree(1), gone, stage.beat(2))

    async def scenario() -> None:
        async with staged(settings, play) as stage:
            events = await collected(stage.feed, stage.here, beaten)
            assert changed(events)[0].changes == (TreeChange(A, g(1), b"-"), TreeChange(B, g(1), None))

    run(scenario())
