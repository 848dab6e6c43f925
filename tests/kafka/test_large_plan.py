"""A whole region's plan goes through the broker."""

import time

import pytest

from coordination import chunks, codec
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.plan import Entry, Generation, Plan
from coordination.records import Endpoint, RRset, Target
from tests.bounded import run

ENDPOINTS = 150_000


def _region() -> Plan:
    """A and AAAA, three targets each, derived from the endpoint's number."""

    def entry(number: int) -> Entry:
        high, low = divmod(number, 65_000)
        v4 = tuple(Target(f"10.{high}.{low >> 8}.{(low + share) & 255}", 100 + share) for share in range(3))
        v6 = tuple(Target(f"fd00::29:{high + 1:x}:{low + share + 1:x}", 100 + share) for share in range(3))
        return Entry(Endpoint(f"service-{number}.region-1.example"), (RRset("A", 60, v4), RRset("AAAA", 60, v6)))

    return Plan(Generation(41), None, tuple(map(entry, range(ENDPOINTS))))


@pytest.mark.slow
def test_a_plan_of_150_000_endpoints_goes_through_the_broker(settings: KafkaSettings) -> None:
    plan = _region()
    laps = [time.perf_counter()]
    data = codec.encode(plan)
    laps.append(time.perf_counter())
    messages = chunks.split(plan.generation, data)
    laps.append(time.perf_counter())
    assert codec.decode(data) == plan
    laps.append(time.perf_counter())

    async def journey() -> None:
        async with KafkaPlanLog(settings) as log:
            manifest = await log.append(plan)
            laps.append(time.perf_counter())
            assert manifest.chunks == len(messages)
            assert await log.fetch(manifest) == plan
            laps.append(time.perf_counter())

    run(journey())
    steps = ("encode", "split", "decode", "append", "fetch")
    took = ", ".join(
        f"{step} {after - before:.2f} s" for step, before, after in zip(steps, laps, laps[1:], strict=False)
    )
    print(f"\n{ENDPOINTS} endpoints, {len(data)} bytes, {len(messages)} chunks: {took}")
    assert laps[-1] - laps[0] < 60
