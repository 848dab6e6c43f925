"""Chunks come duplicated, reordered, mixed with strangers, altered or not at all."""

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from coordination import chunks, codec, limits
from coordination.chunks import Assembly, NotAChunk, assemble, parse, split
from coordination.conformance.planlog import plan
from coordination.plan import Generation
from coordination.ports import PlanLost, PlanTorn

PLAN = plan(41, entries=9_000)
DATA = codec.encode(PLAN)
MESSAGES = split(PLAN.generation, DATA)
MANIFEST = chunks.manifest(PLAN.generation, None, DATA, 0)
OTHER = plan(40, entries=9_000)
STRANGERS = (*split(OTHER.generation, codec.encode(OTHER)), b"", b"hello", b"\xff" * 1000)


def _altered(message: bytes, at: int) -> bytes:
    return message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]


def test_the_plan_has_several_chunks_and_none_is_longer_than_allowed() -> None:
    assert MANIFEST.chunks == len(MESSAGES) >= 3
    assert max(map(len, MESSAGES)) <= limits.CHUNK_BYTES < limits.KAFKA_MESSAGE_BYTES


def test_the_longest_envelope_fits_its_room() -> None:
    digits = 10**limits.GENERATION_DIGITS - 1
    (message,) = split(Generation(digits), b"x")
    assert len(message) + 3 * 9 <= limits.CHUNK_ENVELOPE_BYTES


@pytest.mark.parametrize("seed", range(10))
def test_duplicates_disorder_and_strangers_do_not_matter(seed: int) -> None:
    mixed = [*MESSAGES, *MESSAGES, *STRANGERS]
    random.Random(seed).shuffle(mixed)
    assert assemble(MANIFEST, mixed) == PLAN


@pytest.mark.parametrize("index", range(len(MESSAGES)))
def test_a_missing_chunk_is_named(index: int) -> None:
    with pytest.raises(PlanTorn, match=f"chunk {index} of {len(MESSAGES)} is missing"):
        assemble(MANIFEST, [*MESSAGES[:index], *STRANGERS, *MESSAGES[index + 1 :]])


def test_an_altered_chunk_is_refused_and_its_unharmed_copy_is_taken() -> None:
    bad = _altered(MESSAGES[1], -1 % len(MESSAGES[1]))
    with pytest.raises(PlanTorn, match="chunk 1 was altered"):
        assemble(MANIFEST, [MESSAGES[0], bad, *MESSAGES[2:]])
    assert assemble(MANIFEST, [MESSAGES[0], bad, *MESSAGES[1:]]) == PLAN


def sound(messages: Iterable[bytes]) -> bool:
    assembly = Assembly(MANIFEST)
    for message in messages:
        assembly.offer(message)
    return assembly.is_sound()


@pytest.mark.parametrize("index", range(len(MESSAGES)))
def test_a_plan_is_sound_only_with_each_of_its_chunks_unharmed(index: int) -> None:
    assert sound(MESSAGES)
    assert not sound([*MESSAGES[:index], *MESSAGES[index + 1 :]])
    assert not sound([*MESSAGES[:index], _altered(MESSAGES[index], -1 % len(MESSAGES[index])), *MESSAGES[index + 1 :]])


def test_a_plan_is_sound_only_where_it_begins() -> None:
    assert not sound([STRANGERS[0], *MESSAGES])
    assert sound([MESSAGES[0], *STRANGERS, *MESSAGES])


def test_chunks_that_are_right_each_but_not_together_are_refused() -> None:
    piece = b"x" * len(parse(MESSAGES[1]).piece)
    line = f"{chunks.MAGIC} 1 41 {MANIFEST.digest} 1 {MANIFEST.chunks} {codec.digest(piece)}\n"
    with pytest.raises(PlanTorn, match="not the bytes that the manifest promised"):
        assemble(MANIFEST, [MESSAGES[0], line.encode() + piece, *MESSAGES[2:]])
    assert not sound([MESSAGES[0], line.encode() + piece, *MESSAGES[2:]])


def test_bytes_that_the_manifest_promised_may_still_be_no_plan() -> None:
    data = b"namelatch-plan 9 41 - 0\n"
    with pytest.raises(PlanTorn, match="unknown plan format 9"):
        assemble(chunks.manifest(Generation(41), None, data, 0), split(Generation(41), data))


def test_a_plan_under_another_generation_than_its_manifest_is_refused() -> None:
    data = codec.encode(plan(40))
    with pytest.raises(PlanTorn, match="generation 40"):
        assemble(chunks.manifest(Generation(41), None, data, 0), split(Generation(41), data))


def test_nothing_of_the_plan_is_lost_not_torn() -> None:
    for messages in ((), STRANGERS[:2], STRANGERS):
        with pytest.raises(PlanLost):
            assemble(MANIFEST, messages)


def test_a_stranger_where_the_plan_should_begin_is_torn() -> None:
    with pytest.raises(PlanTorn, match="no chunk envelope"):
        assemble(MANIFEST, [b"hello"])
    with pytest.raises(PlanTorn, match="the most is"):
        assemble(MANIFEST, [b"x" * 10_000_000])


@pytest.mark.parametrize(
    ("size", "count"), [(limits.PLAN_BYTES + 1, 1), (2**62, 2**43), (MANIFEST.size, 10**9), (MANIFEST.size, 1), (0, 0)]
)
def test_a_manifest_that_announces_what_can_not_be_is_torn_before_anything_is_read(size: int, count: int) -> None:
    with pytest.raises(PlanTorn, match="the manifest announces"):
        Assembly(replace(MANIFEST, size=size, chunks=count))


def test_the_same_generation_with_other_content_is_torn() -> None:
    other = codec.encode(plan(41, entries=2))
    with pytest.raises(PlanTorn, match="generation 41 is here with digest"):
        assemble(MANIFEST, split(Generation(41), other))


@pytest.mark.parametrize(
    "message",
    [
        None,
        b"",
        MESSAGES[0].replace(b"namelatch-chunk 1", b"namelatch-chunk 2", 1),
        MESSAGES[0].replace(b" 41 ", b" 041 ", 1),
        MESSAGES[0].replace(b"\n", b" \n", 1),
        MESSAGES[0].upper(),
        MESSAGES[0] + b"x" * limits.CHUNK_BYTES,
    ],
)
def test_what_is_no_chunk_is_said_to_be_none(message: bytes | None) -> None:
    with pytest.raises(NotAChunk):
        parse(message)
