"""An observer of etcd: every revision under the run's prefix, from its beginning, whatever becomes of history later.

A run compacts etcd's history, so it is watched while it is made, and nobody compacts beyond what was seen here. A watch
that ends is resumed behind the last revision seen. A heartbeat of its own proves that the watch moves.
"""

import asyncio
from contextlib import suppress

from coordination.etcd.client import EtcdClient
from coordination.etcd.errors import ReplyLost
from coordination.etcd.keys import Keys, under
from coordination.etcd.requests import Put, Transaction, encode
from coordination.etcd.watch import Event, Watch, WatchEnded
from coordination.feed import Position
from coordination.ports import Unavailable
from namelatch.matrix.truth import WHOLE, Revision, is_apart, mark

BEAT_S = 1.0
AGAIN_S = 0.3
CAUGHT_UP_S = 60.0


class Observer:
    """`seen` has what was written, by revision; `hole` says why it is not whole, if it is not."""

    def __init__(self, client: EtcdClient, keys: Keys, since: Position) -> None:
        self.seen: dict[int, Revision] = {}
        self.hole = ""
        self.streams = 0
        self._client, self._keys = client, keys
        self._position = since
        self._whole = (keys.all("trees").start, keys.all("manifests").start)
        self._moved = asyncio.Event()

    @property
    def revision(self) -> int:
        """The last revision seen: up to here history may be forgotten."""
        return self._position.revision

    def restored(self, position: Position) -> None:
        """Another cluster answers from now on, which has all that was seen, as of this position."""
        self._position = position

    async def run(self) -> None:
        """Watch until cancelled."""
        beating = asyncio.create_task(self._beat())
        try:
            while True:
                try:
                    await self._watch()
                except WatchEnded as ended:
                    if "compacted" in str(ended):
                        self.hole = self.hole or f"after revision {self.revision}: {ended}"
                except Unavailable:
                    pass
                await asyncio.sleep(AGAIN_S)
        finally:
            beating.cancel()

    async def caught_up(self) -> None:
        """Return once everything written before now was seen. Raises Unavailable."""
        try:
            async with asyncio.timeout(CAUGHT_UP_S):
                written = None
                while written is None:
                    written = await self._mark()
                    if written is None:
                        await asyncio.sleep(AGAIN_S)
                while self.revision < written:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise Unavailable(f"the observer stands at revision {self.revision}, etcd at another") from None

    async def _watch(self) -> None:
        self.streams += 1
        span = under(f"{self._keys.prefix}/".encode())
        watch = Watch(self._client, span, self._position, lambda: "", WHOLE)
        cluster = self._position.cluster
        async for position, events in watch.revisions():
            watch.alive()
            if self._position.cluster != cluster:
                return  # restored meanwhile: what still comes is of the cluster before
            if not is_apart(events, self._keys):
                self.seen[position.revision] = tuple(map(self._slim, events))
            self._position = position
            self._moved.set()

    def _slim(self, event: Event) -> Event:
        """Without the values that nobody judges: records and manifests are known from what was asked."""
        if event.value is None or not event.key.startswith(self._whole):
            return event
        return Event(event.key, b"", event.revision)

    async def _beat(self) -> None:
        while True:
            await self._mark()
            await asyncio.sleep(BEAT_S)

    async def _mark(self) -> int | None:
        with suppress(Unavailable, ReplyLost):
            put = Put(mark(self._keys.prefix), b"")
            return int((await self._client.write(encode(Transaction((), (put,), ())))).header.revision)
        return None
