"""What a question is answered with, by the state of its name."""

import pytest

from dns_server.answer import Question, answer
from dns_server.codes import AAAA, ANY, AXFR, IXFR, NOERROR, NS, NXDOMAIN, REFUSED, SOA, A
from dns_server.names import to_wire
from dns_server.wire import make_zone
from tests.dns.world import NAMES, ask, snapshot_of

TXT = 16
WORLD = snapshot_of(NAMES)


def test_a_live_name_answers_with_one_of_its_targets_authoritatively():
    response = ask(WORLD, "api.eu.example.com", A)
    assert (response.rcode, response.aa, response.ra, response.answers, response.ttl) == (NOERROR, True, False, 1, 60)
    assert response.addresses == ("10.0.0.1",)
    assert not response.has_soa


def test_the_ipv6_rrset_keeps_its_own_ttl():
    response = ask(WORLD, "api.eu.example.com", AAAA)
    assert (response.addresses, response.ttl) == (("fd00::1",), 30)


def test_names_match_whatever_their_case_and_the_question_comes_back_as_asked():
    response = ask(WORLD, "aPi.EU.eXample.COM", A)
    assert (response.name, response.addresses) == ("aPi.EU.eXample.COM", ("10.0.0.1",))


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("v4.example.com", AAAA),
        ("api.eu.example.com", TXT),
        ("api.eu.example.com", 65280),
        ("api.eu.example.com", SOA),
        ("dark.example.com", A),
        ("dark.example.com", ANY),
        ("empty.example.com", A),
        ("weightless.example.com", A),
        ("eu.example.com", A),
        ("gone.example.com", A),
        ("example.com", A),
        ("example.com", TXT),
    ],
)
def test_a_name_that_exists_without_the_type_is_nodata_with_soa(name: str, type: int):
    response = ask(WORLD, name, type)
    assert (response.rcode, response.aa, response.answers) == (NOERROR, True, 0)
    assert (response.has_soa, response.soa_ttl, response.soa_minimum) == (True, 300, 300)


@pytest.mark.parametrize("name", ["nobody.example.com", "x.v4.example.com", "deep.below.eu.example.com"])
def test_a_name_that_does_not_exist_is_nxdomain_with_soa(name: str):
    response = ask(WORLD, name, A)
    assert (response.rcode, response.aa, response.answers, response.has_soa) == (NXDOMAIN, True, 0, True)


def test_a_tombstone_is_nxdomain_unless_something_lives_below_it():
    lone = snapshot_of({"gone.example.com": NAMES["gone.example.com"]})
    assert ask(lone, "gone.example.com", A).rcode == NXDOMAIN
    assert ask(WORLD, "gone.example.com", A).rcode == NOERROR


def test_only_a_dangling_root_is_marked_as_such():
    def dangling(name: str) -> bool:
        wire = to_wire(name)
        return answer(Question(wire, wire, A), WORLD, 0).dangling

    assert dangling("dark.example.com")
    assert not any(map(dangling, ("empty.example.com", "gone.example.com", "eu.example.com", "v4.example.com")))


@pytest.mark.parametrize("name", ["example.org", "com", ".", "badexample.com", "example.com.org"])
def test_names_outside_the_zones_are_refused_without_authority(name: str):
    response = ask(WORLD, name, A)
    assert (response.rcode, response.aa, response.has_soa, response.answers) == (REFUSED, False, False, 0)


def test_a_label_that_contains_the_octets_of_the_zone_is_not_inside_it():
    name = b"\x0dx" + to_wire("example.com")[:-1] + b"\x00"
    assert name.endswith(to_wire("example.com"))
    assert answer(Question(name, name, A), WORLD, 0).rcode == REFUSED


@pytest.mark.parametrize("type", [AXFR, IXFR])
def test_zone_transfers_are_refused(type: int):
    assert ask(WORLD, "example.com", type).rcode == REFUSED


def test_any_gets_one_rrset_only():
    response = ask(WORLD, "api.eu.example.com", ANY)
    assert response.addresses == ("10.0.0.1",)
    assert ask(WORLD, "big.example.com", ANY).addresses[0].startswith("fd00::")
    assert ask(WORLD, "example.com", ANY).answers == 1


def test_the_apex_has_soa_and_ns():
    wire = to_wire("example.com")
    soa = answer(Question(wire, wire, SOA), WORLD, 0)
    assert soa.rdata[0][-20:-16] == (7).to_bytes(4, "big")
    assert (soa.ttl, soa.aa) == (900, True)
    assert answer(Question(wire, wire, NS), WORLD, 0).rdata == (to_wire("localhost"),)


def test_an_apex_may_be_an_endpoint_too():
    world = snapshot_of({"example.com": NAMES["v4.example.com"]})
    assert ask(world, "example.com", A).addresses == ("10.0.0.4",)
    assert ask(world, "example.com", NS).answers == 1
    assert ask(snapshot_of({"example.com": NAMES["gone.example.com"]}), "example.com", A).rcode == NOERROR


def test_the_deepest_zone_answers_and_a_zone_makes_the_names_above_it_exist():
    world = snapshot_of({}, "example.com", "a.b.example.com")
    wire = to_wire("x.a.b.example.com")
    assert answer(Question(wire, wire, A), world, 0).negative.key == to_wire("a.b.example.com")
    assert ask(world, "b.example.com", A).rcode == NOERROR
    assert ask(world, "c.example.com", A).rcode == NXDOMAIN


@pytest.mark.parametrize(("soa_ttl", "minimum", "expected"), [(900, 60, 60), (60, 900, 60), (5, 0, 0)])
def test_negative_answers_live_for_the_lesser_of_soa_ttl_and_minimum(soa_ttl: int, minimum: int, expected: int):
    assert make_zone("example.com", ("localhost",), soa_ttl, minimum).negative_ttl == expected


def test_the_root_may_be_a_zone():
    world = snapshot_of({"com": NAMES["v4.example.com"]}, ".")
    assert ask(world, "com", A).addresses == ("10.0.0.4",)
    assert ask(world, "org", A).has_soa
