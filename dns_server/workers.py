"""The parent's side of its workers: starts them, feeds them, restarts them at a bounded rate.

A worker gets the whole snapshot, then every revision in order. One that ends, hangs, or falls further behind than
a full snapshot is replaced, and counted. Snapshots are immutable, so a new worker is fed from the one that was
current when it started, while the others go on.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from dns_server.binding import PortTaken
from dns_server.frames import revision_frames
from dns_server.limits import (
    BACKLOG_OCTETS,
    RESTART_FIRST_S,
    RESTART_FORGET_S,
    RESTART_MOST_S,
    STOP_S,
    WORKER_SILENT_S,
)
from dns_server.settings import DnsSettings
from dns_server.snapshot import Changes, Snapshot
from dns_server.worker import PORT_TAKEN

log = structlog.get_logger(__name__)


def worker_settings(settings: DnsSettings, port: int) -> str:
    """What a worker must know, as its one argument."""
    names = ("host", "answers", "soa_ttl_s", "soa_minimum_s", "tcp_connections", "tcp_idle_s")
    chosen: dict[str, Any] = {name: getattr(settings, name) for name in names}
    chosen |= {"zones": settings.zones, "nameservers": settings.nameservers, "port": port, "parent": os.getpid()}
    return json.dumps(chosen)


class Behind(Exception):
    """A worker does not take its updates. The text says how many octets wait."""


class Backlog:
    """Frames that one worker has not been sent yet, bounded in octets."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._octets = 0

    def put(self, frames: list[bytes]) -> None:
        """Append; what is too much shows at the next `get`."""
        for frame in frames:
            self._octets += len(frame)
            if self._octets <= BACKLOG_OCTETS:
                self._frames.put_nowait(frame)

    async def get(self) -> bytes:
        """The next frame. Raises Behind once anything had to be left out."""
        frame = await self._frames.get()
        if self._octets > BACKLOG_OCTETS:
            raise Behind(f"{self._octets} octets wait")
        self._octets -= len(frame)
        return frame


@dataclass(slots=True)
class WorkerSeen:
    """What the parent knows of one worker. `line` is its last about itself, `past` sums those of its forerunners."""

    pid: int | None = None
    restarts: int = 0
    line: dict[str, Any] = field(default_factory=dict)
    past: dict[str, int] = field(default_factory=dict)


class Workers:
    """All workers of one server. `seen[i]` is the i-th; `ready` is set when all have served once."""

    def __init__(self, settings: DnsSettings, port: int, snapshot: Snapshot) -> None:
        self.seen = [WorkerSeen() for _ in range(settings.workers)]
        self.ready = asyncio.Event()
        self._argument = worker_settings(settings, port)
        self._where = f"{settings.host} port {port}"
        self._snapshot = snapshot
        self._loaded = asyncio.Event()
        self._backlogs: dict[int, Backlog] = {}
        if snapshot.position is not None:
            self._loaded.set()

    def publish(self, snapshot: Snapshot, changes: Changes) -> None:
        """Hand a revision to every worker."""
        self._snapshot = snapshot
        self._loaded.set()
        assert snapshot.position is not None
        if self._backlogs:
            frames = list(revision_frames(changes.items(), snapshot.position))
            for backlog in self._backlogs.values():
                backlog.put(frames)

    async def run(self, index: int) -> None:
        """Keep worker `index` alive for ever, from the first snapshot on. Raises PortTaken at the start only."""
        await self._loaded.wait()
        seen = self.seen[index]
        wait_s = RESTART_FIRST_S
        while True:
            started = time.monotonic()
            why = await self._live(index, seen)
            if why == f"exit {PORT_TAKEN}" and not self.ready.is_set():
                raise PortTaken(f"{self._where}: a worker could not bind")
            if time.monotonic() - started > RESTART_FORGET_S:
                wait_s = RESTART_FIRST_S
            seen.restarts += 1
            log.warning("dns_worker_restarts", index=index, why=why, restarts=seen.restarts, in_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, RESTART_MOST_S)

    async def _live(self, index: int, seen: WorkerSeen) -> str:
        """One process from start to end; returns why it ended."""
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dns_server.worker",
            self._argument,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        seen.pid, seen.line = process.pid, {}
        feeding = asyncio.create_task(self._feed(index, process))
        listening = asyncio.create_task(self._listen(seen, process))
        try:
            await asyncio.wait({feeding, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._backlogs.pop(index, None)
            feeding.cancel()
            listening.cancel()
            ends = await asyncio.gather(feeding, listening, return_exceptions=True)
            code = await _end(process)
            _remember(seen)
        ours = [end for end in ends if isinstance(end, Exception) and not isinstance(end, ConnectionError)]
        faults = [f"{type(end).__name__}: {end}" for end in ours]
        return faults[0] if faults else f"exit {code}"

    async def _feed(self, index: int, process: asyncio.subprocess.Process) -> None:
        """Everything, then every change."""
        stdin = process.stdin
        assert stdin is not None
        snapshot, backlog = self._snapshot, Backlog()
        assert snapshot.position is not None
        self._backlogs[index] = backlog
        for frame in revision_frames(snapshot.entries.items(), snapshot.position):
            stdin.write(frame)
            await stdin.drain()
        while True:
            stdin.write(await backlog.get())
            await stdin.drain()

    async def _listen(self, seen: WorkerSeen, process: asyncio.subprocess.Process) -> None:
        """The worker's lines until it ends. Raises TimeoutError when it is silent for too long."""
        stdout = process.stdout
        assert stdout is not None
        while True:
            async with asyncio.timeout(WORKER_SILENT_S):
                line = await stdout.readline()
            if not line:
                return
            known = seen.line.get("first_fault")
            seen.line = json.loads(line)
            if seen.line["first_fault"] != known:
                log.error("dns_packet_fault", worker=seen.pid, fault=seen.line["first_fault"])
            if all(other.line.get("serving") for other in self.seen):
                self.ready.set()


async def _end(process: asyncio.subprocess.Process) -> int:
    """End a worker: its stdin closes, and if that does not do, it is killed."""
    assert process.stdin is not None
    process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            return await process.wait()
    with suppress(ProcessLookupError):
        process.kill()
    return await process.wait()


def _remember(seen: WorkerSeen) -> None:
    """Add the counts of a worker that ended, as far as it told them."""
    line = seen.line
    for name, count in {**line.get("rcodes", {}), **{n: line.get(n, 0) for n in COUNTED}}.items():
        seen.past[name] = seen.past.get(name, 0) + count
    seen.pid, seen.line = None, {}


COUNTED = ("dangling", "silent", "faults")
