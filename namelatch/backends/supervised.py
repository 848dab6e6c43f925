"""A part kept running: restarted when it dies, until somebody stops it or stops keeping it.

- A restart uses the same arguments: same port, same data. Restarts are bounded; then it gives up, loudly.
- Everything that happens becomes an `Event`, in `events`, in the log and at `on_event`.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import structlog

from namelatch.backends.part import Part
from namelatch.backends.process import Program
from namelatch.trouble import BadEnvironment

Kind = Literal["started", "died", "restarted", "not ready", "gave up", "stopped"]
OnEvent = Callable[["Event"], None]


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


class Supervised:
    """A program, or a part that runs already, and its restarts. `async with` starts and stops it."""

    def __init__(self, what: Program | Part, restarts: Restarts = RESTARTS, on_event: OnEvent | None = None) -> None:
        self.part = what if isinstance(what, Part) else Part(what)
        self.events: list[Event] = []
        self.given_up = asyncio.Event()
        self._restarts = restarts
        self._on_event = on_event
        self._keeper: asyncio.Task[None] | None = None
        self._deaths: deque[float] = deque()
        self._log = structlog.get_logger("namelatch.backends").bind(program=self.program.name)

    @property
    def program(self) -> Program:
        """What is kept running."""
        return self.part.program

    @property
    def pid(self) -> int | None:
        """The running process, None when there is none."""
        return self.part.pid

    async def start(self) -> None:
        """Start and wait until ready. Raises NotReady; nothing is left running then, nor after a cancellation."""
        began = time.monotonic()
        pid = await self.part.start()
        self._tell(Event(self.program.name, "started", pid, seconds=time.monotonic() - began))
        self.keep()

    def keep(self) -> None:
        """From now on the part, which was started, is started again when it ends."""
        assert self._keeper is None, "kept twice"
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    async def leave(self) -> None:
        """Start it no more: a part that runs goes on, a restart under way is broken off. Safe to call at any time."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])

    async def stop(self) -> None:
        """TERM, a bounded wait, KILL. Safe to call twice, before `start`, and under cancellation."""
        try:
            await self.leave()
            if (pid := self.pid) is not None:
                began = time.monotonic()
                await self.part.end()
                self._tell(Event(self.program.name, "stopped", pid, seconds=time.monotonic() - began))
        finally:
            self.part.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _keep(self) -> None:
        """Restart the part whenever it ends, until the bound is reached."""
        while True:
            pid, status = await self.part.ended()
            died = time.monotonic()
            self._tell(Event(self.program.name, "died", pid, status))
            if not await self._revived(pid, status, died):
                self.given_up.set()
                return

    async def _revived(self, pid: int, status: str, died: float) -> bool:
        """Start it again; False when the restarts are used up."""
        while True:
            now = time.monotonic()
            while self._deaths and now - self._deaths[0] > self._restarts.within_s:
                self._deaths.popleft()
            attempt = len(self._deaths) + 1
            if attempt > self._restarts.most:
                self._tell(Event(self.program.name, "gave up", pid, status, attempt - 1))
                return False
            self._deaths.append(now)
            await asyncio.sleep(min(self._restarts.first_s * 2 ** (attempt - 1), self._restarts.longest_s))
            try:
                again = await self.part.start()
            except (BadEnvironment, OSError) as error:  # not ready, or not even begun
                self._tell(Event(self.program.name, "not ready", pid, str(error), attempt))
                continue
            self._tell(Event(self.program.name, "restarted", again, status, attempt, time.monotonic() - died))
            return True

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        level = "error" if event.kind == "gave up" else "warning" if event.kind in {"died", "not ready"} else "info"
        getattr(self._log, level)(event.text, pid=event.pid)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                self._log.exception("whoever watches this program failed")  # and must not end its restarts


@asynccontextmanager
async def kept(parts: Iterable[Part], on_event: OnEvent | None = None) -> AsyncIterator[tuple[Supervised, ...]]:
    """Running parts are kept running for the time of the block; whoever started them ends them."""
    async with AsyncExitStack() as stack:
        keepers = tuple(Supervised(part, on_event=on_event) for part in parts)
        for keeper in keepers:
            stack.push_async_callback(keeper.leave)
            keeper.keep()
        yield keepers
