"""Three real etcd members: killed, cut off and healed under a writer. No acknowledged write is lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

import pytest

from coordination.conformance.feed import beaten, collected
from coordination.conformance.world import ONE, TWO, A, B, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.etcd.settings import EtcdSettings
from coordination.feed import Changed, FeedEvent
from coordination.intents import Batch, Committed, Enact, Proposal, Unknown
from coordination.ports import Unavailable
from namelatch.backends.part import Part
from namelatch.backends.running import Running
from tests.bounded import run
from tests.cluster.conftest import cluster
from tests.cluster.writing import Told, first_write, keep_writing, leader, more, present, settled, so

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(300)]
PACES: dict[str, Any] = {"connect_timeout_s": 1.0, "call_timeout_s": 2.0}
ENOUGH_S = 280.0  # ten times what an idle machine needs: two cores may have other things to do


def only(running: Running, part: Part) -> EtcdSettings:
    """Settings of a client that knows this member alone."""
    at = running.members().index(part)
    return replace(running.etcd, endpoints=(running.etcd.endpoints[at],), **PACES)


def enacted(generation: int) -> Batch:
    return Batch((Proposal(Enact(A, g(generation), ONE if generation == 1 else TWO, None, "x")),))


async def generation(authority: EtcdAuthority) -> int | None:
    root = (await authority.read((A,))).seen[0].root
    return None if root is None else root.generation


async def eventually_read(authority: EtcdAuthority) -> int | None:
    """What is read once something is."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await generation(authority)
            except Unavailable:
                await asyncio.sleep(0.1)


def test_the_leader_is_killed_and_comes_back_and_no_acknowledged_write_is_lost() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running, EtcdClient(replace(running.etcd, **PACES)) as client:
            authority, told, stop = EtcdAuthority(client), Told(), asyncio.Event()
            writer = asyncio.create_task(keep_writing(authority, told, stop))
            await more(20, told.committed)
            first = await leader(running)
            first.kill()
            assert await leader(running) is not first
            await more(20, told.committed)
            await first.restart()
            await more(20, told.committed)
            stop.set()
            await writer
            await settled(authority, told)
            async with EtcdClient(only(running, first)) as late:
                assert set(told.committed) <= await present(EtcdAuthority(late)), "as the restarted member has it"

    run(scenario(), ENOUGH_S)


def test_without_a_quorum_nothing_is_acknowledged_and_healed_nothing_is_lost() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running, EtcdClient(replace(running.etcd, **PACES)) as client:
            authority, told, stop = EtcdAuthority(client), Told(), asyncio.Event()
            writer = asyncio.create_task(keep_writing(authority, told, stop))
            await more(20, told.committed)
            dead = running.members()[:2]
            for member in dead:
                member.kill()
            await more(1, told.unknown)  # the write that was on its way has ended
            acknowledged = len(told.committed)
            tried = len(told.unknown) + len(told.refused)
            await so(lambda: len(told.unknown) + len(told.refused) > tried)
            with pytest.raises(Unavailable):
                await authority.head()
            assert len(told.committed) == acknowledged, "two of three are dead, and a write was acknowledged"
            await asyncio.gather(*(member.restart() for member in dead))
            await more(20, told.committed)
            stop.set()
            await writer
            assert told.unknown
            await settled(authority, told)

    run(scenario(), ENOUGH_S)


def test_a_client_of_a_follower_that_is_cut_off_reads_nothing_stale_and_its_feed_raises() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running:
            leading = await leader(running)
            lonely, other = (one for one in running.members() if one is not leading)
            paces = {"beat_s": 0.1, "stall_s": 2.0}
            async with (
                EtcdClient(replace(only(running, lonely), **paces)) as behind,
                EtcdClient(replace(running.etcd, endpoints=only(running, other).endpoints, **PACES)) as ahead,
            ):
                blind, seeing = EtcdAuthority(behind), EtcdAuthority(ahead)
                assert isinstance(await seeing.commit(enacted(1)), Committed)
                assert await eventually_read(blind) == 1
                listed = (await collected(EtcdFeed(behind, "me"), None, beaten))[0]
                async with aclosing(EtcdFeed(behind, "me").follow(listed.position)) as feed:
                    assert isinstance(await _next(feed), FeedEvent)
                    for link in running.isolated(lonely.name):
                        link.cut()
                    await _committed(seeing, 2)
                    with pytest.raises(Unavailable):
                        assert await generation(blind) != 1, "a stale read"
                    with pytest.raises(Unavailable):
                        await _silent(feed)
                running.heal()
                assert await eventually_read(blind) == 2

    run(scenario(), ENOUGH_S)


async def _next(feed: AsyncGenerator[FeedEvent, None]) -> FeedEvent:
    async with asyncio.timeout(30):
        return await anext(feed)


async def _silent(feed: AsyncGenerator[FeedEvent, None]) -> None:
    """Follow the feed to its end, which it can only reach by raising; news must not come."""
    while True:
        assert not isinstance(await _next(feed), Changed), "news from behind the cut"


async def _committed(authority: EtcdAuthority, number: int) -> None:
    """Write until it is acknowledged; it means the same however often it is done."""
    async with asyncio.timeout(60):
        while True:
            with suppress(Unavailable):
                if isinstance(await authority.commit(enacted(number)), Committed):
                    return
            await asyncio.sleep(0.1)


def test_a_leader_whose_words_reach_nobody_is_replaced_and_acknowledges_nothing_that_is_lost() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running:
            deposed = await leader(running)
            told, stop = Told(), asyncio.Event()
            async with EtcdClient(only(running, deposed)) as client:
                authority = EtcdAuthority(client)
                writer = asyncio.create_task(keep_writing(authority, told, stop))
                await more(20, told.committed)
                for link in running.links.values():  # its own words, on connections of either side's making
                    caller, target = link.name.split(">")
                    if caller == deposed.name:
                        link.cut("there")
                    elif target == deposed.name and caller != "client":
                        link.cut("back")
                others = [one for one in running.members() if one is not deposed]
                async with EtcdClient(replace(only(running, others[0]))) as elsewhere:
                    await _committed(EtcdAuthority(elsewhere), 2)
                await more(1, told.unknown)
                running.heal()
                await more(20, told.committed)
                stop.set()
                await writer
                told.committed.append(A)
                await settled(authority, told)

    run(scenario(), ENOUGH_S)


def test_a_reply_that_is_lost_on_its_way_back_is_unknown_and_the_write_is_found_done() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False, members=1) as running, EtcdClient(replace(running.etcd, **PACES)) as client:
            authority = EtcdAuthority(client)
            assert isinstance(await authority.commit(enacted(1)), Committed)
            running.links["client>etcd-1"].cut("back")
            assert isinstance(await authority.commit(enacted(2)), Unknown)
            running.heal()
            assert await eventually_read(authority) == 2

    run(scenario(), ENOUGH_S)


def test_a_write_that_was_held_up_takes_effect_after_its_caller_gave_up_and_looked() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False, members=1) as running:
            (member,) = running.members()
            flag = next(word for word in member.program.argv if word.startswith("--listen-client-urls="))
            past_the_link = replace(running.etcd, endpoints=(flag.rsplit("/", 1)[1],))
            async with EtcdClient(replace(running.etcd, **PACES)) as slow, EtcdClient(past_the_link) as direct:
                late, looking = EtcdAuthority(slow), EtcdAuthority(direct)
                assert isinstance(await late.commit(first_write(A)), Committed)
                # What takes it back, gRPC's RST_STREAM, comes as much later as the caller was patient.
                running.links["client>etcd-1"].delay(8.0, "there")
                assert isinstance(await late.commit(first_write(B)), Unknown)
                assert await present(looking) == {A}
                async with asyncio.timeout(30):
                    while await present(looking) != {A, B}:  # noqa: ASYNC110  (the world outside sets no Event)
                        await asyncio.sleep(0.05)

    run(scenario(), ENOUGH_S)
