"""What can be done to etcd under a region at work: full, compacted, unheard, leaderless, put back to a backup.

Real processes, three members, Apache Kafka, a DNS server that is asked all the time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import BadStored
from coordination.etcd.requests import Delete, Put, Read, Transaction, encode, range_request
from coordination.ports import OutOfSpace
from namelatch.backends import backup
from namelatch.backends.running import Running
from namelatch.matrix.world import FOUR, NAMES, ONE, THREE, TWO
from tests.bounded import run
from tests.cluster import operating
from tests.cluster.conftest import cluster
from tests.cluster.region import Region, answered, grounds_of, judged, region
from tests.cluster.writing import so

pytestmark = [pytest.mark.minutes, pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(400)]
ENOUGH_S = 380.0
ROOM_BYTES = 16 * 1024 * 1024
BALLAST = b"ballast"
AHEAD = 3_000  # revisions: the restored one is behind for longer than anybody here needs to look


@asynccontextmanager
async def town_on(directory: Path, whole: bool = True, **options: Any) -> AsyncIterator[tuple[Running, Region]]:
    """A region on a cluster of its own. Nothing may fall; `whole`: etcd has its history still, and is asked, too."""
    async with cluster(**options) as running:
        async with region(grounds_of(running.etcd, running.kafka, "r"), directory) as town:
            yield running, town
        assert (await judged(town) if whole else town.falls_of_history()) == []


async def converged(town: Region) -> None:
    """Everything changes once more; it is applied, collected, shown and served."""
    await town.settled(town.turned())
    await town.at_rest()
    newest = await town.newest()
    for name in (ONE, TWO, FOUR, NAMES[1]):
        await town.serving(name, newest)


async def writes(client: EtcdClient, count: int, size: int = 10) -> None:
    """So many revisions that are nobody's."""
    for _ in range(count):
        await client.write(encode(Transaction((), (Put(BALLAST, b"x" * size),), ())))


def test_a_full_etcd_fails_every_write_closed_says_what_to_do_and_goes_on_once_that_is_done(tmp_path: Path) -> None:
    operating.require()

    async def scenario() -> None:
        async with (
            town_on(tmp_path, whole=False, quota_bytes=ROOM_BYTES) as (running, town),
            EtcdClient(running.etcd) as client,
        ):
            with pytest.raises(OutOfSpace):
                await writes(client, ROOM_BYTES, 100_000)
            newest = await town.newest()
            due = town.turned(ONE)
            await so(lambda: any("etcdctl alarm disarm" in line["detail"] for line in town.told("unavailable")))
            (said,) = {line["detail"] for line in town.told("unavailable") if "disarm" in line["detail"]}
            assert all(word in said for word in ("database space exceeded", "compacts", "defragments", "quota"))
            await town.asking.more()
            assert await town.newest() == newest, "a plan was published into a full etcd"
            await operating.make_room(running)
            await client.write(encode(Transaction((), (Delete(BALLAST),), ())))
            await town.settled(due)
            await converged(town)
            assert town.asking.dark() == []
            assert town.asking.back() == []

    run(scenario(), ENOUGH_S)


def test_what_was_deleted_and_compacted_while_the_watch_heard_nothing_is_not_served_any_more(tmp_path: Path) -> None:
    operating.require()

    async def scenario() -> None:
        async with town_on(tmp_path, whole=False) as (running, town):
            town.dns_link.cut()
            town.evidence.taken_down.add(THREE)
            await town.settled(town.evidence.turned.remove(THREE))
            await town.at_rest()
            assert await answered(town.dns.port, THREE) == 1, "the DNS server has not heard of it"
            await operating.compact(running, await operating.revision(running))
            town.dns_link.heal()
            await town.serving(THREE, "gone")
            town.asking.answers.clear()
            town.turned(THREE)
            await converged(town)
            assert town.asking.back() == []

    run(scenario(), ENOUGH_S)


def test_each_delete_that_is_compacted_at_its_own_revision_under_a_running_watch_is_seen(tmp_path: Path) -> None:
    operating.require()

    async def scenario() -> None:
        async with town_on(tmp_path, whole=False) as (running, town):
            for _ in range(4):
                town.evidence.taken_down.add(THREE)
                await town.settled(town.evidence.turned.remove(THREE))
                await operating.compact(running, await operating.revision(running))
                await town.serving(THREE, "gone")
                await town.settled(town.turned(THREE))
                await operating.compact(running, await operating.revision(running))
                await town.serving(THREE, await town.newest())
            await converged(town)

    run(scenario(), ENOUGH_S)


def test_a_watch_that_stalls_in_silence_is_told_by_its_age_and_resynced(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with town_on(tmp_path) as (_, town):
            assert town.status()["staleness_s"] < 2.0
            town.dns_link.cut("back")
            await town.settled(town.turned(ONE))
            await so(lambda: town.status()["staleness_s"] > 5.0)
            await so(lambda: town.status()["alarm"] is not None)
            assert await answered(town.dns.port, ONE) == 1, "what it knows is served"
            town.dns_link.heal()
            await town.serving(ONE, 2)
            await so(lambda: town.status()["staleness_s"] < 2.0 and town.status()["alarm"] is None)
            await converged(town)
            assert town.asking.dark() == []
            assert town.asking.back() == []

    run(scenario(), ENOUGH_S)


def test_a_root_of_an_unknown_version_is_refused_with_a_reason_and_what_was_good_is_served(tmp_path: Path) -> None:
    """Written past everybody, so no history has it: what is served is judged, not the history."""

    async def scenario() -> None:
        async with (
            cluster() as running,
            region(grounds_of(running.etcd, running.kafka, "r"), tmp_path) as town,
            EtcdClient(running.etcd) as client,
        ):
            await town.at_rest()
            key = town.evidence.keys.root(THREE)
            good = (await client.range(range_request(Read(key)))).kvs[0].value
            await client.write(encode(Transaction((), (Put(key, b"root-2 " + good),), ())))
            await so(lambda: "BadStored: root value b'root-2 " in str(town.status()["alarm"]))
            with pytest.raises(BadStored, match="root-2"):
                await town.authority.read((THREE,))
            await town.asking.more()
            await client.write(encode(Transaction((), (Put(key, good),), ())))
            await so(lambda: town.status()["alarm"] is None)
            await converged(town)
            assert town.asking.dark() == []
            assert town.asking.back() == []
            assert all("BadStored" in what for what in town.evidence.accidents), "who met it said so"

    run(scenario(), ENOUGH_S)


def test_without_a_quorum_the_dns_server_answers_and_afterwards_all_converges(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with town_on(tmp_path) as (running, town):
            dead = running.members()[:2]
            for member in dead:
                member.kill()
            due = town.turned(ONE)
            await so(lambda: town.status()["staleness_s"] > 10.0)
            await town.asking.more()
            assert await answered(town.dns.port, ONE) == 1
            await asyncio.gather(*(member.start() for member in dead))
            await town.settled(due)
            await converged(town)
            assert town.asking.dark() == []
            assert town.asking.back() == []

    run(scenario(), ENOUGH_S)


@pytest.mark.parametrize("overtaken", [False, True], ids=["behind what is served", "ahead of what is served"])
def test_an_etcd_restored_from_backup_under_running_watches_takes_no_name_away(tmp_path: Path, overtaken: bool) -> None:
    """What was written since is lost, and numbers are given again: neither invariants nor etcd's history can tell."""
    operating.require()

    async def scenario() -> None:
        async with (
            cluster() as running,
            region(grounds_of(running.etcd, running.kafka, "r"), tmp_path) as town,
            EtcdClient(running.etcd) as client,
        ):
            await town.at_rest()
            await backup.save(running.etcd.endpoints[0], tmp_path / "saved")
            await town.settled(town.turned(TWO))
            await town.serving(TWO, 2)
            saved = int(town.status()["position"]["revision"])
            await writes(client, AHEAD)
            await so(lambda: int(town.status()["position"]["revision"]) > saved + AHEAD)
            if overtaken:
                await town.refuse_dns()
            await backup.put_back(running.members(), tmp_path / "saved")
            served = int(town.status()["position"]["revision"])
            if overtaken:
                town.evidence.taken_down.add(THREE)
                await town.settled(town.evidence.turned.remove(THREE))
                assert await operating.revision(running) < served, "this is to happen where the watch never looks"
            else:
                await so(lambda: f"was served at {served}" in str(town.status()["alarm"]))
                await town.asking.more()
                assert await operating.revision(running) < served, "it was not behind all the time"
                assert town.asking.back() == [], "it went back with the authority"
            while await operating.revision(running) <= served:
                await writes(client, 200)
            if overtaken:
                await town.take_dns()
            await so(lambda: town.status()["alarm"] is None and town.status()["staleness_s"] < 2.0)
            if overtaken:
                await town.serving(THREE, "gone")
            await converged(town)
            assert [(name, what) for name, what in town.asking.dark() if name not in town.evidence.taken_down] == []

    run(scenario(), ENOUGH_S)
