"""The prober's sockets: questions out, probes in. Nothing here waits.

It asks from several ports, so that every process behind SO_REUSEPORT is asked. A question is under way
until its answer or its time-out; which of them came back is told by port and id. What can't be sent is as
lost as what gets no answer: a server that is down is an observation, never an error.
"""

import socket
import time

from coordination.plan import Generation
from dns_server.client import BadMessage, build_query, parse_response
from dns_server.codes import AAAA, A
from namelatch.demo.probes import Probe, answered, garbled, lost
from namelatch.demo.rota import Question

PORTS = 8  # source ports: SO_REUSEPORT picks the worker by them, so that this many reach each of a few workers
TIMEOUT_MOST_S = 10.0  # keeps what is under way below the 65,536 ids of each port, at any rate allowed

_RESPONSE_OCTETS = 4_096  # over the 1,232 that we announce
_HEARD_MOST = 4_096  # of one port in one turn: more than a socket buffer holds
_CODES = {"A": A, "AAAA": AAAA}


class Asker:
    """The sockets and what is under way on them."""

    def __init__(self, server: tuple[str, int], timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._pending: dict[tuple[int, int], tuple[Question, float]] = {}
        self._asked = 0
        self._newest = Generation(0)
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self.sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(PORTS)]
        for one in self.sockets:
            one.setblocking(False)
            one.connect(server)

    def ask(self, question: Question) -> None:
        """Send one question."""
        port = self._asked % PORTS
        id_ = self._asked // PORTS & 0xFFFF
        self._asked += 1
        query = build_query(id_, question.name, _CODES[question.type])
        self._pending[port, id_] = (question, time.monotonic())
        for _ in range(2):  # a refusal of the question before (ICMP) is told to the next send, which then sends nothing
            try:
                self.sockets[port].send(query)
                return
            except ConnectionRefusedError:
                continue
            except OSError:
                return

    def hear(self, port: int) -> list[Probe]:
        """Everything that has arrived at one port; answers to nothing asked, or too late, are dropped."""
        heard = []
        for _ in range(_HEARD_MOST):
            try:
                message = self.sockets[port].recv(_RESPONSE_OCTETS)
            except ConnectionRefusedError:
                continue
            except OSError:
                break
            now = time.monotonic()
            asked = self._pending.pop((port, int.from_bytes(message[:2], "big")), None)
            if asked is None:
                continue
            question, asked_at = asked
            try:
                probe = answered(question, asked_at, now, parse_response(message), self._newest)
            except BadMessage:
                probe = garbled(question, asked_at, now)
            self._newest = max(self._newest, probe.generation or self._newest)
            heard.append(probe)
        return heard

    def give_up(self, now: float) -> list[Probe]:
        """The questions that nobody answered in time."""
        late = []
        for key, (question, asked_at) in self._pending.items():
            if now - asked_at < self._timeout_s:
                break
            late.append((key, lost(question, asked_at)))
        for key, _ in late:
            del self._pending[key]
        return [probe for _, probe in late]

    def next_give_up_at(self) -> float:
        """When the oldest question under way will count as lost."""
        return next((asked_at + self._timeout_s for _, asked_at in self._pending.values()), float("inf"))

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._pending

    def close(self) -> None:
        """Close the sockets."""
        for one in self.sockets:
            one.close()
