"""etcd and Kafka with TLS and a password, real ones: whoever lacks either is refused, and no log has a secret."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import structlog
from aetcd.rpc import rpc_pb2, rpc_pb2_grpc

from coordination.conformance.planlog import plan
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.intents import Committed
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.plan import Generation
from coordination.ports import Report, Unavailable
from namelatch.backends.local import local
from namelatch.backends.running import Running
from namelatch.backends.secured import Secured
from tests.cluster.certificates import secured
from tests.cluster.hosted import Hosted
from tests.etcd.given import batch, enact
from tests.etcd.server import run

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(300)]
PASSWORD = "a-word-that-nobody-else-says-4711"  # nobody's: made up for these tests
WRONG = "another-word-that-is-not-it-1147"
SOON: dict[str, Any] = {"connect_timeout_s": 2.0, "call_timeout_s": 5.0}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Secured]]:
    """One member and one broker, TLS on every port but those for health; user root at etcd, the same at Kafka."""
    directory = tmp_path_factory.mktemp("closed")
    keys = secured(directory / "keys", "root", PASSWORD)
    hosted = Hosted(local(directory, members=1, secured=keys))
    running = hosted.start()
    try:
        credentials = grpc.ssl_channel_credentials(keys.ca.read_bytes())
        with grpc.secure_channel(running.etcd.endpoints[0], credentials) as channel:
            auth = rpc_pb2_grpc.AuthStub(channel)
            auth.UserAdd(rpc_pb2.AuthUserAddRequest(name=keys.username, password=keys.password))
            auth.RoleAdd(rpc_pb2.AuthRoleAddRequest(name="root"))
            auth.UserGrantRole(rpc_pb2.AuthUserGrantRoleRequest(user=keys.username, role="root"))
            auth.AuthEnable(rpc_pb2.AuthEnableRequest())
        yield running, keys
    finally:
        hosted.close()


async def _use_etcd(settings: EtcdSettings) -> None:
    async with EtcdClient(settings) as client:
        authority = EtcdAuthority(client)
        assert isinstance(await authority.commit(batch(enact("a.example"))), Committed)
        assert (await authority.head()).revision > 1


async def _use_kafka(settings: KafkaSettings) -> None:
    async with KafkaPlanLog(settings) as log:
        manifest = await log.append(plan(1))
        assert await log.fetch(manifest) == plan(1)
        await log.announce(Generation(1))
        await log.report(Report("me", "enacted"))


def test_whoever_has_the_authoritys_certificate_and_the_password_is_served(closed: tuple[Running, Secured]) -> None:
    running, _ = closed
    run(_use_etcd(replace(running.etcd, **SOON)))
    run(_use_kafka(running.kafka))


@pytest.mark.parametrize(
    "others",
    [
        {"username": None, "password": None},
        {"password": WRONG},
        {"ca_file": None, "username": None, "password": None},
    ],
    ids=["no password", "a wrong password", "no TLS"],
)
def test_a_stranger_is_refused_by_etcd(closed: tuple[Running, Secured], others: dict[str, Any]) -> None:
    with pytest.raises(Unavailable) as refusal:
        run(_use_etcd(replace(closed[0].etcd, **SOON, **others)))
    _clean(str(refusal.value))


@pytest.mark.parametrize(
    "others",
    [
        {"security_protocol": "SSL"},
        {"sasl_password": WRONG},
        {"security_protocol": "PLAINTEXT"},
        {"security_protocol": "SASL_PLAINTEXT"},
    ],
    ids=["no password", "a wrong password", "no TLS, no password", "a password in plain text"],
)
def test_a_stranger_is_refused_by_kafka(closed: tuple[Running, Secured], others: dict[str, Any]) -> None:
    with pytest.raises(Unavailable) as refusal:
        run(_use_kafka(replace(closed[0].kafka, request_timeout_s=3.0, append_timeout_s=8.0, **others)))
    _clean(str(refusal.value))


def test_servers_of_another_authority_are_not_talked_to(closed: tuple[Running, Secured], tmp_path: Path) -> None:
    other = str(secured(tmp_path, "root", PASSWORD).ca)
    with pytest.raises(Unavailable):
        run(_use_etcd(replace(closed[0].etcd, ca_file=other, **SOON)))
    with pytest.raises(Unavailable):
        run(_use_kafka(replace(closed[0].kafka, ssl_cafile=other, request_timeout_s=3.0, append_timeout_s=8.0)))


def test_no_log_and_no_argument_has_a_secret(
    closed: tuple[Running, Secured], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    running, keys = closed
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as said:
        run(_use_etcd(replace(running.etcd, **SOON)))
        run(_use_kafka(replace(running.kafka, topic_prefix="logged.")))
        for use in (
            _use_etcd(replace(running.etcd, password=WRONG, **SOON)),
            _use_kafka(replace(running.kafka, sasl_password=WRONG, request_timeout_s=3.0, append_timeout_s=8.0)),
        ):
            with pytest.raises(Unavailable):
                run(use)
    assert said, "nothing was logged, so nothing was looked at"
    _clean(json.dumps(said, default=repr))
    _clean(caplog.text)
    _clean("".join(capfd.readouterr()))
    _clean(repr(running) + repr(keys))
    assert running.directory is not None
    logs = sorted(running.directory.rglob("*.log"))
    assert {"etcd-1.log", "kafka.log", "format.log"} <= {log.name for log in logs}
    for log in logs:
        _clean(log.read_text("utf-8", "replace"))
    for part in running.parts.values():
        assert part.pid is not None
        for file in ("cmdline", "environ"):
            _clean(Path(f"/proc/{part.pid}/{file}").read_bytes().decode("utf-8", "replace"))


def _clean(text: str) -> None:
    for secret in (PASSWORD, WRONG, "PRIVATE KEY"):
        assert secret not in text
