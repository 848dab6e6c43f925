"""Roles whose clocks disagree and jump, an enactor a hundred times slower than another, leases that outlive their time.

Real processes on Apache Kafka and three members; clocks by libfaketime, slowness by links.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from coordination.conformance.world import g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.intents import ClaimFence, Committed, Conflict, DropClaim, TakeClaim
from coordination.ports import Unavailable
from namelatch.backends.ports import free_ports
from namelatch.backends.relay import Link, Relay
from namelatch.matrix.processes import Nursery
from namelatch.matrix.world import FOUR, ONE, TWO
from tests.bounded import run
from tests.cluster.conftest import cluster
from tests.cluster.region import grounds_of, judged, region
from tests.cluster.writing import first_write
from tests.etcd.given import batch, enact

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(400)]
ENOUGH_S = 380.0
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
HOURS = 2.0  # more than the hour: Kafka's own bound on how far ahead a message may be is one


@asynccontextmanager
async def clock(directory: Path, name: str, hours: float) -> AsyncIterator[tuple[Nursery, Path]]:
    """A nursery whose children's wall clock is so much off, and the file that says how much."""
    says = directory / f"{name}.clock"
    says.write_text(f"{hours * 60:+.0f}m")
    fake = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(says),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    off = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "import time; print(time.time())"],
        env=os.environ | fake,
        capture_output=True,
        check=True,
        text=True,
    )
    assert abs(float(off.stdout) - time.time() - hours * 3600) < 60, "the clock is not off"
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in fake.items():
            environment.setenv(variable, value)
        nursery = Nursery(str(directory / f"{name}.log"))
        await nursery.__aenter__()
    try:
        yield nursery, says
    finally:
        await nursery.__aexit__(None, None, None)


@pytest.mark.skipif(FAKETIME is None, reason="no libfaketime here; on Debian or Ubuntu: apt install faketime")
def test_clocks_that_are_hours_apart_and_jump_change_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(cluster())
            off = {"planner": HOURS, "a": -HOURS, "collector": 24 * HOURS}
            clocks = {who: await stack.enter_async_context(clock(tmp_path, who, by)) for who, by in off.items()}
            elsewhere = {who: nursery for who, (nursery, _) in clocks.items()}
            grounds = grounds_of(running.etcd, running.kafka, "clocks")
            async with region(grounds, tmp_path, elsewhere=elsewhere) as town:
                await town.settled(town.turned(ONE, TWO))
                for _, says in clocks.values():
                    says.write_text(f"{HOURS * -60:+.0f}m")
                await town.settled(town.turned(ONE))
                for who, (_, says) in clocks.items():
                    says.write_text(f"{off[who] * -60:+.0f}m")
                await town.settled(town.turned())
                await town.settled(town.turned(FOUR))
                await town.at_rest()
                await town.serving(FOUR, await town.newest())
                assert town.asking.dark() == []
                assert town.asking.back() == []
                assert {line["az"] if "az" in line else line["who"] for line in town.told("finished")} >= {"a", "b"}
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)


def test_an_enactor_a_hundred_times_slower_is_told_of_before_it_does_harm_and_does_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster() as running, AsyncExitStack() as stack:
            link = Link("b>etcd")
            ways = []
            for address in running.etcd.endpoints:
                relay = Relay(free_ports(1)[0], int(address.rpartition(":")[2]), "etcd", lambda *_: "b")
                relay.links[link.name] = link
                ways.append((await stack.enter_async_context(relay)).address)
            grounds = grounds_of(running.etcd, running.kafka, "slow")
            slow = replace(grounds.etcd, endpoints=tuple(ways), call_timeout_s=20.0, lease_ttl_s=30)
            async with region(grounds, tmp_path, unlike={"b": slow}) as town:
                link.delay(0.3)
                while not town.told("lag alarm"):
                    await town.settled(town.turned(ONE))
                assert {line["who"] for line in town.told("lag alarm")} == {"b"}
                assert town.asking.back() == [], "it was told of before it did harm"
                for _ in range(5):
                    await town.settled(town.turned(ONE, TWO))
                link.heal()
                await town.settled(town.turned())
                await town.at_rest()
                await town.serving(ONE, await town.newest())
                assert town.asking.dark() == []
                assert town.asking.back() == []
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)


# --- leases ------------------------------------------------------------------------------------------------------

CLAIM = TakeClaim(g(4), "az1", "token-1")
TTL_S = 2


async def read(authority: EtcdAuthority) -> set[str]:
    """The tokens of the claims that are there, once somebody answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                return {one.token for one in await authority.claims()}
            except Unavailable:
                await asyncio.sleep(0.05)


def test_a_lease_that_outlives_its_time_costs_its_holder_the_claim_at_the_time_all_the_same() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running:
            settings = replace(running.etcd, lease_ttl_s=TTL_S, call_timeout_s=2.0, connect_timeout_s=1.0)
            async with EtcdClient(settings) as client:
                claims, authority = EtcdClaims(client), EtcdAuthority(client)
                assert isinstance(await claims.acquire(CLAIM, ()), Committed)
                since = time.monotonic()
                for member in running.members()[:2]:  # nobody is there to end it, and whoever leads next extends it
                    member.kill()
                while await claims.renew(CLAIM):
                    assert time.monotonic() - since < 2 * TTL_S, "the holder goes on behind its deadline"
                    await asyncio.sleep(0.05)
                await asyncio.sleep(max(0.0, since + 3 * TTL_S - time.monotonic()))
                await asyncio.gather(*(member.start() for member in running.members()[:2]))
                assert await read(authority) == {CLAIM.token}, "it outlived its time, or this proves nothing"
                assert not await claims.renew(CLAIM)
                another = EtcdClaims(client)
                assert isinstance(await another.acquire(replace(CLAIM, token="token-2"), ()), Conflict)
                async with asyncio.timeout(60):
                    while await read(authority):  # noqa: ASYNC110  (liveness alone: it ends at last)
                        await asyncio.sleep(0.1)
                assert isinstance(await another.acquire(replace(CLAIM, token="token-2"), ()), Committed)

    run(scenario(), ENOUGH_S)


def test_a_lease_that_was_lost_though_it_was_kept_alive_lets_no_further_write_through() -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running, EtcdClient(replace(running.etcd, lease_ttl_s=30)) as client:
            claims, authority = EtcdClaims(client), EtcdAuthority(client)
            outcome = await claims.acquire(CLAIM, ())
            assert isinstance(outcome, Committed)
            fence = ClaimFence(g(4), "az1", outcome.revision)
            assert isinstance(await authority.commit(batch(enact("a.example"), given=(fence,))), Committed)
            assert await claims.renew(CLAIM)
            async with EtcdClient(running.etcd) as another:  # as a restarted leader or a collector would
                assert isinstance(await EtcdAuthority(another).commit(batch(DropClaim(g(4), "az1"))), Committed)
            assert await claims.renew(CLAIM), "it does not know yet"
            refused = await authority.commit(batch(enact("b.example"), given=(fence,)))
            assert isinstance(refused, Conflict)
            assert [one.condition for one in refused.lost] == [fence]
            assert isinstance(await authority.commit(first_write(enact("b.example").endpoint)), Committed)

    run(scenario(), ENOUGH_S)
