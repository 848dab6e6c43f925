"""A backend that several tests share: it lives in a loop and a thread of its own until closed.

The thread outlives every test: the kernel ends the parts when the thread that started them ends.
"""

import asyncio
import threading
from contextlib import AbstractAsyncContextManager

from namelatch.backends.running import Running


class Hosted:
    """`running` has settings for everybody; parts and links belong to the thread's loop: leave them alone."""

    def __init__(self, backend: AbstractAsyncContextManager[Running]) -> None:
        self._backend = backend
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._up: threading.Event = threading.Event()
        self._failure: BaseException | None = None
        self.running: Running
        self._thread = threading.Thread(target=self._run, name="backend")

    def start(self) -> Running:
        """Return once it runs. Raises what it raised."""
        self._thread.start()
        self._up.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self.running

    def close(self) -> None:
        """Return once it is gone."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.close()

    async def _live(self) -> None:
        try:
            async with self._backend as self.running:
                self._up.set()
                await self._end.wait()
        except BaseException as error:
            self._failure = error
            self._up.set()
