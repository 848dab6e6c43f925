"""Follows the feed and publishes snapshots, one revision at a time; keeps the last good one whatever happens.

When the feed fails, ends or shows no sign for `stall_s`, it is followed again after a wait, from where it stood.
What breaks its contract (order, another cluster in mid-stream) is followed again from a listing. A listing that
would lose or regress what is served (`view.distrust`) is refused, raises an alarm and is asked for again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress

import structlog

from coordination.feed import Beat, Changed, Feed, FeedEvent, Listed, Position
from coordination.ports import Unavailable
from dns_server.limits import FEED_CLOSE_S, FOLLOW_FIRST_S, FOLLOW_MOST_S, PACK_SLICE
from dns_server.snapshot import Changes, Snapshot
from dns_server.view import View, distrust

log = structlog.get_logger(__name__)

Publish = Callable[[Snapshot, Changes], None]


class Distrusted(Exception):
    """A listing that must not replace what is served. The text says why."""


class Stalled(Exception):
    """The feed showed no sign in time."""


class BrokenOrder(Exception):
    """The feed delivered what its contract excludes."""


class Follower:
    """`snapshot` is the newest; `publish` is called with it and its changes. `alarm` is None while all is well."""

    def __init__(
        self,
        feed: Feed,
        snapshot: Snapshot,
        publish: Publish,
        stall_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.snapshot = snapshot
        self.alarm: str | None = None
        self.streams = 0
        self.view = View()
        self._feed = feed
        self._publish = publish
        self._stall_s = stall_s
        self._now = now
        self._listed = False
        self._proof: float | None = None

    def staleness_s(self) -> float | None:
        """Seconds since the feed last proved that it moves; None before the first proof."""
        return None if self._proof is None else self._now() - self._proof

    async def run(self) -> None:
        """Follow for ever."""
        wait_s = FOLLOW_FIRST_S
        while True:
            proof = self._proof
            try:
                await self._follow()
            except Exception as error:  # whatever the feed does, the last good snapshot goes on being served
                self._listed = self._listed and isinstance(error, Unavailable | Stalled)
                self.alarm = f"{type(error).__name__}: {error}"
                log.warning("dns_feed_broken", reason=self.alarm, again_in_s=wait_s, position=self.snapshot.position)
            if self._proof != proof:
                wait_s = FOLLOW_FIRST_S
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, FOLLOW_MOST_S)

    async def _follow(self) -> None:
        """One stream, until it breaks."""
        self.streams += 1
        events = self._feed.follow(self.snapshot.position if self._listed else None)
        try:
            while True:
                try:
                    async with asyncio.timeout(self._stall_s):
                        event = await anext(events, None)
                except TimeoutError:
                    raise Stalled(f"no sign of the feed for {self._stall_s} s") from None
                if event is None:
                    raise Unavailable("the feed's stream ended")
                await self.take(event)
                self._proof = self._now()
                self.alarm = None
        finally:
            await _close(events)

    async def take(self, event: FeedEvent) -> None:
        """One event: raises what ends the stream where it breaks the feed's contract, or must not be believed."""
        if isinstance(event, Listed):
            await self._take_listing(event)
            return
        stood = self.snapshot.position
        if not self._listed or stood is None:
            raise BrokenOrder("the stream begins without a listing")
        if event.position.cluster != stood.cluster:
            raise BrokenOrder(f"cluster {event.position.cluster:x} in a stream of cluster {stood.cluster:x}")
        if event.position.revision < stood.revision + isinstance(event, Changed):
            raise BrokenOrder(f"revision {event.position.revision} after {stood.revision}")
        if isinstance(event, Beat):
            self.snapshot = self.snapshot.moved(event.position, serial=False)
            return
        entries = (self.view.entry(endpoint, self.snapshot) for endpoint in self.view.apply(event.changes))
        self._move(dict(filter(None, entries)), event.position)

    async def _take_listing(self, listed: Listed) -> None:
        """Publish what differs from what is served. Slow work is cut in slices; nothing is published half."""
        why = distrust(listed, self.snapshot)
        if why is not None:
            raise Distrusted(why)
        stood = self.snapshot.position
        if stood is not None and stood.cluster != listed.position.cluster:
            log.warning("dns_cluster_changed", was=stood, now=listed.position)
        self._listed = False
        self.view = View.of(listed)
        changes: dict[bytes, bytes | None] = {}
        kept: set[bytes] = set()
        for count, endpoint in enumerate(self.view.endpoints()):
            if count % PACK_SLICE == 0:
                await asyncio.sleep(0)
            found = self.view.entry(endpoint, self.snapshot)
            if found is not None:
                changes[found[0]] = found[1]
                kept.add(found[0])
        for key, _ in self.snapshot.entries.items():
            if key not in kept:
                changes[key] = None
        self._move(changes, listed.position)
        self._listed = True

    def _move(self, changes: Changes, position: Position) -> None:
        """Go to `position` and publish what is new, if anything is."""
        served = self.snapshot.entries
        new = {key: entry for key, entry in changes.items() if served.get(key) != entry}
        first = self.snapshot.position is None
        self.snapshot = self.snapshot.changed(new).moved(position, serial=bool(new))
        if new or first:
            self._publish(self.snapshot, new)


async def _close(events: AsyncIterator[FeedEvent]) -> None:
    """Close a generator that was left before its end; one that does not close is no reason to stop."""
    if isinstance(events, AsyncGenerator):
        with suppress(Exception):
            async with asyncio.timeout(FEED_CLOSE_S):
                await events.aclose()
