"""Names and RRsets: one canonical form, and nothing else gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.limits import MAX_TARGETS, MAX_TTL_S, MAX_WEIGHT
from coordination.records import BadRecords, RRset, Target, check_records, endpoint, is_empty, pack, unpack
from tests.coordination.strategies import any_records


def a(*targets: Target, ttl: int = 60) -> RRset:
    return RRset("A", ttl, targets)


@given(any_records)
def test_what_was_packed_unpacks_to_the_same_records(records) -> None:
    assert unpack(pack(records)) == records


@given(any_records, any_records)
def test_unequal_records_have_unequal_bytes(one, other) -> None:
    assert (pack(one) == pack(other)) == (one == other)


@given(st.binary(max_size=40) | st.text("A 06=.,|-+_", max_size=20).map(str.encode))
def test_bytes_that_unpack_are_the_bytes_that_pack_writes(packed: bytes) -> None:
    try:
        records = unpack(packed)
    except BadRecords:
        return
    assert pack(records) == packed


@pytest.mark.parametrize(
    "packed",
    [b"", b"MX 60 a=1", b"A 60", b"A x 10.0.0.1=1", b"A 60 10.0.0.1", b"A 060 10.0.0.1=1", b"A 60 10.0.0.1=+1",
     b"A 6_0 10.0.0.1=1", b"A 60 10.0.0.1= 1", "A 60 10.0.0.1=\u0661".encode(), b"A 60 10.0.0.1=1|", b"A 60 ,"],
)  # fmt: skip
def test_bytes_that_nobody_packed_are_refused(packed: bytes) -> None:
    with pytest.raises(BadRecords):
        unpack(packed)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Example.COM.", "example.com"), ("_a.b", "_a.b"), ("a", "a"), ("x" * 63 + ".org", "x" * 63 + ".org")],
)
def test_a_host_name_has_one_canonical_form(text: str, name: str) -> None:
    assert endpoint(text) == name
    assert endpoint(endpoint(text)) == name


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "-a.b", "a-.b", "a b", "a\n", "x" * 64 + ".org", ".".join(["x" * 60] * 5), "*.a", "a/b", "é.fr",
     "\u212aelvin.example", "a.example..", "a\x00b"],
)  # fmt: skip
def test_what_is_no_host_name_is_refused(text: str) -> None:
    with pytest.raises(BadRecords):
        endpoint(text)


def test_good_records_are_handed_back() -> None:
    good = (a(Target("10.0.0.1", 0), Target("10.0.0.2", MAX_WEIGHT), ttl=MAX_TTL_S),
            RRset("AAAA", 0, (Target("fd00::1", 1),)))  # fmt: skip
    assert check_records(good) is good
    assert check_records(()) == ()


@pytest.mark.parametrize(
    "bad",
    [
        (RRset("AAAA", 60, ()), a()),
        (a(), a()),
        (a(ttl=-1),),
        (a(ttl=MAX_TTL_S + 1),),
        (a(*[Target("10.0.0.1", 1)] * (MAX_TARGETS + 1)),),
        (a(Target("10.0.0.1", -1)),),
        (a(Target("10.0.0.1", MAX_WEIGHT + 1)),),
        (a(Target("fd00::1", 1)),),
        (RRset("AAAA", 60, (Target("10.0.0.1", 1),)),),
        (a(Target("10.0.0.01", 1)),),
        (RRset("AAAA", 60, (Target("FD00::1", 1),)),),
        (RRset("AAAA", 60, (Target("fe80::1%a=1,b", 1),)),),
        (a(Target("host.example", 1)),),
    ],
)
def test_records_that_no_authority_may_hold_are_refused(bad) -> None:
    with pytest.raises(BadRecords):
        check_records(bad)


def test_empty_means_that_no_address_could_be_answered() -> None:
    assert is_empty(())
    assert is_empty((a(),))
    assert is_empty((a(Target("10.0.0.1", 0)),))
    assert not is_empty((a(Target("10.0.0.1", 0)), RRset("AAAA", 60, (Target("fd00::1", 1),))))
