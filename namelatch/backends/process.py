"""A program kept running: started, probed, restarted when it dies, stopped.

- Ready means that it answered its own protocol, not that it has a process id.
- A restart uses the same arguments: same port, same data. Restarts are bounded; then it gives up, loudly.
- Everything that happens becomes an `Event`, in `events`, in the log and at `on_event`.
- Whatever interrupts us, no process is left: cancellation kills, and the kernel kills what we could not.
"""

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import structlog

from namelatch.backends.child import Child
from namelatch.trouble import BadEnvironment

_PROBE_EVERY_S = 0.02
_PROBE_TIMEOUT_S = 2.0
_LOG_TAIL_BYTES = 4096

Kind = Literal["started", "died", "restarted", "not ready", "gave up", "stopped"]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to tell that it is ready. `ready` may raise OSError for "not yet"."""

    name: str
    argv: tuple[str, ...]
    directory: Path
    log: Path
    ready: Callable[[], Awaitable[bool]]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    ready_s: float = 20.0
    stop_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Restarts:
    """At most `most` restarts within `within_s` seconds, waiting `first_s`, doubled each time up to `longest_s`."""

    most: int = 5
    within_s: float = 60.0
    first_s: float = 0.05
    longest_s: float = 2.0


RESTARTS = Restarts()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a program. `seconds`: until ready, or until stopped."""

    name: str
    kind: Kind
    pid: int
    status: str = ""
    attempt: int = 0
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """One line for people: "restarted etcd after signal 9, attempt 1, ready in 0.4 s"."""
        match self.kind:
            case "started":
                return f"started {self.name}, ready in {self.seconds:.1f} s"
            case "died":
                return f"{self.name} died of {self.status}"
            case "restarted":
                return (
                    f"restarted {self.name} after {self.status}, attempt {self.attempt}, ready in {self.seconds:.1f} s"
                )
            case "not ready":
                return f"{self.name} did not become ready, attempt {self.attempt}: {self.status}"
            case "gave up":
                return f"gave up on {self.name} after {self.attempt} restarts, the last end was {self.status}"
            case "stopped":
                return f"stopped {self.name} in {self.seconds:.1f} s"


class NotReady(BadEnvironment):
    """The program ended, or did not answer in time. The text quotes the last line of its log."""


class Supervised:
    """One program and its restarts. `async with` starts and stops it."""

    def __init__(
        self, program: Program, restarts: Restarts = RESTARTS, on_event: Callable[[Event], None] | None = None
    ) -> None:
        self.program = program
        self.events: list[Event] = []
        self.given_up = asyncio.Event()
        self._restarts = restarts
        self._on_event = on_event
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._deaths: deque[float] = deque()
        self._log = structlog.get_logger("namelatch.backends").bind(program=program.name)

    @property
    def pid(self) -> int | None:
        """The running process, None when there is none."""
        return self._child.pid if self._child is not None and not self._child.exited.is_set() else None

    async def start(self) -> None:
        """Start and wait until ready. Raises NotReady; nothing is left running then, nor after a cancellation."""
        assert self._child is None, "started twice"
        began = time.monotonic()
        child = await self._launch()
        self._tell(Event(self.program.name, "started", child.pid, seconds=time.monotonic() - began))
        self._keeper = asyncio.create_task(self._keep(child), name=f"keep {self.program.name}")

    async def stop(self) -> None:
        """TERM, a bounded wait, KILL. Safe to call twice, before `start`, and under cancellation."""
        keeper, self._keeper = self._keeper, None
        try:
            if keeper is not None:
                keeper.cancel()
                await asyncio.wait([keeper])
            if self._child is not None and not self._child.exited.is_set():
                began = time.monotonic()
                self._child.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._child.exited.wait(), self.program.stop_s)
                self._child.kill()
                self._tell(Event(self.program.name, "stopped", self._child.pid, seconds=time.monotonic() - began))
        finally:
            if self._child is not None:
                self._child.kill()
                self._child = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _launch(self) -> Child:
        """Start the program and return when it is ready; kill it when it does not get there."""
        return await launched(self.program, self._hold, as_child)

    def _hold(self, child: Child) -> None:
        self._child = child

    async def _keep(self, child: Child) -> None:
        """Restart the program whenever it ends, until the bound is reached."""
        while True:
            await child.exited.wait()
            died, status = time.monotonic(), child.status
            self._tell(Event(self.program.name, "died", child.pid, status))
            revived = await self._revive(child.pid, status, died)
            if revived is None:
                self.given_up.set()
                return
            child = revived

    async def _revive(self, pid: int, status: str, died: float) -> Child | None:
        """The next running process, or None when the restarts are used up."""
        while True:
            now = time.monotonic()
            while self._deaths and now - self._deaths[0] > self._restarts.within_s:
                self._deaths.popleft()
            attempt = len(self._deaths) + 1
            if attempt > self._restarts.most:
                self._tell(Event(self.program.name, "gave up", pid, status, attempt - 1))
                return None
            self._deaths.append(now)
            await asyncio.sleep(min(self._restarts.first_s * 2 ** (attempt - 1), self._restarts.longest_s))
            try:
                child = await self._launch()
            except NotReady as error:
                self._tell(Event(self.program.name, "not ready", pid, str(error), attempt))
                continue
            self._tell(Event(self.program.name, "restarted", child.pid, status, attempt, time.monotonic() - died))
            return child

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        level = "error" if event.kind == "gave up" else "warning" if event.kind in {"died", "not ready"} else "info"
        getattr(self._log, level)(event.text, pid=event.pid)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                self._log.exception("whoever watches this program failed")  # and must not end its restarts


Launch = Callable[[Program], Child]


def as_child(program: Program) -> Child:
    """Start the program as a process of this machine, its output in its log."""
    return Child(program.argv, program.directory, program.log, program.env)


async def launched(program: Program, hold: Callable[[Child], None], launch: Launch) -> Child:
    """Start a program and return when it is ready; `hold` gets it at once. Raises NotReady, and has killed it then."""
    child = launch(program)
    hold(child)
    ready = False
    try:
        async with asyncio.timeout(program.ready_s):
            while not (ready := await _is_ready(program)):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.exited.wait(), _PROBE_EVERY_S)
                if child.exited.is_set():
                    raise NotReady(f"{program.name} ended with {child.status} on start{_last_words(program)}")
    except TimeoutError:
        raise NotReady(f"{program.name} did not answer within {program.ready_s:g} s{_last_words(program)}") from None
    finally:
        if not ready:
            child.kill()
    return child


async def _is_ready(program: Program) -> bool:
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            return await program.ready()
    except (OSError, EOFError):
        return False


def _last_words(program: Program) -> str:
    """The last line of the program's log, for error texts."""
    with contextlib.suppress(OSError), program.log.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        if said:
            return f": {said[-1][:300]} (log: {program.log})"
    return f" (log: {program.log})"
