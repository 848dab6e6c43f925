"""The exported conformance suites on the backend of TEST_BACKEND."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import structlog

from coordination.conformance import authority, claims, feed, planlog
from coordination.conformance.feed import FeedWorld
from coordination.conformance.world import World
from coordination.etcd.settings import EtcdSettings
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.plan import Generation
from coordination.ports import PlanLog
from tests.bounded import run
from tests.cluster.conftest import BACKEND
from tests.etcd.worlds import etcd_world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
IDEMPOTENT = BACKEND != "embedded"  # Tansu gives no producer ids


@pytest.mark.parametrize("check", [*authority.CHECKS, *claims.CHECKS], ids=lambda check: check.__name__)
def test_etcd_conforms(check: Callable[[World], Awaitable[None]], etcd: EtcdSettings) -> None:
    async def scenario() -> None:
        async with etcd_world(etcd) as world:
            await check(world)

    run(scenario())


@pytest.mark.parametrize("check", feed.CHECKS, ids=lambda check: check.__name__)
def test_etcd_feeds(check: Callable[[FeedWorld], Awaitable[None]], etcd: EtcdSettings) -> None:
    async def scenario() -> None:
        async with etcd_world(replace(etcd, beat_s=0.05, stall_s=10)) as world:
            await check(world)

    run(scenario())


@pytest.mark.parametrize("check", planlog.CHECKS, ids=lambda check: check.__name__)
def test_kafka_conforms(check: Callable[[planlog.Make], Awaitable[None]], kafka: KafkaSettings) -> None:
    async def scenario() -> None:
        async with contextlib.AsyncExitStack() as stack:

            async def make() -> PlanLog:
                return await stack.enter_async_context(KafkaPlanLog(kafka))

            await check(make)

    run(scenario())


def test_idempotence_is_used_where_the_broker_offers_it_and_its_lack_is_said_once(kafka: KafkaSettings) -> None:
    async def scenario() -> None:
        async with KafkaPlanLog(kafka) as log:
            for number in (1, 2):
                await log.append(planlog.plan(number))
                await log.announce(Generation(number))

    with structlog.testing.capture_logs() as said:
        run(scenario())
    warnings = [line for line in said if line["event"] == "kafka_without_idempotence"]
    assert len(warnings) == (0 if IDEMPOTENT else 1)
