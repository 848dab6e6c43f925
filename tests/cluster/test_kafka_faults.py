"""One real Apache Kafka broker: killed, suspended and cut off under a publishing log."""

import asyncio
import time
from dataclasses import replace
from typing import Any, Self

import pytest

from coordination.conformance.planlog import plan
from coordination.kafka.log import KafkaPlanLog
from coordination.plan import Generation, Manifest
from coordination.ports import Unavailable
from tests.bounded import run
from tests.cluster.conftest import cluster
from tests.cluster.writing import more

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(300)]
PACES: dict[str, Any] = {"request_timeout_s": 3.0, "append_timeout_s": 10.0, "fetch_timeout_s": 10.0}
ENOUGH_S = 280.0  # ten times what an idle machine needs: two cores may have other things to do


class Publishing:
    """A log that appends one plan after another until stopped: what was taken, and how often it failed."""

    def __init__(self, log: KafkaPlanLog) -> None:
        self.taken: list[Manifest] = []
        self.failures: list[Unavailable] = []
        self._log = log
        self._stop = asyncio.Event()

    async def run(self) -> None:
        while not self._stop.is_set():
            try:
                self.taken.append(await self._log.append(plan(len(self.taken) + 1)))
            except Unavailable as failure:
                self.failures.append(failure)
                await asyncio.sleep(0.1)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task


async def _all_there(log: KafkaPlanLog, taken: list[Manifest]) -> None:
    for manifest in taken:
        assert await log.fetch(manifest) == plan(manifest.generation)


def test_a_broker_that_is_killed_under_a_publishing_log_has_every_plan_it_took_when_it_is_back() -> None:
    async def scenario() -> None:
        async with cluster(members=0) as running:
            settings, broker = replace(running.kafka, **PACES), running.parts["kafka"]
            async with KafkaPlanLog(settings) as log, KafkaPlanLog(settings) as listener:
                async with Publishing(log) as publishing:
                    await more(10, publishing.taken)
                    await log.announce(Generation(1))
                    assert await listener.heard(None, 20.0) == 1
                    broker.kill()
                    with pytest.raises(Unavailable):
                        await listener.fetch(publishing.taken[0])
                    await broker.start()
                    await more(10, publishing.taken)
                await _all_there(listener, publishing.taken)
                last = publishing.taken[-1].generation
                await log.announce(last)
                assert await listener.heard(Generation(1), 20.0) == last

    run(scenario(), ENOUGH_S)


@pytest.mark.parametrize("fault", ["suspended", "not heard"])
def test_a_broker_that_falls_silent_is_unavailable_within_bounds_and_goes_on_afterwards(fault: str) -> None:
    async def scenario() -> None:
        async with cluster(members=0) as running:
            settings = replace(running.kafka, **PACES)
            broker, link = running.parts["kafka"], running.links["client>kafka"]
            async with KafkaPlanLog(settings) as log, KafkaPlanLog(settings) as listener:
                async with Publishing(log) as publishing:
                    await more(3, publishing.taken)
                    broker.suspend() if fault == "suspended" else link.cut("back")
                    before = time.monotonic()
                    with pytest.raises(Unavailable):
                        await listener.fetch(publishing.taken[0])
                    await more(1, publishing.failures)
                    assert time.monotonic() - before < 2 * (PACES["append_timeout_s"] + PACES["fetch_timeout_s"])
                    broker.resume()
                    link.heal()
                    await more(3, publishing.taken)
                await _all_there(listener, publishing.taken)

    run(scenario(), ENOUGH_S)
