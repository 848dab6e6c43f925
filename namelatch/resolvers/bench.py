"""The processes of one table: a DNS server for each SOA MINIMUM, a resolver for each cell, a client before each.

All run at the same time, on loopback, under directories of their own, as whoever we are; they are stopped by their
ids when the block ends, however it ends. A part that dies ends the run: what a client then saw would not be the
resolver's doing. Resolvers are started once the name has addresses: what they had heard before would be cached.
"""

import asyncio
import os
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from coordination.records import Endpoint
from dns_server.codes import AAAA, A
from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.ports import LOOPBACK, free_ports
from namelatch.backends.probes import dns_answers
from namelatch.backends.process import Program
from namelatch.backends.supervised import OnEvent, Restarts, Supervised
from namelatch.config import Settings
from namelatch.resolvers.asking import Stream
from namelatch.resolvers.cell import MINIMUMS_S, Cell, grid
from namelatch.resolvers.installed import found
from namelatch.resolvers.kinds import KINDS, Place, kind
from namelatch.resolvers.sights import Outage, Seen, outage
from namelatch.trouble import BadEnvironment

DIRECT_EVERY_S = 0.1  # between two questions to an authority: they say when the outage began and ended
WARM_S = 10.0  # of addresses from every resolver before anything happens: twice the records' TTL
LATE_S = 2.0  # before the repair, the late clients begin to ask
LIGHT_S = 60.0  # for every resolver to answer with an address at first
POLL_S = 0.1
_NEVER = Restarts(most=0)
_ENVIRONMENT = ("LANG", "PATH", "TMPDIR")  # none of them reads a setting of ours


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table is of. `name` is asked for, in `zone`, as `kinds` of resolvers see it at these MINIMUMs."""

    name: Endpoint
    zone: str
    minimums_s: tuple[int, ...] = MINIMUMS_S
    kinds: tuple[str, ...] = tuple(one.name for one in KINDS)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All of them."""
        return grid(self.kinds, self.minimums_s)


class Bench:
    """`settings` are the DNS servers', but for what the table is of. `servers` is open to whoever makes the outage."""

    def __init__(self, asked: Asked, settings: Settings, directory: Path, on_event: OnEvent | None = None) -> None:
        self.asked = asked
        self.servers: dict[int, EmbeddedDns] = {}
        self._settings, self._directory, self._on_event = settings, directory, on_event
        self._stack = AsyncExitStack()
        self._resolvers: dict[Cell, Supervised] = {}
        self._ports: dict[Cell, int] = {}
        self._direct: dict[int, Stream] = {}
        self._steady: dict[Cell, Stream] = {}
        self._late: dict[Cell, Stream] = {}
        self._asking: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self._stop_asking)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    # --- up ------------------------------------------------------------------------------------------------------

    async def open_servers(self) -> None:
        """Start the DNS servers: they may wait for etcd to have something to say."""
        for minimum in self.asked.minimums_s:
            own = {"soa_minimum_s": minimum, "port": 0, "workers": 1, "snapshot": None, "status": None}
            own |= {"soa_ttl_s": max(self._settings.dns.soa_ttl_s, minimum)}  # RFC 2308: the lesser of the two binds
            settings = self._settings.model_copy(update={"dns": self._settings.dns.model_copy(update=own)})
            self.servers[minimum] = EmbeddedDns(self._directory / f"dns-{minimum}", settings, self._on_event, _NEVER)
            self._stack.push_async_callback(self.servers[minimum].stop)
        await asyncio.gather(*(server.start() for server in self.servers.values()))

    async def open_resolvers(self) -> None:
        """Start resolvers and clients once the authorities have addresses; returns when every client has had some."""
        for minimum, server in self.servers.items():
            self._direct[minimum] = self._ask(server.port, A, DIRECT_EVERY_S)
        await self._until_lit(self._direct.values(), 0.0, "the DNS servers")
        ports = free_ports(len(self.asked.cells))
        for cell, port in zip(self.asked.cells, ports, strict=True):
            self._ports[cell] = port
            self._resolvers[cell] = self._resolver(cell, port)
            self._stack.push_async_callback(self._resolvers[cell].stop)
        await asyncio.gather(*(resolver.start() for resolver in self._resolvers.values()))
        self._steady = {cell: self._ask(port, A) for cell, port in self._ports.items()}
        await self._until_lit(self._steady.values(), WARM_S, "the resolvers")

    def _resolver(self, cell: Cell, port: int) -> Supervised:
        one = kind(cell.kind)
        directory = self._directory / cell.name
        directory.mkdir(parents=True)
        upstream = self.servers[cell.minimum_s].port
        rendered = one.render(Place(directory.absolute(), port, upstream, self.asked.zone, cell.serve_stale))
        (directory / rendered.name).write_text(rendered.text, encoding="utf-8")
        path = found(one)
        assert path is not None, "installed.require was asked before"
        program = Program(
            cell.name,
            (path, *rendered.arguments),
            directory,
            directory / f"{one.program}.log",
            lambda: dns_answers(LOOPBACK, port, self.asked.zone),
            {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            ready_s=LIGHT_S,
        )
        return Supervised(program, _NEVER, self._on_event)

    def _ask(self, port: int, type_: int, every_s: float = 1.0) -> Stream:
        stream = Stream(port, self.asked.name, type_, every_s)
        self._asking.append(asyncio.create_task(stream.run()))
        return stream

    async def _until_lit(self, streams: Collection[Stream], for_s: float, who: str) -> None:
        deadline = time.monotonic() + LIGHT_S
        while True:
            self.check()
            now = time.monotonic()
            if all(stream.lit_since is not None and now - stream.lit_since >= for_s for stream in streams):
                return
            if now > deadline:
                raise BadEnvironment(f"{who} gave no address of {self.asked.name} for {for_s:g} s within {LIGHT_S:g} s")
            await asyncio.sleep(POLL_S)

    # --- while it runs -------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise BadEnvironment when a part has died."""
        for process in (*self.servers.values(), *self._resolvers.values()):
            if process.given_up.is_set():
                raise BadEnvironment(f"{process.program.name} died, see {process.program.log}")
        for task in self._asking:
            if task.done():
                task.result()

    @property
    def outage(self) -> Outage | None:
        """The outage of the authorities: from the first one's beginning to the last one's end."""
        each = [one for one in (outage(stream.sights) for stream in self._direct.values()) if one is not None]
        if not each:
            return None
        ended = [one.ended for one in each if one.ended is not None]
        return Outage(min(one.began for one in each), max(ended) if len(ended) == len(each) else None)

    @property
    def dark(self) -> int:
        """How many of the steady clients have no address now."""
        return sum(stream.lit_since is None for stream in self._steady.values())

    def come_late(self) -> None:
        """Clients of a type that nobody has asked before begin to ask: the last that an outage can mislead."""
        self._late = {cell: self._ask(port, AAAA) for cell, port in self._ports.items()}

    def lit_for(self, seconds: float) -> bool:
        """Whether every client, late ones too, has had addresses for so long."""
        now = time.monotonic()
        streams = (*self._direct.values(), *self._steady.values(), *self._late.values())
        return all(stream.lit_since is not None and now - stream.lit_since >= seconds for stream in streams)

    def seen(self) -> Seen:
        """What the clients have seen by now."""
        return Seen(
            {cell: stream.sights for cell, stream in self._steady.items()},
            {cell: stream.sights for cell, stream in self._late.items()},
            time.monotonic(),
        )

    async def _stop_asking(self) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
