"""What a broker, and a stranger on its topics, can do to a region at work: real processes, Apache Kafka, etcd."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError

from coordination import chunks, codec
from coordination.conformance import planlog
from coordination.intents import Batch, Committed, Proposal, Publish, Reserve
from coordination.kafka.follower import announcement
from coordination.kafka.settings import KafkaSettings
from coordination.plan import Entry, Generation, Plan
from coordination.ports import Unavailable
from coordination.records import Endpoint
from namelatch.backends.running import Running
from namelatch.matrix.world import FOUR, NAMES, ONE, THREE, TWO, records
from tests.bounded import run
from tests.cluster.conftest import cluster
from tests.cluster.region import Region, answered, grounds_of, judged, region
from tests.cluster.writing import so

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(400)]
ENOUGH_S = 380.0
AWAY_S = 60.0


def test_while_every_broker_is_away_for_a_minute_the_dns_server_answers_and_afterwards_all_converges(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with cluster() as running:
            grounds = grounds_of(running.etcd, running.kafka, "away")
            async with region(grounds, tmp_path) as town:
                broker = running.parts["kafka"]
                broker.kill()
                before, newest = time.monotonic(), await town.newest()
                due = town.turned(ONE, TWO)
                while time.monotonic() - before < AWAY_S:
                    await town.asking.more()
                assert await town.newest() == newest, "a plan that nobody can read was published"
                await broker.start()
                await town.settled(due)
                await town.settled(town.turned(ONE, FOUR))
                await town.at_rest()
                await town.serving(ONE, await town.newest())
                assert town.asking.dark() == []
                assert town.asking.back() == []
                assert [line for line in town.told("unavailable") if line["at"] < before + AWAY_S], "nobody noticed"
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)


# --- a stranger --------------------------------------------------------------------------------------------------


class Stranger:
    """Somebody who may write to the topics and to etcd, and makes plans exist that no planner would."""

    def __init__(self, kafka: KafkaSettings, town: Region, producer: AIOKafkaProducer) -> None:
        self._kafka, self._town, self._producer = kafka, town, producer

    async def send(self, topic: str, message: bytes | None) -> int:
        """One message; its offset."""
        return int((await self._producer.send_and_wait(topic, message, key=b"k")).offset)

    async def publish(self, made: "Callable[[Generation], Made]") -> Generation:
        """Make a plan exist, and announce it."""
        while True:
            with suppress(Unavailable):
                number = await self._publish(made)
                if number is not None:
                    await self.send(self._kafka.announcements, announcement(number))
                    return number

    async def _publish(self, made: "Callable[[Generation], Made]") -> Generation | None:
        authority, _ = self._town.hand(judged=True)
        head = await authority.head()
        number = Generation(max(head.newest or 0, head.reserved or 0) + 1)
        if not isinstance(await authority.commit(Batch((Proposal(Reserve(number)),))), Committed):
            return None
        data, messages = await asyncio.to_thread(made, number)  # this loop carries the members' words, too
        first, *_ = [await self.send(self._kafka.plans, message) for message in messages]
        promised = chunks.manifest(number, None, data, first)
        manifest = replace(promised, inputs_revision=head.inputs_revision, publisher="stranger")
        published = await authority.commit(Batch((Proposal(Publish(manifest)),)))
        return number if isinstance(published, Committed) else None


@asynccontextmanager
async def stranger_in(town: Region, running: Running) -> AsyncIterator[Stranger]:
    """Him, connected."""
    kafka = town.grounds.kafka
    producer = AIOKafkaProducer(bootstrap_servers=running.kafka.bootstrap, max_request_size=20_000_000)
    await producer.start()
    try:
        yield Stranger(kafka, town, producer)
    finally:
        await producer.stop()


@asynccontextmanager
async def admin_of(running: Running) -> AsyncIterator[AIOKafkaAdminClient]:
    """The broker's administrator."""
    admin = AIOKafkaAdminClient(bootstrap_servers=running.kafka.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


# --- poison ------------------------------------------------------------------------------------------------------

Made = tuple[bytes, Sequence[bytes | None]]  # what the manifest promises, and what is in the log
TEN_MB = b"x" * 10_000_000


def _bytes(number: Generation) -> bytes:
    return codec.encode(planlog.plan(number, entries=9_000))


def _instead(*messages: bytes | None) -> Callable[[Generation], Made]:
    return lambda number: (_bytes(number), messages)


def _without_chunk_1(number: Generation) -> Made:
    whole = chunks.split(number, _bytes(number))
    assert len(whole) > 2
    return _bytes(number), (whole[0], *whole[2:])


def _wrong_digest(number: Generation) -> Made:
    return _bytes(number), chunks.split(number, codec.encode(planlog.plan(number, entries=8_999)))


def _altered(number: Generation) -> Made:
    first, *rest = chunks.split(number, _bytes(number))
    return _bytes(number), (first[:-1] + bytes([first[-1] ^ 1]), *rest)


def _chunks_of_version_7(number: Generation) -> Made:
    return _bytes(number), [one.replace(b"chunk 1", b"chunk 7", 1) for one in chunks.split(number, _bytes(number))]


def _sound(data: bytes, number: Generation) -> Made:
    return data, chunks.split(number, data)


def _plan_of_version_2(number: Generation) -> Made:
    return _sound(_bytes(number).replace(b"namelatch-plan 1 ", b"namelatch-plan 2 ", 1), number)


def _aliases_in_a_ring(number: Generation) -> Made:
    lines = f"{ONE} CNAME 60 {TWO}=1\n{TWO} CNAME 60 {ONE}=1\n"
    return _sound(f"namelatch-plan 1 {number} - 2\n{lines}".encode(), number)


@dataclass(frozen=True)
class Poison:
    """How it is made, and what the report has to say."""

    made: Callable[[Generation], Made]
    reason: str


POISONS = {
    "bad bytes": Poison(_instead(b"\x00\xff garbage"), "no chunk envelope"),
    "an empty message": Poison(_instead(None), "an empty message"),
    "10 MB": Poison(_instead(TEN_MB), "10000000 bytes, the most is"),
    "a missing chunk": Poison(_without_chunk_1, "chunk 1 of"),
    "a wrong digest": Poison(_wrong_digest, "is here with digest"),
    "an altered chunk": Poison(_altered, "chunk 0 was altered"),
    "unknown chunk format": Poison(_chunks_of_version_7, "unknown chunk format 7"),
    "unknown plan format": Poison(_plan_of_version_2, "unknown plan format 2"),
    "aliases in a ring": Poison(_aliases_in_a_ring, "neither A nor AAAA"),
}


def test_each_poisoned_plan_is_quarantined_with_its_reason_and_the_next_one_is_enacted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster() as running:
            grounds = grounds_of(running.etcd, running.kafka, "poison")
            async with (
                region(grounds, tmp_path) as town,
                stranger_in(town, running) as stranger,
                admin_of(running) as admin,
            ):
                with pytest.raises(MessageSizeTooLargeError):
                    await stranger.send(grounds.kafka.plans, TEN_MB)
                larger = {"max.message.bytes": "20000000", "retention.ms": "-1"}
                await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, grounds.kafka.plans, larger)])
                for name, poison in POISONS.items():
                    await quarantined(town, stranger, name, poison)
                    await town.settled(town.turned())
                await town.at_rest()
                await town.serving(ONE, await town.newest())
                assert town.asking.dark() == []
                assert town.asking.back() == []
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)


async def quarantined(town: Region, stranger: Stranger, name: str, poison: Poison) -> None:
    """Publish it until an enactor has met it: the planner looks too, and may be the quicker one to replace it."""
    for _ in range(10):
        number = await stranger.publish(poison.made)

        def said(number: Generation = number) -> list[str]:
            return [line["detail"] for line in town.told("quarantined") if line["generation"] == number]

        try:
            await so(lambda said=said: bool(said()), 3.0)  # type: ignore[misc]
        except TimeoutError:
            continue
        assert all(poison.reason in one for one in said()), (name, said())
        assert (await town.authority.head()).applied != number
        return
    raise AssertionError(f"{name}: nobody met it")


# --- plans that would take a name dark ---------------------------------------------------------------------------


def test_a_plan_without_records_for_a_live_name_is_refused_there_and_a_removal_on_purpose_is_not(
    tmp_path: Path,
) -> None:
    def made(number: Generation) -> Made:
        entries = (Entry(name, () if name == ONE else records(name, number)) for name in NAMES)
        return _sound(codec.encode(Plan(number, None, tuple(entries))), number)

    async def scenario() -> None:
        async with cluster() as running:
            grounds = grounds_of(running.etcd, running.kafka, "empty")
            async with region(grounds, tmp_path) as town, stranger_in(town, running) as stranger:
                before = await answered(town.dns.port, ONE)
                number = await stranger.publish(made)
                await town.serving(TWO, number)
                await so(lambda: any(line["endpoint"] == ONE for line in town.told("refused")))
                (said,) = {line["detail"] for line in town.told("refused")}
                assert said.startswith("non-empty: ")
                assert {line["endpoint"] for line in town.told("refused")} == {ONE}
                assert await answered(town.dns.port, ONE) == before
                assert (await town.authority.head()).applied != number, "what was refused is not done"
                await town.settled(town.turned())
                await town.serving(ONE, number + 1)
                assert town.asking.dark() == []
                town.evidence.taken_down.add(THREE)
                await town.settled(town.evidence.turned.remove(THREE))
                await town.serving(THREE, "gone")
                await town.at_rest()
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)


# --- order -------------------------------------------------------------------------------------------------------


async def _all_of(running: Running, topic: str) -> list[bytes | None]:
    """A topic's messages, in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=running.kafka.bootstrap, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[bytes | None] = []
        while await consumer.position(partition) < end:
            found += [one.value for one in (await consumer.getmany(partition, timeout_ms=500)).get(partition, ())]
        return found
    finally:
        await consumer.stop()


def test_what_is_sent_again_backwards_and_truncated_under_its_readers_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster() as running:
            kafka = grounds_of(running.etcd, running.kafka, "order").kafka
            async with (
                region(grounds_of(running.etcd, running.kafka, "order"), tmp_path) as town,
                stranger_in(town, running) as stranger,
                admin_of(running) as admin,
            ):
                for names in ((ONE, TWO), (ONE,), (FOUR,)):
                    await town.settled(town.turned(*names))
                old = {topic: await _all_of(running, topic) for topic in (kafka.plans, kafka.announcements)}
                assert all(len(messages) >= 4 for messages in old.values())
                turned: list[Endpoint] = []
                for topic, messages in old.items():
                    for message in (*reversed(messages), *messages):
                        await stranger.send(topic, message)
                    due = town.turned(ONE)
                    turned.append(ONE)
                    await town.settled(due)
                for topic in old:
                    due = town.turned(TWO)
                    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=-1)})
                    await town.settled(due)
                await town.at_rest()
                newest = await town.newest()
                assert newest >= 4 + len(turned) + len(old)
                await town.serving(TWO, newest)
                assert town.asking.dark() == []
                assert town.asking.back() == []
                assert await admin.list_consumer_groups() == [], "who is in no group is in no rebalance"
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)
