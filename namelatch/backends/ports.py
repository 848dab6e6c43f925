"""Free loopback ports that stay free until their server has them, and while it is down.

Outside the kernel's ephemeral range: a client that dials a dead server there may be given the server's own
port as its source, connect to itself, and keep the restarted server from binding. Above Ray's worker
ports (10002 to 19999). And reserved: whoever else asks here is given others, in this process or another.
"""

import errno
import random
import socket
from collections import deque
from contextlib import ExitStack
from pathlib import Path

from namelatch.trouble import BadEnvironment

LOOPBACK = "127.0.0.1"
_LOWEST = 20_000
_HIGHEST = 65_535
_ATTEMPTS = 200  # of one port; a machine with so many taken ports in a row has another problem
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_KEPT = 256  # reservations of a process, a descriptor each; then the oldest goes, whose server has long had its port
_reservations: deque[socket.socket] = deque()


def _candidates() -> range:
    """The ports between Ray's and the ephemeral ones; where none are left, all above Ray's."""
    try:
        ephemeral = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        ephemeral = 32_768
    return range(_LOWEST, ephemeral if ephemeral - _LOWEST > _ATTEMPTS else _HIGHEST)


def _bind(stack: ExitStack, host: str, port: int) -> None:
    """Bind TCP and UDP on `port` until the stack closes. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        probe = stack.enter_context(socket.socket(family, kind))
        if kind == socket.SOCK_STREAM:
            # As servers do: what is left of closed connections (TIME_WAIT) does not count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def _reserve(port: int) -> None:
    """Keep `port` from everybody else who asks here, until this process ends. Raises OSError if somebody has it.

    By a name among Linux's abstract sockets: the kernel gives it once in a network namespace, as it does ports, and
    takes it back from the dead.
    """
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0namelatch-port-{port}")
    except OSError:
        name.close()
        raise
    _reservations.append(name)
    while len(_reservations) > _KEPT:
        _reservations.popleft().close()


def free_ports(count: int) -> tuple[int, ...]:
    """`count` different loopback ports, free for TCP and UDP, which nobody else is given from here."""
    candidates = _candidates()
    found: list[int] = []
    for _ in range(count * _ATTEMPTS):
        if len(found) == count:
            break
        port = random.choice(candidates)  # noqa: S311  (not a secret: a search from anywhere)
        try:
            with ExitStack() as held:
                _bind(held, LOOPBACK, port)
                _reserve(port)
        except OSError:
            continue
        found.append(port)
    if len(found) < count:
        raise BadEnvironment(f"no free loopback port found between {candidates.start} and {candidates.stop}")
    return tuple(found)


def require_free(host: str, port: int, what: str) -> None:
    """Raise BadEnvironment unless TCP and UDP `port` can be bound on `host`; `what` names the setting."""
    try:
        with ExitStack() as held:
            _bind(held, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BadEnvironment(f"{what}: port {port} on {host} is taken") from None
        raise BadEnvironment(f"{what}: port {port} on {host} can't be used: {error.strerror}") from None
