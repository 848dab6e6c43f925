"""Is it ready? One question in the server's own protocol, without its client library.

A probe returns False, or raises OSError, for "not yet": nobody listens, the connection broke, it answered no.
"""

import asyncio
import struct

_API_VERSIONS = 18  # Kafka protocol guide, "ApiVersions" request, version 0: an empty body
_CORRELATION = 0x4E4C
_REPLY_BYTES = 65_536  # far above what any of these replies takes


async def etcd_is_healthy(host: str, port: int) -> bool:
    """GET /health: true once a linearizable read went through, so there is a leader and the log is replayed."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /health HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        reply = await reader.read(_REPLY_BYTES)
        while more := await reader.read(_REPLY_BYTES):
            reply += more
    finally:
        writer.close()
    return b'"health":"true"' in reply


async def broker_answers(host: str, port: int) -> bool:
    """ApiVersions: the first thing that every Kafka client asks."""
    request = struct.pack("!hhih", _API_VERSIONS, 0, _CORRELATION, -1)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(struct.pack("!i", len(request)) + request)
        (size,) = struct.unpack("!i", await reader.readexactly(4))
        if not 6 <= size <= _REPLY_BYTES:
            return False
        correlation, error = struct.unpack_from("!ih", await reader.readexactly(size))
    finally:
        writer.close()
    return bool(correlation == _CORRELATION and error == 0)


async def dns_answers(host: str, port: int, zone: str) -> bool:
    """The SOA of `zone` over UDP: ready once it is answered without SERVFAIL (RFC 1035, 4.1.1)."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in zone.strip(".").split(".") if label)
    question = struct.pack("!HHHHHH", _CORRELATION, 0, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 6, 1)
    loop = asyncio.get_running_loop()
    reply: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _OneReply(reply), remote_addr=(host, port))
    try:
        transport.sendto(question)
        message = await asyncio.wait_for(reply, timeout=0.5)
    finally:
        transport.close()
    if len(message) < 12:
        return False
    identity, flags = struct.unpack_from("!HH", message)
    return bool(identity == _CORRELATION and flags & 0x8000 and flags & 0x000F != 2)


class _OneReply(asyncio.DatagramProtocol):
    """The first datagram, or the error (nobody listens), becomes the future's outcome."""

    def __init__(self, reply: asyncio.Future[bytes]) -> None:
        self._reply = reply

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:  # noqa: ARG002  (asyncio's signature)
        if not self._reply.done():
            self._reply.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._reply.done():
            self._reply.set_exception(exc)
