"""What the client is set to, what it says of a lesser broker, and that no secret is shown."""

import asyncio
import logging

import pytest
import structlog
from aiokafka.errors import KafkaConnectionError, UnknownError
from aiokafka.protocol.admin import SaslAuthenticateRequest_v1, SaslHandShakeRequest_v1

from coordination.conformance.planlog import plan
from coordination.kafka import clients, log, sender
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.ports import PlanTorn, Unavailable
from tests.bounded import run
from tests.kafka.broker import Broker

SECRET = "hunter2-do-not-show"


def _secretive(bootstrap: str) -> KafkaSettings:
    return KafkaSettings(bootstrap, security_protocol="SASL_PLAINTEXT", sasl_username=SECRET, sasl_password=SECRET)


def test_secrets_are_in_no_repr() -> None:
    settings = KafkaSettings("h:1", sasl_username=SECRET, sasl_password=SECRET, ssl_key_password=SECRET)
    assert SECRET not in f"{settings!r} {settings}"


def test_secrets_are_in_no_refusal_and_no_log(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with KafkaPlanLog(_secretive(f"127.0.0.1:{broker.port}")) as refused:
            with pytest.raises(Unavailable) as refusal:
                await refused.append(plan(1))
            assert SECRET not in str(refusal.value)

    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as lines:
        run(story())
    assert SECRET not in caplog.text
    assert SECRET not in str(lines)


def test_the_lack_of_idempotence_is_said_once(broker: Broker, settings: KafkaSettings) -> None:
    async def story() -> None:
        async with KafkaPlanLog(settings) as plans:
            await plans.append(plan(1))
            plans._sender._drop(plans._sender._producer)
            await plans.append(plan(2))

    with structlog.testing.capture_logs() as lines:
        run(story())
    assert [line["event"] for line in lines].count("kafka_without_idempotence") == 1


def test_an_outage_is_not_taken_for_a_lack_of_idempotence(settings: KafkaSettings, monkeypatch) -> None:
    asked = []

    class Offering:
        """A producer of a broker that offers idempotence, away at first."""

        def __init__(self, idempotent: bool) -> None:
            asked.append(idempotent)

        async def start(self) -> None:
            if len(asked) == 1:
                raise KafkaConnectionError("away")

        async def stop(self) -> None:
            pass

    async def story() -> None:
        monkeypatch.setattr(clients, "producer", lambda _, idempotent: Offering(idempotent))
        one = sender.Sender(settings)
        with pytest.raises(Unavailable):
            await one.ready()
        await one.ready()
        assert asked == [True, True]
        await one.close()

    run(story())


def test_a_broker_without_producer_ids_is_asked_only_once(settings: KafkaSettings, monkeypatch) -> None:
    asked = []

    class Lesser:
        def __init__(self, idempotent: bool) -> None:
            self.idempotent = idempotent
            asked.append(idempotent)

        async def start(self) -> None:
            if self.idempotent:
                raise UnknownError

        async def stop(self) -> None:
            pass

    async def story() -> None:
        monkeypatch.setattr(clients, "producer", lambda _, idempotent: Lesser(idempotent))
        one = sender.Sender(settings)
        await one.ready()
        one._drop(one._producer)
        await one.ready()
        assert asked == [True, False, False]
        await one.close()

    run(story())


def test_a_client_that_never_stops_is_abandoned_aloud() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as lines:
        run(clients.stopped(never, 0.05), timeout_s=5.0)
    assert [line["event"] for line in lines] == ["kafka_client_abandoned"]


def test_defaults_that_lose_messages_are_changed(settings: KafkaSettings) -> None:
    async def story() -> None:
        producer, consumer = clients.producer(settings, idempotent=False), clients.consumer(settings)
        assert producer._sender._acks == -1
        assert consumer._group_id is None
        assert consumer._enable_auto_commit is False
        assert consumer._auto_offset_reset == "none"
        assert producer._max_request_size < 1024 * 1024
        await producer.stop()
        await consumer.stop()

    run(story())


def test_a_manifest_of_half_a_terabyte_is_refused_before_a_broker_is_asked() -> None:
    async def story() -> None:
        nowhere = KafkaPlanLog(KafkaSettings("127.0.0.1:1"))
        huge = log.chunks.manifest(plan(1).generation, None, b"x", 0)
        with pytest.raises(PlanTorn, match="the most is"):
            await nowhere.fetch(type(huge)(1, None, "0" * 64, 2**39, 2**20, 0, 0, ""))

    run(story())


def test_a_request_that_carries_a_password_goes_to_no_log_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    async def made() -> None:
        clients.admin(KafkaSettings("127.0.0.1:9"))

    run(made())
    library = logging.getLogger("aiokafka.conn")  # what AIOKafkaConnection.send does with every request
    with caplog.at_level(logging.DEBUG):
        library.debug("Request to %s:%d %d: %s", "h", 1, 2, SaslHandShakeRequest_v1("PLAIN"))
        library.debug("Request to %s:%d %d: %s", "h", 1, 3, SaslAuthenticateRequest_v1(b"\0me\0a-secret-word"))
    assert "SaslHandShakeRequest" in caplog.text
    assert "secret" not in caplog.text
