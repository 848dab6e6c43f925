"""Packet in, packet out: joins wire and answer over the current snapshot, and counts. No sockets.

No packet raises: what a packet of the network could break is our fault, counted and answered SERVFAIL; the first
is kept for the parent's log. The draw is taken here, so that answers stay pure.
"""

from collections.abc import Callable

from dns_server.answer import Answer, answer
from dns_server.codes import RCODES, SERVFAIL
from dns_server.entry import DRAW_BITS
from dns_server.limits import FAULT_OCTETS
from dns_server.snapshot import Snapshot
from dns_server.wire import Query, compose, parse_query, room


class Responder:
    """`snapshot` may be replaced at any time between two packets. `draw` gives the next uniform number of n bits."""

    def __init__(self, snapshot: Snapshot, answers: int, draw: Callable[[int], int]) -> None:
        self.snapshot = snapshot
        self.answers = answers
        self.rcodes = [0] * len(RCODES)
        self.dangling = 0
        self.silent = 0
        self.faults = 0
        self.first_fault: str | None = None
        self._draw = draw

    def respond(self, packet: bytes, stream: bool) -> bytes | None:
        """The response to one message (`stream`: it came over TCP); None when it deserves none."""
        try:
            query = parse_query(packet)
            if query is None:
                self.silent += 1
                return None
            found = self._look_up(query)
            response = compose(query, found, room(query, stream))
        except Exception as error:
            return self._fault(packet, error)
        self.rcodes[found.rcode] += 1
        self.dangling += found.dangling
        return response

    def _look_up(self, query: Query) -> Answer:
        if query.rcode:
            return Answer(query.rcode)
        return answer(query.question, self.snapshot, self._draw(DRAW_BITS), self.answers)

    def _fault(self, packet: bytes, error: Exception) -> bytes:
        self.faults += 1
        if self.first_fault is None:
            self.first_fault = f"{error!r} at packet {packet.hex()}"[:FAULT_OCTETS]
        self.rcodes[SERVFAIL] += 1
        return packet[:2] + bytes((0x80 | packet[2] & 0x79, SERVFAIL)) + bytes(8)
