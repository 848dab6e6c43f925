"""Two walkers on one adapter at once: one lease for their locks, one keepalive for their claim."""

import asyncio

import pytest

from actors.enactor import enact
from actors.on_asyncio import AllAtOnce, MonotonicClock
from actors.roles import EnactorSettings, Ports
from coordination.conformance.world import A, B, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.etcd.session import Session
from coordination.etcd.settings import EtcdSettings
from coordination.intents import Committed, LockFree, Publish, Reserve, TakeClaim, TakeLock
from coordination.limits import READ_ENDPOINTS
from coordination.plan import Entry, Generation, Plan
from coordination.postures import POSTURES, Posture
from coordination.records import Endpoint
from tests.actors.world import DictLog, records
from tests.bounded import run
from tests.etcd.given import HandClock, batch, proxied

CLAIM = TakeClaim(g(4), "az1", "token-1")
NAMES = tuple(Endpoint(f"e{number:04}.example") for number in range(2 * READ_ENDPOINTS + 7))


def test_two_renewals_at_once_cost_one_keepalive(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=9) as (proxy, client):
            claims = EtcdClaims(client, clock)
            await claims.acquire(CLAIM, ())
            before = proxy.count("Range")
            for calls in (1, 2):
                clock.now += 4.0
                assert await asyncio.gather(*(claims.renew(CLAIM) for _ in range(4))) == [True] * 4
                assert proxy.count("LeaseKeepAlive") == calls
                assert proxy.count("Range") == before + calls
            proxy.keepalive_ttl_s = 0
            clock.now += 4.0
            await asyncio.gather(claims.renew(CLAIM), claims.renew(CLAIM))
            assert not await claims.renew(CLAIM), "whoever asked, what he heard is known to all"

    run(scenario())


def test_the_first_locks_of_two_walkers_hang_on_one_lease(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            taking = (authority.commit(batch(TakeLock(name, "me"))) for name in (A, B))
            assert [type(one) for one in await asyncio.gather(*taking)] == [Committed, Committed]
            assert proxy.count("LeaseGrant") == 1
            await authority.close()
            free = await authority.commit(batch(given=(LockFree(A), LockFree(B))))
            assert isinstance(free, Committed), "nothing hangs on a lease that was forgotten"

    run(scenario())


def test_a_lease_that_two_walkers_lost_is_replaced_once(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            session = Session(client, HandClock(), 9)
            first = await session.lease()
            session.lost(first)
            second = await session.lease()
            session.lost(first)  # the other walker hears of it only now
            assert await session.lease() == second != first
            await session.close()

    run(scenario())


@pytest.mark.parametrize("posture", [one for one in POSTURES if one.name in {"incident", "hardened"}])
def test_two_walkers_bring_in_one_plan_after_another(settings: EtcdSettings, posture: Posture) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            authority, log = EtcdAuthority(client), DictLog()
            ports = Ports(authority, EtcdClaims(client), log, MonotonicClock(), AllAtOnce())
            held = None
            for number in (1, 2):
                generation = Generation(number)
                plan = Plan(generation, None, tuple(Entry(name, records(name, number)) for name in NAMES))
                manifest = await log.append(plan)
                for change in (Reserve(generation), Publish(manifest)):
                    assert isinstance(await authority.commit(batch(change)), Committed)
                enactor = EnactorSettings("b", "b-1", posture, 1 / 3, walkers=2)
                ended = await enact(ports, enactor, generation, await authority.head(), held)
                held = ended.held
                assert (ended.status, ended.counts) == ("finished", {"committed": len(NAMES)})
            found = await authority.roots(None, len(NAMES) + 1)
            assert {one.endpoint: one.root_generation for one in found} == dict.fromkeys(NAMES, 2)
            locked = await authority.commit(batch(given=tuple(LockFree(name) for name in NAMES[:READ_ENDPOINTS])))
            assert isinstance(locked, Committed)
            await authority.close()

    run(scenario())
