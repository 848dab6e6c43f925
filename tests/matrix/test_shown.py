"""What a follower showed: never empty, never back, never late, unless it was dead or stopped itself."""

from typing import Any

from namelatch.matrix import shown

E1 = "e1.example"


def published(at: float, value: Any, revision: int = 1) -> dict[str, Any]:
    return {"at": at, "life": 1, "revision": revision, "shown": {E1: value}}


def enacted(generation: int, answered: float) -> dict[str, Any]:
    change = ["enact", E1, generation, 1, None, "a", False]
    return {"who": "a", "call": "commit", "out": "committed", "answered": answered, "revision": 1, "changes": [change]}


def falls(told: list[Any], history: list[Any], away: Any = (), removed: Any = (), harmed: Any = ()) -> list[str]:
    found = shown.judge(told, history, away, 2.0, removed, harmed).falls
    return [fall.partition(":")[0] for fall in found]


def test_what_is_shown_in_time_holds() -> None:
    assert falls([published(1.0, 3), published(2.0, 4)], [enacted(3, 0.5), enacted(4, 1.5)]) == []


def test_an_empty_answer_is_found_but_where_somebody_did_harm() -> None:
    assert falls([published(1.0, "empty")], []) == ["never-empty"]
    assert falls([published(1.0, "empty")], [], harmed={E1}) == []


def test_a_name_that_is_gone_is_found_but_where_it_was_taken_down() -> None:
    assert falls([published(1.0, "gone")], []) == ["never-empty"]
    assert falls([published(1.0, "gone")], [], removed={E1}) == []


def test_going_back_is_found_across_lives() -> None:
    assert falls([published(1.0, 4), published(2.0, 3) | {"life": 2}], []) == ["shown-only-grows"]


def test_a_generation_that_is_shown_late_or_never_is_found() -> None:
    assert falls([published(9.0, 4)], [enacted(4, 1.0)]) == ["shown-in-time"]
    assert falls([published(0.5, 3)], [enacted(4, 1.0)]) == ["shown-in-time"]


def test_a_newer_generation_pays_for_an_older_one() -> None:
    assert falls([published(2.0, 5)], [enacted(4, 1.0), enacted(5, 1.5)]) == []


def test_a_follower_that_was_stopped_owes_it_from_when_it_was_back() -> None:
    assert falls([published(9.0, 4)], [enacted(4, 1.0)], away=[(0.9, 8.0)]) == []
    assert falls([published(11.0, 4)], [enacted(4, 1.0)], away=[(0.9, 8.0)]) == ["shown-in-time"]
