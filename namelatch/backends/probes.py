"""Is it ready? One question in the server's own protocol, without its client library.

A probe returns False, or raises OSError, for "not yet": nobody listens, the connection broke, it answered no.
"""

import asyncio
import ssl
import struct

# Kafka protocol guide: requests by key, all in their first version but SaslHandshake, whose version 1 has no framing
# of its own for what follows.
_METADATA, _SASL_HANDSHAKE, _API_VERSIONS, _SASL_AUTHENTICATE = 3, 17, 18, 36
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
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return (await _asked(reader, writer, _API_VERSIONS, b""))[:2] == b"\0\0"
    finally:
        writer.close()


async def broker_is_ready(
    host: str, port: int, trust: ssl.SSLContext | None = None, user: tuple[str, str] | None = None
) -> bool:
    """Metadata: true once it names a broker, which a KRaft broker does of itself when its controller lets it serve."""
    reader, writer = await asyncio.open_connection(host, port, ssl=trust)
    try:
        if user is not None:
            await _asked(reader, writer, _SASL_HANDSHAKE, _text("PLAIN"), version=1)
            said = "\0".join(("", *user)).encode()
            answer = await _asked(reader, writer, _SASL_AUTHENTICATE, struct.pack("!i", len(said)) + said)
            if answer[:2] != b"\0\0":
                return False
        answer = await _asked(reader, writer, _METADATA, struct.pack("!i", 0))
        return bool(struct.unpack_from("!i", answer)[0] > 0)
    finally:
        writer.close()


def _text(value: str) -> bytes:
    return struct.pack("!h", len(value)) + value.encode()


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: int, body: bytes, version: int = 0
) -> bytes:
    """The body of the answer to one request. Raises EOFError for what is no answer to it."""
    request = struct.pack("!hhih", key, version, _CORRELATION, -1) + body
    writer.write(struct.pack("!i", len(request)) + request)
    (size,) = struct.unpack("!i", await reader.readexactly(4))
    if not 6 <= size <= _REPLY_BYTES:
        raise EOFError
    answer = await reader.readexactly(size)
    if struct.unpack_from("!i", answer)[0] != _CORRELATION:
        raise EOFError
    return answer[4:]


async def dns_answers(host: str, port: int, zone: str) -> bool:
    """The SOA of `zone` over UDP: ready once it is answered without SERVFAIL (RFC 1035, 4.1.1)."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in zone.strip(".").split(".") if label)
    question = struct.pack("!HHHHHH", _CORRELATION, 0, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 6, 1)
    loop = asyncio.get_running_loop()
    reply: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _OneReply(reply), remote_addr=(host, port))
    try:
        transport.sendto(question)
        async with asyncio.timeout(0.5):
            message = await reply
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
