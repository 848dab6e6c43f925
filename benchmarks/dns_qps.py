"""How fast the DNS server loads, answers and follows: `python -m benchmarks.dns_qps [--endpoints N] [--workers N]`.

One asking process with a window of queries in flight stands beside the workers, so on few cores it takes its share of
them: the number is a floor. "Longest silence" is the longest time without any response while an update was applied.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import select
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from coordination.feed import Changed, FeedEvent, Listed, Position, TreeChange
from coordination.plan import Generation
from coordination.ports import Root
from coordination.records import Endpoint
from dns_server.client import build_query
from dns_server.server import Ready, serve
from dns_server.settings import DnsSettings

ZONE = "bench.example"
WINDOW = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asking process saw."""

    qps: float
    p50_us: float
    p99_us: float
    silence_ms: float
    lost: int


class LaterFeed:
    """A listing at once, then what `say` adds."""

    def __init__(self, first: FeedEvent) -> None:
        self._events: asyncio.Queue[FeedEvent] = asyncio.Queue()
        self._events.put_nowait(first)

    def say(self, event: FeedEvent) -> None:
        """Deliver `event` next."""
        self._events.put_nowait(event)

    async def follow(self, since: Position | None) -> AsyncIterator[FeedEvent]:  # noqa: ARG002
        """The events, once."""
        while True:
            yield await self._events.get()


def name_of(index: int) -> Endpoint:
    """The index-th endpoint: some thirty names below each of thousands of ancestors."""
    return Endpoint(f"svc-{index}.cell-{index % 5000}.{ZONE}")


def tree(index: int, generation: int) -> bytes:
    """Three targets of A and three of AAAA."""
    v4 = ",".join(f"10.{generation % 256}.{index >> 8 & 255}.{n}={n}" for n in (1, 2, 3))
    v6 = ",".join(f"fd00::{generation:x}:{index & 0xFFFF:x}:{n}={n}" for n in (1, 2, 3))
    return f"A 60 {v4}|AAAA 60 {v6}".encode()


def listing(endpoints: int, generation: int) -> Listed:
    """Everything under one generation."""
    names = [name_of(index) for index in range(endpoints)]
    roots = dict.fromkeys(names, Root(Generation(generation), None, False, 1))
    trees = {(Generation(generation), name): tree(index, generation) for index, name in enumerate(names)}
    return Listed(Position(1, generation), roots, trees)


def ask(port: int, endpoints: int, stop: Connection, results: Connection) -> None:
    """Ask random names until told to stop."""
    draw = random.Random(1)
    queries = [build_query(n, name_of(draw.randrange(endpoints)), draw.choice((1, 28))) for n in range(20_000)]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    latencies: list[float] = []
    answered = at = lost = 0
    silence = 0.0
    began = last = time.perf_counter()
    while not stop.poll():
        sent = time.perf_counter()
        for _ in range(WINDOW):
            sock.send(queries[at])
            at = (at + 1) % len(queries)
        waiting = WINDOW
        while waiting and poll.poll(1000):
            with contextlib.suppress(BlockingIOError):
                while waiting:
                    sock.recv(4096)
                    waiting -= 1
                    now = time.perf_counter()
                    silence = max(silence, now - last)
                    last = now
                    latencies.append(now - sent)
        lost += waiting
        answered += WINDOW - waiting
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * part)] * 1e6 for part in (0.5, 0.99))
    results.send(Asked(answered / (time.perf_counter() - began), p50, p99, silence * 1e3, lost))


class Asker:
    """The asking process, from `with` to its end."""

    def __init__(self, port: int, endpoints: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._stop, theirs = spawn.Pipe()
        self._results, to_us = spawn.Pipe()
        self._process = spawn.Process(target=ask, args=(port, endpoints, theirs, to_us))
        self._process.start()

    async def result(self) -> Asked:
        """Stop it and take its numbers."""
        self._stop.send(None)
        found: Asked = await asyncio.to_thread(self._results.recv)
        self._process.join()
        return found


def memory_mb(pid: int, what: str = "Pss") -> float:
    """Proportional share of memory, MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


async def reached(status: Path, revision: int) -> dict[str, Any]:
    """Wait until every worker stands at `revision`."""
    while True:
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads(await asyncio.to_thread(status.read_text))
            if all((worker["revision"] or 0) >= revision for worker in found["workers"]):
                return found
        await asyncio.sleep(0.02)


async def measure(endpoints: int, workers: int, seconds: float) -> None:
    """Print every number."""
    with tempfile.TemporaryDirectory() as directory:
        status, snapshot = Path(directory, "status"), Path(directory, "snapshot")
        feed = LaterFeed(listing(endpoints, 1))
        settings = DnsSettings((ZONE,), workers=workers, status_path=status, snapshot_path=snapshot)
        ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        server = asyncio.create_task(serve(settings, feed, ready.set_result))
        port = (await ready).port
        print(f"load: {endpoints} endpoints, {workers} workers ready after {time.perf_counter() - began:.2f} s")
        pids = [worker["pid"] for worker in (await reached(status, 1))["workers"]]
        print(f"memory: parent {memory_mb(os.getpid()):.0f} MB, workers {[round(memory_mb(p)) for p in pids]} MB")
        await steps(endpoints, port, feed, status, seconds)
        server.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server
        size = await asyncio.to_thread(snapshot.stat)
        print(f"snapshot on disk: {size.st_size / 1e6:.1f} MB")
        began = time.perf_counter()
        ready = asyncio.get_running_loop().create_future()
        dead = LaterFeed(listing(0, 1))
        server = asyncio.create_task(serve(settings, dead, ready.set_result))
        await ready
        print(f"start from disk: ready after {time.perf_counter() - began:.2f} s")
        server.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server


async def steps(endpoints: int, port: int, feed: LaterFeed, status: Path, seconds: float) -> None:
    """Ask at rest, during an update of 1,000 endpoints, and during a listing where every endpoint changed."""
    batch = tuple(TreeChange(name_of(n), Generation(1), tree(n, 2)) for n in range(min(1000, endpoints)))
    for what, event in (
        ("at rest", None),
        ("1,000 endpoints changed at once", Changed(Position(1, 2), batch)),
        ("every endpoint changed at once", listing(endpoints, 3)),
    ):
        asker = Asker(port, endpoints)
        await asyncio.sleep(seconds / 2)
        if event is not None:
            began = time.perf_counter()
            feed.say(event)
            await reached(status, event.position.revision)
            print(f"{what}: reported by every worker after {time.perf_counter() - began:.2f} s")
        await asyncio.sleep(seconds / 2)
        seen = await asker.result()
        print(
            f"{what}: {seen.qps:,.0f} qps, window of {WINDOW} answered in {seen.p50_us:.0f} us (p50), "
            f"{seen.p99_us:.0f} us (p99); longest silence {seen.silence_ms:.0f} ms; lost {seen.lost}"
        )


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=150_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    asyncio.run(measure(given.endpoints, given.workers, given.seconds))


if __name__ == "__main__":
    main()
