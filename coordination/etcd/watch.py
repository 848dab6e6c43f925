"""One watch stream, as whole revisions.

Fragments of one response are put together before anything of them is delivered, and events are grouped by
their modification revision: a revision is delivered once and whole. What a new listing can mend (a cancelled
or compacted watch, the clean end of a stream, another cluster, revisions that run backwards or too far
behind) raises `WatchEnded`; what it can't (the transport, a silent stall) raises `Unavailable`.
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
from coordination.etcd.errors import StaleToken, certain
from coordination.etcd.keys import Span
from coordination.feed import Position
from coordination.limits import FEED_FRAGMENTS, FEED_REPLAY_REVISIONS
from coordination.ports import Unavailable


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

    `trouble` says, when asked, why proof of life may be missing.
    """

    def __init__(self, client: EtcdClient, span: Span, position: Position, trouble: Callable[[], str]) -> None:
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
            fragment=True,
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
        if events and int(response.header.revision) - events[0].revision > FEED_REPLAY_REVISIONS:
            raise WatchEnded(f"more than {FEED_REPLAY_REVISIONS} revisions behind")
        return events

    async def _next(self, stream: Any) -> Any:
        """The next message. Time counts only while we wait for etcd, not while our consumer works."""
        patience_s = max(self._client.settings.stall_s - self._waited_s, 0.001)
        began = time.monotonic()
        try:
            response = await asyncio.wait_for(stream.read(), patience_s)
        except TimeoutError:
            trouble = self._trouble()
            cause = f"; the last heartbeat was not written: {trouble}" if trouble else ""
            raise Unavailable(f"no heartbeat came back for {self._client.settings.stall_s:g} s{cause}") from None
        except grpc.aio.AioRpcError as error:
            raise Unavailable(f"the watch broke: {error.code().name}: {(error.details() or '')[:300]}") from None
        self._waited_s += time.monotonic() - began
        if not isinstance(response, rpc_pb2.WatchResponse):
            await self._ended(stream)
        return response

    async def _ended(self, stream: Any) -> None:
        """The stream's end: clean, or with a status that is the transport's or a refusal."""
        code, details = await stream.code(), await stream.details()
        if code is grpc.StatusCode.OK:
            raise WatchEnded("the stream ended")
        if isinstance(certain(details or ""), StaleToken):
            self._client.forget_token()
        raise Unavailable(f"the watch broke: {code.name}: {(details or '')[:300]}")

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
