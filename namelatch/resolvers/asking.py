"""The clients: each asks one question over UDP at a steady pace, and notes what came of it.

A question counts as lost after LOST_S. What can't be sent is as lost
as what gets no answer. The pace is kept whatever is still under way.
"""

import asyncio
import socket
import time
from contextlib import suppress

from dns_server.client import BadMessage, Response, build_query, parse_response
from namelatch.backends.ports import LOOPBACK
from namelatch.resolvers.sights import LOST_S, Said, Sight

EVERY_S = 1.0  # between two questions of a client
_RESPONSE_OCTETS = 4_096  # over the 1,232 that we announce
_NXDOMAIN = 3


class Stream:
    """One client. `run` asks until it is cancelled; `sights` is what came of it, by when it was asked."""

    def __init__(self, port: int, name: str, type: int, every_s: float = EVERY_S) -> None:
        self._name, self._type, self._every_s = name, type, every_s
        self._said: dict[float, Said | None] = {}  # None: still under way
        self._under_way: dict[int, float] = {}
        self._asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect((LOOPBACK, port))

    @property
    def sights(self) -> tuple[Sight, ...]:
        """What is known by now: questions under way are left out, as are those asked after them."""
        known = []
        for at, said in self._said.items():
            if said is None:
                break
            known.append(Sight(at, said))
        return tuple(known)

    @property
    def lit_since(self) -> float | None:
        """Since which question every answer known had an address; None when the latest had none."""
        since = None
        for sight in reversed(self.sights):
            if sight.said != "address":
                break
            since = sight.asked_at
        return since

    async def run(self) -> None:
        """Ask at this pace until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._hear)
        try:
            due = loop.time()
            while True:
                self._ask()
                due = max(due + self._every_s, loop.time())  # a slot that is missed is not made up for
                await asyncio.sleep(due - loop.time())
                self._give_up()
        finally:
            loop.remove_reader(self._socket)
            self._socket.close()

    def _ask(self) -> None:
        self._asked += 1
        id_ = self._asked & 0xFFFF
        now = time.monotonic()
        self._under_way[id_] = now
        self._said[now] = None
        query = build_query(id_, self._name, self._type, recursion_desired=True)
        for _ in range(2):  # a refusal of the question before (ICMP) is told to the next send, which then sends nothing
            with suppress(OSError):
                self._socket.send(query)
                return

    def _hear(self) -> None:
        try:
            message = self._socket.recv(_RESPONSE_OCTETS)
        except OSError:
            return
        asked_at = self._under_way.pop(int.from_bytes(message[:2], "big"), None)
        if asked_at is not None:
            try:
                self._said[asked_at] = said(parse_response(message))
            except BadMessage:
                self._said[asked_at] = "error"

    def _give_up(self) -> None:
        now = time.monotonic()
        for id_, asked_at in list(self._under_way.items()):
            if now - asked_at >= LOST_S:
                del self._under_way[id_]
                self._said[asked_at] = "lost"


def said(response: Response) -> Said:
    """What a response says to somebody who wants an address."""
    if response.rcode:
        return "nxdomain" if response.rcode == _NXDOMAIN else "error"
    if response.addresses:
        return "address"
    return "error" if response.tc else "empty"
