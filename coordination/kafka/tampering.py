"""What may happen to the plans' topic behind everybody's back: truncated, doubled, littered. For whoever tries faults.

Raises Unavailable when the broker does not answer, or does not do it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from coordination.kafka import clients
from coordination.kafka.reader import Message, TopicMissing, reading
from coordination.kafka.settings import KafkaSettings
from coordination.ports import Unavailable

DOUBLED_MOST = 4  # messages of half a megabyte at most

T = TypeVar("T")


async def truncate(settings: KafkaSettings) -> int:
    """Delete all that the plans' topic has; the offset that is the first now."""

    async def done() -> int:
        async with reading(settings, settings.plans) as reader:
            _, end = await reader.bounds()
        admin = clients.admin(settings)
        try:
            await admin.start()
            await admin.delete_records({TopicPartition(settings.plans, 0): RecordsToDelete(before_offset=end)})
        finally:
            await clients.stopped(admin.close, settings.stop_timeout_s)
        return end

    return await _answered(settings, done)


async def write(settings: KafkaSettings, messages: Sequence[bytes]) -> int:
    """Append these as they are; the first one's offset."""

    async def done() -> int:
        producer = clients.producer(settings, idempotent=False)
        try:
            await producer.start()
            offsets = [
                int((await producer.send_and_wait(settings.plans, message, partition=0)).offset) for message in messages
            ]
        finally:
            await clients.stopped(producer.stop, settings.stop_timeout_s)
        return offsets[0]

    return await _answered(settings, done)


async def double(settings: KafkaSettings) -> int:
    """Append the topic's last messages again; how many."""

    async def last() -> list[Message]:
        async with reading(settings, settings.plans) as reader:
            begin, end = await reader.bounds()
            reader.seek(max(begin, end - DOUBLED_MOST))
            return list(await reader.poll(1.0)) if end > begin else []

    found = [message.value for message in await _answered(settings, last) if message.value is not None]
    if found:
        await write(settings, found)
    return len(found)


async def _answered(settings: KafkaSettings, work: Callable[[], Awaitable[T]]) -> T:
    try:
        async with asyncio.timeout(4 * settings.request_timeout_s):
            return await work()
    except (TopicMissing, *clients.FAULTS) as error:
        raise Unavailable(f"Kafka, at the plans' topic: {type(error).__name__}: {error}") from error
