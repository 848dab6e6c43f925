"""The topics exist before anything is sent: one partition each, kept for ever.

Whoever comes first creates them, and again after a broker that forgot everything. Topics keep everything
(no retention by time or size): only the collector truncates, since Kafka cannot know what is claimed. Messages have
the broker's time: one by a sender's clock is refused where that is an hour ahead (message.timestamp.after.max.ms).
"""

import asyncio

import structlog
from aiokafka.admin import NewTopic
from aiokafka.errors import for_code

from coordination.kafka import clients
from coordination.kafka.settings import KafkaSettings
from coordination.limits import KAFKA_MESSAGE_BYTES

_TOPIC_CONFIG = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(KAFKA_MESSAGE_BYTES),
    "message.timestamp.type": "LogAppendTime",
}
_EXISTS = 36  # TOPIC_ALREADY_EXISTS: another actor was faster

_log = structlog.get_logger(__name__)


async def ensure(settings: KafkaSettings) -> None:
    """Create the missing ones of the three topics. Raises one of clients.FAULTS."""
    wanted = (settings.plans, settings.announcements, settings.reports)
    client = clients.admin(settings)
    try:
        async with asyncio.timeout(settings.request_timeout_s):
            await client.start()
            present = await client.list_topics()
            missing = [name for name in wanted if name not in present]
            if not missing:
                return
            new = [NewTopic(name, 1, settings.replication_factor, topic_configs=_TOPIC_CONFIG) for name in missing]
            reply = await client.create_topics(new)
    finally:
        await clients.stopped(client.close, settings.stop_timeout_s)
    for name, code, *_ in reply.topic_errors:
        if code == 0:
            _log.info("kafka_topic_created", topic=name)
        elif code != _EXISTS:
            raise for_code(code)(f"topic {name} could not be created")
