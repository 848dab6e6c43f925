"""The runner's side of the nursery: start, signal, and hear how processes fare. Everything by process id."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from namelatch.trouble import BadEnvironment

READY_S = 60.0  # to import everything once, on a busy machine
LINE_BYTES = 1 << 20


class NurseryGone(BadEnvironment):
    """The nursery ended: nothing that it started runs any more."""


class Process:
    """One process, as far as it was heard of."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended = asyncio.Event()
        self.stopped = asyncio.Event()
        self.signal = 0  # what ended it; 0: it ended by itself


class Nursery:
    """`async with` starts it; leaving ends it and all that it started."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._number = 0
        self._starting: dict[int, asyncio.Future[Process]] = {}
        self._known: dict[int, Process] = {}

    async def __aenter__(self) -> Self:
        with open(self._log, "ab") as log:  # noqa: ASYNC230  (once, and empty)
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "namelatch.matrix.nursery",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                limit=LINE_BYTES,
            )
        self._reader = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(READY_S):
                await self._ready.wait()
        except TimeoutError:
            await self.__aexit__(None, None, None)
            raise NurseryGone(f"it was not ready within {READY_S:g} s (log: {self._log})") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._reader is not None:
            self._reader.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def start(self, spec: dict[str, Any]) -> Process:
        """Fork a process. Raises NurseryGone."""
        self._number += 1
        started: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        self._starting[self._number] = started
        self._ask({"n": self._number, "start": spec})
        return await started

    def send(self, process: Process, number: int) -> None:
        """A signal to a process that has not ended."""
        if not process.ended.is_set():
            if number == signal.SIGCONT:
                process.stopped.clear()
            self._ask({"pid": process.pid, "signal": int(number)})

    def _ask(self, asked: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if self._process.returncode is not None:
            raise NurseryGone(f"exit status {self._process.returncode} (log: {self._log})")
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            match told:
                case {"ready": True}:
                    self._ready.set()
                case {"started": number, "pid": pid}:
                    self._known[pid] = Process(pid)
                    waiting = self._starting.pop(number)
                    if not waiting.done():
                        waiting.set_result(self._known[pid])
                case {"stopped": pid}:
                    self._known[pid].stopped.set()
                case {"ended": pid, "signal": number}:
                    process = self._known.pop(pid)
                    process.signal = number
                    process.ended.set()
        for waiting in self._starting.values():
            if not waiting.done():
                waiting.set_exception(NurseryGone(f"it ended (log: {self._log})"))
