"""TCP connections: pipelined, bounded, and nobody waits for a slow one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

import dns_server.tcp
from dns_server.client import build_query, parse_response
from dns_server.responder import Responder
from dns_server.tcp import Connection, Connections, open_tcp
from tests.dns.serving import framed, read_message
from tests.dns.world import NAMES, eventually, run, snapshot_of

QUERY = build_query(1, "api.eu.example.com", 1)
ALL_OF_BIG = build_query(2, "big.example.com", 28)


@asynccontextmanager
async def listening(most: int = 8, idle_s: float = 30.0) -> AsyncIterator[tuple[int, Connections]]:
    loop = asyncio.get_running_loop()
    responder = Responder(snapshot_of(NAMES), 64, lambda bits: 0)
    connections = Connections(responder.respond, most, idle_s, loop.time)
    sock = open_tcp("127.0.0.1", 0)
    server = await loop.create_server(lambda: Connection(connections), sock=sock)
    sweeping = loop.create_task(connections.sweep())
    try:
        yield sock.getsockname()[1], connections
    finally:
        sweeping.cancel()
        server.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server closed the connection, within the deadline."""
    async with asyncio.timeout(10):
        try:
            return await reader.read() is not None
        except ConnectionResetError:
            return True


def test_many_pipelined_queries_are_answered_in_order():
    async def scene() -> None:
        async with listening() as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(framed(*(build_query(n, "api.eu.example.com", 1) for n in range(1_000))))
            assert [parse_response(await read_message(reader)).id for _ in range(1_000)] == list(range(1_000))
            writer.close()

    run(scene())


@pytest.mark.parametrize("piece", [1, 3, 50])
def test_a_query_may_come_in_any_pieces(piece: int):
    async def scene() -> None:
        async with listening() as (_, connections):
            client, servers = socket.socketpair()
            connection = Connection(connections)
            await asyncio.get_running_loop().create_connection(lambda: connection, sock=servers)
            stream = framed(QUERY, QUERY)
            for at in range(0, len(stream), piece):
                connection.data_received(stream[at : at + piece])
            with client:
                reader, writer = await asyncio.open_connection(sock=client)
                assert parse_response(await read_message(reader)).answers == 2
                assert parse_response(await read_message(reader)).answers == 2
                writer.close()

    run(scene())


@pytest.mark.parametrize("octets", [framed(b""), framed(b"x" * 11)])
def test_a_message_shorter_than_a_header_ends_the_connection(octets: bytes):
    async def scene() -> None:
        async with listening() as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(octets + framed(QUERY))
            assert await ended(reader)
            writer.close()

    run(scene())


@pytest.mark.parametrize("octets", [b"", b"\0", framed(QUERY)[:-1]])
def test_a_client_that_never_finishes_its_query_is_closed(octets: bytes):
    async def scene() -> None:
        async with listening(idle_s=0.05) as (port, connections):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(octets)
            assert await ended(reader)
            await eventually(lambda: len(connections) == 0)
            writer.close()

    run(scene())


def test_octets_that_trickle_in_do_not_keep_a_connection():
    now = [0.0]
    connections = Connections(lambda *_: None, 8, 10.0, lambda: now[0])

    async def scene() -> None:
        _, servers = socket.socketpair()
        connection = Connection(connections)
        await asyncio.get_running_loop().create_connection(lambda: connection, sock=servers)
        now[0] = 9.0
        connection.data_received(framed(QUERY)[:10])
        assert list(connections._open.values()) == [0.0]
        connection.data_received(framed(QUERY)[10:])
        assert list(connections._open.values()) == [9.0]

    run(scene())


def test_over_the_cap_the_connection_longest_silent_gives_way():
    async def scene() -> None:
        async with listening(most=3) as (port, connections):
            clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await eventually(lambda: len(connections) == 3)
            clients[0][1].write(framed(QUERY))  # the first one asks: now the second was silent longest
            await read_message(clients[0][0])
            clients.append(await asyncio.open_connection("127.0.0.1", port))
            assert await ended(clients[1][0])
            for reader, writer in (clients[0], clients[2], clients[3]):
                writer.write(framed(QUERY))
                assert parse_response(await read_message(reader)).rcode == 0
            assert len(connections) == 3
            for _, writer in clients:
                writer.close()

    run(scene())


def test_a_client_that_does_not_read_is_not_read_either_and_others_are_served(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dns_server.tcp, "TCP_UNSENT_OCTETS", 4_096)

    async def scene() -> None:
        async with listening() as (port, connections):
            loop = asyncio.get_running_loop()
            deaf = socket.socket()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.setblocking(False)
            await loop.sock_connect(deaf, ("127.0.0.1", port))
            flood = loop.create_task(loop.sock_sendall(deaf, framed(ALL_OF_BIG) * 400_000))
            (connection,) = await _opened(connections)
            await eventually(lambda: connection._blocked and not connection._transport.is_reading())
            assert connection._transport.get_write_buffer_size() < 64 * 1024
            assert len(connection._unread) < 1_000_000
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(framed(QUERY))
            assert parse_response(await read_message(reader)).rcode == 0
            writer.close()
            flood.cancel()
            deaf.close()

    run(scene())


async def _opened(connections: Connections) -> list[Connection]:
    await eventually(lambda: len(connections) == 1)
    return list(connections._open)


def test_a_reader_that_pauses_gets_everything_in_the_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dns_server.tcp, "TCP_UNSENT_OCTETS", 4_096)

    async def scene() -> None:
        async with listening() as (port, connections):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
            count = 3_000
            writer.write(framed(*[ALL_OF_BIG] * count))
            (connection,) = await _opened(connections)
            await eventually(lambda: connection._blocked)
            for _ in range(count):
                assert len(await read_message(reader)) > 1_500
            writer.close()

    run(scene())


def test_a_flood_on_one_connection_lets_others_in_between():
    async def scene() -> None:
        async with listening() as (_, connections):
            _, servers = socket.socketpair()
            connection = Connection(connections)
            await asyncio.get_running_loop().create_connection(lambda: connection, sock=servers)
            connection.data_received(framed(QUERY) * 200)
            left = [len(connection._unread)]
            while left[-1]:
                await asyncio.sleep(0)
                left.append(len(connection._unread))
            steps = {(before - after) // len(framed(QUERY)) for before, after in pairwise(left)}
            assert max(steps) == dns_server.tcp.TCP_DRAIN
            assert left[0] > 0

    run(scene())
