"""A link passes everything on, and cut it passes nothing, in the way that was cut, until it is healed."""

import asyncio
import os
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from namelatch.backends.callers import STRANGER, caller
from namelatch.backends.ports import free_ports
from namelatch.backends.relay import Link, Relay
from tests.bounded import bounded, run

MOMENT_S = 0.3
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """Tells back what it hears, and keeps it."""

    def __init__(self) -> None:
        self.heard = b""
        self.ended = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while piece := await reader.read(65536):
            self.heard += piece
            writer.write(piece)
            await writer.drain()
        self.ended.set()
        writer.close()


@asynccontextmanager
async def relayed() -> AsyncIterator[tuple[Server, Relay, Link]]:
    port, behind = free_ports(2)
    server = Server()
    async with (
        await asyncio.start_server(server.take, "127.0.0.1", behind),
        Relay(port, behind, "server", lambda _source, _target: "me") as relay,
    ):
        yield server, relay, relay.link("me")


async def dial(relay: Relay) -> Streams:
    return await asyncio.open_connection("127.0.0.1", relay.port)


async def hears(reader: asyncio.StreamReader, expected: bytes) -> None:
    async with asyncio.timeout(20):
        assert await reader.readexactly(len(expected)) == expected


async def hears_nothing(reader: asyncio.StreamReader) -> None:
    with pytest.raises(TimeoutError):
        await bounded(reader.read(1), MOMENT_S)


def test_megabytes_pass_in_order_and_the_end_passes_too() -> None:
    async def scenario() -> None:
        async with relayed() as (server, relay, link):
            reader, writer = await dial(relay)
            sent = os.urandom(3_000_000)
            told = asyncio.create_task(reader.readexactly(len(sent)))
            writer.write(sent)
            await writer.drain()
            assert await told == sent
            writer.write_eof()
            assert await bounded(reader.read(), 20) == b""
            assert server.ended.is_set()
            assert link.name == "me>server"

    run(scenario())


@pytest.mark.parametrize(("way", "arrived"), [("there", b""), ("back", b"two"), ("both", b"")])
def test_a_cut_holds_what_goes_its_way_and_healing_lets_it_go_on(way: str, arrived: bytes) -> None:
    async def scenario() -> None:
        async with relayed() as (server, relay, link):
            reader, writer = await dial(relay)
            writer.write(b"one")
            await hears(reader, b"one")
            link.cut(way)  # type: ignore[arg-type]
            writer.write(b"two")
            await hears_nothing(reader)
            assert server.heard == b"one" + arrived
            link.heal()
            await hears(reader, b"two")

    run(scenario())


def test_a_connection_made_during_a_cut_is_taken_hears_nothing_and_works_once_healed() -> None:
    async def scenario() -> None:
        async with relayed() as (server, relay, link):
            link.cut()
            reader, writer = await dial(relay)
            writer.write(b"one")
            await hears_nothing(reader)
            assert server.heard == b""
            link.heal()
            await hears(reader, b"one")

    run(scenario())


def test_an_end_behind_a_cut_is_not_seen_before_it_is_healed() -> None:
    async def scenario() -> None:
        async with relayed() as (server, relay, link):
            reader, writer = await dial(relay)
            writer.write(b"one")
            await hears(reader, b"one")
            link.cut()
            died = server.writers[0].get_extra_info("socket")
            died.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it ends with a reset
            server.writers[0].transport.abort()
            await hears_nothing(reader)
            link.heal()
            with suppress(ConnectionResetError):
                assert await bounded(reader.read(), 20) == b""

    run(scenario())


def test_what_is_delayed_comes_late_and_in_order() -> None:
    async def scenario() -> None:
        async with relayed() as (_server, relay, link):
            reader, writer = await dial(relay)
            link.delay(0.4, "back")
            before = time.monotonic()
            writer.write(b"one")
            await asyncio.sleep(0.05)
            writer.write(b"two")
            await hears(reader, b"onetwo")
            assert time.monotonic() - before >= 0.4

    run(scenario())


def test_nobody_behind_a_whole_link_ends_the_connection() -> None:
    async def scenario() -> None:
        port, nobody = free_ports(2)
        async with Relay(port, nobody, "server", lambda _source, _target: "me") as relay:
            reader, _ = await dial(relay)
            with suppress(ConnectionResetError):
                assert await bounded(reader.read(), 20) == b""

    run(scenario())


def test_cutting_one_callers_link_leaves_the_other_callers_alone() -> None:
    async def scenario() -> None:
        port, behind = free_ports(2)
        server, names = Server(), iter(["a", "b"])
        async with (
            await asyncio.start_server(server.take, "127.0.0.1", behind),
            Relay(port, behind, "server", lambda _source, _target: next(names)) as relay,
        ):
            (first, to_first), (second, to_second) = await dial(relay), await dial(relay)
            to_first.write(b"x")
            await hears(first, b"x")
            relay.link("a").cut()
            to_first.write(b"lost?")
            to_second.write(b"y")
            await hears(second, b"y")
            await hears_nothing(first)

    run(scenario())


DIALLER = """
import socket, sys
held = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
sys.stdin.read()
"""


def test_the_process_that_dialled_is_told_by_its_port() -> None:
    async def scenario() -> None:
        (port,) = free_ports(1)
        seen: asyncio.Queue[int] = asyncio.Queue()
        held: list[asyncio.StreamWriter] = []

        def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            held.append(writer)
            seen.put_nowait(writer.get_extra_info("peername")[1])

        async with await asyncio.start_server(take, "127.0.0.1", port):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", DIALLER, str(port), stdin=asyncio.subprocess.PIPE
            )
            try:
                source = await bounded(seen.get(), 20)
                assert caller(lambda: {"other": os.getpid(), "it": process.pid})(source, port) == "it"
                assert caller(lambda: {"other": os.getpid()})(source, port) == STRANGER
            finally:
                process.kill()
                await process.wait()
                for writer in held:
                    writer.close()

    run(scenario())


def test_one_source_port_towards_two_targets_is_two_callers() -> None:
    async def scenario() -> None:
        first, second, source = free_ports(3)
        with socket.create_server(("127.0.0.1", first)), socket.create_server(("127.0.0.1", second)):
            dialled = [await asyncio.create_subprocess_exec(
                sys.executable, "-c", BOUND_DIALLER, str(port), str(source),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            ) for port in (first, second)]  # fmt: skip
            try:
                for process in dialled:
                    assert process.stdout is not None
                    assert await bounded(process.stdout.readline(), 20) == b"connected\n"
                named = caller(lambda: {"one": dialled[0].pid, "two": dialled[1].pid})
                assert [named(source, first), named(source, second)] == ["one", "two"]
            finally:
                for process in dialled:
                    process.kill()
                    await process.wait()

    run(scenario())


BOUND_DIALLER = """
import socket, sys
held = socket.socket()
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
held.bind(("127.0.0.1", int(sys.argv[2])))
held.connect(("127.0.0.1", int(sys.argv[1])))
print("connected", flush=True)
sys.stdin.read()
"""
