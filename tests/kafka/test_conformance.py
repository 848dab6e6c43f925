"""Both plan logs do what every plan log must."""

import contextlib

import pytest

from coordination.conformance import planlog
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.memory_log import MemoryLog, MemoryPlanLog
from coordination.plan import Generation
from coordination.ports import PlanLog, Unavailable
from tests.bounded import run


class InstantClock:
    """Time passes when it is slept."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.mark.parametrize("check", planlog.CHECKS, ids=lambda check: check.__name__)
def test_the_memory_log_conforms(check) -> None:
    store = MemoryLog()

    async def make() -> PlanLog:
        return MemoryPlanLog(store, InstantClock())

    run(check(make))


@pytest.mark.parametrize("check", planlog.CHECKS, ids=lambda check: check.__name__)
def test_the_kafka_log_conforms(check, settings: KafkaSettings) -> None:
    async def checked() -> None:
        async with contextlib.AsyncExitStack() as stack:

            async def make() -> PlanLog:
                return await stack.enter_async_context(KafkaPlanLog(settings))

            await check(make)

    run(checked())


def test_every_check_of_the_suite_is_in_its_table() -> None:
    named = [value for name, value in vars(planlog).items() if name.startswith("check_")]
    assert list(planlog.CHECKS) == named


def test_the_memory_log_is_heard_after_it_forgot_everything() -> None:
    store = MemoryLog()
    log = MemoryPlanLog(store, InstantClock())

    async def story() -> None:
        for generation in (1, 2, 3):
            await log.announce(Generation(generation))
            assert await log.heard(None, 0.0) == generation
            store.forget()

    run(story())


def test_a_memory_log_that_is_down_hears_nothing_and_refuses_the_rest() -> None:
    store = MemoryLog()
    log = MemoryPlanLog(store, InstantClock())

    async def story() -> None:
        manifest = await log.append(planlog.plan(1))
        await log.announce(Generation(1))
        store.up = False
        assert await log.heard(None, 5.0) is None
        for call in (
            log.append(planlog.plan(2)),
            log.fetch(manifest),
            log.holds(manifest),
            log.announce(Generation(2)),
        ):
            with pytest.raises(Unavailable):
                await call
        store.up = True
        assert await log.fetch(manifest) == planlog.plan(1)
        assert await log.heard(None, 5.0) == 1

    run(story())
