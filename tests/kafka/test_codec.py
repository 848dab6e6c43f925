"""Plans as bytes: canonical, strict, and never more permissive than the rules for records."""

import ipaddress
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination import codec, limits
from coordination.codec import BadPlan, decode, encode
from coordination.plan import Entry, Generation, Plan
from coordination.records import BadRecords, Endpoint, RRset, Target, check_records, endpoint, pack

NAMES = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?(\.[a-z0-9]{1,5}){0,3}", fullmatch=True).map(Endpoint)
SPARSE_V6 = st.lists(st.sampled_from([0, 0, 0, 1, 0xAB, 0xFFFF]), min_size=8, max_size=8).map(
    lambda groups: str(ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups)))
)
V6 = SPARSE_V6 | st.ip_addresses(v=6).map(str)
WEIGHTS = st.integers(0, limits.MAX_WEIGHT)
TTLS = st.integers(0, limits.MAX_TTL_S)


def _rrset(type_, addresses):
    targets = st.lists(st.builds(Target, addresses, WEIGHTS), max_size=5).map(tuple)
    return st.builds(RRset, st.just(type_), TTLS, targets)


A, AAAA = _rrset("A", st.ip_addresses(v=4).map(str)), _rrset("AAAA", V6)
RECORDS = st.just(()) | st.tuples(A) | st.tuples(AAAA) | st.tuples(A, AAAA)
ENTRIES = st.dictionaries(NAMES, st.none() | RECORDS, max_size=8).map(
    lambda given: tuple(Entry(name, records) for name, records in given.items())
)


@st.composite
def plans(draw) -> Plan:
    generation = draw(st.integers(1, 10**limits.GENERATION_DIGITS - 1))
    base = draw(st.none() | st.integers(0, generation - 1))
    return Plan(Generation(generation), base, draw(ENTRIES))


@given(plans())
@settings(max_examples=120, deadline=None)
def test_a_plan_survives_the_journey_and_has_only_one_form(plan: Plan) -> None:
    data = encode(plan)
    again = decode(data)
    assert again == plan
    assert encode(again) == data
    assert all(type(target) is Target for _, rrs in again.entries for rrset in rrs or () for target in rrset.targets)


@given(plans(), st.data())
@settings(max_examples=120, deadline=None)
def test_altered_bytes_are_refused_or_are_another_plans_canonical_bytes(plan: Plan, data) -> None:
    sent = bytearray(encode(plan))
    for _ in range(data.draw(st.integers(1, 3))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    try:
        received = decode(bytes(sent))
    except BadPlan:
        return
    assert encode(received) == sent


@given(
    SPARSE_V6
    | st.from_regex(r"[0-9a-f:]{2,20}", fullmatch=True)
    | st.from_regex(r"(::|(0|1|ab):){1,9}", fullmatch=True)
)
@settings(max_examples=500, deadline=None)
def test_the_fast_judge_of_addresses_agrees_with_the_slow_one(address: str) -> None:
    fast = re.fullmatch(codec._V6 + "=", f"{address}=") is not None
    try:
        slow = bool(check_records((RRset("AAAA", 60, (Target(address, 1),)),)))
    except BadRecords:
        slow = False
    assert slow or not fast


@pytest.mark.parametrize(
    "address", ["fd00::1:2:3", "2001:db8:0:1::5", "1:2:3:4:5:6:7:8", "::", "::1", "fe80::", "1:0:3:4:5:6:7:0"]
)
def test_usual_addresses_take_the_fast_way(address: str) -> None:
    assert re.fullmatch(codec._V6 + "=", f"{address}=")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "1:2:3::5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2:3:4::5:6:7",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
        ),
        *("::ffff:102:304", "1:0::5", "::0:5", "1:0:0:4:5:6:7:8", ":::", "1::2::3", "fd00::01", "fd00::12345"),
    ],
)
def test_addresses_that_are_wrong_or_that_python_versions_spell_differently_take_the_slow_way(address: str) -> None:
    assert not re.fullmatch(codec._V6 + "=", f"{address}=")


LINE = b"a.example A 60 10.0.0.1=50,10.0.0.2=50|AAAA 60 fd00::1=100\n"


def _one(line: bytes, header: bytes = b"namelatch-plan 1 41 - 1\n") -> bytes:
    return header + line


def test_the_line_that_the_refusals_below_are_made_from_is_good() -> None:
    assert encode(decode(_one(LINE))) == _one(LINE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no plan header"),
        (b"\x00\xff" * 50, "no plan header"),
        (_one(LINE, b"namelatch-plan 2 41 - 1\n"), "unknown plan format 2"),
        (_one(LINE, b"namelatch-plan 01 41 - 1\n"), "no plan header"),
        (_one(LINE, b"namelatch-plan 1 041 - 1\n"), "no plan header"),
        (_one(LINE, b"namelatch-plan 1 -1 - 1\n"), "no plan header"),
        (_one(LINE, b"namelatch-plan 1 41 41 1\n"), "base 41 is not below generation 41"),
        (_one(LINE, b"namelatch-plan 1 41 - 2000001\n"), "the most is 2000000"),
        (_one(LINE, b"namelatch-plan 1 41 - 2\n"), "1 entries where the header announces 2"),
        (_one(LINE, b"namelatch-plan 1 41 - 0\n"), "1 entries where the header announces 0"),
        (_one(LINE)[:-1], "cut short"),
        (_one(LINE) + b"x", "cut short"),
        (_one(LINE) + b"\n", "2 entries where the header announces 1"),
        (_one(LINE + LINE, b"namelatch-plan 1 41 - 2\n"), "named twice"),
        (_one(LINE.replace(b"a.example", b"A.example")), "not canonical"),
        (_one(LINE.replace(b"a.example", b"a.example.")), "not canonical"),
        (_one(LINE.replace(b"a.example", b"a..example")), "not a host name"),
        (_one(LINE.replace(b"a.example", b"a" * 64)), "not a host name"),
        (_one(LINE.replace(b"a.example", b".".join([b"a" * 60] * 5))), "not a host name"),
        (_one(LINE.replace(b"a.example", "ä.example".encode())), "not ASCII"),
        (_one(LINE.replace(b"10.0.0.1", b"10.0.0.256")), "not an IP address"),
        (_one(LINE.replace(b"10.0.0.1", b"10.0.0.01")), "not an IP address"),
        (_one(LINE.replace(b"10.0.0.1", b"fd00::7")), "not a canonical address for A"),
        (_one(LINE.replace(b"fd00::1", b"FD00::1")), "not a canonical address"),
        (_one(LINE.replace(b"fd00::1", b"fd00:0::1")), "not a canonical address"),
        (_one(LINE.replace(b"fd00::1", b"fe80::1%eth0")), "not a canonical address"),
        (_one(LINE.replace(b"=50,", b"=65536,")), "weight 65536 is outside"),
        (_one(LINE.replace(b"=50,", b"=-1,")), "is not a plain number"),
        (_one(LINE.replace(b"=50,", b"=+50,")), "is not a plain number"),
        (_one(LINE.replace(b"=50,", b"=050,")), "is not a plain number"),
        (_one(LINE.replace(b"=50,", b"=5_0,")), "is not a plain number"),
        (_one(LINE.replace(b"=50,", b"=1e1,")), "is not a plain number"),
        (_one(LINE.replace(b"A 60 10", b"A 604801 10")), "TTL 604801 is outside"),
        (_one(LINE.replace(b"A 60 10", b"A -1 10")), "is not a plain number"),
        (_one(LINE.replace(b"A 60 10", b"CNAME 60 10")), "neither A nor AAAA"),
        (_one(b"a.example CNAME 60 b.example=1\n"), "neither A nor AAAA"),
        (_one(b"a.example AAAA 60 fd00::1=1|A 60 10.0.0.1=1\n"), "in that order"),
        (_one(b"a.example A 60 10.0.0.1=1|A 60 10.0.0.2=1\n"), "in that order"),
        (_one(b"a.example A 60 " + b",".join([b"10.0.0.1=1"] * 65) + b"\n"), "65 targets"),
        (_one(b"a.example\n"), "not packed records"),
        (_one(b"a.example  !\n"), "not packed records"),
        (_one(b"a.example !x\n"), "not packed records"),
        (_one(LINE.replace(b"\n", b"\r\n")), "not"),
    ],
)
def test_bytes_that_no_planner_writes_are_refused_with_the_rule_they_break(data: bytes, reason: str) -> None:
    with pytest.raises(BadPlan, match=re.escape(reason)) as refusal:
        decode(data)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400


GOOD = (RRset("A", 60, (Target("10.0.0.1", 1),)),)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(Generation(-1), None, ()),
        Plan(Generation(10**20), None, ()),
        Plan(Generation(4), Generation(4), ()),
        Plan(Generation(4), None, (Entry(Endpoint("a"), GOOD), Entry(Endpoint("a"), None))),
        Plan(Generation(4), None, (Entry(Endpoint("A"), GOOD),)),
        Plan(Generation(4), None, (Entry(Endpoint("a b"), GOOD),)),
        Plan(Generation(4), None, (Entry(Endpoint("a\nb"), GOOD),)),
        Plan(Generation(4), None, (Entry(Endpoint(""), GOOD),)),
        Plan(Generation(4), None, (Entry(Endpoint("a"), (RRset("A", 60, (Target("10.0.0.1=1,10.0.0.2", 1),)),)),)),
        Plan(Generation(4), None, (Entry(Endpoint("a"), (RRset("AAAA", 60, (Target("fe80::1%,x=1", 1),)),)),)),
        Plan(Generation(4), None, (Entry(Endpoint("a"), (RRset("A", 60, (Target("10.0.0.١", 1),)),)),)),
        Plan(Generation(4), None, (Entry(Endpoint("a"), (RRset("A", 60, (Target("10.0.0.1\n", 1),)),)),)),
        Plan(Generation(4), None, (Entry(Endpoint("a"), (*GOOD, *GOOD)),)),
        Plan(Generation(4), None, (Entry(Endpoint("a"), (RRset("A", -1, ()),)),)),
    ],
)
def test_a_plan_that_no_reader_would_accept_is_not_written(plan: Plan) -> None:
    with pytest.raises(BadPlan):
        encode(plan)


def test_more_entries_than_the_limit_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "PLAN_ENTRIES", 1)
    two = tuple(Entry(Endpoint(name), None) for name in "ab")
    with pytest.raises(BadPlan, match="2 entries, the most is 1"):
        encode(Plan(Generation(1), None, two))


def test_names_are_judged_as_records_judge_them() -> None:
    for name in ("a", "_sip._tcp.example", "x" * 63, ".".join(["ab"] * 84), "a-b.c", "1.2"):
        assert endpoint(name) == name
        assert decode(encode(Plan(Generation(1), None, (Entry(Endpoint(name), GOOD),)))).entries[0].endpoint == name


def test_a_packed_record_stands_in_a_plan_as_it_stands_in_the_authority() -> None:
    assert encode(Plan(Generation(1), None, (Entry(Endpoint("a"), GOOD),))).split(b"\n")[1] == b"a " + pack(GOOD)
