"""etcd and Kafka with TLS and authentication, real processes: who is let in, who is not, and what logs never say."""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from coordination.conformance.planlog import plan
from coordination.conformance.world import A, B, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.etcd.settings import EtcdSettings
from coordination.feed import Beat
from coordination.intents import Committed, TakeClaim
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.ports import Unavailable
from namelatch.backends.choice import opened
from namelatch.backends.running import Running
from namelatch.loading import load
from tests.bounded import run
from tests.cluster.certificates import secured
from tests.cluster.conftest import cluster
from tests.cluster.guarded import ROOT, ROOTS_PASSWORD, USER, USERS_PASSWORD, lock
from tests.cluster.hosted import Hosted
from tests.etcd.given import batch, enact, eventually

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow]
PREFIX = "dns/guarded"
SECRETS = (ROOTS_PASSWORD, USERS_PASSWORD, "wrong-Word-0815", "PRIVATE KEY")
SOON = {"connect_timeout_s": 1.0, "call_timeout_s": 2.0}
AT_ONCE = {"request_timeout_s": 2.0, "append_timeout_s": 4.0, "fetch_timeout_s": 4.0, "stop_timeout_s": 1.0}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, local_parts: None) -> Iterator[Running]:
    """Three members and a broker that let nobody in without a password; shared: no test may harm them."""
    directory = tmp_path_factory.mktemp("guarded")
    hosted = Hosted(cluster(directory / "parts", secured=secured(directory / "tls", USER, USERS_PASSWORD)))
    running = hosted.start()
    try:
        lock(replace(running.etcd, username=None, password=None), PREFIX)
        yield running
    finally:
        hosted.close()


@pytest.fixture
def etcd(guarded: Running) -> EtcdSettings:
    return replace(guarded.etcd, prefix=PREFIX, **SOON)


@pytest.fixture
def kafka(guarded: Running) -> KafkaSettings:
    return replace(guarded.kafka, **AT_ONCE)


async def whole_round(etcd: EtcdSettings, kafka: KafkaSettings) -> None:
    """What the protocol does with its parts, once: a claim, a write, a feed up to its heartbeat, a plan and back."""
    async with EtcdClient(etcd) as client, KafkaPlanLog(kafka) as log:
        claims, authority = EtcdClaims(client), EtcdAuthority(client)
        claim = TakeClaim(g(1), "x", "token-1")
        assert isinstance(await claims.acquire(claim, ()), Committed)
        assert await claims.renew(claim)
        assert isinstance(await authority.commit(batch(enact("a.example"))), Committed)
        async with aclosing(EtcdFeed(client, "me").follow(None)) as events, asyncio.timeout(20):
            async for event in events:
                if isinstance(event, Beat):
                    break
        assert isinstance(await claims.release(claim), Committed)
        manifest = await log.append(plan(1))
        assert await log.fetch(manifest) == plan(1)


async def refused(etcd: EtcdSettings) -> str:
    """A write and a read that must not be let through; what the write's refusal said."""
    async with EtcdClient(etcd) as client:
        with pytest.raises(Unavailable) as write:
            await EtcdAuthority(client).commit(batch(enact("b.example")))
        with pytest.raises(Unavailable):
            await EtcdAuthority(client).read((A,))
        return str(write.value)


async def shut_out(kafka: KafkaSettings) -> str:
    async with KafkaPlanLog(kafka) as log:
        with pytest.raises(Unavailable) as refusal:
            await log.append(plan(1))
        return str(refusal.value)


def test_who_has_the_password_and_trusts_the_certificates_can_do_all_that_the_protocol_does(
    etcd: EtcdSettings, kafka: KafkaSettings
) -> None:
    run(whole_round(etcd, kafka))


def test_the_backend_external_gets_in_by_what_the_configuration_says(
    guarded: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "namelatch.toml"
    addresses = ", ".join(f'"{address}"' for address in guarded.etcd.endpoints)
    file.write_text(
        f'[etcd]\nendpoints = [{addresses}]\nprefix = "{PREFIX}"\nca_file = "{guarded.etcd.ca_file}"\n'
        f'username = "{USER}"\n[kafka]\nbootstrap = ["{guarded.kafka.bootstrap}"]\ntls = true\n'
        f'ca_file = "{guarded.kafka.ssl_cafile}"\nsasl_mechanism = "PLAIN"\nsasl_username = "{USER}"\n'
    )
    monkeypatch.setenv("NAMELATCH_ETCD__PASSWORD", USERS_PASSWORD)
    monkeypatch.setenv("NAMELATCH_KAFKA__SASL_PASSWORD", USERS_PASSWORD)

    async def scenario() -> None:
        async with opened("external", load(file)) as running:
            assert not running.parts
            assert USERS_PASSWORD not in f"{running}"
            await whole_round(running.etcd, running.kafka)

    run(scenario())


@pytest.mark.parametrize(
    "others",
    [
        {"username": None, "password": None},
        {"password": "wrong-Word-0815"},
        {"username": "nobody"},
        {"prefix": "elsewhere"},
        {"ca_file": None},
    ],
    ids=["without a user", "with a wrong password", "as nobody", "outside his keys", "in plain text"],
)
def test_etcd_refuses_a_stranger_and_nothing_is_written(etcd: EtcdSettings, others: dict[str, str | None]) -> None:
    stranger = replace(etcd, **others)  # type: ignore[arg-type]

    async def scenario() -> None:
        said = await refused(stranger)
        assert not any(secret in said for secret in SECRETS)
        root = replace(etcd, username=ROOT, password=ROOTS_PASSWORD, prefix=stranger.prefix)
        async with EtcdClient(root) as client:
            assert (await EtcdAuthority(client).read((B,))).seen[0].root is None

    run(scenario())


def test_a_member_whose_certificate_another_authority_signed_is_not_trusted(
    etcd: EtcdSettings, kafka: KafkaSettings, tmp_path: Path
) -> None:
    other = secured(tmp_path / "other", USER, USERS_PASSWORD)

    async def scenario() -> None:
        await refused(replace(etcd, ca_file=str(other.ca)))
        await shut_out(replace(kafka, ssl_cafile=str(other.ca)))

    run(scenario())


@pytest.mark.parametrize(
    "others",
    [
        {"security_protocol": "SSL"},
        {"sasl_password": "wrong-Word-0815"},
        {"sasl_username": "nobody"},
        {"security_protocol": "SASL_PLAINTEXT"},
        {"security_protocol": "PLAINTEXT"},
    ],
    ids=["without a user", "with a wrong password", "as nobody", "a password in plain text", "in plain text"],
)
def test_kafka_refuses_a_stranger(kafka: KafkaSettings, others: dict[str, str]) -> None:
    said = run(shut_out(replace(kafka, **others)))  # type: ignore[arg-type]
    assert not any(secret in said for secret in SECRETS)


def test_members_that_forgot_the_token_are_asked_again_and_the_work_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(
            tmp_path / "parts", kafka=False, secured=secured(tmp_path / "tls", USER, USERS_PASSWORD)
        ) as running:
            await asyncio.to_thread(lock, replace(running.etcd, username=None, password=None), PREFIX)
            async with EtcdClient(replace(running.etcd, prefix=PREFIX, **SOON)) as client:
                authority = EtcdAuthority(client)
                for number, member in enumerate(running.members()):
                    await _written(authority, f"before-{number}.example")
                    await member.restart()
                    await _written(authority, f"after-{number}.example")

    run(scenario(), 110.0)


async def _written(authority: EtcdAuthority, name: str) -> None:
    """Written and acknowledged, once somebody is there to do it."""

    async def done() -> bool:
        try:
            return isinstance(await authority.commit(batch(enact(name))), Committed)
        except Unavailable:
            return False

    await eventually(done, 40.0)


def test_no_log_argument_or_variable_has_a_secret_whatever_went_wrong(
    guarded: Running,
    etcd: EtcdSettings,
    kafka: KafkaSettings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def scenario() -> None:
        await whole_round(etcd, kafka)
        await refused(replace(etcd, password="wrong-Word-0815"))
        await shut_out(replace(kafka, sasl_password="wrong-Word-0815"))

    with caplog.at_level(logging.DEBUG):  # everything that any library says, and nobody redacts
        run(scenario())
    assert guarded.directory is not None
    logs = {path: path.read_text(errors="replace") for path in guarded.directory.glob("*/*.log")}
    assert {path.stem for path in logs} >= {"etcd-1", "etcd-2", "etcd-3", "kafka", "format"}
    assert "SaslAuthenticationException" in "".join(logs.values()) or "authentication" in "".join(logs.values()).lower()
    assert caplog.text, "the libraries say nothing at all: this test looks at the wrong place"
    printed = "".join(capfd.readouterr())
    said = {**logs, "our libraries' logs": caplog.text, "printed": printed, "settings": f"{etcd!r} {kafka!r}"}
    for name, part in guarded.parts.items():
        for file in ("cmdline", "environ"):
            said[f"{name} {file}"] = Path(f"/proc/{part.pid}/{file}").read_text(errors="replace")
    assert not [(where, secret) for where, text in said.items() for secret in SECRETS if secret in text]


def test_what_has_a_secret_inside_is_readable_by_us_alone(guarded: Running) -> None:
    assert guarded.directory is not None
    holding = [
        path
        for path in guarded.directory.rglob("*")
        if path.is_file() and path.suffix != ".db" and USERS_PASSWORD.encode() in path.read_bytes()
    ]
    assert [path.name for path in holding if path.parent.name == "kafka"] == ["server.properties"]
    for path in holding:
        closed = [one for one in (path, *path.parents) if one.is_relative_to(guarded.directory)]
        assert any(os.stat(one).st_mode & 0o077 == 0 for one in closed), path
