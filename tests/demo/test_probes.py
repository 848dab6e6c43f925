"""Probes: what a response means for a question, and one JSON line that keeps it."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.demo.addresses import allocate
from namelatch.demo.probes import KINDS, BadProbe, Probe, answered, from_lines, garbled, lost, to_line
from namelatch.demo.rota import Question

ASKED = Question(Endpoint("dynamodb.us-east-1.amazonaws.com"), "A")


@dataclass(frozen=True)
class Response:
    rcode: int = 0
    tc: bool = False
    addresses: tuple[str, ...] = ()
    has_soa: bool = False


def own(generation: int, name: str = ASKED.name) -> tuple[str, ...]:
    return tuple(target.address for target in allocate(Endpoint(name), Generation(generation), ("A",))[0].targets)


def heard(response: Response) -> Probe:
    return answered(ASKED, 1.0, 2.0, response, Generation(7))


def test_addresses_tell_the_generation() -> None:
    assert heard(Response(addresses=own(9))) == Probe(1.0, 2.0, *ASKED, "answer", Generation(9), 0)


def test_an_answer_of_two_generations_counts_as_the_older() -> None:
    assert heard(Response(addresses=(own(9)[0], own(8)[1]))).generation == 8


def test_noerror_without_an_address_is_empty() -> None:
    probe = heard(Response(has_soa=True))
    assert (probe.kind, probe.rcode, probe.has_soa) == ("empty", 0, True)


def test_a_truncated_answer_is_not_an_empty_one() -> None:
    assert heard(Response(tc=True)).kind == "error"


@pytest.mark.parametrize(("rcode", "kind"), [(3, "nxdomain"), (2, "error"), (5, "error")])
def test_rcodes_have_kinds(rcode: int, kind: str) -> None:
    assert (heard(Response(rcode=rcode)).kind, heard(Response(rcode=rcode)).rcode) == (kind, rcode)


@pytest.mark.parametrize("address", ["192.0.2.1", *own(7, "s3.us-east-1.amazonaws.com")[:1]])
def test_an_address_that_was_never_the_endpoints_is_foreign(address: str) -> None:
    assert heard(Response(addresses=(address, own(7)[0]))).kind == "foreign"


def test_no_answer_is_lost_and_nonsense_is_an_error() -> None:
    assert lost(ASKED, 1.0) == Probe(1.0, None, *ASKED, "lost")
    assert garbled(ASKED, 1.0, 2.0) == Probe(1.0, 2.0, *ASKED, "error")


@given(
    st.builds(
        Probe,
        st.integers(0, 10**9).map(lambda at: at / 1e6),
        st.none() | st.integers(0, 10**9).map(lambda at: at / 1e6),
        st.just(ASKED.name),
        st.sampled_from(["A", "AAAA"]),
        st.sampled_from(KINDS),
        st.none() | st.integers(0, 2**32).map(Generation),
        st.none() | st.integers(0, 23),
        st.booleans(),
    )
)
def test_a_line_keeps_the_probe(probe: Probe) -> None:
    assert list(from_lines([to_line(probe) + "\n"])) == [probe]


def test_a_last_line_cut_by_a_kill_is_left_out() -> None:
    line = to_line(lost(ASKED, 1.0))
    assert list(from_lines([line + "\n", line[:20]])) == [lost(ASKED, 1.0)]


@pytest.mark.parametrize("kept", [1, 20, -1])
def test_a_line_cut_by_a_kill_and_ended_by_whoever_went_on_is_left_out(kept: int) -> None:
    line = to_line(lost(ASKED, 1.0))
    assert list(from_lines([line[:kept] + "\n", line + "\n"])) == [lost(ASKED, 1.0)]


@pytest.mark.parametrize("line", ["\n", "{}\n", "[1,2]\n", "5\n", '[1,2,"x","A","sad",null,0,false]\n'])
def test_any_other_broken_line_is_refused(line: str) -> None:
    with pytest.raises(BadProbe, match="not a probe"):
        list(from_lines([line]))
