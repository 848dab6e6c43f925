"""Which port, and that nobody else has it: SO_REUSEPORT would let a second server take half the queries in silence.

An exclusive bind fails when anybody holds the port. The held sockets then allow our workers beside them. They
never answer: UDP's is let go when the first worker is ready, TCP's does not listen.
"""

import errno
import socket
from dataclasses import dataclass

from dns_server.limits import PORT_ATTEMPTS
from dns_server.udp import family_of


class PortTaken(Exception):
    """Another program has the port, or this process may not use it. The text says which and why."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A port held for our workers."""

    port: int
    udp: socket.socket
    tcp: socket.socket

    def close(self) -> None:
        """Let both go."""
        self.udp.close()
        self.tcp.close()


def reserve(host: str, port: int) -> Reservation:
    """Hold `port` (0: one that is free for both) on UDP and TCP. Raises PortTaken."""
    why = ""
    for _ in range(PORT_ATTEMPTS if port == 0 else 1):
        udp = socket.socket(family_of(host), socket.SOCK_DGRAM)
        tcp = socket.socket(family_of(host), socket.SOCK_STREAM)
        try:
            udp.bind((host, port))
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else old connections look like a holder
            tcp.bind((host, udp.getsockname()[1]))
        except OSError as error:
            udp.close()
            tcp.close()
            why = error.strerror or errno.errorcode.get(error.errno or 0, str(error))
            continue
        for sock in (udp, tcp):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return Reservation(udp.getsockname()[1], udp, tcp)
    raise PortTaken(f"{host} port {port}: {why}")
