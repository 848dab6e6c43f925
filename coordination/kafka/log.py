"""The plan log on Kafka: transport and history of plans, never their authority.

Plans are read by seeking to their manifest's offset; nothing is committed, no group is joined, and a
reader lives for one reading. Every call is bounded in time and ends in an answer or Unavailable; encoding
and decoding, seconds of work for a large plan, run beside the event loop so that leases are kept meanwhile.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiokafka.errors import CorruptRecordException, RecordTooLargeError

from coordination import chunks, codec
from coordination.kafka import clients
from coordination.kafka.follower import Follower, announcement
from coordination.kafka.reader import Reader, TopicMissing, reading
from coordination.kafka.reporter import Reporter
from coordination.kafka.sender import Sender
from coordination.kafka.settings import KafkaSettings
from coordination.limits import APPEND_ATTEMPTS, FETCH_SPAN_EXTRA, FETCH_SPAN_FACTOR, PLAN_CHAIN
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import PlanLost, PlanTorn, Progress, Report, Unavailable, silent

_POLL_S = 0.5
_READ_MOST = 2 * PLAN_CHAIN  # plans remembered as readable: more than a planner looks at between two full ones


class KafkaPlanLog:
    """`ports.PlanLog` over Kafka. Connects when first used; use from one event loop, and `stop()` it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._sender = Sender(settings)
        self._follower = Follower(settings)
        self._reporter = Reporter(settings)
        self._readable: dict[tuple[Generation, Generation | None, str], None] = {}  # in order, the oldest first

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def dropped_reports(self) -> int:
        """Reports that found the queue full since the start."""
        return self._reporter.dropped

    async def stop(self) -> None:
        """Close everything; takes at most a few times `stop_timeout_s`, whatever the brokers do."""
        await asyncio.gather(self._reporter.close(), self._follower.close(), self._sender.close())

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        """Store the plan's bytes. Raises Unavailable (bytes may be there, but no manifest), codec.BadPlan."""
        data = await asyncio.to_thread(codec.encode, plan)
        messages = await asyncio.to_thread(chunks.split, plan.generation, data)
        await progress()
        for attempt in range(1, APPEND_ATTEMPTS + 1):
            try:
                async with asyncio.timeout(self._settings.append_timeout_s):
                    await self._sender.ready()
                    offset = await self._send(messages, progress)
                manifest = chunks.manifest(plan.generation, plan.base, data, offset)
                self._remember(manifest)
                return manifest
            except TimeoutError:
                raise Unavailable(f"Kafka took no plan within {self._settings.append_timeout_s} s") from None
            except Unavailable:
                if attempt == APPEND_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        """The plan, verified. Raises PlanLost, PlanTorn, Unavailable."""
        assembly = chunks.Assembly(manifest)
        try:
            async with asyncio.timeout(self._settings.fetch_timeout_s):
                async with reading(self._settings, self._settings.plans) as reader:
                    await self._gather(reader, manifest, assembly, progress)
        except TopicMissing:
            raise PlanLost(f"generation {manifest.generation}: there is no topic {self._settings.plans}") from None
        except (CorruptRecordException, RecordTooLargeError) as error:
            raise PlanTorn(f"generation {manifest.generation}: {error}") from None
        except clients.FAULTS as error:
            raise Unavailable(f"Kafka, reading a plan: {type(error).__name__}: {error}") from error
        return await asyncio.to_thread(assembly.plan)

    async def holds(self, manifest: Manifest) -> bool:
        """Whether a plan is there, whole and readable, from the manifest's offset on. Raises Unavailable."""
        try:
            async with asyncio.timeout(self._settings.fetch_timeout_s):
                async with reading(self._settings, self._settings.plans) as reader:
                    assembly = chunks.Assembly(manifest)
                    await self._gather(reader, manifest, assembly, silent)
        except (TopicMissing, PlanLost, PlanTorn, CorruptRecordException, RecordTooLargeError):
            return False
        except clients.FAULTS as error:
            raise Unavailable(f"Kafka, looking for a plan: {type(error).__name__}: {error}") from error
        return await asyncio.to_thread(assembly.is_sound) and await self._is_readable(manifest, assembly)

    async def _is_readable(self, manifest: Manifest, assembly: chunks.Assembly) -> bool:
        """Whether sound bytes are a plan. They are decoded once: the manifest's digest says that they are the same."""
        if _identity(manifest) not in self._readable:
            try:
                await asyncio.to_thread(assembly.plan)
            except PlanTorn:
                return False
            self._remember(manifest)
        return True

    def _remember(self, manifest: Manifest) -> None:
        self._readable[_identity(manifest)] = None
        while len(self._readable) > _READ_MOST:
            del self._readable[next(iter(self._readable))]

    async def announce(self, generation: Generation) -> None:
        """Tell everyone. Raises Unavailable."""
        await self._sender.ready()
        await self._sender.send(self._settings.announcements, announcement(generation))

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        """The newest announcement above `beyond` that was not told yet, None after `timeout_s`. Never raises."""
        return await self._follower.newer(beyond, timeout_s)

    async def report(self, report: Report) -> None:
        """Queue a line for the audit trail; never waits for the broker."""
        self._reporter.put(report)

    async def _send(self, messages: Sequence[bytes], progress: Progress) -> int:
        """Send a plan's chunks, one after another; the offset of the first."""
        first = await self._sender.send(self._settings.plans, messages[0])
        await progress()
        for message in messages[1:]:
            await self._sender.send(self._settings.plans, message)
            await progress()
        return first

    async def _gather(self, reader: Reader, manifest: Manifest, assembly: chunks.Assembly, progress: Progress) -> None:
        begin, end = await reader.bounds()
        if not begin <= manifest.offset < end:
            raise PlanLost(f"generation {manifest.generation}: the log holds offsets {begin} to {end - 1}")
        stop = min(end, manifest.offset + manifest.chunks * FETCH_SPAN_FACTOR + FETCH_SPAN_EXTRA)
        reader.seek(manifest.offset)
        position = manifest.offset
        while position < stop and not assembly.complete:
            for message in await reader.poll(_POLL_S):
                position = message.offset + 1
                if position <= stop:
                    assembly.offer(message.value)
                    await progress()


def _identity(manifest: Manifest) -> tuple[Generation, Generation | None, str]:
    """What makes a manifest promise the same plan as another."""
    return manifest.generation, manifest.base, manifest.digest
