"""One topic read from an offset, by a consumer that lives no longer than the reading.

No group, no commit: whoever reads knows his offset from a manifest. A broker need not say that an offset is
out of range (the embedded one is silent), and one that forgot everything may have filled the same offsets again:
bounds are asked for first, and in silence the last message read is looked at once more.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from coordination.kafka import clients
from coordination.kafka.settings import KafkaSettings


class TopicMissing(Exception):
    """The broker does not know the topic: nothing was written yet, or everything was forgotten."""


class Message(NamedTuple):
    """One message of the log; `timestamp_ms` is the broker's or the sender's wall clock, for display only."""

    offset: int
    timestamp_ms: int
    value: bytes | None


class Reader:
    """The one partition of one topic. Calls raise one of clients.FAULTS."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, request_timeout_s: float) -> None:
        self._consumer = consumer
        self._partition = TopicPartition(topic, 0)
        self._request_timeout_s = request_timeout_s

    async def bounds(self) -> tuple[int, int]:
        """The first offset that is kept and the one that the next message will get."""
        async with asyncio.timeout(self._request_timeout_s):
            begin = await self._consumer.beginning_offsets([self._partition])
            end = await self._consumer.end_offsets([self._partition])
        return int(begin[self._partition]), int(end[self._partition])

    def seek(self, offset: int) -> None:
        """Go on reading at this offset."""
        self._consumer.seek(self._partition, offset)

    async def poll(self, timeout_s: float) -> Sequence[Message]:
        """The next messages, none if there were none for `timeout_s`."""
        async with asyncio.timeout(timeout_s + self._request_timeout_s):
            got = await self._consumer.getmany(self._partition, timeout_ms=int(timeout_s * 1000))
        return [Message(m.offset, m.timestamp, m.value) for m in got.get(self._partition, ())]

    async def goes_on(self, last: Message | None) -> bool:
        """Whether `last`, the newest message read, is still the log's own (or truncated); reading goes on behind it."""
        begin, end = await self.bounds()
        if last is None or last.offset < begin:
            return True
        if last.offset >= end:
            return False
        self.seek(last.offset)
        again = await self.poll(self._request_timeout_s)
        self.seek(last.offset + 1)
        return bool(again) and again[0] == last


@asynccontextmanager
async def reading(settings: KafkaSettings, topic: str) -> AsyncIterator[Reader]:
    """A reader of `topic`. Raises TopicMissing or one of clients.FAULTS."""
    consumer = clients.consumer(settings)
    try:
        async with asyncio.timeout(settings.request_timeout_s):
            await consumer.start()
            if topic not in await consumer.topics():
                raise TopicMissing(topic)
        consumer.assign([TopicPartition(topic, 0)])
        yield Reader(consumer, topic, settings.request_timeout_s)
    finally:
        await clients.stopped(consumer.stop, settings.stop_timeout_s)
