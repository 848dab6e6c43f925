"""The page: self-contained, escaped, small however long the run, and it says in words what it shows."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from namelatch.demo import captions
from namelatch.demo.chart import NUMBERED_MOST, chart, numbered
from namelatch.demo.report import COLUMNS, cells, render, wrong
from namelatch.demo.story import Answer, Link, LostInvariant, Mark, Point, Race, Row, Story
from namelatch.demo.windows import Window, dark_spans, windows
from tests.demo.stories import BACK_S, END_S, fallen, held, race

VOID = {"meta", "br", "link", "img", "input", "hr"}
CLEAN = Row("hardened", 10, 3, 100, 0, 0, 0, 0.0, wedged=False, converged=True)


class Outline(HTMLParser):
    """Elements, their attributes, and whether every one of them is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    parsed.close()
    return parsed


def test_the_page_is_well_formed() -> None:
    assert outline(render(race())).open == []


def test_no_request_leaves_the_page_and_no_script_runs() -> None:
    page = render(race())
    tags = outline(page).seen
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "use", "image"}
    assert not re.search(r"https?:|url\(|@import|src=", page)
    links = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert links
    assert all(link is not None and not link.startswith("/") for link in links)


def test_every_picture_has_words_for_those_who_do_not_see_it() -> None:
    for tag, attributes in outline(render(race())).seen:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"


def test_what_comes_from_a_run_is_escaped() -> None:
    evil = "<script>alert('&')</script>"
    row = replace(CLEAN, lost_invariants=(LostInvariant(evil, evil),))
    story = Story("hardened", (), (Mark(0.0, evil, "other", evil), Mark(0.0, evil, "published", evil, 1)), (), row)
    page = render(Race(evil, evil, evil, (story,), (Link(evil, evil),), (evil,)))
    assert "<script" not in page
    assert outline(page).open == []


def test_a_run_in_which_nothing_happened_has_a_page_too() -> None:
    assert outline(render(Race("now", "namelatch demo", "lock", (Story("hardened", (), (), (), CLEAN),)))).open == []


def test_the_page_tells_every_posture_s_row_and_how_invariants_were_lost() -> None:
    page = render(race())
    for story in race().stories:
        for cell in cells(story.row):
            assert f">{cell}<" in page
    assert "never-delete-active</b>: b&#x27;s sweep deleted plan 12" in page
    assert 'href="result.json"' in page


def test_a_posture_that_did_not_do_what_the_record_says_is_called_out() -> None:
    story = held()
    odd = replace(story, row=replace(story.row, as_expected=False))
    assert "not what the record says" in render(replace(race(), stories=(odd,)))
    assert "not what the record says" not in render(race())


def test_the_moment_of_the_crossing_gets_a_chart_of_its_own() -> None:
    for story in (fallen(), held()):
        titles = [window.title for window in windows(story)]
        assert titles == ["The whole run", "The moment"]
        moment = windows(story)[-1]
        assert moment.start < BACK_S < moment.end
        assert moment.end - moment.start < END_S / 4


def test_a_race_that_is_a_small_part_of_the_run_gets_a_chart_too() -> None:
    story = fallen()
    longer = replace(story, answers=(*story.answers, Answer(60.0, None, "empty")))
    assert [window.title for window in windows(longer)] == ["The whole run", "The race", "The moment"]


def test_without_a_race_there_is_one_window() -> None:
    story = held()
    assert len(windows(replace(story, marks=()))) == 1


def test_the_dark_lasts_from_an_empty_answer_to_the_next_with_addresses() -> None:
    answers = [Answer(1.0, 1, "answer"), Answer(2.0, None, "empty"), Answer(3.0, None, "lost")]
    answers += [Answer(4.0, 2, "answer"), Answer(5.0, None, "empty")]
    assert dark_spans(replace(held(), answers=tuple(answers)), 9.0) == ((2.0, 4.0), (5.0, 9.0))


def test_empty_answers_and_the_dark_are_drawn_only_where_there_were_any() -> None:
    dark = chart(fallen(), windows(fallen())[0], "dark")
    assert 'class="empty"' in dark
    assert 'class="dark"' in dark
    assert 'class="dangling"' in dark
    light = chart(held(), windows(held())[0], "light")
    assert not re.search(r'class="(empty|dark|dangling)"', light)
    assert 'class="lostmark"' in light


def test_equal_generations_are_drawn_apart() -> None:
    points = tuple(Point(0.0, series, 5) for series in ("a", "b", "c", "root"))
    drawn = chart(Story("x", points, (), (), CLEAN), Window("The whole run", 0.0, 1.0), "x")
    heights = re.findall(r'class="line ." d="M[\d.]+ ([\d.]+)', drawn)
    assert len(set(heights)) == 3


def test_an_enactor_without_a_plan_has_no_line() -> None:
    points = (Point(0.0, "a", 1), Point(1.0, "a", None), Point(3.0, "a", 2))
    drawn = chart(Story("x", points, (), (), CLEAN), Window("The whole run", 0.0, 4.0), "x")
    (path,) = re.findall(r'class="line a" d="([^"]+)"', drawn)
    assert path.count("M") == 2


def test_what_was_in_hand_before_the_window_is_drawn_from_its_edge() -> None:
    drawn = chart(Story("x", (Point(0.0, "a", 3),), (), (), CLEAN), Window("The moment", 5.0, 6.0), "x")
    assert re.search(r'class="line a" d="M64\.0 [\d.]+H1096\.0"', drawn)


def test_a_long_run_stays_a_small_page() -> None:
    answers = tuple(Answer(tick / 200, tick // 2_000, "answer") for tick in range(60_000))
    story = Story("x", tuple(Point(n * 10.0, "root", n) for n in range(30)), (), answers, CLEAN)
    assert len(chart(story, windows(story)[0], "x")) < 200_000


def test_events_keep_one_number_on_every_chart_and_publications_have_none() -> None:
    told = numbered(fallen())
    assert [number for number, _ in told] == list(range(1, len(told) + 1))
    assert [mark.t for _, mark in told] == sorted(mark.t for _, mark in told)
    assert not [mark for _, mark in told if mark.kind == "published"]
    moment = chart(fallen(), windows(fallen())[-1], "x")
    back = next(number for number, mark in told if mark.kind == "wrote-back")
    assert re.search(rf'wrote-back"><title>[^<]*</title><circle[^>]*/><text[^>]*>{back}</text>', moment)


def test_with_too_many_events_the_race_is_still_told() -> None:
    many = tuple(Mark(t / 10, "supervisor", "other", "restarted an actor") for t in range(200))
    told = numbered(replace(fallen(), marks=(*many, *fallen().marks)))
    assert len(told) == NUMBERED_MOST
    assert {"began-old", "wrote-back", "deleted", "wedged"} <= {mark.kind for _, mark in told}


def test_crowded_events_stand_side_by_side_on_the_paper() -> None:
    crowd = tuple(Mark(9.99, "a", "other", "at once") for _ in range(NUMBERED_MOST))
    story = replace(held(), marks=crowd)
    drawn = chart(story, Window("The whole run", 0.0, 10.0), "x")
    places = [float(x) for x in re.findall(r'<g class="badge.*?<circle cx="([\d.]+)"', drawn)]
    assert len(places) == NUMBERED_MOST
    assert places == sorted(places)
    assert all(after - before >= 21.9 for before, after in pairwise(places))
    assert places[0] > 0
    assert places[-1] < 1120


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "held"),
        ({"empty": 3}, "went dark"),
        ({"wedged": True}, "wedged"),
        ({"stale": 1}, "served stale"),
        ({"converged": False}, "served stale"),
        ({"lost_invariants": (LostInvariant("fenced-writes", "x"),)}, "invariant lost"),
    ],
)
def test_the_verdict_names_the_worst_that_happened(change: dict[str, object], said: str) -> None:
    assert captions.verdict(replace(CLEAN, **change)) == said  # type: ignore[arg-type]


def test_the_outcome_says_each_thing_that_went_wrong() -> None:
    said = captions.outcome(fallen().row)
    assert "NOERROR with no address, 431 times, for 4.2 seconds" in said
    assert "wedged" in said
    assert "4 answers came from a plan that had been replaced" in said
    assert captions.outcome(replace(CLEAN, probes=1)) == (
        "No probe saw an empty or a stale answer: 1 question over 3 generations."
    )
    assert "was not what the newest plan says" in captions.outcome(replace(CLEAN, converged=False))


def test_every_posture_that_the_demo_shows_has_a_caption() -> None:
    for posture in ("incident", "d1-after", "d2-after", "registered-versioned", "hardened"):
        assert captions.about(posture) != captions.about("unheard-of")


def test_cells_and_columns_agree() -> None:
    assert len(cells(CLEAN)) == len(wrong(CLEAN)) == len(COLUMNS)
    assert not any(wrong(CLEAN))
    assert [name for name, bad in zip(COLUMNS, wrong(fallen().row), strict=True) if bad] == [
        "empty", "stale", "seconds dark", "wedged", "converged",
    ]  # fmt: skip
