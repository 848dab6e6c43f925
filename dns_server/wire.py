"""Octets to queries, answers to octets (RFC 1035, 6891). The only importer of dnslib, which only builds templates.

dnslib's parser never meets the network: a header, one question and an OPT are read by hand, each step bounded.
No pointers in a question, no octets after the last record. What is no query (QR=1, cut header) is dropped in
silence; any other fault is answered, as RFC 8906 asks. AA as the answer says, RA, Z, AD and CD clear, RD copied.
"""

import struct
from typing import NamedTuple

from dnslib.dns import NS as NSData
from dnslib.dns import SOA as SOAData
from dnslib.label import DNSBuffer

from dns_server.answer import Answer, Question
from dns_server.codes import BADVERS, FORMERR, IXFR, NOERROR, NOTIMP, OPT, REFUSED, SOA
from dns_server.limits import (
    ADDITIONAL_MOST,
    EDNS_OPTIONS_MOST,
    HEADER_OCTETS,
    TCP_MOST_OCTETS,
    UDP_MOST_OCTETS,
    UDP_PLAIN_OCTETS,
)
from dns_server.names import name_end, to_wire
from dns_server.snapshot import Zone

IN = 1
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_TWO = struct.Struct(">HH")
_QR, _AA, _TC, _RD, _DO = 0x8000, 0x0400, 0x0200, 0x0100, 0x8000
_OWNER = b"\xc0\x0c"  # a pointer to the question's name


class Query(NamedTuple):
    """One query as read. `rcode` other than 0: not to be looked up, answered with that; `asked` is then maybe empty.

    `asked` is the question section's octets; `size` the UDP size the client announced, None without EDNS.
    """

    id: int
    flags: int
    rcode: int
    asked: bytes = b""
    question: Question = Question(b"\0", b"\0", 0)
    size: int | None = None
    do: bool = False


def parse_query(packet: bytes) -> Query | None:
    """Read any octets. None: say nothing."""
    if len(packet) < HEADER_OCTETS:
        return None
    id_, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(packet)
    if flags & _QR:
        return None
    if flags & 0x7800:
        return Query(id_, flags, NOTIMP)
    end = name_end(packet, HEADER_OCTETS)
    if questions != 1 or end < 0 or end + 4 > len(packet):
        return Query(id_, flags, FORMERR)
    type_, class_ = _TWO.unpack_from(packet, end)
    name = packet[HEADER_OCTETS:end]
    query = Query(id_, flags, NOERROR, packet[HEADER_OCTETS : end + 4], Question(name, name.lower(), type_))
    if type_ == IXFR and authorities == 1 and not answers:
        return query._replace(rcode=REFUSED)  # its SOA is not read: transfers are refused anyway
    if answers or authorities:
        return query._replace(rcode=FORMERR)
    if additionals or end + 4 != len(packet):
        query = _read_additional(packet, end + 4, additionals, query)
    return query if class_ == IN or query.rcode else query._replace(rcode=REFUSED)


def _read_additional(packet: bytes, at: int, count: int, query: Query) -> Query:
    """The query with what its OPT says, or with the RCODE that its additional section deserves."""
    bad = query._replace(rcode=FORMERR)
    if count > ADDITIONAL_MOST:
        return bad
    opt: tuple[int, int] | None = None
    for _ in range(count):
        owner = at
        at = name_end(packet, at)
        if at < 0 or at + _RECORD.size > len(packet):
            return bad
        type_, class_, ttl, length = _RECORD.unpack_from(packet, at)
        at += _RECORD.size + length
        if at > len(packet):
            return bad
        if type_ == OPT:
            if opt is not None or packet[owner] or not _are_options(packet, at - length, at):
                return bad
            opt = class_, ttl
    if at != len(packet):
        return bad
    if opt is None:
        return query
    version = opt[1] >> 16 & 0xFF
    return query._replace(rcode=BADVERS if version else NOERROR, size=opt[0], do=bool(opt[1] & _DO))


def _are_options(packet: bytes, at: int, end: int) -> bool:
    """Whether an OPT's rdata is a run of options. None is known yet, so all are ignored (RFC 6891, 6.1.2)."""
    for _ in range(EDNS_OPTIONS_MOST):
        if at == end:
            return True
        if at + 4 > end:
            return False
        at += 4 + _TWO.unpack_from(packet, at)[1]
    return at == end


def room(query: Query, stream: bool) -> int:
    """Octets that a response to `query` may have: over TCP (`stream`) 65,535, over UDP what both sides take."""
    if stream:
        return TCP_MOST_OCTETS
    if query.size is None:
        return UDP_PLAIN_OCTETS
    return min(UDP_MOST_OCTETS, max(UDP_PLAIN_OCTETS, query.size))


def compose(query: Query, found: Answer, most: int) -> bytes:
    """The response, at most `most` octets: if it does not fit, TC and no records (RFC 2181, 9)."""
    flags = _QR | (query.flags & (0x7800 | _RD)) | (_AA if found.aa else 0) | (found.rcode & 15)
    opt = b""
    if query.size is not None:
        opt = b"\0" + _RECORD.pack(OPT, UDP_MOST_OCTETS, found.rcode >> 4 << 24 | (_DO if query.do else 0), 0)
    records = b""
    if found.rdata:
        head = _OWNER + _RECORD.pack(found.type, IN, found.ttl, len(found.rdata[0]))
        records = b"".join([part for rdata in found.rdata for part in (_head(head, rdata), rdata)])
    elif found.negative is not None:
        zone = found.negative
        rdata = zone.soa(found.serial)
        apex = 0xC000 | HEADER_OCTETS + len(query.question.name) - len(zone.key)
        records = apex.to_bytes(2, "big") + _RECORD.pack(SOA, IN, zone.negative_ttl, len(rdata)) + rdata
    asked = query.asked
    size = HEADER_OCTETS + len(asked) + len(records) + len(opt)
    counts = (1 if asked else 0, len(found.rdata), 1 if found.negative else 0, 1 if opt else 0)
    if size > most:
        return _HEADER.pack(query.id, flags | _TC, counts[0], 0, 0, counts[3]) + asked + opt
    return _HEADER.pack(query.id, flags, *counts) + asked + records + opt


def _head(head: bytes, rdata: bytes) -> bytes:
    """A record's octets before its rdata; addresses share a length, NS names do not."""
    return head[:-2] + len(rdata).to_bytes(2, "big")


def make_zone(name: str, nameservers: tuple[str, ...], soa_ttl_s: int, minimum_s: int) -> Zone:
    """A zone's template; the SOA names the first of `nameservers` and hostmaster@zone. Raises names.BadName."""
    contact = f"hostmaster.{name}".rstrip(".")
    for given in (contact, *nameservers):
        to_wire(given)
    soa = SOAData(nameservers[0], contact, (0, 7200, 900, 1_209_600, minimum_s))
    packed = _pack(soa.mname, soa.rname) + struct.pack(">5I", *soa.times)
    return Zone(
        key=to_wire(name.lower()),
        soa_head=packed[:-20],
        soa_tail=packed[-16:],
        soa_ttl=soa_ttl_s,
        negative_ttl=min(soa_ttl_s, minimum_s),
        ns=tuple(_pack(NSData(server).label) for server in nameservers),
        ns_ttl=soa_ttl_s,
    )


def _pack(*labels: object) -> bytes:
    """Names without compression: the rdata is copied to any offset."""
    buffer = DNSBuffer()
    for label in labels:
        buffer.encode_name_nocompress(label)
    return bytes(buffer.data)
