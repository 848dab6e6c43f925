"""The table counts what was run, and says what fell, what was not reached, and what proves nothing."""

from typing import Any

from namelatch.matrix import table


def document(fault: str, outcome: str = "held", falls: tuple[str, ...] = (), moment: str = "start") -> dict[str, Any]:
    verdict = {"writes": 10, "unknown": 1, "lost_and_done": 1, "expired": 2, "converged_s": 0.5, "slowest_shown_s": 0.1}
    verdict["exercised"] = {"never-empty": 3, "held-by-hand": 0}
    told = {"cell": f"planner/log.append/{moment}/{fault}", "role": "planner", "call": "log.append", "moment": moment}
    return told | {"fault": fault, "outcome": outcome, "falls": list(falls), "voided": [], "verdict": verdict}


def test_a_row_has_a_mark_for_each_fault() -> None:
    cells = [document("die before"), document("die before", moment="running"), document("late", "fell", ("x: y",))]
    assert list(table.rows(cells)) == [("planner", "log.append", ["2/2", "-", "-", "0/1 FELL", "-"])]


def test_what_was_not_reached_is_no_success() -> None:
    cells = [document("die before"), document("die after", "not reached")]
    assert next(iter(table.rows(cells)))[2][1] == "0/1 NOT REACHED"
    said = "\n".join(table.plain(cells, ["planner log.holds"]))
    assert "2 cells, 1 reached (50.0 %), 1 held, 0 fell." in said
    assert "never reached by a story: planner log.holds" in said


def test_what_fell_is_told_with_its_cell() -> None:
    said = "\n".join(table.markdown([document("late", "fell", ("never-empty: e1 is dark",))], []))
    assert "planner/log.append/start/late: never-empty: e1 is dark" in said


def test_a_rule_that_nothing_could_have_made_fall_is_called_vacuous() -> None:
    assert "Vacuous here: held-by-hand." in "\n".join(table.plain([document("late")], []))
