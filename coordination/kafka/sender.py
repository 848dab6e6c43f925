"""Messages to the broker, each acknowledged by all in-sync replicas, or Unavailable.

The producer is made when it is first needed and thrown away at the first failure: the next send starts
afresh, topics included, so a broker that forgot everything is met again. Idempotence is asked for and
given up, once and aloud, when the broker cannot hand out producer ids; what is doubled then, readers bear.
"""

import asyncio

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from coordination.kafka import clients, topics
from coordination.kafka.settings import KafkaSettings
from coordination.ports import Unavailable

_log = structlog.get_logger(__name__)


class Sender:
    """One producer, renewed after every failure. Use from one event loop."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._idempotent = settings.idempotence
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def ready(self) -> None:
        """Connect, and see that the topics exist. Raises Unavailable."""
        try:
            if self._producer is not None:
                await topics.ensure(self._settings)
            await self._connected()
        except clients.FAULTS as error:
            raise Unavailable(f"Kafka, connecting: {type(error).__name__}: {error}") from error

    async def send(self, topic: str, value: bytes) -> int:
        """The message's offset once the broker has it. Raises Unavailable; the message may be there all the same."""
        producer: AIOKafkaProducer | None = None
        try:
            async with asyncio.timeout(2 * self._settings.request_timeout_s):
                producer = await self._connected()
                metadata = await producer.send_and_wait(topic, value, partition=0)
        except clients.FAULTS as error:
            self._drop(producer)
            raise Unavailable(f"Kafka, sending to {topic}: {type(error).__name__}: {error}") from error
        return int(metadata.offset)

    async def close(self) -> None:
        """Stop within the settings' bound."""
        self._drop(self._producer)
        if self._closing:
            await asyncio.wait(self._closing, timeout=2 * self._settings.stop_timeout_s)

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                await topics.ensure(self._settings)
                self._producer = await self._start()
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        if self._idempotent:
            try:
                return await self._started(idempotent=True)
            except KafkaError as error:
                if error.retriable:
                    raise
                self._idempotent = False
                _log.warning("kafka_without_idempotence", reason=f"the broker gives no producer id: {error}")
        return await self._started(idempotent=False)

    async def _started(self, idempotent: bool) -> AIOKafkaProducer:
        producer = clients.producer(self._settings, idempotent)
        try:
            async with asyncio.timeout(self._settings.request_timeout_s):
                await producer.start()
        except BaseException:
            await clients.stopped(producer.stop, self._settings.stop_timeout_s)
            raise
        return producer

    def _drop(self, producer: AIOKafkaProducer | None) -> None:
        """Let go of a producer; it stops on its own time, in the background."""
        if producer is not self._producer or producer is None:
            return
        self._producer = None
        task = asyncio.create_task(clients.stopped(producer.stop, self._settings.stop_timeout_s))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
