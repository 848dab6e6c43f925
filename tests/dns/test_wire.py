"""The wire: equal to dnslib where dnslib is right, and calm about everything that is no query."""

import struct
import time

import pytest
from dnslib import AAAA as AAAAData
from dnslib import CLASS, EDNS0, QTYPE, RR, DNSHeader, DNSLabel, DNSQuestion, DNSRecord
from dnslib import A as AData
from hypothesis import given
from hypothesis import strategies as st

from dns_server.answer import Answer
from dns_server.client import build_query
from dns_server.codes import AAAA, ANY, BADVERS, FORMERR, IXFR, NOERROR, NOTIMP, NXDOMAIN, REFUSED, A
from dns_server.names import to_text, to_wire
from dns_server.responder import Responder
from dns_server.wire import Query, compose, make_zone, parse_query, room
from tests.dns.world import NAMES, ask, snapshot_of

WORLD = snapshot_of(NAMES)
QUERY = build_query(4711, "Api.eu.example.com", A)
PLAIN = build_query(4711, "Api.eu.example.com", A, edns=None)
OPT = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)

labels = st.text("abcXYZ019-_", min_size=1, max_size=20)
names = st.lists(labels, min_size=1, max_size=6).map(".".join)
ids = st.integers(0, 65_535)


def responder() -> Responder:
    return Responder(WORLD, 1, lambda bits: 0)


def rcode(packet: bytes) -> int | None:
    query = parse_query(packet)
    return None if query is None else query.rcode


def with_counts(
    packet: bytes, questions: int = 1, answers: int = 0, authorities: int = 0, additionals: int = 0
) -> bytes:
    return packet[:4] + struct.pack(">HHHH", questions, answers, authorities, additionals) + packet[12:]


# --- dnslib as the oracle ----------------------------------------------------------------------------------------


@given(names, ids, st.sampled_from([1, 28, 6, 255, 65280]), st.booleans(), st.none() | ids, st.booleans())
def test_a_query_packed_by_dnslib_is_read_as_it_was_meant(name: str, id: int, type: int, rd: bool, size: int, do: bool):
    record = DNSRecord(DNSHeader(id=id, rd=int(rd)), q=DNSQuestion(name, type))
    if size is not None:
        record.add_ar(EDNS0(flags="do" if do else "", udp_len=size))
    query = parse_query(bytes(record.pack()))
    assert (query.id, query.rcode, query.question.type) == (id, NOERROR, type)
    assert (query.question.name, query.question.key) == (to_wire(name), to_wire(name.lower()))
    assert (query.size, query.do) == (size, do and size is not None)


addresses = st.lists(st.ip_addresses(v=4), min_size=1, max_size=20)


@given(names, ids, st.integers(0, 604_800), addresses, st.booleans(), st.booleans(), st.booleans())
def test_an_answer_is_octet_for_octet_what_dnslib_packs(
    name: str, id: int, ttl: int, found: list, rd: bool, edns: bool, do: bool
):
    record = DNSRecord(DNSHeader(id=id, qr=1, aa=1, ra=0, rd=int(rd)), q=DNSQuestion(name, QTYPE.A))
    for address in found:
        record.add_answer(RR(name, QTYPE.A, ttl=ttl, rdata=AData(str(address))))
    if edns:
        record.add_ar(EDNS0(flags="do" if do else "", udp_len=1232))
    query = Query(id, 0x0100 * rd, 0, to_wire(name) + b"\0\1\0\1", size=1232 if edns else None, do=do)
    ours = compose(query, Answer(NOERROR, True, A, ttl, tuple(address.packed for address in found)), 65_535)
    assert ours == bytes(record.pack())


@given(names, st.lists(st.ip_addresses(v=6), min_size=1, max_size=9))
def test_ipv6_answers_too(name: str, found: list):
    record = DNSRecord(DNSHeader(id=1, qr=1, aa=1, ra=0, rd=0), q=DNSQuestion(name, QTYPE.AAAA))
    for address in found:
        record.add_answer(RR(name, QTYPE.AAAA, ttl=60, rdata=AAAAData(str(address))))
    query = Query(1, 0, 0, to_wire(name) + b"\0\x1c\0\1")
    ours = compose(query, Answer(NOERROR, True, AAAA, 60, tuple(address.packed for address in found)), 65_535)
    assert ours == bytes(record.pack())


@given(st.sampled_from(["", "x.", "a.b."]), names, names, st.integers(0, 2**32 - 1), st.integers(0, 604_800))
def test_a_negative_answer_says_to_dnslib_what_was_meant(below: str, zone: str, server: str, serial: int, minimum: int):
    template = make_zone(zone, (server,), 900, minimum)
    query = parse_query(build_query(9, below + zone, A))
    ours = compose(query, Answer(NXDOMAIN, True, negative=template, serial=serial), 65_535)
    read = DNSRecord.parse(ours)
    (soa,) = read.auth
    assert (read.header.rcode, read.header.aa, read.rr) == (NXDOMAIN, 1, [])
    assert soa.rname == DNSLabel(zone.lower()) or str(soa.rname).lower() == zone.lower() + "."
    assert soa.ttl == min(900, minimum)
    assert (str(soa.rdata.mname), str(soa.rdata.rname)) == (f"{server}.", f"hostmaster.{zone}.")
    assert soa.rdata.times == (serial, 7200, 900, 1_209_600, minimum)


def test_soa_and_ns_of_the_apex_are_read_by_dnslib():
    respond = Responder(snapshot_of({}, "example.com"), 1, lambda bits: 0).respond
    (soa,) = DNSRecord.parse(respond(build_query(1, "example.com", 6), False)).rr
    (ns,) = DNSRecord.parse(respond(build_query(1, "example.com", 2), False)).rr
    assert (str(soa.rname), soa.rclass, str(soa.rdata.mname)) == ("example.com.", CLASS.IN, "localhost.")
    assert (str(ns.rname), str(ns.rdata)) == ("example.com.", "localhost.")


def test_several_nameservers_of_different_length_keep_their_own():
    zone = make_zone("example.com", ("a.example", "longer.name.example"), 900, 900)
    query = parse_query(build_query(1, "example.com", 2))
    read = DNSRecord.parse(compose(query, Answer(NOERROR, True, 2, 900, zone.ns), 512))
    assert [str(rr.rdata) for rr in read.rr] == ["a.example.", "longer.name.example."]


# --- flags and faults --------------------------------------------------------------------------------------------


@given(st.integers(0, 0x7FFF))
def test_only_rd_and_opcode_are_copied_from_the_query(flags: int):
    response = responder().respond(QUERY[:2] + flags.to_bytes(2, "big") + QUERY[4:], False)
    answered = int.from_bytes(response[2:4], "big")
    assert answered & 0x80F0 == 0x8000  # QR; RA, Z, AD and CD clear
    assert answered & 0x7900 == flags & 0x7900
    assert answered & 15 == (NOTIMP if flags & 0x7800 else NOERROR)


def test_what_is_no_query_is_dropped_in_silence():
    assert rcode(QUERY[:2] + b"\x80" + QUERY[3:]) is None
    assert all(rcode(QUERY[:cut]) is None for cut in range(12))


@pytest.mark.parametrize("opcode", range(1, 16))
def test_every_other_opcode_is_not_implemented(opcode: int):
    assert rcode(QUERY[:2] + bytes((opcode << 3,)) + QUERY[3:]) == NOTIMP


@pytest.mark.parametrize("questions", [0, 2, 65_535])
def test_any_number_of_questions_but_one_is_a_format_error(questions: int):
    assert rcode(with_counts(PLAIN, questions)) == FORMERR


@pytest.mark.parametrize("class_", [0, 3, 4, 254, 255])
def test_other_classes_are_refused(class_: int):
    assert rcode(PLAIN[:-2] + class_.to_bytes(2, "big")) == REFUSED


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (PLAIN + OPT, FORMERR),  # not counted
        (PLAIN + b"\0", FORMERR),
        (QUERY + b"\0", FORMERR),
        (with_counts(PLAIN + OPT + OPT, additionals=2), FORMERR),
        (with_counts(PLAIN + b"\1a" + OPT, additionals=1), FORMERR),  # OPT with an owner
        (with_counts(PLAIN + b"\xc0\x0c" + OPT[1:], additionals=1), FORMERR),
        (with_counts(PLAIN + OPT[:-4] + b"\0\0\0\4", additionals=1), FORMERR),  # rdata cut
        (with_counts(PLAIN + OPT[:-2] + b"\0\3abc", additionals=1), FORMERR),  # an option cut
        (with_counts(PLAIN + OPT[:-2] + b"\0\5\0\1\0\2a", additionals=1), FORMERR),
        (with_counts(PLAIN + OPT[:-2] + b"\0\6\xff\xf0\0\2ab", additionals=1), NOERROR),  # unknown option
        (with_counts(PLAIN + OPT[:-2] + b"\0\x80" + b"\xff\xf0\0\0" * 32, additionals=1), NOERROR),
        (with_counts(PLAIN + OPT[:-2] + b"\0\x84" + b"\xff\xf0\0\0" * 33, additionals=1), FORMERR),
        (with_counts(PLAIN + b"\0\0\x10\0\1\0\0\0\0\0\0" + OPT, additionals=2), NOERROR),  # another record before
        (with_counts(PLAIN + b"\0\0\x10\0\1\0\0\0\0\0\0" * 5, additionals=5), FORMERR),
        (with_counts(PLAIN, answers=1), FORMERR),
        (with_counts(PLAIN, authorities=1), FORMERR),
        (with_counts(PLAIN, additionals=1), FORMERR),
        (with_counts(build_query(1, "example.com", IXFR, edns=None), authorities=1), REFUSED),
    ],
)
def test_what_follows_the_question_is_one_opt_or_a_fault(packet: bytes, expected: int):
    assert rcode(packet) == expected


@pytest.mark.parametrize(
    "name",
    [
        b"\xc0\x0c",
        b"\x03api\xc0\x0c",
        b"\x40" + b"a" * 64 + b"\0",
        b"\x80\0",
        b"\x3fa\0",
        b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + b"\0",
        b"\x01a" * 127 + b"\x01",
    ],
)
def test_pointers_reserved_labels_and_long_names_in_the_question_are_format_errors(name: bytes):
    assert rcode(PLAIN[:12] + name + b"\0\1\0\1") == FORMERR


def test_a_name_of_255_octets_is_asked_and_answered():
    name = b"".join(b"\x3f" + b"a" * 63 for _ in range(3)) + b"\x3d" + b"b" * 61 + b"\0"
    assert len(name) == 255
    assert rcode(PLAIN[:12] + name + b"\0\1\0\1") == NOERROR
    assert len(to_text(name)) == 253


@pytest.mark.parametrize("version", [1, 7, 255])
def test_later_edns_versions_are_told_ours(version: int):
    packet = with_counts(PLAIN + b"\0" + struct.pack(">HHIH", 41, 1232, version << 16, 0), additionals=1)
    read = DNSRecord.parse(responder().respond(packet, False))
    (opt,) = read.ar
    assert (read.header.rcode, opt.ttl >> 24, opt.ttl >> 16 & 255) == (0, BADVERS >> 4, 0)
    assert rcode(packet) == BADVERS


def test_opt_comes_back_only_if_asked():
    assert DNSRecord.parse(responder().respond(PLAIN, False)).ar == []
    assert len(DNSRecord.parse(responder().respond(QUERY, False)).ar) == 1


# --- size --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edns", "tcp", "expected"),
    [
        (None, False, 512),
        (0, False, 512),
        (600, False, 600),
        (1232, False, 1232),
        (65_535, False, 1232),
        (0, True, 65_535),
    ],
)
def test_the_room_for_a_response_is_what_both_sides_take(edns: int | None, tcp: bool, expected: int):
    assert room(parse_query(build_query(1, "a.example.com", A, edns)), tcp) == expected


def test_what_does_not_fit_comes_truncated_and_empty_and_whole_over_tcp():
    cut = ask(WORLD, "big.example.com", AAAA, answers=64)
    assert (cut.rcode, cut.aa, cut.tc, cut.answers, cut.edns_size) == (NOERROR, True, True, 0, 1232)
    whole = ask(WORLD, "big.example.com", AAAA, answers=64, tcp=True)
    assert (whole.tc, whole.answers, len(set(whole.addresses))) == (False, 64, 64)


def test_a_response_that_fills_its_room_to_the_last_octet_is_whole():
    query = parse_query(QUERY)
    found = Answer(NOERROR, True, A, 60, (bytes(4),))
    whole = compose(query, found, 65_535)
    assert compose(query, found, len(whole)) == whole
    assert len(compose(query, found, len(whole) - 1)) < len(whole)


@pytest.mark.parametrize("answers", range(14, 20))
@pytest.mark.parametrize("edns", [None, 512, 560])
def test_truncation_begins_at_the_first_octet_too_many(answers: int, edns: int | None):
    query = parse_query(build_query(1, "big.example.com", AAAA, edns))
    most = room(query, False)
    found = Answer(NOERROR, True, AAAA, 60, tuple(bytes(16) for _ in range(answers)))
    whole, sent = compose(query, found, 65_535), compose(query, found, most)
    assert len(sent) <= most
    assert (sent == whole) == (len(whole) <= most)
    assert bool(sent[2] & 2) == (len(whole) > most)


def test_the_longest_name_in_the_longest_zone_still_fits_512_octets():
    zone = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 40])
    template = make_zone(zone, (zone,), 900, 900)
    query = parse_query(build_query(1, "x." + zone, A, edns=None))
    sent = compose(query, Answer(NXDOMAIN, True, negative=template), room(query, False))
    assert len(sent) <= 512
    assert sent[2] & 2


# --- hostile packets ---------------------------------------------------------------------------------------------


def hostile() -> list[bytes]:
    header = QUERY[:12]
    bomb = b"".join(b"\x01a" + (0xC000 | 12 + 2 * n).to_bytes(2, "big") for n in range(500))
    options = OPT[:-2] + b"\xff\xfc" + bytes(65_532)
    records = b"\0\0\x10\0\1\0\0\0\0\0\0" * 5_000
    return [
        header + bomb,
        header + b"\xc0\x0c" * 1_000,
        header + b"\x01a" * 2_000,
        header + b"\x3f" * 4_000,
        with_counts(PLAIN + options, additionals=1),
        with_counts(PLAIN + records, additionals=5_000),
        with_counts(PLAIN + bomb, 65_535, 65_535, 65_535, 65_535),
        bytes(4_096),
        b"\xff" * 65_535,
    ]


@pytest.mark.parametrize("packet", hostile())
def test_no_packet_costs_more_than_two_milliseconds(packet: bytes):
    answering = responder()
    best = 1.0
    for _ in range(5):  # the least of five: the machine has other things to do
        began = time.perf_counter()
        answering.respond(packet, True)
        best = min(best, time.perf_counter() - began)
    assert best < 0.002
    assert answering.faults == 0


def test_a_query_cut_anywhere_is_dropped_or_a_format_error():
    answering = responder()
    for cut in range(len(QUERY)):
        response = answering.respond(QUERY[:cut], False)
        assert (response is None) == (cut < 12)
        assert response is None or response[3] & 15 == FORMERR
    assert answering.faults == 0


@given(st.binary(max_size=300))
def test_any_octets_are_answered_or_dropped(noise: bytes):
    answering = responder()
    response = answering.respond(noise, False)
    assert answering.faults == 0
    assert response is None or DNSRecord.parse(response).header.qr == 1


@given(st.integers(0, len(QUERY) - 1), st.binary(min_size=1, max_size=6), st.booleans())
def test_a_damaged_query_never_faults(at: int, noise: bytes, insert: bool):
    answering = responder()
    response = answering.respond(QUERY[:at] + noise + QUERY[at if insert else at + len(noise) :], False)
    assert answering.faults == 0
    assert response is None or len(response) <= 1232


@given(st.lists(st.binary(min_size=1, max_size=63), max_size=4), st.sampled_from([A, AAAA, ANY, 0, 41, 250, 65_535]))
def test_any_octet_may_stand_in_a_label(parts: list, type: int):
    name = b"".join(bytes((len(part),)) + part for part in parts)[:200]
    name = name if len(name) < 200 else b""
    packet = PLAIN[:12] + name + to_wire("example.com") + struct.pack(">HH", type, 1)
    answering = responder()
    response = answering.respond(packet, False)
    assert answering.faults == 0
    assert response[12 : 12 + len(name)] == name
    assert response[3] & 15 in {NOERROR, NXDOMAIN}


def test_a_fault_of_ours_is_answered_servfail_and_counted():
    def broken(bits: int) -> int:
        raise RuntimeError("no draw")

    answering = Responder(WORLD, 1, broken)
    assert DNSRecord.parse(answering.respond(QUERY, False)).header.rcode == 2
    assert answering.faults == 1
    assert answering.first_fault.startswith("RuntimeError('no draw') at packet 1267")
