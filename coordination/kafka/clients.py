"""Kafka clients built from settings, and stopped within a bound.

Every default that loses messages is changed here (acks, auto-commit, offset reset), once for all.
aiokafka's `stop()` can hang (its issues 773 and 659): a client that does not stop in time is abandoned
with a warning. `FAULTS` are the ways in which a broker fails to answer; callers make Unavailable of them.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

from coordination.kafka.settings import KafkaSettings
from coordination.limits import CHUNK_BYTES, KAFKA_MESSAGE_BYTES

FAULTS = (KafkaError, OSError, TimeoutError, UnicodeError)  # the last for a host that IDNA can't encode

_log = structlog.get_logger(__name__)


def producer(settings: KafkaSettings, idempotent: bool) -> AIOKafkaProducer:
    """A producer that is told of success only when every in-sync replica has the message."""
    return AIOKafkaProducer(
        **_common(settings),
        acks="all",
        enable_idempotence=idempotent,
        compression_type=settings.compression,
        max_request_size=KAFKA_MESSAGE_BYTES,
    )


def consumer(settings: KafkaSettings) -> AIOKafkaConsumer:
    """A consumer without a group: no rebalance, no commit, no reset to an offset that nobody asked for."""
    return AIOKafkaConsumer(
        **_common(settings),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=4 * CHUNK_BYTES,
        fetch_max_wait_ms=250,
    )


def admin(settings: KafkaSettings) -> AIOKafkaAdminClient:
    """A client that lists and creates topics."""
    return AIOKafkaAdminClient(**_common(settings))


async def stopped(stop: Callable[[], Awaitable[None]], timeout_s: float) -> None:
    """Await a client's `stop`, at most `timeout_s`; never raises for what the client does wrong on its way out."""
    task = asyncio.ensure_future(stop())
    try:
        await asyncio.wait({task}, timeout=timeout_s)
    finally:
        if not task.done():
            task.cancel()
            _log.warning("kafka_client_abandoned", timeout_s=timeout_s)
        task.add_done_callback(_swallow)


def _swallow(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.debug("kafka_client_stopped_badly", error=type(task.exception()).__name__)


def _without_passwords(record: logging.LogRecord) -> bool:
    """At debug level aiokafka logs requests as they are sent, those that carry a password too: these go nowhere."""
    return "SaslAuthenticateRequest" not in record.getMessage()


def _common(settings: KafkaSettings) -> dict[str, Any]:
    logging.getLogger("aiokafka.conn").addFilter(_without_passwords)  # the same function twice counts once
    return {
        "bootstrap_servers": settings.bootstrap.split(","),
        "client_id": settings.client_id,
        "request_timeout_ms": int(settings.request_timeout_s * 1000),
        "security_protocol": settings.security_protocol,
        "ssl_context": _ssl_context(settings),
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": settings.sasl_password,
    }


def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    if not settings.security_protocol.endswith("SSL"):
        return None
    context: ssl.SSLContext = create_ssl_context(
        cafile=settings.ssl_cafile,
        certfile=settings.ssl_certfile,
        keyfile=settings.ssl_keyfile,
        password=settings.ssl_key_password,
    )
    return context
