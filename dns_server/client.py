"""The asking side of DNS, for probes and tests: build one query, read one response. No sockets, no dnslib.

A response is judged as strictly as a query: every step is bounded, compression pointers end a name and are
never followed. Owners of answers are not compared with the question: a probe compares the echoed question.
"""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from dns_server.codes import AAAA, OPT, SOA, A
from dns_server.limits import HEADER_OCTETS, LABEL_OCTETS, NAME_OCTETS, RESPONSE_RECORDS_MOST, UDP_MOST_OCTETS
from dns_server.names import name_end, to_text, to_wire

_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_POINTER = 0xC0
_SOA_NUMBERS = 20  # octets after the two names


class BadMessage(ValueError):
    """Octets that are no DNS response; the message says where they break."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a response says. `name` keeps the case it came in; `addresses` keep the order of the answer section.

    `rcode` includes EDNS's upper bits. `ttl` is the first address's, `soa_ttl` and `soa_minimum` those of the
    authority section's SOA (None without one), in seconds. `answers` counts the records of the answer section.
    `edns_size` is None without OPT.
    """

    id: int
    rcode: int
    aa: bool
    tc: bool
    ra: bool
    name: str
    type: int
    answers: int
    addresses: tuple[str, ...]
    ttl: int | None
    has_soa: bool
    soa_ttl: int | None
    soa_minimum: int | None
    edns_size: int | None


def build_query(
    id: int, name: str, type: int, edns: int | None = UDP_MOST_OCTETS, recursion_desired: bool = False
) -> bytes:
    """A query in one message: `edns` is the UDP size to announce, None sends no OPT. Raises names.BadName.

    Resolvers want `recursion_desired`; an authority does not care.
    """
    header = _HEADER.pack(id, 0x0100 if recursion_desired else 0, 1, 0, 0, 0 if edns is None else 1)
    opt = b"" if edns is None else b"\0" + _RECORD.pack(OPT, edns, 0, 0)
    return header + to_wire(name) + struct.pack(">HH", type, 1) + opt


def parse_response(message: bytes) -> Response:
    """Read a response with exactly one question. Raises BadMessage, and nothing else, for any octets."""
    if len(message) < HEADER_OCTETS:
        raise BadMessage("shorter than a header")
    id_, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(message)
    if not flags & 0x8000:
        raise BadMessage("a query, not a response")
    if questions == 0 and not answers + authorities + additionals:  # an error to a question that was not understood
        return Response(id_, flags & 15, *_bits(flags), ".", 0, 0, (), None, False, None, None, None)
    if questions != 1:
        raise BadMessage(f"{questions} questions")
    end = name_end(message, HEADER_OCTETS)
    if end < 0 or end + 4 > len(message):
        raise BadMessage("the question is no name and type")
    if answers + authorities + additionals > RESPONSE_RECORDS_MOST:
        raise BadMessage(f"over {RESPONSE_RECORDS_MOST} records")
    records = _records(message, end + 4, answers + authorities + additionals)
    found = [r for r in records[:answers] if (r[0], len(r[3])) in {(A, 4), (AAAA, 16)} and r[1] == 1]
    soas = [r for r in records[answers : answers + authorities] if r[0] == SOA and len(r[3]) >= _SOA_NUMBERS + 2]
    opts = [r for r in records[answers + authorities :] if r[0] == OPT]
    return Response(
        id_,
        (flags & 15) | (opts[0][2] >> 24 << 4 if opts else 0),
        *_bits(flags),
        name=to_text(message[HEADER_OCTETS:end]),
        type=int.from_bytes(message[end : end + 2], "big"),
        answers=answers,
        addresses=tuple(str(IPv4Address(r[3]) if r[0] == A else IPv6Address(r[3])) for r in found),
        ttl=found[0][2] if found else None,
        has_soa=bool(soas),
        soa_ttl=soas[0][2] if soas else None,
        soa_minimum=int.from_bytes(soas[0][3][-4:], "big") if soas else None,
        edns_size=opts[0][1] if opts else None,
    )


def _bits(flags: int) -> tuple[bool, bool, bool]:
    """AA, TC, RA."""
    return bool(flags & 0x0400), bool(flags & 0x0200), bool(flags & 0x0080)


def _records(message: bytes, at: int, count: int) -> list[tuple[int, int, int, bytes]]:
    """(type, class, TTL, rdata) of `count` records that must fill the message to its end."""
    records = []
    for _ in range(count):
        at = _skip_name(message, at)
        if at + _RECORD.size > len(message):
            raise BadMessage("a record is cut")
        type_, class_, ttl, length = _RECORD.unpack_from(message, at)
        at += _RECORD.size + length
        if at > len(message):
            raise BadMessage("rdata is cut")
        records.append((type_, class_, ttl, message[at - length : at]))
    if at != len(message):
        raise BadMessage("octets after the last record")
    return records


def _skip_name(message: bytes, at: int) -> int:
    """The offset after a name that may end in a pointer, which is not followed."""
    for _ in range(NAME_OCTETS):
        if at >= len(message):
            break
        length = message[at]
        if length >= _POINTER:
            return at + 2
        if length > LABEL_OCTETS:
            break
        at += 1 + length
        if not length:
            return at
    raise BadMessage("a name is cut or reserved")
