"""The judge: stale by the definition's letter, empty only where addresses were owed, dark from packet to packet."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.plan import Generation
from coordination.records import Endpoint, RRType
from namelatch.demo.judge import OFFENCES_KEPT, Absence, Ack, Verdict, judge
from namelatch.demo.probes import Kind, Probe

NAME = Endpoint("dynamodb.us-east-1.amazonaws.com")
OTHER = Endpoint("s3.us-east-1.amazonaws.com")
BOUND_S = 0.5


def told(at: float, generation: int, name: Endpoint = NAME, type_: RRType = "A", took: float = 0.001) -> Probe:
    return Probe(at, at + took, name, type_, "answer", Generation(generation), 0)


def other(at: float, kind: Kind, name: Endpoint = NAME, type_: RRType = "A") -> Probe:
    return Probe(at, None if kind == "lost" else at + 0.001, name, type_, kind, None, 0, kind == "empty")


def ack(at: float, generation: int, name: Endpoint = NAME) -> Ack:
    return Ack(name, Generation(generation), at)


def judged(probes: list[Probe], acks: list[Ack], **more: object) -> Verdict:
    return judge(probes, acks, BOUND_S, NAME, **more)  # type: ignore[arg-type]


def test_no_probes_prove_nothing() -> None:
    verdict = judged([], [ack(1, 1)])
    assert (verdict.probes, verdict.offences, verdict.regional.last_answer_at) == (0, (), None)


def test_an_answer_of_the_owed_generation_is_fine_and_a_newer_one_too() -> None:
    verdict = judged([told(10, 3), told(11, 4)], [ack(1, 3)])
    assert (verdict.answered, verdict.stale, verdict.offences) == (2, 0, ())


def test_an_answer_below_a_commit_acknowledged_long_ago_is_stale() -> None:
    verdict = judged([told(10, 2)], [ack(1, 2), ack(2, 3)])
    assert (verdict.answered, verdict.stale) == (1, 1)
    offence = verdict.offences[0]
    assert (offence.fault, offence.generation, offence.owed) == ("stale", 2, 3)


def test_more_than_the_bound_is_stale_and_the_bound_itself_is_not() -> None:
    assert judged([told(2.5, 2)], [ack(2.0, 3)]).stale == 0
    assert judged([told(2.5625, 2)], [ack(2.0, 3)]).stale == 1


def test_the_question_s_time_counts_and_not_the_answer_s() -> None:
    assert judged([told(2.4, 2, took=5.0)], [ack(2.0, 3)]).stale == 0


def test_the_highest_acknowledged_generation_is_owed_even_when_an_older_one_is_acknowledged_after_it() -> None:
    verdict = judged([told(10, 2)], [ack(1, 7), ack(2, 2)])
    assert verdict.stale == 1
    assert verdict.offences[0].owed == 7


def test_acknowledgements_need_not_come_in_order() -> None:
    acks = [ack(3, 9), ack(1, 5), ack(2, 7)]
    assert judged([told(2.6, 7), told(2.6, 6), told(4, 8)], acks).stale == 2


def test_a_commit_on_another_endpoint_obliges_nobody() -> None:
    assert judged([told(10, 2)], [ack(1, 2), ack(1, 9, OTHER)]).stale == 0


def test_an_empty_answer_is_empty_and_never_stale() -> None:
    verdict = judged([other(10, "empty")], [ack(1, 3)])
    assert (verdict.empty, verdict.stale, verdict.answered) == (1, 0, 0)


def test_a_lost_question_is_neither_empty_nor_stale_nor_an_offence() -> None:
    verdict = judged([other(10, "lost")], [ack(1, 3)])
    assert (verdict.lost, verdict.empty, verdict.stale, verdict.offences) == (1, 0, 0, ())
    assert verdict.offences == ()


@pytest.mark.parametrize(("kind", "field"), [("nxdomain", "nxdomain"), ("error", "errors"), ("foreign", "foreign")])
def test_every_other_wrong_answer_has_a_count_of_its_own(kind: Kind, field: str) -> None:
    verdict = judged([other(10, kind)], [ack(1, 3)])
    assert getattr(verdict, field) == 1
    assert [one.fault for one in verdict.offences] == [kind]


def test_nothing_is_owed_before_the_first_commit_has_had_its_time() -> None:
    verdict = judged([other(0.5, "nxdomain"), other(1.4, "empty"), other(1.6, "empty")], [ack(1, 1)])
    assert (verdict.early, verdict.empty, verdict.nxdomain) == (2, 1, 0)


def test_the_regional_name_is_not_dark_while_it_is_still_being_set_up() -> None:
    light = judged([other(0.5, "empty"), other(1.2, "empty"), told(1.3, 1), told(9, 1)], [ack(1, 1)]).regional
    assert (light.seconds_dark, light.first_empty_at, light.dark_at_end) == (0.0, None, False)


def test_the_regional_name_is_not_dark_while_it_is_taken_down_on_purpose() -> None:
    verdict = judged([told(1, 1), other(6, "empty"), other(7, "empty")], [ack(0, 1)], absences=[Absence(NAME, 5.0)])
    assert (verdict.regional.seconds_dark, verdict.regional.last_kind) == (0.0, "answer")


def test_an_endpoint_without_any_recorded_commit_is_owed_addresses_all_the_same() -> None:
    assert judged([other(10, "empty")], []).empty == 1


def test_an_endpoint_that_was_taken_down_on_purpose_may_be_empty_while_it_is() -> None:
    absences = [Absence(NAME, 5.0, 8.0)]
    probes = [other(4, "empty"), other(6, "empty"), other(7, "nxdomain"), other(8.4, "empty"), other(8.6, "empty")]
    verdict = judged(probes, [ack(1, 1)], absences=absences)
    assert (verdict.absent, verdict.empty, verdict.nxdomain) == (3, 2, 0)


def test_old_addresses_after_the_tombstone_are_stale() -> None:
    assert judged([told(9, 4)], [ack(1, 4), ack(5, 6)], absences=[Absence(NAME, 5.0)]).stale == 1


def test_dark_is_from_the_first_empty_answer_to_the_next_with_an_address() -> None:
    verdict = judged([told(1, 1), other(2, "empty"), other(3, "empty"), told(5, 2), told(6, 2)], [ack(0, 1)])
    light = verdict.regional
    assert light.seconds_dark == pytest.approx(3.0)
    assert light.first_empty_at == pytest.approx(2.001)
    assert light.lit_again_at == pytest.approx(5.001)
    assert (light.dark_at_end, light.last_kind, light.last_generation) == (False, "answer", 2)


def test_what_is_dark_at_the_end_is_dark_until_the_end() -> None:
    light = judged([told(1, 1), other(2, "empty"), other(3, "empty")], [], ended_at=9.001).regional
    assert light.seconds_dark == pytest.approx(7.0)
    assert (light.dark_at_end, light.lit_again_at, light.last_kind) == (True, None, "empty")


def test_without_a_given_end_the_last_question_ends_it() -> None:
    assert judged([other(2, "empty"), other(4.001, "lost")], []).regional.seconds_dark == pytest.approx(2.0)


def test_lost_questions_neither_begin_nor_end_the_dark() -> None:
    light = judged([other(1, "lost"), other(2, "empty"), other(3, "lost"), told(4, 1)], []).regional
    assert light.seconds_dark == pytest.approx(2.0)


def test_one_type_s_addresses_do_not_light_the_other_type() -> None:
    probes = [other(1, "empty", type_="AAAA"), told(2, 1), told(3, 1), told(5, 1, type_="AAAA")]
    assert judged(probes, []).regional.seconds_dark == pytest.approx(4.0)


def test_types_that_are_dark_together_count_once() -> None:
    probes = [other(1, "empty"), other(1, "empty", type_="AAAA"), told(3, 1), told(3, 1, type_="AAAA")]
    assert judged(probes, []).regional.seconds_dark == pytest.approx(2.0)


def test_dark_spans_add_up() -> None:
    probes = [other(1, "empty"), told(2, 1), other(3, "empty"), told(5, 2)]
    assert judged(probes, []).regional.seconds_dark == pytest.approx(3.0)


def test_only_the_regional_endpoint_is_watched_for_darkness() -> None:
    verdict = judged([other(1, "empty", OTHER), told(2, 1)], [])
    assert (verdict.empty, verdict.regional.seconds_dark, verdict.names) == (1, 0.0, 2)


def test_an_empty_answer_without_soa_is_told_apart() -> None:
    bare = Probe(1, 1.1, NAME, "A", "empty", None, 0, has_soa=False)
    assert judged([bare, other(2, "empty")], []).regional.empty_without_soa == 1


def test_the_counts_are_exact_and_the_examples_bounded() -> None:
    verdict = judged([other(at, "empty") for at in range(100)], [])
    assert verdict.empty == 100
    assert len(verdict.offences) == OFFENCES_KEPT


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=30),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=30),
)
def test_stale_is_what_the_definition_says(acked: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    acks = [ack(at / 4, generation) for at, generation in acked]
    probes = [told(at / 4, generation) for at, generation in asked]
    expected = sum(
        any(one.generation > probe.generation for one in acks if probe.asked_at - one.acked_at > BOUND_S)
        for probe in probes
        if probe.generation is not None
    )
    assert judged(probes, acks).stale == expected


def test_a_large_run_is_judged_in_seconds() -> None:
    names = [Endpoint(f"n{number}.example.com") for number in range(10_000)]
    acks = [Ack(name, Generation(turn), turn + 0.0) for turn in range(1, 21) for name in names]
    probes = [told(at / 1_000, 1 + at // 1_000, names[at * 7 % 10_000]) for at in range(20_000)]
    began = time.perf_counter()
    verdict = judged(probes, acks)
    assert verdict.probes == 20_000
    assert time.perf_counter() - began < 10
