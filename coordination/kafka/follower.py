"""Announcements, heard in the background, so that waiting for one never waits for a broker.

Following starts at the newest announcement, not behind it: what was said while nobody listened is said
again, once. Whatever fails is thrown away and opened anew, for as long as there is someone to listen. A log
that was lost under the follower (a broker that forgot all counts from 0 again, in silence) is noticed by its
last message no longer being there.
"""

import asyncio
import re

import structlog

from coordination.kafka import clients, topics
from coordination.kafka.reader import Message, Reader, TopicMissing, reading
from coordination.kafka.settings import KafkaSettings
from coordination.limits import ANNOUNCEMENTS_BACK, BACKOFF_FIRST_S, BACKOFF_MOST_S, GENERATION_DIGITS, HEARD_POLL_S
from coordination.plan import Generation

_ANNOUNCEMENT = re.compile(rf"namelatch-announcement 1 (0|[1-9][0-9]{{0,{GENERATION_DIGITS - 1}}})".encode())

_log = structlog.get_logger(__name__)


def announcement(generation: Generation) -> bytes:
    """The message that announces a generation."""
    return f"namelatch-announcement 1 {generation}".encode()


class Follower:
    """Keeps the newest generation announced and not yet told. Starts with the first question."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._untold: Generation | None = None
        self._newest: Message | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def newer(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        """The newest untold announcement above `beyond`, waiting for it at most `timeout_s`; each is told once."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    await self._news.wait()
                    self._news.clear()
                    told, self._untold = self._untold, None
                    if told is not None and (beyond is None or told > beyond):
                        return told
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Stop listening, within the settings' bound."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=2 * self._settings.stop_timeout_s)
            self._task = None

    async def _follow(self) -> None:
        pause_s = BACKOFF_FIRST_S
        while True:  # until closed
            try:
                async with reading(self._settings, self._settings.announcements) as reader:
                    pause_s = BACKOFF_FIRST_S
                    await self._listen(reader)
                continue
            except TopicMissing:
                await self._create_topics()
            except clients.FAULTS as error:
                _log.debug("kafka_follower_reopens", error=type(error).__name__)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, BACKOFF_MOST_S)

    async def _create_topics(self) -> None:
        try:
            await topics.ensure(self._settings)
        except clients.FAULTS as error:
            _log.debug("kafka_follower_creates_no_topic", error=type(error).__name__)

    async def _listen(self, reader: Reader) -> None:
        """Until the log moves under us, or a fault."""
        begin, end = await reader.bounds()
        reader.seek(max(begin, end - ANNOUNCEMENTS_BACK))
        last = None
        while True:
            messages = await reader.poll(HEARD_POLL_S)
            for last in messages:
                self._hear(last)
            if not messages and not await reader.goes_on(last):
                return

    def _hear(self, message: Message) -> None:
        match = _ANNOUNCEMENT.fullmatch(message.value or b"")
        if match is None or message == self._newest:
            return
        self._newest = message
        generation = Generation(int(match.group(1)))
        if self._untold is None or generation > self._untold:
            self._untold = generation
        self._news.set()
