"""The broker dies, forgets everything and comes back on the same port; nobody hangs, and work goes on."""

import asyncio
import time

import pytest

from coordination.conformance.planlog import plan
from coordination.kafka import reports
from coordination.kafka.log import KafkaPlanLog
from coordination.plan import Generation
from coordination.ports import PlanLost, Report, Unavailable
from namelatch.backends.ports import free_ports
from tests.bounded import run
from tests.kafka.broker import Broker, until


async def _unavailable(log: KafkaPlanLog, manifest) -> None:
    for call in (log.append(plan(3)), log.fetch(manifest), log.holds(manifest), log.announce(Generation(3))):
        with pytest.raises(Unavailable):
            await call


def test_a_broker_that_comes_back_with_nothing_is_filled_again(own_broker: Broker) -> None:
    async def story() -> None:
        async with KafkaPlanLog(own_broker.settings()) as log:
            manifest = await log.append(plan(1))
            own_broker.kill()
            await _unavailable(log, manifest)
            own_broker.start()
            with pytest.raises(PlanLost):
                await log.fetch(manifest)
            assert not await log.holds(manifest)
            again = await log.append(plan(1))
            assert again.digest == manifest.digest
            assert await log.fetch(again) == plan(1)

    run(story())


def test_a_restart_that_nobody_noticed_does_not_fail_the_next_plan(own_broker: Broker) -> None:
    async def story() -> None:
        async with KafkaPlanLog(own_broker.settings()) as log:
            await log.append(plan(1))
            own_broker.kill()
            own_broker.start()
            manifest = await log.append(plan(2))
            assert await log.fetch(manifest) == plan(2)
            await log.announce(Generation(2))

    run(story())


def test_another_plan_in_the_lost_ones_place_is_not_taken_for_it(own_broker: Broker) -> None:
    async def story() -> None:
        async with KafkaPlanLog(own_broker.settings()) as log:
            manifest = await log.append(plan(1))
            own_broker.kill()
            own_broker.start()
            assert (await log.append(plan(2))).offset == manifest.offset
            assert not await log.holds(manifest)
            with pytest.raises(PlanLost):
                await log.fetch(manifest)

    run(story())


def test_whoever_waits_for_an_announcement_hears_it_across_a_restart(own_broker: Broker) -> None:
    async def story() -> None:
        async with KafkaPlanLog(own_broker.settings()) as speaker, KafkaPlanLog(own_broker.settings()) as listener:
            await speaker.announce(Generation(1))
            assert await listener.heard(None, 10.0) == 1
            waiting = asyncio.create_task(listener.heard(Generation(1), 20.0))
            own_broker.kill()
            own_broker.start()
            await speaker.announce(Generation(2))
            assert await waiting == 2

    run(story())


def test_a_log_refilled_to_the_very_same_offset_is_noticed(own_broker: Broker) -> None:
    async def story() -> None:
        async with KafkaPlanLog(own_broker.settings()) as speaker, KafkaPlanLog(own_broker.settings()) as listener:
            for generation in (1, 2, 3, 4):
                assert await listener.heard(None, 0.05) is None
                await speaker.announce(Generation(generation))
                assert await listener.heard(None, 15.0) == generation
                own_broker.kill()
                own_broker.start()

    run(story())


def test_waiting_without_a_broker_ends_on_time(own_broker: Broker) -> None:
    async def story() -> None:
        own_broker.kill()
        async with KafkaPlanLog(own_broker.settings()) as log:
            before = time.monotonic()
            assert await log.heard(None, 0.5) is None
            assert 0.5 <= time.monotonic() - before < 2.0

    run(story())


def test_a_broker_that_takes_connections_and_says_nothing_is_unavailable(own_broker: Broker) -> None:
    async def story() -> None:
        silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", port := free_ports(1)[0])
        settings = own_broker.settings(request_timeout_s=0.3, fetch_timeout_s=1.0, stop_timeout_s=0.3)
        manifest_log = KafkaPlanLog(settings)
        manifest = await manifest_log.append(plan(1))
        await manifest_log.stop()
        log = KafkaPlanLog(type(settings)(f"127.0.0.1:{port}", request_timeout_s=0.3, stop_timeout_s=0.3))
        before = time.monotonic()
        await _unavailable(log, manifest)
        assert await log.heard(None, 0.2) is None
        await log.report(Report("me", "enacted"))
        await log.stop()
        assert time.monotonic() - before < 10.0
        silent.close()

    run(story())


def test_stopping_takes_a_bounded_time_when_the_broker_is_dead(own_broker: Broker) -> None:
    async def story() -> None:
        log = KafkaPlanLog(own_broker.settings(stop_timeout_s=0.5))
        await log.append(plan(1))
        await log.heard(None, 0.0)
        own_broker.kill()
        await log.report(Report("me", "enacted"))
        before = time.monotonic()
        await log.stop()
        assert time.monotonic() - before < 4.0

    run(story())


def test_reports_wait_for_the_broker_and_arrive(own_broker: Broker) -> None:
    async def story() -> None:
        settings = own_broker.settings()
        own_broker.kill()
        async with KafkaPlanLog(settings) as log:
            for number in range(5):
                await log.report(Report("me", "enacted", Generation(number)))
            own_broker.start()

            async def arrived() -> bool:
                try:
                    return [line.report.generation async for line in reports.trail(settings, follow=False)][-5:] == [
                        *range(5)
                    ]
                except Unavailable:
                    return False

            await until(arrived, "all five reports")

    run(story())
