"""Several endpoints, authentication, TLS, and what every call carries."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from aetcd.rpc import rpc_pb2, rpc_pb2_grpc

from coordination.conformance.world import A
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.intents import Committed, Unknown
from coordination.ports import Unavailable
from namelatch.backends.ports import free_ports
from tests.bounded import run
from tests.etcd.given import batch, enact, proxied
from tests.etcd.proxy import BEFORE, HANG, Abort, Proxy, misbehaving
from tests.etcd.server import Etcd


@asynccontextmanager
async def pair(settings: EtcdSettings) -> AsyncIterator[tuple[Proxy, Proxy, EtcdClient]]:
    """Two ways to one etcd, and a client that knows both."""
    backend = settings.endpoints[0]
    async with misbehaving(backend) as one, misbehaving(backend) as two:
        client = EtcdClient(replace(settings, endpoints=(one.address, two.address)))
        async with client:
            yield one, two, client


def test_a_dead_endpoint_is_passed_over(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        dead = f"127.0.0.1:{free_ports(1)[0]}"
        async with EtcdClient(replace(settings, endpoints=(dead, *settings.endpoints))) as client:
            authority = EtcdAuthority(client)
            assert isinstance(await authority.commit(batch(enact("a.example"))), Committed)
            for _ in range(4):
                assert (await authority.read((A,))).seen[0].root is not None

    run(scenario())


def test_reads_go_round_and_are_asked_elsewhere_when_one_endpoint_fails(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with pair(settings) as (one, two, client):
            authority = EtcdAuthority(client)
            while not (one.seen and two.seen):
                await authority.head()
            before = (one.count("Read"), two.count("Read"))
            for _ in range(4):
                await authority.head()
            assert (one.count("Read") - before[0], two.count("Read") - before[1]) == (2, 2)
            one.always_read = BEFORE
            for _ in range(4):
                await authority.head()

    run(scenario())


def test_a_read_that_nobody_answers_is_unavailable(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings, call_timeout_s=0.1) as (proxy, client):
            proxy.always_read = HANG
            with pytest.raises(Unavailable, match="DEADLINE_EXCEEDED"):
                await EtcdAuthority(client).head()
            assert proxy.count("Read") == 2

    run(scenario())


def test_after_a_lost_reply_the_next_write_goes_elsewhere(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with pair(settings) as (one, two, client):
            authority = EtcdAuthority(client)
            while not (one.seen and two.seen):
                await authority.head()
            await authority.commit(batch(enact("a.example", 1)))
            first, other = (one, two) if one.count("Txn") else (two, one)
            first.next_write.append(BEFORE)
            assert isinstance(await authority.commit(batch(enact("a.example", 2))), Unknown)
            assert isinstance(await authority.commit(batch(enact("a.example", 3))), Committed)
            assert (first.count("Txn"), other.count("Txn")) == (2, 1)

    run(scenario())


def test_every_call_asks_for_a_member_that_has_a_leader(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            await authority.commit(batch(enact("a.example")))
            await authority.generations()
            await authority.head()
            assert {one.get("hasleader") for one in proxy.metadata} == {"true"}

    run(scenario())


def test_a_page_that_is_too_long_is_asked_for_in_halves(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            authority = EtcdAuthority(client)
            for number in range(6):
                await authority.commit(batch(enact(f"h{number}.example")))
            details = "Received message larger than max (5000000 vs. 4194304)"
            proxy.next_read.append(Abort(grpc.StatusCode.RESOURCE_EXHAUSTED, details))
            assert len(await authority.trees(enact("a.example").generation, None, 6)) == 6
            limits = [request.limit for method, request in proxy.seen if method == "Range"]
            assert limits == [6, 3, 3]

    run(scenario())


# --- authentication ----------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(own_etcd: Etcd) -> EtcdSettings:
    """An etcd with authentication on, user root."""
    with grpc.insecure_channel(own_etcd.address) as channel:
        auth = rpc_pb2_grpc.AuthStub(channel)
        auth.UserAdd(rpc_pb2.AuthUserAddRequest(name="root", password="a-secret-word"))
        auth.RoleAdd(rpc_pb2.AuthRoleAddRequest(name="root"))
        auth.UserGrantRole(rpc_pb2.AuthUserGrantRoleRequest(user="root", role="root"))
        auth.AuthEnable(rpc_pb2.AuthEnableRequest())
    return own_etcd.settings(username="root", password="a-secret-word")


def test_a_stale_token_is_renewed_since_its_refusal_has_no_effect(guarded: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(guarded) as client:
            authority = EtcdAuthority(client)
            assert isinstance(await authority.commit(batch(enact("a.example", 1))), Committed)
            client._token = "stale.1"
            assert isinstance(await authority.commit(batch(enact("a.example", 2))), Committed)
            client._token = "stale.1"
            assert (await authority.read((A,))).seen[0].root is not None

    run(scenario())


def test_wrong_credentials_are_refused_without_a_word_of_the_password(guarded: EtcdSettings) -> None:
    async def scenario() -> None:
        for others in ({"password": "b-secret-word"}, {"username": None, "password": None}):
            async with EtcdClient(replace(guarded, **others)) as client:
                with pytest.raises(Unavailable) as refusal:
                    await EtcdAuthority(client).commit(batch(enact("a.example")))
                assert "secret" not in str(refusal.value)

    run(scenario())
    assert "secret" not in repr(guarded)


# --- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def tls_etcd(tmp_path: Path) -> Iterator[EtcdSettings]:
    """An etcd that speaks TLS only and wants a client certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificates with openssl")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    addition = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run([*command.split(), "-addext", addition, *files], check=True, capture_output=True)
    flags = ("--cert-file", str(certificate), "--key-file", str(key), "--trusted-ca-file", str(certificate))
    server = Etcd(tmp_path / "etcd", *flags, "--client-cert-auth", scheme="https")
    try:
        server.start()
        yield server.settings(ca_file=str(certificate), cert_file=str(certificate), key_file=str(key))
    finally:
        server.kill()


def test_tls_with_a_client_certificate_works_and_plain_text_does_not(tls_etcd: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(tls_etcd) as client:
            assert isinstance(await EtcdAuthority(client).commit(batch(enact("a.example"))), Committed)
        plain = replace(tls_etcd, ca_file=None, cert_file=None, key_file=None, connect_timeout_s=0.5, call_timeout_s=1)
        async with EtcdClient(plain) as client:
            with pytest.raises(Unavailable):
                await EtcdAuthority(client).head()

    run(scenario())
