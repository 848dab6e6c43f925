"""What a question is answered with: pure, total, and the only place that decides it.

REFUSED outside the zones. A name that exists without the type asked: NODATA; a name that does not: NXDOMAIN;
both carry the zone's SOA (RFC 2308). ANY gets one RRset (RFC 8482, 4.1). Zone transfers are refused.
A dangling root is NODATA like an empty tree, and marked, so that it can be counted.
"""

from typing import NamedTuple

from dns_server.codes import AAAA, ANY, AXFR, IXFR, NOERROR, NS, NXDOMAIN, REFUSED, SOA, A
from dns_server.entry import DANGLING, choose
from dns_server.snapshot import Snapshot, Zone


class Question(NamedTuple):
    """`name` in wire format as it was asked, `key` the same in lower case. The class is IN: others are refused before.

    A tuple, as Answer: made for every packet, and a frozen dataclass takes three times as long to make.
    """

    name: bytes
    key: bytes
    type: int


class Answer(NamedTuple):
    """One RRset owned by the question's name (or no rdata), and the zone whose SOA goes with a negative answer."""

    rcode: int
    aa: bool = False
    type: int = 0
    ttl: int = 0
    rdata: tuple[bytes, ...] = ()
    negative: Zone | None = None
    serial: int = 0
    dangling: bool = False


def answer(question: Question, snapshot: Snapshot, draw: int, answers: int = 1) -> Answer:
    """The answer to one question; of an RRset at most `answers` targets, drawn by weight with `draw` (64 bits)."""
    key, asked = question.key, question.type
    entry = snapshot.entries.get(key)
    if entry is not None:
        for type_ in (A, AAAA) if asked == ANY else (asked,):
            ttl, rdata = choose(entry, type_, answers, draw)
            if rdata:
                return Answer(NOERROR, True, type_, ttl, rdata)
    zone = snapshot.zone_of(key)
    if zone is None or asked in {AXFR, IXFR}:
        return Answer(REFUSED)
    if key == zone.key:
        if asked in {SOA, ANY}:
            return Answer(NOERROR, True, SOA, zone.soa_ttl, (zone.soa(snapshot.serial),))
        if asked == NS:
            return Answer(NOERROR, True, NS, zone.ns_ttl, zone.ns)
    rcode = NOERROR if snapshot.exists(key) else NXDOMAIN
    return Answer(rcode, True, negative=zone, serial=snapshot.serial, dangling=entry == DANGLING)
