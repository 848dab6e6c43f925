"""One watch stream, as whole revisions.

Events are grouped by their modification revision: a revision is delivered once and whole, put together first
if it came in fragments. Fragments are not asked for: etcd cuts them in quadratic time (100,000 deletions took
26 s with them and 1 s without: tried), so messages may be REPLY_BYTES long instead. What a new listing can mend
(a cancelled or compacted watch, a clean end, another cluster, revisions that run backwards or too far behind,
a message too long) raises `WatchEnded`; what it can't (the transport, a silent stall) raises `Unavailable`.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from aetcd.rpc import kv_pb2, rpc_pb2

from coordination.etcd.client import EtcdClient
from coordination.etcd.errors import StaleToken, certain, is_too_long
from coordination.etcd.keys import Span
from coordination.feed import Position
from coordination.limits import FEED_FRAGMENTS, FEED_REPLAY_REVISIONS
from coordination.ports import Unavailable


class Stalled(Unavailable):
    """Nothing proved for `stall_s` that the stream moves."""


class WatchEnded(Exception):
    """The stream can't go on from where it was, and etcd answers: list again. The text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One key written, or deleted (`value` None)."""

    key: bytes
    value: bytes | None
    revision: int


class Watch:
    """A watch on one span, after `position`. It counts as stalled when `alive` is not called for `stall_s`.

    `trouble` says, when asked, why proof of life may be missing. Further behind than `most_behind` revisions it ends.
    """

    def __init__(
        self,
        client: EtcdClient,
        span: Span,
        position: Position,
        trouble: Callable[[], str],
        most_behind: int = FEED_REPLAY_REVISIONS,
    ) -> None:
        self._most_behind = most_behind
        self._client = client
        self._span = span
        self._position = position
        self._waited_s = 0.0
        self._trouble = trouble

    def alive(self) -> None:
        """Proof came that the stream moves: the patience begins anew."""
        self._waited_s = 0.0

    async def revisions(self) -> AsyncGenerator[tuple[Position, tuple[Event, ...]], None]:
        """Each revision's events, ascending. Raises WatchEnded, Unavailable."""
        request = rpc_pb2.WatchCreateRequest(
            key=self._span.start,
            range_end=self._span.end,
            start_revision=self._position.revision + 1,
            fragment=False,  # see above
        )
        stream = await self._client.watch(request)
        try:
            while True:
                events = await self._response(stream)
                for revision, of_revision in itertools.groupby(events, key=lambda event: event.revision):
                    if revision <= self._position.revision:
                        raise WatchEnded(f"revision {revision} came after {self._position.revision}")
                    self._position = Position(self._position.cluster, revision)
                    yield self._position, tuple(of_revision)
        finally:
            stream.cancel()

    async def _response(self, stream: Any) -> list[Event]:
        """The events of one response, its fragments put together."""
        events: list[Event] = []
        for _ in range(FEED_FRAGMENTS):
            response = await self._next(stream)
            self._check(response)
            events += [_event(event) for event in response.events]
            if not response.fragment:
                break
        else:
            raise WatchEnded(f"more than {FEED_FRAGMENTS} fragments of one response")
        if events and int(response.header.revision) - events[0].revision > self._most_behind:
            raise WatchEnded(f"more than {self._most_behind} revisions behind")
        return events

    async def _next(self, stream: Any) -> Any:
        """The next message. Time counts only while we wait for etcd, not while our consumer works."""
        patience_s = max(self._client.settings.stall_s - self._waited_s, 0.001)
        began = time.monotonic()
        try:
            async with asyncio.timeout(patience_s):  # wait_for of Python 3.11 loses a cancel that meets a message
                response = await stream.read()
        except TimeoutError:
            trouble = self._trouble()
            cause = f"; the last heartbeat was not written: {trouble}" if trouble else ""
            raise Stalled(f"no heartbeat came back for {self._client.settings.stall_s:g} s{cause}") from None
        except grpc.aio.AioRpcError as error:
            raise self._broken(error.code(), error.details() or "") from None
        self._waited_s += time.monotonic() - began
        if not isinstance(response, rpc_pb2.WatchResponse):
            raise self._broken(await stream.code(), await stream.details() or "")
        return response

    def _broken(self, code: grpc.StatusCode, details: str) -> Exception:
        """What the stream's end means: clean, too long a message, or the transport's failure."""
        if code is grpc.StatusCode.OK:
            return WatchEnded("the stream ended")
        if is_too_long(code, details):
            return WatchEnded(f"a message was too long: {details[:300]}")
        if isinstance(certain(details), StaleToken):
            self._client.forget_token()
        return Unavailable(f"the watch broke: {code.name}: {details[:300]}")

    def _check(self, response: Any) -> None:
        if response.header.cluster_id and int(response.header.cluster_id) != self._position.cluster:
            raise WatchEnded(f"cluster {response.header.cluster_id:x} answers, not {self._position.cluster:x}")
        if response.compact_revision:
            raise WatchEnded(f"compacted up to {response.compact_revision}")
        if response.canceled:
            if isinstance(certain(response.cancel_reason), StaleToken):
                self._client.forget_token()
            raise WatchEnded(f"cancelled: {response.cancel_reason[:300] or 'no reason given'}")


def _event(event: Any) -> Event:
    value = None if event.type == kv_pb2.Event.DELETE else event.kv.value
    return Event(event.kv.key, value, int(event.kv.mod_revision))
