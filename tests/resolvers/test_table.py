"""The table says what was seen, and what in it is not as it should be."""

import json

import pytest

from namelatch.demo.as_clients import resolved
from namelatch.demo.evidence import resolver_shortfalls
from namelatch.resolvers.cell import Cell, grid, minimums
from namelatch.resolvers.sights import Outage, Seen
from namelatch.resolvers.table import LEGEND, Table, document, lines, shortfalls, tabulate
from namelatch.trouble import Misuse
from tests.resolvers.test_sights import sights

PLAIN, STALE = Cell("unbound", 5, False), Cell("unbound", 5, True)
OVER = Outage(10, 20)
VERSIONS = {"unbound": "1.2.3"}
LIGHT = 10 * "a"


def table(plain: str, stale: str, over: Outage | None = OVER, late: str = "eeeeea") -> Table:
    steady = {PLAIN: sights(plain), STALE: sights(stale)}
    lates = {} if over is None else dict.fromkeys(steady, sights(late, start=18))
    return tabulate("incident", "no <address>", Seen(steady, lates, len(plain)), over, VERSIONS)


GOOD = LIGHT + "aa" + 13 * "e" + LIGHT  # two seconds from the cache, and three after the repair


def test_a_cell_has_its_seconds_in_all_and_after_the_repair_also_for_who_comes_late() -> None:
    line = lines(table(GOOD, GOOD))[-1]
    assert line.split() == ["unbound", "1.2.3", "yes", "13", "5", "3", "empty"]


def test_the_table_says_how_long_the_authority_was_dark() -> None:
    assert lines(table(GOOD, GOOD))[0] == "incident: the authority was dark for 10 s (no <address>)"
    assert lines(table(LIGHT, LIGHT, None))[0] == "incident: the authority always had an address"


def test_who_is_dark_to_the_end_is_shown_as_more() -> None:
    assert ">20" in lines(table(LIGHT + 20 * "e", GOOD))[-2]


def test_a_table_in_which_all_are_dark_and_lit_again_in_time_is_as_it_should_be() -> None:
    assert shortfalls(table(GOOD, GOOD), dark=True, bounded=True) == ()


def test_a_client_that_stays_dark_for_longer_than_minimum_is_told() -> None:
    (found,) = shortfalls(table(LIGHT + 22 * "e" + "a", GOOD), dark=True, bounded=True)
    assert found == "unbound-5: dark for 12 s after the repair, MINIMUM is 5 s"
    assert shortfalls(table(LIGHT + 22 * "e" + "a", GOOD), dark=True, bounded=False) == ()


def test_a_late_client_that_stays_dark_for_longer_than_minimum_is_told() -> None:
    found = shortfalls(table(GOOD, GOOD, late=14 * "e" + "a"), dark=True, bounded=True)
    assert [line.split(":")[0] for line in found] == ["unbound-5", "unbound-5-stale"]


def test_a_client_that_never_saw_the_outage_is_told() -> None:
    assert shortfalls(table(3 * LIGHT, GOOD), dark=True, bounded=True) == ("unbound-5: saw nothing of the outage",)


def test_a_client_that_is_dark_in_the_end_or_before_the_outage_is_told() -> None:
    found = shortfalls(table("aea" + LIGHT + 9 * "e", GOOD), dark=True, bounded=True)
    assert found == ("unbound-5: dark for 1 s before there was an outage", "unbound-5: still dark in the end")


def test_an_authority_that_is_never_dark_or_never_lit_again_is_told() -> None:
    assert shortfalls(table(LIGHT, LIGHT, None), dark=True, bounded=True) == ("the authority was never dark",)
    assert "the authority is still dark" in shortfalls(table(GOOD, GOOD, Outage(10, None)), dark=True, bounded=True)


def test_where_nothing_should_be_dark_every_dark_second_is_told() -> None:
    assert shortfalls(table(LIGHT, LIGHT, None), dark=False, bounded=True) == ()
    (found,) = shortfalls(table("aaeaa", "aaaaa", None), dark=False, bounded=True)
    assert found == "unbound-5: dark for 1 s, and should never be"


@pytest.mark.parametrize(("posture", "missing"), [("incident", 1), ("hardened", 0), ("d1-after", 0), ("minimal", 0)])
def test_the_record_says_of_which_posture_clients_should_be_dark(posture: str, missing: int) -> None:
    assert len(resolver_shortfalls(posture, table(LIGHT, LIGHT, None))) == missing


def test_a_run_without_resolvers_has_no_shortfall_for_want_of_them() -> None:
    assert resolver_shortfalls("incident", None) == ()


def test_the_document_has_every_cell_with_its_spans() -> None:
    told = json.loads(json.dumps(document(table(GOOD, GOOD))))
    assert told["outage_s"] == 10
    assert told["cells"][0] | {"spans": 0} == {
        "kind": "unbound", "minimum_s": 5, "serve_stale": False, "asked": 35, "dark_s": 13, "before_s": 0,
        "during_s": 8, "after_s": 5, "late_s": 3, "lit": True, "spans": 0,
    }  # fmt: skip
    assert told["cells"][0]["spans"] == [[2, 15, "empty"]]


def test_the_page_shows_every_figure_and_escapes_words() -> None:
    page = "".join(resolved((table(GOOD, GOOD),)))
    assert page.count('<td class="bad">13</td>') == 2
    assert "no &lt;address&gt;" in page
    assert LEGEND in page
    assert "".join(resolved(())) == ""


def test_a_grid_has_every_resolver_at_every_minimum_in_both_modes() -> None:
    cells = grid(("a", "b"), (900, 5))
    assert len(cells) == len(set(cells)) == 8
    assert [cell.name for cell in cells[:4]] == ["a-900", "a-5", "a-900-stale", "a-5-stale"]


def test_minimums_are_seconds_separated_by_commas() -> None:
    assert minimums("900, 60,5,60") == (900, 60, 5)


@pytest.mark.parametrize("text", ["", "0", "5,", "x", "-5", "99999999999", "1.5"])
def test_what_is_no_minimum_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(Misuse, match="SOA MINIMUMs in seconds"):
        minimums(text)
