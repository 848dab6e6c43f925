"""Whatever a stranger writes into the plans topic, a reader refuses it with a reason and moves on."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from coordination import chunks, codec
from coordination.conformance.planlog import plan
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.limits import KAFKA_MESSAGE_BYTES
from coordination.plan import Manifest
from coordination.ports import PlanLost, PlanTorn
from tests.bounded import run

PLAN = plan(41, entries=9_000)
DATA = codec.encode(PLAN)
MESSAGES = chunks.split(PLAN.generation, DATA)
Put = Callable[..., Awaitable[Manifest]]


def _with_stranger(settings: KafkaSettings, story: Callable[[KafkaPlanLog, Put], Awaitable[None]]) -> None:
    """Run `story` with a log and a `put` that writes raw messages and gives the manifest of PLAN at their offset."""

    async def told() -> None:
        stranger = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_request_size=20_000_000)
        async with KafkaPlanLog(settings) as log:
            await log.append(plan(1))  # so that the topics exist
            await stranger.start()

            async def put(*messages: bytes | None) -> Manifest:
                offsets = [
                    (await stranger.send_and_wait(settings.plans, message, key=b"k")).offset for message in messages
                ]
                return chunks.manifest(PLAN.generation, None, DATA, offsets[0])

            try:
                await story(log, put)
            finally:
                await stranger.stop()

    run(told())


def _altered(message: bytes) -> bytes:
    return message[:-1] + bytes([message[-1] ^ 1])


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ((b"\x00\xff garbage",), "no chunk envelope"),
        ((None,), "an empty message"),
        ((b"x" * 10_000_000,), "10000000 bytes, the most is"),
        ((MESSAGES[0].replace(b"chunk 1", b"chunk 7", 1), *MESSAGES[1:]), "unknown chunk format 7"),
        ((MESSAGES[0], _altered(MESSAGES[1]), *MESSAGES[2:]), "chunk 1 was altered"),
        ((MESSAGES[0], *MESSAGES[2:]), "chunk 1 of"),
        (MESSAGES[:-1], f"chunk {len(MESSAGES) - 1} of"),
        (chunks.split(PLAN.generation, b"other content"), "generation 41 is here with digest"),
    ],
    ids=["garbage", "empty", "10 MB", "version", "altered", "missing", "cut", "other"],
)
def test_a_poisoned_plan_is_torn_with_a_reason_and_the_next_plan_is_read(
    settings: KafkaSettings, messages: tuple[bytes | None, ...], reason: str
) -> None:
    async def story(log: KafkaPlanLog, put: Put) -> None:
        manifest = await put(*messages)
        following = await log.append(plan(42))
        with pytest.raises(PlanTorn, match=reason):
            await log.fetch(manifest)
        assert not await log.holds(manifest)  # or nobody would publish another
        assert await log.fetch(following) == plan(42)

    _with_stranger(settings, story)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (DATA.replace(b"namelatch-plan 1 ", b"namelatch-plan 2 ", 1), "unknown plan format 2"),
        (DATA[:-1] + b"?", "."),
        (b"\x00\xff" * 300, "."),
        (codec.encode(plan(40)), "the manifest says otherwise"),
    ],
    ids=["version", "entry", "bytes", "another's"],
)
def test_what_is_no_plan_in_sound_chunks_is_torn_and_not_held(
    settings: KafkaSettings, data: bytes, reason: str
) -> None:
    """Enactors refuse it: were it held, no planner would ever publish another, and names would stay as they are."""

    async def story(log: KafkaPlanLog, put: Put) -> None:
        put_at = await put(*chunks.split(PLAN.generation, data))
        manifest = chunks.manifest(PLAN.generation, None, data, put_at.offset)
        with pytest.raises(PlanTorn, match=reason):
            await log.fetch(manifest)
        assert not await log.holds(manifest)
        following = await log.append(plan(42))
        assert await log.holds(following)
        assert await log.fetch(following) == plan(42)

    _with_stranger(settings, story)


def test_what_was_read_once_is_not_read_again_and_is_still_looked_for(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner looks every few seconds at plans of any size: reading costs what decoding does, looking does not."""
    decoded: list[bytes] = []
    real = codec.decode
    monkeypatch.setattr(codec, "decode", lambda data: (decoded.append(data), real(data))[1])

    async def story(log: KafkaPlanLog, put: Put) -> None:
        own = await log.append(PLAN)
        assert await log.holds(own)
        assert decoded == []  # what was encoded here is known to be a plan
        strangers = await put(*chunks.split(PLAN.generation, DATA))
        async with KafkaPlanLog(settings) as another:
            assert await another.holds(strangers)
            assert await another.holds(strangers)
            assert len(decoded) == 1
            lost = replace(strangers, offset=strangers.offset + len(MESSAGES))
            assert not await another.holds(lost)

    _with_stranger(settings, story)


def test_duplicates_disorder_and_poison_between_the_chunks_do_not_matter(settings: KafkaSettings) -> None:
    first, second, *rest = MESSAGES
    mixed = (first, b"noise", *rest, b"x" * 3_000_000, _altered(second), first, None, second, second)

    async def story(log: KafkaPlanLog, put: Put) -> None:
        manifest = await put(*mixed)
        assert await log.fetch(manifest) == PLAN
        assert await log.holds(manifest)

    _with_stranger(settings, story)


def test_two_planners_chunks_of_one_generation_may_be_mixed(settings: KafkaSettings) -> None:
    other = plan(41, entries=9_500)
    others = chunks.split(other.generation, codec.encode(other))

    async def story(log: KafkaPlanLog, put: Put) -> None:
        mine = await put(*[message for pair in zip(MESSAGES, others, strict=True) for message in pair])
        theirs = replace(mine, digest=codec.digest(codec.encode(other)), size=len(codec.encode(other)))
        assert await log.fetch(mine) == PLAN
        assert await log.fetch(theirs) == other
        assert not await log.holds(theirs)  # its first chunk is one further

    _with_stranger(settings, story)


def test_an_offset_between_plans_or_behind_them_is_lost(settings: KafkaSettings) -> None:
    async def story(log: KafkaPlanLog, put: Put) -> None:
        manifest = await put(*MESSAGES)
        following = await log.append(plan(42))
        for offset in (following.offset, following.offset + 1, -5):
            with pytest.raises(PlanLost):
                await log.fetch(replace(manifest, offset=offset))

    _with_stranger(settings, story)


def test_no_message_of_ours_comes_near_the_limit_of_a_megabyte(settings: KafkaSettings) -> None:
    assert max(map(len, MESSAGES)) * 1.5 < KAFKA_MESSAGE_BYTES

    async def story(log: KafkaPlanLog, put: Put) -> None:
        manifest = await log.append(PLAN)
        assert manifest.chunks == len(MESSAGES)
        assert manifest.size == len(DATA) > KAFKA_MESSAGE_BYTES

    _with_stranger(settings, story)


def test_strange_announcements_are_not_heard(settings: KafkaSettings) -> None:
    async def told() -> None:
        stranger = AIOKafkaProducer(bootstrap_servers=settings.bootstrap)
        async with KafkaPlanLog(settings) as log:
            await log.announce(plan(1).generation)
            assert await log.heard(None, 10.0) == 1
            await stranger.start()
            for message in (b"", None, b"namelatch-announcement 2 9", b"namelatch-announcement 1 09", b"\xff" * 999):
                await stranger.send_and_wait(settings.announcements, message, key=b"k")
            await stranger.stop()
            await log.announce(plan(2).generation)
            assert await log.heard(None, 10.0) == 2

    run(told())
