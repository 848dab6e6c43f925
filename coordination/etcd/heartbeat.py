"""A server's own key under the prefix that it watches: when it comes back, the stream moves.

The value is the revision that the server has reached, for whoever wants to know how far behind it serves. A
heartbeat that can't be written is no error here: the watch that misses it will say so.
"""

import asyncio
from contextlib import suppress

from coordination.etcd.client import EtcdClient
from coordination.etcd.errors import ReplyLost
from coordination.etcd.requests import Delete, Put, Transaction, encode
from coordination.ports import Unavailable


class Heartbeat:
    """Writes one key every `beat_s` until it is stopped."""

    def __init__(self, client: EtcdClient, key: bytes) -> None:
        self._client = client
        self._task: asyncio.Task[None] | None = None
        self.key = key
        self.reached = 0
        self.trouble = ""

    @property
    def is_beating(self) -> bool:
        """Whether it was started and not stopped."""
        return self._task is not None

    def start(self) -> None:
        """Begin to beat, in a task of its own."""
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            try:
                put = Put(self.key, str(self.reached).encode())
                await self._client.write(encode(Transaction((), (put,), ())))
                self.trouble = ""
            except (Unavailable, ReplyLost) as error:
                self.trouble = str(error)
            await asyncio.sleep(self._client.settings.beat_s)

    async def stop(self, forget: bool) -> None:
        """Stop beating; `forget` also deletes the key, as well as that can be done."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if forget:
            with suppress(Unavailable, ReplyLost):
                await self._client.write(encode(Transaction((), (Delete(self.key),), ())))
