"""Seconds of darkness, from questions a second apart: when they count, for which part, and for what."""

from hypothesis import given
from hypothesis import strategies as st

from namelatch.resolvers.sights import Darkness, Outage, Said, Sight, Span, darkness, outage, tail

SAID: dict[str, Said] = {"a": "address", "e": "empty", "l": "lost", "x": "error", "n": "nxdomain"}


def sights(letters: str, start: float = 0.0) -> list[Sight]:
    """One a second: a(ddress), e(mpty), l(ost), x (error), n(xdomain)."""
    return [Sight(start + at, SAID[letter]) for at, letter in enumerate(letters)]


def parts(found: Darkness) -> tuple[float, float, float]:
    return found.before_s, found.during_s, found.after_s


def test_a_question_stands_for_the_time_until_the_next() -> None:
    uneven = [Sight(0, "address"), Sight(1, "empty"), Sight(4, "address")]
    assert darkness(uneven, Outage(1, 4), 5).total_s == 3


def test_darkness_is_told_apart_by_the_authoritys_outage() -> None:
    found = darkness(sights("aeaaaaaaeeeeaa"), Outage(7, 10), 14)
    assert parts(found) == (1, 2, 2)


def test_a_question_that_was_under_way_when_the_outage_began_is_part_of_it() -> None:
    assert parts(darkness(sights("aaeeea"), Outage(3.5, 5), 6)) == (0, 3, 0)


def test_what_is_asked_just_as_the_outage_ends_is_after_it() -> None:
    assert parts(darkness(sights("aeea"), Outage(1, 2), 4)) == (0, 1, 1)


def test_every_answer_without_an_address_is_dark() -> None:
    found = darkness(sights("aexlna"), Outage(1, 5), 6)
    assert found.total_s == 4
    assert set(found.words) == {"empty", "error", "lost", "nxdomain"}


def test_nothing_counts_before_the_first_address() -> None:
    assert parts(darkness(sights("neea"), None, 4)) == (0, 0, 0)


def test_without_an_outage_all_darkness_is_before_it() -> None:
    assert parts(darkness(sights("aaeea" + 6 * "a"), None, 11)) == (2, 0, 0)


def test_who_is_dark_at_the_end_is_not_lit_and_dark_to_the_end() -> None:
    found = darkness(sights("aae"), Outage(1.5, None), 10)
    assert not found.lit
    assert parts(found) == (0, 8, 0)


def test_who_never_had_an_address_is_not_lit() -> None:
    assert not darkness(sights("eee"), Outage(0, None), 3).lit


def test_the_words_come_by_how_long_each_was_said() -> None:
    assert darkness(sights("axeeea"), Outage(1, 5), 6).words == ("empty", "error")


def test_spans_join_equal_answers_and_count_from_the_outage() -> None:
    assert darkness(sights("aaeexa"), Outage(1, 5), 6).spans == (Span(1, 3, "empty"), Span(3, 4, "error"))


def test_a_late_client_is_dark_from_its_first_question() -> None:
    found = tail(sights("eeeea", start=8), Outage(0, 10), 13)
    assert parts(found) == (0, 2, 2)
    assert found.lit


def test_an_outage_is_from_the_first_answer_without_an_address_to_the_next_with_one() -> None:
    assert outage(sights("nnaaeeexaae")) == Outage(4, 8)


def test_an_outage_that_did_not_end_has_no_end() -> None:
    assert outage(sights("aae")) == Outage(2, None)


def test_an_authority_that_always_answers_has_no_outage() -> None:
    assert outage(sights("aaaa")) is None
    assert outage([]) is None


@given(st.text(alphabet="aelxn", max_size=40), st.floats(0, 40), st.floats(0, 40))
def test_the_parts_and_the_spans_both_add_up_to_the_dark_questions(letters: str, one: float, other: float) -> None:
    asked = sights(letters)
    found = darkness(asked, Outage(min(one, other), max(one, other)), len(letters))
    first = letters.find("a")
    dark = 0 if first < 0 else sum(letter != "a" for letter in letters[first:])
    assert found.total_s == dark
    assert round(sum(span.end - span.start for span in found.spans), 6) == dark
