"""The asking side: what it builds, dnslib understands; what dnslib packs, it understands; garbage raises BadMessage."""

import contextlib

import pytest
from dnslib import AAAA, QTYPE, RCODE, RR, SOA, A, DNSHeader, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from dns_server.client import BadMessage, build_query, parse_response
from dns_server.names import BadName, to_text, to_wire


def reply(**header: int) -> DNSRecord:
    return DNSRecord(DNSHeader(id=7, qr=1, **header), q=DNSQuestion("Api.Example.com", QTYPE.A))


def test_a_built_query_is_what_dnslib_reads():
    parsed = DNSRecord.parse(build_query(4711, "Api.Example.com", 28, edns=1232))
    assert (parsed.header.id, str(parsed.q.qname), parsed.q.qtype, parsed.header.rd) == (
        4711,
        "Api.Example.com.",
        28,
        0,
    )
    assert [record.edns_len for record in parsed.ar] == [1232]
    assert DNSRecord.parse(build_query(1, "a.b", 1, edns=None)).ar == []


def test_addresses_come_out_in_the_order_of_the_answer():
    record = reply(aa=1)
    record.add_answer(RR("api.example.com", QTYPE.A, rdata=A("10.0.0.2"), ttl=60))
    record.add_answer(RR("api.example.com", QTYPE.A, rdata=A("10.0.0.1"), ttl=60))
    response = parse_response(bytes(record.pack()))
    assert response.addresses == ("10.0.0.2", "10.0.0.1")
    assert (response.id, response.rcode, response.aa, response.tc, response.ttl) == (7, 0, True, False, 60)
    assert (response.name, response.type, response.has_soa) == ("Api.Example.com", 1, False)


def test_ipv6_addresses_are_canonical():
    record = reply()
    record.add_answer(RR("api.example.com", QTYPE.AAAA, rdata=AAAA("fd00:0:0:0::1"), ttl=5))
    assert parse_response(bytes(record.pack())).addresses == ("fd00::1",)


def test_a_negative_answer_shows_its_soa():
    record = reply(aa=1, rcode=RCODE.NXDOMAIN)
    record.add_auth(
        RR("example.com", QTYPE.SOA, ttl=300, rdata=SOA("ns.example.com", "h.example.com", (1, 2, 3, 4, 900)))
    )
    response = parse_response(bytes(record.pack()))
    assert (response.rcode, response.has_soa, response.soa_ttl, response.soa_minimum) == (3, True, 300, 900)
    assert response.addresses == ()


def test_an_error_without_a_question_is_a_response_too():
    assert parse_response(bytes(DNSRecord(DNSHeader(id=9, qr=1, rcode=1)).pack())).rcode == 1


def test_a_query_is_not_a_response():
    with pytest.raises(BadMessage, match="a query"):
        parse_response(build_query(1, "a.b", 1))


def test_a_response_with_octets_too_many_or_too_few_is_refused():
    record = reply()
    record.add_answer(RR("api.example.com", QTYPE.A, rdata=A("10.0.0.2"), ttl=60))
    packed = bytes(record.pack())
    for wrong in (packed + b"\0", *(packed[:cut] for cut in range(len(packed)))):
        with pytest.raises(BadMessage):
            parse_response(wrong)


@given(st.binary(max_size=600))
def test_any_octets_are_a_response_or_a_bad_message(noise: bytes):
    with contextlib.suppress(BadMessage):
        parse_response(noise)


@given(st.binary(max_size=200), st.integers(0, 80))
def test_a_damaged_response_is_read_or_refused(noise: bytes, at: int):
    record = reply()
    record.add_answer(RR("api.example.com", QTYPE.A, rdata=A("10.0.0.2"), ttl=60))
    packed = bytes(record.pack())
    with contextlib.suppress(BadMessage):
        parse_response(packed[:at] + noise + packed[at + len(noise) :])


@pytest.mark.parametrize("text", ["a..b", ".a", "x" * 64 + ".com", ".".join(["abcdefg"] * 32), "ü.example"])
def test_a_text_that_is_no_name_is_refused(text: str):
    with pytest.raises(BadName):
        to_wire(text)


def test_text_survives_the_wire_and_odd_octets_are_escaped():
    assert to_text(to_wire("Api.Example.com.")) == "Api.Example.com"
    assert to_text(b"\x03a.b\x00") == "a\\046b"
    assert (to_wire("."), to_text(b"\0")) == (b"\0", ".")
