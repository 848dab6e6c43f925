"""The rota: a steady rate for the watched name, an even sample of the others, no bursts after a pause."""

from collections import Counter
from itertools import pairwise

import pytest

from coordination.records import BadRecords, Endpoint
from namelatch.demo.inventory import REGIONAL, inventory
from namelatch.demo.rota import Question, Rota, names_text, parse_names

OTHERS = tuple(Question(Endpoint(f"n{number}.example.com"), "A") for number in range(50))
WATCHED = (Question(REGIONAL, "A"), Question(REGIONAL, "AAAA"))


def asked(rota: Rota, start: float, seconds: float) -> list[Question]:
    ticks = int(seconds * 100) + 1
    return [question for tick in range(ticks) for question in rota.due(start + tick / 100)]


def test_the_watched_name_s_types_take_turns() -> None:
    questions = asked(Rota(WATCHED, REGIONAL, 10, 0, 5.0), 5.0, 1.0)
    assert [question.type for question in questions[:4]] == ["A", "AAAA", "A", "AAAA"]


def test_rates_are_kept() -> None:
    counted = Counter(q.name == REGIONAL for q in asked(Rota(WATCHED + OTHERS, REGIONAL, 40, 25, 0.0), 0.0, 10.0))
    assert counted[True] == pytest.approx(400, abs=2)
    assert counted[False] == pytest.approx(250, abs=2)


def test_the_sample_visits_every_name_before_any_twice() -> None:
    questions = asked(Rota(WATCHED + OTHERS, REGIONAL, 0, 50, 0.0), 0.0, 1.005)[:50]
    assert set(questions) == set(OTHERS)


def test_the_sample_is_spread_over_the_whole_walk_at_once() -> None:
    places = sorted(OTHERS.index(q) for q in asked(Rota(OTHERS, REGIONAL, 0, 50, 0.0), 0.0, 0.185))
    gaps = [after - before for before, after in pairwise(places)]
    assert max(gaps) <= 10


def test_missed_slots_are_skipped_and_counted_rather_than_asked_in_a_burst() -> None:
    rota = Rota(WATCHED, REGIONAL, 100, 0, 0.0)
    rota.due(0.0)
    assert len(rota.due(60.0)) <= 12
    assert rota.skipped == pytest.approx(5_990, abs=2)


def test_with_nothing_to_ask_nothing_is_ever_due() -> None:
    rota = Rota((), REGIONAL, 100, 100, 0.0)
    assert (rota.due(100.0), rota.next_at()) == ([], float("inf"))


def test_the_names_file_asks_only_for_types_that_exist() -> None:
    laid = inventory(101)
    questions = parse_names(names_text(laid).splitlines(keepends=True))
    assert len(questions) == 101
    assert all(question.type in laid.types(question.name) for question in questions)


@pytest.mark.parametrize("line", ["", "a.example.com", "a.example.com MX", "a..b A", "a.example.com A MX"])
def test_a_line_that_is_no_name_with_types_is_refused(line: str) -> None:
    with pytest.raises(BadRecords):
        parse_names([line + "\n"])
