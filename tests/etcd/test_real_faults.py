"""What a real etcd can do to us: compaction, kill -9, another cluster, a full disk, 100,000 deletions at once."""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from aetcd.rpc import rpc_pb2

from coordination.conformance.feed import beaten, changed, collected
from coordination.conformance.world import ONE, A, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.etcd.keys import Keys
from coordination.etcd.requests import Put, Transaction, encode
from coordination.etcd.settings import EtcdSettings
from coordination.etcd.values import root_value
from coordination.feed import Beat, Changed, FeedEvent, Listed, Position
from coordination.intents import Committed, DropGeneration, RootVersion, Unknown
from coordination.ports import OutOfSpace, Unavailable
from coordination.records import Endpoint, pack
from tests.bounded import run
from tests.etcd.given import batch, enact, eventually
from tests.etcd.proxy import misbehaving
from tests.etcd.server import Etcd


def follower(server: Etcd, **timing: Any) -> EtcdSettings:
    paces: dict[str, Any] = {"beat_s": 0.05, "stall_s": 10.0, "connect_timeout_s": 1.0, **timing}
    return server.settings(**paces)


async def position(client: EtcdClient) -> Position:
    first = (await collected(EtcdFeed(client, "first"), None, bool))[0]
    assert isinstance(first, Listed)
    return first.position


def test_a_position_that_was_compacted_away_is_listed_anew_and_no_delete_is_lost(own_etcd: Etcd) -> None:
    async def scenario() -> None:
        async with EtcdClient(follower(own_etcd)) as client, misbehaving(own_etcd.address) as direct:
            authority = EtcdAuthority(client)
            await authority.commit(batch(enact("a.example", 1), enact("b.example", 2)))
            since = await position(client)
            await authority.commit(batch(DropGeneration(g(1))))
            revision = (await authority.head()).revision
            await direct.kv.Compact(rpc_pb2.CompactionRequest(revision=revision, physical=True))
            events = await collected(EtcdFeed(client, "me"), since, beaten)
            assert isinstance(events[0], Listed)
            assert set(events[0].trees) == {(g(2), Endpoint("b.example"))}

    run(scenario())


def test_after_kill_9_the_feed_raises_and_resumes_without_a_loss(own_etcd: Etcd) -> None:
    async def scenario() -> None:
        async with EtcdClient(follower(own_etcd)) as client:
            authority = EtcdAuthority(client)
            feed = EtcdFeed(client, "me")
            stream = feed.follow(await position(client))
            async with aclosing(stream) as events:
                await authority.commit(batch(enact("a.example", 1)))
                last = await _next_change(events)
                own_etcd.kill()
                with pytest.raises(Unavailable):
                    await _next_change(events)
            own_etcd.start()
            await eventually(lambda: _answers(authority))
            done = await authority.commit(batch(enact("a.example", 2)))
            assert isinstance(done, Committed)
            resumed = await collected(feed, last.position, lambda events: bool(changed(events)))
            assert not any(isinstance(event, Listed) for event in resumed)
            assert changed(resumed)[0].position.revision == done.revision

    run(scenario())


async def _next_change(events: AsyncGenerator[FeedEvent, None]) -> Changed:
    async with asyncio.timeout(20):
        async for event in events:
            if isinstance(event, Changed):
                return event
    raise AssertionError("a feed never ends by itself")


async def _answers(authority: EtcdAuthority) -> bool:
    try:
        await authority.head()
    except Unavailable:
        return False
    return True


def test_an_etcd_restored_as_another_cluster_is_listed_anew(own_etcd: Etcd, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with EtcdClient(follower(own_etcd)) as client:
            authority = EtcdAuthority(client)
            for number in range(1, 30):
                await authority.commit(batch(enact("a.example", number)))
            since = await position(client)
            own_etcd.kill()
            restored = Etcd(tmp_path / "restored", token="two")
            restored.port = own_etcd.port
            try:
                restored.start()
                await eventually(lambda: _answers(authority))
                await authority.commit(batch(enact("b.example", 1)))
                events = await collected(EtcdFeed(client, "me"), since, beaten)
                assert isinstance(events[0], Listed)
                assert set(events[0].roots) == {Endpoint("b.example")}
                assert events[0].position.cluster != since.cluster
            finally:
                restored.kill()

    run(scenario())


def test_an_etcd_put_back_to_a_backup_that_has_overtaken_the_position_meanwhile_is_listed_anew(own_etcd: Etcd) -> None:
    """The cluster is the same one, and the position's revision is there: only what was written at it is another."""

    async def scenario() -> None:
        async with EtcdClient(follower(own_etcd)) as client:
            authority, feed = EtcdAuthority(client), EtcdFeed(client, "me")
            await authority.commit(batch(enact("a.example", 1)))
            own_etcd.stop()
            shutil.copytree(own_etcd.directory / "data", own_etcd.directory / "backup")
            own_etcd.start()
            await eventually(lambda: _answers(authority))
            seen: list[FeedEvent] = []
            stream = feed.follow(await position(client))
            async with aclosing(stream) as events:
                await authority.commit(batch(enact("a.example", 2)))
                while not (changed(seen) and isinstance(seen[-1], Beat)):
                    seen.append(await anext(events))
                own_etcd.kill()
                with pytest.raises(Unavailable):
                    await _next_change(events)
            shutil.rmtree(own_etcd.directory / "data")
            (own_etcd.directory / "backup").rename(own_etcd.directory / "data")
            own_etcd.start()
            await eventually(lambda: _answers(authority))
            while (await authority.head()).revision <= seen[-1].position.revision:
                await authority.commit(batch(enact("b.example", 1)))
            resumed = await collected(feed, seen[-1].position, beaten)
            assert isinstance(resumed[0], Listed)
            assert resumed[0].position.cluster == seen[-1].position.cluster
            assert resumed[0].roots[Endpoint("a.example")].generation == 1

    run(scenario())


def test_kill_9_in_the_middle_of_commits_loses_and_doubles_nothing(own_etcd: Etcd) -> None:
    async def scenario() -> None:
        settings = own_etcd.settings(connect_timeout_s=0.3, call_timeout_s=1.0)
        async with EtcdClient(settings) as client:
            authority = EtcdAuthority(client)
            acknowledged: dict[int, int] = {}
            unknown: set[int] = set()

            async def write(worker: int) -> None:
                for number in range(worker, 10_000, 8):
                    change = enact(f"h{number}.example")
                    try:
                        outcome = await authority.commit(batch(change, given=(RootVersion(change.endpoint, 0),)))
                    except Unavailable:
                        return
                    if isinstance(outcome, Committed):
                        acknowledged[number] = outcome.revision
                    else:
                        assert isinstance(outcome, Unknown)
                        unknown.add(number)

            writers = [asyncio.create_task(write(worker)) for worker in range(8)]
            await eventually(lambda: _more_than(acknowledged, 200))
            own_etcd.kill()
            await asyncio.gather(*writers)
            own_etcd.start()
            await eventually(lambda: _answers(authority))
            listing = (await collected(EtcdFeed(client, "me"), None, bool))[0]
            assert isinstance(listing, Listed)
            found = {int(name[1:].split(".")[0]): root.version for name, root in listing.roots.items()}
            assert {number: found.get(number) for number in acknowledged} == acknowledged
            assert found.keys() <= acknowledged.keys() | unknown

    run(scenario())


async def _more_than(found: dict[int, int], count: int) -> bool:
    return len(found) > count


def test_a_full_etcd_refuses_writes_for_certain_and_takes_them_again_once_it_has_room(tmp_path: Path) -> None:
    server = Etcd(tmp_path / "etcd", "--quota-backend-bytes", str(1024 * 1024)).start()

    async def scenario() -> None:
        async with EtcdClient(server.settings()) as client, misbehaving(server.address) as direct:
            authority = EtcdAuthority(client)
            with pytest.raises(OutOfSpace, match="operator"):
                await load(client)
            with pytest.raises(OutOfSpace):
                await authority.commit(batch(enact("a.example")))
            head = await authority.head()
            assert (await authority.read((A,))).seen[0].root is None
            await direct.kv.Compact(rpc_pb2.CompactionRequest(revision=head.revision, physical=True))
            await direct.maintenance.Defragment(rpc_pb2.DefragmentRequest())
            raised = await direct.maintenance.Alarm(rpc_pb2.AlarmRequest(action=rpc_pb2.AlarmRequest.GET))
            for alarm in raised.alarms:
                disarm = rpc_pb2.AlarmRequest.DEACTIVATE
                request = rpc_pb2.AlarmRequest(action=disarm, memberID=alarm.memberID, alarm=alarm.alarm)
                await direct.maintenance.Alarm(request)
            assert isinstance(await authority.commit(batch(enact("a.example"))), Committed)

    try:
        run(scenario())
    finally:
        server.kill()


async def load(client: EtcdClient) -> None:
    """Writes until it is refused: etcd holds its quota against the file, which grows ten times a second."""
    while True:
        await client.write(encode(Transaction((), (Put(b"ballast", b"x" * 100_000),), ())))


async def fill(client: EtcdClient, keys: Keys, count: int) -> None:
    """`count` roots and trees of generation 1, in transactions larger than the default allows."""
    names = [Endpoint(f"host-{number}.service.example") for number in range(count)]
    root, tree = root_value(g(1), None, False), pack(ONE)

    async def some(start: int) -> None:
        for at in range(start, count, 4 * 2_000):
            puts = [
                put
                for name in names[at : at + 2_000]
                for put in (Put(keys.root(name), root), Put(keys.tree(1, name), tree))
            ]
            await client.write(encode(Transaction((), tuple(puts), ())))

    await asyncio.gather(*(some(2_000 * lane) for lane in range(4)))


@pytest.mark.slow
def test_100_000_roots_list_quickly_and_100_000_deletions_in_one_revision_arrive_whole(tmp_path: Path) -> None:
    server = Etcd(tmp_path / "etcd", "--max-txn-ops", "4000").start()

    async def scenario() -> None:
        async with EtcdClient(follower(server, stall_s=30.0)) as client:
            keys, authority = Keys(client.settings.prefix), EtcdAuthority(client)
            await fill(client, keys, 100_000)
            began = time.monotonic()
            listing = (await collected(EtcdFeed(client, "me"), None, bool))[0]
            assert isinstance(listing, Listed)
            assert (len(listing.roots), len(listing.trees)) == (100_000, 100_000)
            assert time.monotonic() - began < 10.0
            dropped: asyncio.Task[object] | None = None
            stream = EtcdFeed(client, "me").follow(listing.position)
            async with aclosing(stream) as events, asyncio.timeout(40):
                async for event in events:
                    if isinstance(event, Beat) and dropped is None:
                        dropped = asyncio.create_task(authority.commit(batch(DropGeneration(g(1)))))
                    if isinstance(event, Changed):
                        assert len(event.changes) == 100_000
                        break
            assert dropped is not None
            assert await dropped == Committed(event.position.revision)

    try:
        run(scenario(), timeout_s=100)
    finally:
        server.kill()
