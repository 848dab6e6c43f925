"""A real server for a test: `serve` in this loop, its workers real processes, asked over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coordination.feed import Feed
from dns_server.client import Response, build_query, parse_response
from dns_server.server import Ready, serve
from dns_server.settings import DnsSettings

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the server answers, and its status file."""

    port: int
    status_path: Path

    def status(self) -> dict[str, Any]:
        return json.loads(self.status_path.read_text())

    def pids(self) -> list[int]:
        return [worker["pid"] for worker in self.status()["workers"]]

    def stands_at(self, revision: int) -> bool:
        return all(worker["revision"] == revision for worker in self.status()["workers"])


def settings(tmp_path: Path, **given: Any) -> DnsSettings:
    return replace(DnsSettings(("example.com",), status_path=tmp_path / "status.json"), **given)


@asynccontextmanager
async def serving(given: DnsSettings, feed: Feed) -> AsyncIterator[Serving]:
    """The server while the block runs."""
    ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(given, feed, ready.set_result))
    try:
        await asyncio.wait({task, ready}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        assert given.status_path is not None
        assert ready.done(), f"not ready within {PATIENCE_S:g} s"
        yield Serving(ready.result().port, given.status_path)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def exchange(port: int, query: bytes, within_s: float = PATIENCE_S) -> bytes:
    """One datagram there and one back, from a new source port: another worker's turn."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(("127.0.0.1", port))
        await loop.sock_sendall(sock, query)
        async with asyncio.timeout(within_s):
            return await loop.sock_recv(sock, 65_535)


async def ask_udp(port: int, name: str, type: int = 1, edns: int | None = 1232) -> Response:
    return parse_response(await exchange(port, build_query(1, name, type, edns)))


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(2, "big") + message for message in messages)


async def read_message(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


async def ask_tcp(port: int, name: str, type: int = 1) -> Response:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(framed(build_query(1, name, type)))
    response = parse_response(await read_message(reader))
    writer.close()
    return response
