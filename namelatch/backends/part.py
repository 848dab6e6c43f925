"""One process of a backend that whoever tries faults may kill, suspend, resume and start again, by its own id.

Nothing restarts by itself here: `supervised` is for what should go on. A part that is started again has the same
arguments: same ports, same data.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

from namelatch.backends.child import Child
from namelatch.backends.process import Launch, Program, answers, as_child, launched


class Part:
    """A program and, while it runs, its process, which `launch` starts."""

    def __init__(self, program: Program, launch: Launch = as_child) -> None:
        self.program = program
        self._launch = launch
        self._child: Child | None = None

    @property
    def name(self) -> str:
        """As in `Running.parts`."""
        return self.program.name

    @property
    def pid(self) -> int | None:
        """The running process, None when there is none. Suspended ones run."""
        return self._child.pid if self._child is not None and not self._child.exited.is_set() else None

    async def start(self, ready: bool = True) -> int:
        """Start it, and wait until it answers unless told not to; returns its process id.

        Raises NotReady; nothing is left running then.
        """
        assert self.pid is None, f"{self.name} runs"
        if ready:
            return (await launched(self.program, self._keep, self._launch)).pid
        child = self._launch(self.program)
        self._keep(child)
        return child.pid

    async def ended(self) -> tuple[int, str]:
        """Wait for the end of the process that was started last: its id, and how it ended, in words."""
        child = self._child
        assert child is not None, f"{self.name} was never started"
        await child.exited.wait()
        return child.pid, child.status

    def _keep(self, child: Child) -> None:
        self._child = child

    async def is_ready(self) -> bool:
        """Whether it answers now."""
        return self.pid is not None and await answers(self.program)

    def kill(self) -> None:
        """SIGKILL to the process and its group; it is gone and reaped on return. Nothing when it does not run."""
        if self._child is not None:
            self._child.kill()

    def suspend(self) -> None:
        """SIGSTOP: it holds its connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    async def restart(self, ready: bool = True) -> None:
        """SIGKILL if it runs, then start."""
        self.kill()
        await self.start(ready)

    async def close(self) -> None:
        """As `end`; a suspended one is resumed for it."""
        if self.pid is not None:
            self.resume()
        await self.end()

    async def end(self) -> None:
        """SIGTERM, a bounded wait, SIGKILL."""
        child = self._child
        if child is None or child.exited.is_set():
            return
        try:
            child.terminate()
            async with asyncio.timeout(self.program.stop_s):
                await child.exited.wait()
        except TimeoutError:
            pass
        finally:
            child.kill()

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        assert pid is not None, f"{self.name} does not run"
        os.kill(pid, number)


def silence(_: str) -> None:
    """For whoever has nobody to tell what a backend is doing."""


@asynccontextmanager
async def together(parts: Collection[Part], say: Callable[[str], None] = silence) -> AsyncIterator[None]:
    """Parts for the time of the block, started and ended all at once: a cluster's member waits for a majority.

    The first that does not start ends the others. `say` hears when each is ready. Raises NotReady.
    """

    async def start(part: Part) -> None:
        began = time.monotonic()
        await part.start()
        say(f"{part.name} is ready after {time.monotonic() - began:.1f} s")

    try:
        try:
            await asyncio.gather(*map(start, parts))
        except BaseException:
            for part in parts:
                part.kill()
            raise
        yield
    finally:
        try:
            await asyncio.gather(*(part.close() for part in parts))
        finally:
            for part in parts:
                part.kill()
