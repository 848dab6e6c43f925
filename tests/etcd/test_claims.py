"""Claims by the clock, by the keepalive and by the key itself; only the fence protects."""

from dataclasses import replace

from aetcd.rpc import rpc_pb2

from coordination.conformance.world import A, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.intents import (
    ClaimFence,
    Committed,
    Conflict,
    DropClaim,
    Lost,
    TakeClaim,
    Unknown,
)
from tests.bounded import run
from tests.etcd.given import HandClock, batch, enact, eventually, proxied
from tests.etcd.proxy import AFTER, BEFORE, LATE, Proxy

CLAIM = TakeClaim(g(4), "az1", "token-1")


async def leases(proxy: Proxy) -> int:
    return len((await proxy.lease.LeaseLeases(rpc_pb2.LeaseLeasesRequest())).leases)


def granted(proxy: Proxy) -> int:
    return int(next(request for method, request in proxy.seen if method == "Txn").success[0].request_put.lease)


def test_the_local_deadline_flips_without_the_network(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=10) as (proxy, client):
            claims = EtcdClaims(client, clock)
            assert isinstance(await claims.acquire(CLAIM, ()), Committed)
            clock.now += 10.0
            before = len(proxy.seen)
            assert not await claims.renew(CLAIM)
            assert len(proxy.seen) == before

    run(scenario())


def test_renewing_costs_a_call_only_when_a_third_of_the_ttl_has_passed(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=9) as (proxy, client):
            claims = EtcdClaims(client, clock)
            await claims.acquire(CLAIM, ())
            for _ in range(50):
                assert await claims.renew(CLAIM)
            assert proxy.count("LeaseKeepAlive") == 0
            for calls in (1, 2, 3, 4):
                clock.now += 3.0
                assert await claims.renew(CLAIM)
                assert await claims.renew(CLAIM)
                assert proxy.count("LeaseKeepAlive") == calls

    run(scenario())


def test_nothing_renews_by_itself(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(replace(settings, lease_ttl_s=1)) as client:
            claims, authority = EtcdClaims(client), EtcdAuthority(client)
            assert isinstance(await claims.acquire(CLAIM, ()), Committed)

            async def gone() -> bool:
                return await authority.claims() == ()

            await eventually(gone)
            assert not await claims.renew(CLAIM)

    run(scenario())


def test_a_keepalive_that_can_not_be_answered_is_no_loss_before_the_deadline(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=9, connect_timeout_s=0.2, call_timeout_s=0.2) as (proxy, client):
            claims = EtcdClaims(client, clock)
            await claims.acquire(CLAIM, ())
            await proxy.stop()
            clock.now += 4.0
            assert await claims.renew(CLAIM)
            clock.now += 5.0
            assert not await claims.renew(CLAIM)

    run(scenario())


def test_a_keepalive_that_says_gone_is_a_loss(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=9) as (proxy, client):
            claims = EtcdClaims(client, clock)
            await claims.acquire(CLAIM, ())
            proxy.keepalive_ttl_s = 0
            clock.now += 4.0
            assert not await claims.renew(CLAIM)
            assert not await claims.renew(CLAIM)

    run(scenario())


def test_a_lease_gone_while_the_keepalive_says_alive_is_noticed_by_its_key(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=9) as (proxy, client):
            claims = EtcdClaims(client, clock)
            await claims.acquire(CLAIM, ())
            proxy.keepalive_ttl_s = 9
            await client.revoke(granted(proxy))
            clock.now += 4.0
            assert not await claims.renew(CLAIM)

    run(scenario())


def test_where_the_loss_goes_unnoticed_the_fence_still_refuses(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings, lease_ttl_s=9) as (proxy, client):
            claims, authority = EtcdClaims(client, HandClock()), EtcdAuthority(client)
            outcome = await claims.acquire(CLAIM, ())
            assert isinstance(outcome, Committed)
            await client.revoke(granted(proxy))
            assert await claims.renew(CLAIM)
            fence = ClaimFence(g(4), "az1", outcome.revision)
            refused = await authority.commit(batch(enact("a.example"), given=(fence,)))
            assert isinstance(refused, Conflict)
            assert refused.lost == (Lost(None, fence),)
            assert (await authority.read((A,))).seen[0].root is None

    run(scenario())


def test_a_revoked_claim_is_lost_though_its_lease_lives(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with EtcdClient(replace(settings, lease_ttl_s=9)) as client:
            claims, authority = EtcdClaims(client, clock), EtcdAuthority(client)
            await claims.acquire(CLAIM, ())
            await authority.commit(batch(DropClaim(g(4), "az1")))
            await EtcdClaims(client).acquire(replace(CLAIM, token="another"), ())
            clock.now += 4.0
            assert not await claims.renew(CLAIM)
            assert [one.token for one in await authority.claims()] == ["another"]

    run(scenario())


def test_no_lease_is_left_behind_by_a_refusal_or_a_release(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            before = await leases(proxy)
            one, two = EtcdClaims(client), EtcdClaims(client)
            await one.acquire(CLAIM, ())
            assert isinstance(await two.acquire(CLAIM, ()), Conflict)
            assert await leases(proxy) == before + 1
            assert isinstance(await one.release(CLAIM), Committed)
            assert await leases(proxy) == before

    run(scenario())


def test_who_finds_his_token_after_an_unknown_acquisition_may_go_on(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        clock = HandClock()
        async with proxied(settings, lease_ttl_s=9) as (proxy, client):
            claims, authority = EtcdClaims(client, clock), EtcdAuthority(client)
            proxy.next_write.append(AFTER)
            assert isinstance(await claims.acquire(CLAIM, ()), Unknown)
            assert [one.token for one in await authority.claims()] == [CLAIM.token]
            clock.now += 4.0
            assert await claims.renew(CLAIM)
            assert isinstance(await claims.release(CLAIM), Committed)
            assert await authority.claims() == ()

    run(scenario())


def test_a_further_attempt_after_an_unknown_one_can_not_meet_its_own_ghost(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            claims, authority = EtcdClaims(client), EtcdAuthority(client)
            for fate in (BEFORE, AFTER, LATE):
                proxy.next_write.append(fate)
                assert isinstance(await claims.acquire(CLAIM, ()), Unknown)
            held_back, proxy.late = proxy.late, []
            second = await claims.acquire(CLAIM, ())
            assert isinstance(second, Committed)
            assert len(held_back) == 1  # its lease has been ended: when it arrives at last, etcd refuses it
            ghost = held_back[0].success[0].request_put.lease
            held = (await proxy.lease.LeaseLeases(rpc_pb2.LeaseLeasesRequest())).leases
            assert ghost not in {one.ID for one in held}
            assert [one.fence for one in await authority.claims()] == [second.revision]

    run(scenario())


def test_an_unclear_release_is_unknown_and_the_lease_ends_all_the_same(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            claims, authority = EtcdClaims(client), EtcdAuthority(client)
            await claims.acquire(CLAIM, ())
            proxy.next_write.append(BEFORE)
            assert isinstance(await claims.release(CLAIM), Unknown)
            assert await authority.claims() == ()

    run(scenario())
