"""UDP sockets and nothing else. Several processes share a port with SO_REUSEPORT; a dead one's share moves on."""

import contextlib
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable

from dns_server.limits import UDP_BUFFER_OCTETS, UDP_DRAIN, UDP_READ_OCTETS

Respond = Callable[[bytes, bool], bytes | None]


def family_of(host: str) -> socket.AddressFamily:
    """The address family of a numeric host."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def open_udp(host: str, port: int) -> socket.socket:
    """A bound socket that shares its port with our other workers. Raises OSError when another program has it."""
    sock = socket.socket(family_of(host), socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_OCTETS)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


def serve_udp(loop: AbstractEventLoop, sock: socket.socket, respond: Respond) -> None:
    """Answer datagrams from now on, in bounded runs. A response that the kernel does not take is lost: it is UDP."""

    def drain() -> None:
        for _ in range(UDP_DRAIN):
            try:
                packet, peer = sock.recvfrom(UDP_READ_OCTETS)
            except OSError:  # nothing left, or an ICMP error of an earlier response
                return
            response = respond(packet, False)
            if response is not None:
                with contextlib.suppress(OSError):
                    sock.sendto(response, peer)

    loop.add_reader(sock, drain)
