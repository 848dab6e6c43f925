"""TCP sockets and nothing else (RFC 7766): many queries a connection, pipelined, answered in order.

A connection lives while it asks: only a whole query counts as life, so a client that trickles octets or does
not read its responses ends at the idle limit. Over the cap the connection that was silent longest gives way.
Work is done in bounded runs, and a connection with unsent responses is not read.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable

from dns_server.limits import HEADER_OCTETS, TCP_BACKLOG, TCP_DRAIN, TCP_SWEEP_S, TCP_UNSENT_OCTETS
from dns_server.udp import Respond, family_of


def open_tcp(host: str, port: int) -> socket.socket:
    """A listening socket that shares its port with our other workers. Raises OSError when another program has it."""
    sock = socket.socket(family_of(host), socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(TCP_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


class Connections:
    """Every open connection with the time of its last query, the longest silent first."""

    def __init__(self, respond: Respond, most: int, idle_s: float, now: Callable[[], float]) -> None:
        self.respond = respond
        self._most = most
        self._idle_s = idle_s
        self._now = now
        self._open: OrderedDict[Connection, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: "Connection") -> None:
        """Admit a connection; another gives way when there are too many."""
        if len(self._open) >= self._most:
            self._open.popitem(last=False)[0].abort()
        self._open[connection] = self._now()

    def asked(self, connection: "Connection") -> None:
        """A whole query came."""
        if connection in self._open:
            self._open[connection] = self._now()
            self._open.move_to_end(connection)

    def closed(self, connection: "Connection") -> None:
        """The connection is gone."""
        self._open.pop(connection, None)

    async def sweep(self) -> None:
        """Close what has been silent for too long, for ever."""
        while True:
            await asyncio.sleep(TCP_SWEEP_S)
            while self._open and self._now() - next(iter(self._open.values())) > self._idle_s:
                self._open.popitem(last=False)[0].abort()


class Connection(asyncio.Protocol):
    """One client: two octets of length before each message, both ways."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._unread = bytearray()
        self._transport: asyncio.Transport | None = None
        self._blocked = False
        self._scheduled = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=TCP_UNSENT_OCTETS)
        self._transport = transport
        self._connections.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        self._transport = None
        self._unread.clear()
        self._connections.closed(self)

    def abort(self) -> None:
        """Close at once; unsent responses are lost."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._drain()

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        self._drain()

    def _resume(self) -> None:
        self._scheduled = False
        self._drain()

    def _drain(self) -> None:
        """Answer some of the whole messages at hand; read on only when none is left over."""
        for _ in range(TCP_DRAIN):
            if self._blocked or not self._answer_one():
                break
        if self._transport is None or self._transport.is_closing():
            return
        if not self._blocked and not self._whole():
            self._transport.resume_reading()
            return
        self._transport.pause_reading()
        if not self._blocked and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._resume)

    def _whole(self) -> bool:
        return len(self._unread) >= 2 and len(self._unread) >= 2 + int.from_bytes(self._unread[:2], "big")

    def _answer_one(self) -> bool:
        """Answer the first message if it is there in full."""
        if self._transport is None or self._transport.is_closing() or not self._whole():
            return False
        end = 2 + int.from_bytes(self._unread[:2], "big")
        message = bytes(self._unread[2:end])
        del self._unread[:end]
        if len(message) < HEADER_OCTETS:  # whoever sends this does not speak DNS
            self._transport.abort()
            return False
        self._connections.asked(self)
        response = self._connections.respond(message, True)
        if response is not None:
            self._transport.write(len(response).to_bytes(2, "big") + response)
        return True
