"""Addresses tell their generation and their endpoint, and are written as ipaddress writes them."""

import ipaddress
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coordination.plan import Generation
from coordination.records import Endpoint, RRType, check_records, is_empty
from namelatch.demo.addresses import WEIGHTS, ForeignAddress, allocate, belongs, generation_of

BOTH: tuple[RRType, ...] = ("A", "AAAA")
NAMES = st.from_regex(r"[a-z0-9]{1,20}\.example\.com", fullmatch=True).map(Endpoint)
GENERATIONS = st.integers(0, 2**32 - 1).map(Generation)


def addresses(endpoint: Endpoint, generation: int, types: tuple[RRType, ...] = BOTH) -> list[str]:
    return [target.address for rrset in allocate(endpoint, Generation(generation), types) for target in rrset.targets]


@given(NAMES, GENERATIONS)
@example(Endpoint("x.example.com"), Generation(0))
@example(Endpoint("x.example.com"), Generation(0x1_0000))
@example(Endpoint("x.example.com"), Generation(0xFFFF))
def test_what_is_allocated_is_what_an_authority_may_hold(endpoint: Endpoint, generation: Generation) -> None:
    records = check_records(allocate(endpoint, generation, BOTH))  # canonical as ipaddress prints them
    assert not is_empty(records)
    assert [len(rrset.targets) for rrset in records] == [len(WEIGHTS)] * 2


@pytest.mark.parametrize("mark", [0, 1, 0x10000, 0xFFFF, 0xABCD0000, 0x0000ABCD])
@pytest.mark.parametrize("generation", [0, 1, 0xFFFF, 0x10000, 0x10001, 0xFFFFFFFF])
def test_addresses_are_canonical_wherever_the_zeros_fall(
    mark: int, generation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("namelatch.demo.addresses.crc32", lambda _data: mark)
    for address in addresses(Endpoint("x.example.com"), generation):
        assert str(ipaddress.ip_address(address)) == address
        assert belongs(Endpoint("x.example.com"), address)
        assert generation_of(address, Generation(generation)) == generation


@given(NAMES, GENERATIONS, st.integers(-2000, 2000))
def test_a_packet_tells_its_generation(endpoint: Endpoint, generation: Generation, off: int) -> None:
    near = Generation(max(0, generation + off))
    assert {generation_of(address, near) for address in addresses(endpoint, generation)} == {generation}


def test_an_a_address_tells_the_generation_nearest_to_the_expected_one() -> None:
    address = addresses(Endpoint("x.example.com"), 5, ("A",))[0]
    assert generation_of(address, Generation(0)) == 5
    assert generation_of(address, Generation(4096)) == 4096 + 5
    assert generation_of(address, Generation(5 + 2048)) == 5 + 4096
    assert generation_of(address, Generation(5 + 2047)) == 5


def test_no_generation_is_below_zero() -> None:
    address = addresses(Endpoint("x.example.com"), 4095, ("A",))[0]
    assert generation_of(address, Generation(0)) == 4095


@given(NAMES, NAMES, GENERATIONS)
def test_an_address_belongs_to_its_own_endpoint(mine: Endpoint, other: Endpoint, generation: Generation) -> None:
    for address in addresses(mine, generation):
        assert belongs(mine, address)
        bits = 9 if "." in address else 32
        alike = zlib.crc32(mine.encode()) >> 32 - bits == zlib.crc32(other.encode()) >> 32 - bits
        assert belongs(other, address) == alike


@given(NAMES, GENERATIONS)
def test_two_generations_in_a_row_share_no_address(endpoint: Endpoint, generation: Generation) -> None:
    assert not set(addresses(endpoint, generation)) & set(addresses(endpoint, generation + 1))


def test_the_allocation_is_pinned_so_that_no_process_disagrees() -> None:
    assert addresses(Endpoint("dynamodb.us-east-1.amazonaws.com"), 7) == [
        "10.0.121.105",
        "10.0.121.106",
        "10.0.121.107",
        "fd00::7:96db:7d93:0:1",
        "fd00::7:96db:7d93:0:2",
        "fd00::7:96db:7d93:0:3",
    ]


def test_only_the_asked_types_are_allocated() -> None:
    assert [rrset.type for rrset in allocate(Endpoint("x.example.com"), Generation(1), ("A",))] == ["A"]


@pytest.mark.parametrize(
    "address", ["", "host", "11.0.0.1", "192.0.2.1", "10.0.0.0", "10.0.0.4", "fd01::1:0:1", "fd00::", "2001:db8::1"]
)
def test_a_foreign_address_is_refused(address: str) -> None:
    with pytest.raises(ForeignAddress):
        generation_of(address, Generation(1))
    with pytest.raises(ForeignAddress):
        belongs(Endpoint("x.example.com"), address)
