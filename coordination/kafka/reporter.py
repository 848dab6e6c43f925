"""Reports on their way to the broker: a bounded queue and one task behind it.

`put` never waits. A full queue drops the newest report and counts it; the count travels with the next
report that gets through, so that the audit trail says itself that it has a gap.
"""

import asyncio
from dataclasses import replace

import structlog

from coordination.kafka import reports
from coordination.kafka.sender import Sender
from coordination.kafka.settings import KafkaSettings
from coordination.limits import BACKOFF_FIRST_S, BACKOFF_MOST_S, REPORT_BATCH, REPORT_QUEUE
from coordination.ports import Report, Unavailable

_log = structlog.get_logger(__name__)


class Reporter:
    """Sends reports in order, as often as it takes; at least once each, unless dropped."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._sender = Sender(replace(settings, idempotence=False))
        self._queue: asyncio.Queue[Report] = asyncio.Queue(REPORT_QUEUE)
        self._task: asyncio.Task[None] | None = None
        self._unsaid = 0
        self.dropped = 0

    def put(self, report: Report) -> None:
        """Queue the report, or count it as dropped."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            self._queue.put_nowait(report)
        except asyncio.QueueFull:
            if not self._unsaid:
                _log.warning("kafka_reports_dropped", waiting=self._queue.qsize())
            self.dropped += 1
            self._unsaid += 1

    async def close(self) -> None:
        """Send what waits, within the settings' bound, and stop."""
        if self._task is not None:
            waiting = asyncio.create_task(self._queue.join())
            await asyncio.wait(
                {waiting, self._task}, timeout=self._settings.stop_timeout_s, return_when="FIRST_COMPLETED"
            )
            waiting.cancel()
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=self._settings.stop_timeout_s)
            self._task = None
        await self._sender.close()

    async def _run(self) -> None:
        while True:  # until closed
            batch = [await self._queue.get()]
            while len(batch) < REPORT_BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._deliver(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _deliver(self, batch: list[Report]) -> None:
        pause_s = BACKOFF_FIRST_S
        while True:  # until the broker answers, or closed: the queue's bound is the bound
            unsaid = self._unsaid
            gap = (("reports_dropped", unsaid),) if unsaid else ()
            last = replace(batch[-1], counts=batch[-1].counts + gap)
            lines = [reports.encode(report) for report in (*batch[:-1], last)]
            try:
                await asyncio.gather(*(self._sender.send(self._settings.reports, line) for line in lines))
            except Unavailable:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, BACKOFF_MOST_S)
                continue
            self._unsaid -= unsaid
            return
