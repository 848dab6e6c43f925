"""From lines to a picture: who stood where when, and each event that makes the race understandable, once."""

from typing import Any

from coordination.lines import Line
from coordination.records import Endpoint
from namelatch.demo.script import NEW, OLD
from namelatch.demo.story import Mark, Point
from namelatch.demo.tale import marks, points

NAME, OTHER = Endpoint("dynamodb.us-east-1.amazonaws.com"), Endpoint("s3.us-east-1.amazonaws.com")
BEGAN_AT = 100.0


def report(t: float, who: str, event: str, generation: int | None = None, **more: Any) -> Line:
    return {
        "at": BEGAN_AT + t,
        "who": who,
        "event": event,
        "generation": generation,
        "endpoint": None,
        "detail": "",
    } | (more)


def commit(t: float, who: str, *changes: list[Any], out: str = "committed") -> Line:
    return {"answered": BEGAN_AT + t, "who": who, "call": "commit", "changes": list(changes), "out": out}


def enact(generation: int, name: Endpoint = NAME) -> list[Any]:
    return ["enact", name, generation, 3, None, "b", False]


def told(reports: list[Line], history: list[Line] | None = None) -> list[Mark]:
    return list(marks(history or [], reports, NAME, BEGAN_AT))


def kinds(reports: list[Line], history: list[Line] | None = None) -> list[str]:
    return [mark.kind for mark in told(reports, history)]


def test_an_enactor_stands_at_the_plan_in_its_hand_and_the_root_at_what_was_committed() -> None:
    reports = [report(3, "a", "began", 2), report(1, "b", "began", 1), report(2, "b", "finished", 1)]
    history = [commit(2, "b", enact(1), enact(9, OTHER)), commit(5, "b", enact(2), out="conflict")]
    assert points(history, reports, NAME, BEGAN_AT) == (Point(1, "b", 1), Point(2, "root", 1), Point(3, "a", 2))


def test_whoever_is_no_enactor_has_no_line() -> None:
    assert points([], [report(1, "collector", "began", 2)], NAME, BEGAN_AT) == ()


def test_a_run_that_left_nothing_is_an_empty_picture() -> None:
    assert points([], [], NAME, BEGAN_AT) == marks([], [], NAME, BEGAN_AT) == ()


def test_marks_come_in_order_of_time_whatever_they_were_told_in() -> None:
    reports = [report(5, "planner:region", "published", 2), report(1, "planner:region", "published", 1)]
    found = told(reports, [commit(3, "b", ["drop generation", 1])])
    assert [(mark.t, mark.kind) for mark in found] == [(1, "published"), (3, "deleted"), (5, "published")]


def test_plans_are_the_planner_s_whatever_scope_it_leads() -> None:
    (mark,) = told([report(1, "planner:a", "published", 3, detail="full")])
    assert (mark.who, mark.text, mark.generation) == ("planner", "generation 3 published (full)", 3)


def test_only_the_slow_enactor_s_old_plan_is_marked_as_begun() -> None:
    reports = [report(1, "a", "began", OLD), report(2, "b", "began", OLD), report(3, "a", "began", NEW)]
    assert [(mark.t, mark.kind) for mark in told(reports)] == [(1, "began-old")]


def test_an_alarm_that_is_told_again_is_marked_once_an_enactor() -> None:
    reports = [report(t, who, "lag alarm", 2) for t, who in ((1, "a"), (2, "a"), (3, "c"))]
    assert [(mark.t, mark.who) for mark in told(reports)] == [(1, "a"), (3, "c")]


def test_finishing_the_old_plan_is_not_what_the_picture_is_about() -> None:
    assert kinds([report(1, "c", "finished", OLD), report(2, "c", "finished", NEW)]) == ["finished"]


def test_the_same_victims_are_listed_once_and_others_again() -> None:
    listings = [(1, "b", "2"), (2, "b", "2"), (3, "c", "2"), (4, "b", "2 3")]
    reports = [report(t, who, "sweep listed", 5, detail=detail) for t, who, detail in listings]
    assert [mark.t for mark in told(reports)] == [1, 4]


def test_it_yields_where_it_gives_up_its_plan_and_not_at_each_endpoint() -> None:
    reports = [
        report(1, "a", "superseded", 2, endpoint=NAME),
        report(2, "a", "superseded", 2, detail="generation 5 is applied already"),
        report(3, "b", "superseded", 2),
        report(4, "a", "fenced", 2),
        report(5, "a", "lag-stop", 2),
    ]
    found = told(reports)
    assert [(mark.t, mark.kind) for mark in found] == [(2, "yielded"), (4, "yielded"), (5, "yielded")]
    assert found[0].text == "a yields: generation 5 is applied already"


def test_each_refused_plan_is_marked_once_an_enactor_and_only_in_the_region() -> None:
    tried = [(1, "a", 6, NAME), (2, "a", 6, NAME), (3, "b", 6, NAME), (4, "a", 7, NAME), (5, "c", 6, OTHER)]
    reports = [report(t, who, "wedged", generation, endpoint=name) for t, who, generation, name in tried]
    assert [(mark.t, mark.who, mark.generation) for mark in told(reports)] == [(1, "a", 6), (3, "b", 6), (4, "a", 7)]


def test_writing_an_older_generation_over_a_newer_one_is_told_from_the_commits() -> None:
    history = [commit(1, "b", enact(5)), commit(2, "a", enact(2)), commit(3, "a", enact(2, OTHER))]
    (mark,) = told([], history)
    assert (mark.t, mark.who, mark.kind, mark.text) == (2, "a", "wrote-back", "a writes generation 2 over 5")


def test_what_was_refused_was_neither_written_nor_deleted() -> None:
    history = [commit(1, "b", enact(5)), commit(2, "a", enact(2), out="conflict")]
    history.append(commit(3, "b", ["drop generation", 2], out="unknown"))
    assert told([], history) == []


def test_a_deleted_generation_is_told_with_whoever_deleted_it() -> None:
    (mark,) = told([], [commit(1, "b", ["drop generation", 2])])
    assert (mark.who, mark.kind, mark.text) == ("b", "deleted", "b deletes generation 2")


def test_events_that_the_picture_does_not_know_are_left_out() -> None:
    assert told([report(1, "a", "unavailable"), report(2, "collector", "collected", 2)]) == []
