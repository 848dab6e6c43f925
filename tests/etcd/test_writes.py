"""Writes are sent once, and what they say of their outcome is true."""

import grpc
import pytest

from coordination.conformance.world import ONE, A, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.errors import Refused, ReplyLost, certain
from coordination.etcd.requests import Put, Transaction, encode
from coordination.etcd.settings import EtcdSettings
from coordination.intents import Committed, Conflict, Enact, Lost, RootVersion, TakeLock, Unknown
from coordination.ports import OutOfSpace, Unavailable
from namelatch.backends.ports import free_ports
from tests.bounded import run
from tests.etcd.given import batch, enact, proxied
from tests.etcd.proxy import AFTER, BEFORE, HANG, LATE, NO_SPACE, Abort


def test_a_reply_lost_after_the_effect_is_unknown_and_the_write_is_not_repeated(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            proxy.next_write.append(AFTER)
            assert isinstance(await authority.commit(batch(enact("a.example"))), Unknown)
            assert proxy.count("Txn") == 1
            assert (await authority.read((A,))).seen[0].root is not None

    run(scenario())


def test_a_reply_lost_before_the_effect_is_unknown_too(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            proxy.next_write.append(BEFORE)
            assert isinstance(await authority.commit(batch(enact("a.example"))), Unknown)
            assert proxy.count("Txn") == 1
            assert (await authority.read((A,))).seen[0].root is None

    run(scenario())


def test_an_effect_that_comes_after_the_read_back_is_harmless_by_its_own_condition(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            proxy.next_write.append(LATE)
            late = batch(enact("a.example", 1), given=(RootVersion(A, 0),))
            assert isinstance(await authority.commit(late), Unknown)
            held_back, proxy.late = proxy.late, []
            assert (await authority.read((A,))).seen[0].root is None
            newer = await authority.commit(batch(enact("a.example", 2), given=(RootVersion(A, 0),)))
            assert isinstance(newer, Committed)
            proxy.late = held_back
            await proxy.settle()
            root = (await authority.read((A,))).seen[0].root
            assert root is not None
            assert (root.generation, root.version) == (g(2), newer.revision)

    run(scenario())


def test_an_effect_that_comes_after_the_read_back_does_come(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            proxy.next_write.append(LATE)
            assert isinstance(await authority.commit(batch(enact("a.example"))), Unknown)
            assert (await authority.read((A,))).seen[0].root is None
            assert (await authority.read((A,))).seen[0].root is not None

    run(scenario())


def test_a_write_without_an_answer_is_unknown_after_its_timeout(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings, call_timeout_s=0.2) as (proxy, client):
            proxy.next_write.append(HANG)
            assert isinstance(await EtcdAuthority(client).commit(batch(enact("a.example"))), Unknown)
            assert proxy.count("Txn") == 1

    run(scenario())


@pytest.mark.parametrize(
    "details",
    ["etcdserver: no leader", "etcdserver: request timed out", "etcdserver: leader changed", "anything else"],
)
def test_unavailable_is_never_taken_for_no_effect(settings: EtcdSettings, details: str) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            proxy.next_write.append(Abort(details=details, effect="after"))
            assert isinstance(await EtcdAuthority(client).commit(batch(enact("a.example"))), Unknown)

    run(scenario())


def test_a_reply_that_our_own_side_refuses_as_too_long_is_unknown_for_a_write() -> None:
    assert certain("Received message larger than max (5000000 vs. 4194304)") is None


def test_where_nothing_is_connected_nothing_was_sent() -> None:
    async def scenario() -> None:
        settings = EtcdSettings(endpoints=(f"127.0.0.1:{free_ports(1)[0]}",), connect_timeout_s=0.3)
        async with EtcdClient(settings) as client:
            with pytest.raises(Unavailable, match="nothing was sent"):
                await EtcdAuthority(client).commit(batch(enact("a.example")))

    run(scenario())


def test_out_of_space_fails_closed_and_tells_the_operator_what_to_do(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            proxy.next_write.append(NO_SPACE)
            with pytest.raises(OutOfSpace, match=r"compacts and defragments.*disarm"):
                await authority.commit(batch(enact("a.example")))
            assert (await authority.read((A,))).seen[0].root is None
            assert isinstance(await authority.commit(batch(enact("a.example"))), Committed)

    run(scenario())


def test_etcd_refuses_129_operations_for_certain(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            puts = tuple(Put(f"{settings.prefix}/x/{number}".encode(), b"") for number in range(129))
            with pytest.raises(Refused, match="too many operations"):
                await client.write(encode(Transaction((), puts, ())))
            await client.write(encode(Transaction((), puts[:128], ())))

    run(scenario())


def test_etcd_refuses_a_request_above_its_size_for_certain(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            large = Put(f"{settings.prefix}/x".encode(), b"x" * 1_700_000)
            with pytest.raises(Refused, match="too large"):
                await client.write(encode(Transaction((), (large,), ())))

    run(scenario())


def test_a_key_written_twice_is_our_mistake_and_is_never_sent(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            twice = batch(enact("a.example", 1), Enact(A, g(2), ONE, None, "x"))
            with pytest.raises(ValueError, match="twice"):
                await EtcdAuthority(client).commit(twice)
            assert proxy.count("Txn") == 0

    run(scenario())


def test_a_lock_whose_session_is_gone_is_asked_for_again_on_a_new_lease(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            assert isinstance(await authority.commit(batch(TakeLock(A, "me"))), Committed)
            lease = next(request for method, request in proxy.seen if method == "Txn").success[0].request_put.lease
            await client.revoke(lease)
            outcome = await authority.commit(batch(TakeLock(A, "me")))
            assert isinstance(outcome, Conflict)
            assert outcome.lost == ()
            assert isinstance(await authority.commit(batch(TakeLock(A, "me"))), Committed)

    run(scenario())


def test_locks_go_with_the_adapter_that_took_them(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            first, second = EtcdAuthority(client), EtcdAuthority(client)
            assert isinstance(await first.commit(batch(TakeLock(A, "one"))), Committed)
            refused = await second.commit(batch(TakeLock(A, "two")))
            assert isinstance(refused, Conflict)
            assert [type(one) for one in refused.lost] == [Lost]
            await first.close()
            assert isinstance(await second.commit(batch(TakeLock(A, "two"))), Committed)
            await second.close()

    run(scenario())


def test_a_refused_write_says_so_with_etcds_status(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            proxy.next_write.append(Abort(grpc.StatusCode.INTERNAL, "who knows"))
            with pytest.raises(ReplyLost, match="INTERNAL: who knows"):
                await client.write(encode(Transaction((), (Put(b"x", b""),), ())))

    run(scenario())
