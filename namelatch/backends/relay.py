"""TCP links that can be cut (one way, too), slowed down and healed: what stands between the parts of a backend.

A cut is what a partition is to TCP: nothing arrives, nothing is refused, and what was on its way arrives once the
link is healed, if anybody still wants it then. Connections are taken during a cut as well; they hear nothing.
Who dials is told by `origin` from both ports, so that one address carries a link for each of its callers. Lives in one
event loop.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from namelatch.backends.callers import STRANGER
from namelatch.backends.ports import LOOPBACK

Way = Literal["there", "back", "both"]  # from the caller to the target, from the target to the caller
_PIECE = 65_536
_UNDERWAY = 64  # pieces on one way of a connection; then the sender is held up, as by a full window


@dataclass(slots=True)
class Pipe:
    """One way of a link: open or cut, and how long it takes."""

    delay_s: float = 0.0
    flows: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.flows.set()


class Link:
    """From one caller to one target, both ways."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.there = Pipe()
        self.back = Pipe()

    def cut(self, way: Way = "both") -> None:
        """Let nothing through any more."""
        for pipe in self._pipes(way):
            pipe.flows.clear()

    def delay(self, seconds: float, way: Way = "both") -> None:
        """Let everything through `seconds` late, in order."""
        for pipe in self._pipes(way):
            pipe.delay_s = seconds

    def heal(self) -> None:
        """As new: what was held goes on its way."""
        for pipe in self._pipes("both"):
            pipe.delay_s = 0.0
            pipe.flows.set()

    def _pipes(self, way: Way) -> tuple[Pipe, ...]:
        return {"there": (self.there,), "back": (self.back,), "both": (self.there, self.back)}[way]


class Relay:
    """Listens on `port`, passes on to `target_port`, each connection on its caller's link."""

    def __init__(self, port: int, target_port: int, target: str, origin: Callable[[int, int], str]) -> None:
        self.port = port
        self.target = target
        self.links: dict[str, Link] = {}
        self._target_port = target_port
        self._origin = origin
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """What callers dial."""
        return f"{LOOPBACK}:{self.port}"

    def link(self, caller: str) -> Link:
        """The link of one caller, "client>kafka"; there before its first connection is."""
        name = f"{caller}>{self.target}"
        return self.links.setdefault(name, Link(name))

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, LOOPBACK, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio runs this as a task"
        self._open.add(task)
        try:
            caller = await asyncio.to_thread(self._origin, writer.get_extra_info("peername")[1], self.port)
            if caller != STRANGER:  # who can't be told could not be cut off: let it dial again
                await self._carry(self.link(caller), reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone, or the relay is being closed: nobody is left to be told
        finally:
            writer.transport.abort()
            self._open.discard(task)

    async def _carry(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until both ways have ended, or one of them broke."""
        await link.there.flows.wait()
        onward, away = await asyncio.open_connection(LOOPBACK, self._target_port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass(link.there, reader, away))
                both.create_task(_pass(link.back, onward, writer))
        except* OSError:
            await _while_cut(link)  # a connection that broke behind a cut: the news does not cross it either
        finally:
            away.transport.abort()


async def _while_cut(link: Link) -> None:
    await link.there.flows.wait()
    await link.back.flows.wait()


async def _pass(pipe: Pipe, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes in order, none before its time, none while the pipe is cut; then the end of the stream."""
    loop = asyncio.get_running_loop()
    underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_UNDERWAY)

    async def taking() -> None:
        while True:
            piece = await reader.read(_PIECE)
            await underway.put((loop.time() + pipe.delay_s, piece))
            if not piece:
                return

    async with asyncio.TaskGroup() as both:
        both.create_task(taking())
        while True:
            due, piece = await underway.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await pipe.flows.wait()
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
