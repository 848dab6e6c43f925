"""The screen: measured things for people, one JSON object for programs, and nothing cut on a narrow terminal."""

import io
import json

import pytest
from rich.console import Console

from namelatch.demo import screen
from namelatch.demo.report import COLUMNS, cells
from namelatch.demo.screen import JsonScreen, RichScreen, Status, open_screen, standing, table
from namelatch.demo.story import Row, as_json
from tests.demo.stories import fallen, race

ROWS = [story.row for story in race().stories]
NOW = Status("incident", 4.2, (("root", 17), ("c", None), ("a", 12)), "EMPTY", 1_204, 3, 1, "waiting for b")


def people(width: int = 120, terminal: bool = False) -> tuple[RichScreen, io.StringIO]:
    out = io.StringIO()
    return RichScreen(Console(file=out, width=width, force_terminal=terminal, highlight=False)), out


def test_a_note_is_a_line_with_its_time_and_posture() -> None:
    shown, out = people()
    with shown:
        shown.note("incident", "a began plan [12]")
    assert out.getvalue().split(maxsplit=2)[1:] == ["s", "incident             a began plan [12]\n"]


def test_a_note_longer_than_the_terminal_is_not_broken() -> None:
    shown, out = people(width=40)
    shown.note("incident", "word " * 40)
    assert out.getvalue().count("\n") == 1


def test_the_status_says_who_stands_where_in_a_fixed_order() -> None:
    assert standing(NOW).plain == (
        "incident    4.2 s  a 12  c -  root 17  answered EMPTY  1,204 asked, 1 lost, 3 empty  waiting for b"
    )


def test_the_living_line_lives_on_a_terminal_and_goes_when_the_screen_is_left() -> None:
    shown, out = people(terminal=True)
    with shown:
        shown.live(NOW)
        shown.note("incident", "something")
        shown.live(NOW)
    assert "EMPTY" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_without_a_terminal_the_living_line_is_printed_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, out = people()
    shown.live(NOW)
    assert out.getvalue() == ""
    monkeypatch.setattr(screen, "STILL_HERE_S", 0.0)
    shown.live(NOW)
    assert "answered EMPTY" in out.getvalue()


@pytest.mark.parametrize("width", [80, 119, 120, 200])
def test_no_cell_of_the_table_is_cut(width: int) -> None:
    out = io.StringIO()
    Console(file=out, width=width).print(table(ROWS, width))
    words = out.getvalue().split()
    for row in ROWS:
        assert set(cells(row)) <= set(words)
    assert "…" not in out.getvalue()


@pytest.mark.parametrize("width", [80, 119, 120])
def test_the_longest_posture_s_row_fits_too(width: int) -> None:
    row = Row(
        "registered-versioned",
        300_000,
        24,
        60_000,
        12,
        1_000,
        20_000,
        123.4,
        wedged=True,
        converged=False,
        as_expected=False,
    )
    out = io.StringIO()
    Console(file=out, width=width).print(table([row], width))
    assert set(cells(row)) <= set(out.getvalue().split())


def test_the_table_s_headings_are_the_issue_s() -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(table(ROWS, 200))
    assert " ".join(out.getvalue().splitlines()[0].split()) == " ".join((*COLUMNS, "outcome"))


def test_how_invariants_were_lost_stands_under_the_table() -> None:
    shown, out = people()
    shown.table(ROWS)
    assert "incident: never-delete-active: b's sweep deleted plan 12" in out.getvalue()


def test_a_posture_that_surprised_is_marked() -> None:
    out = io.StringIO()
    row = Row("incident", 10, 3, 9, 0, 0, 0, 0.0, wedged=False, converged=True, as_expected=False)
    Console(file=out, width=200).print(table([row], 200))
    assert "held, unexpectedly" in out.getvalue()


def test_people_are_told_where_the_page_is() -> None:
    shown, out = people()
    shown.finish({"report": "runs/x/report.html"})
    assert "runs/x/report.html" in out.getvalue()


def test_a_program_gets_one_object_and_progress_apart_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "STILL_HERE_S", 0.0)
    out, err = io.StringIO(), io.StringIO()
    with JsonScreen(out, err) as shown:
        shown.note("", "starting")
        shown.note("incident", "a began plan 12")
        shown.live(NOW)
        shown.table(ROWS)
        shown.finish({"rows": [as_json(row) for row in ROWS]})
    assert err.getvalue() == f"starting\nincident: a began plan 12\n{standing(NOW).plain}\n"
    told = json.loads(out.getvalue())
    assert told["rows"][0]["lost_invariants"][0]["id"] == fallen().row.lost_invariants[0].id


def test_the_flag_chooses_the_screen() -> None:
    assert isinstance(open_screen(True), JsonScreen)
    assert isinstance(open_screen(False), RichScreen)
