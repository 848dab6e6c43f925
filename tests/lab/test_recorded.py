"""What is read from disk is a history of a known version, whole, or is refused in one line that says where."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.history import opening
from coordination.lines import FORMAT, Line
from namelatch.compose import Lines
from namelatch.lab.histories.judging import judge
from namelatch.lab.histories.recorded import NoHistory, read
from namelatch.lab.histories.shapes import is_line
from tests.lab.runs import recorded_run, write

COMMIT: Line = {
    "asked": 1.0,
    "answered": 2.0,
    "who": "a",
    "call": "commit",
    "changes": [["enact", "e.example", 1, 1, None, "a", False]],
    "if": [[0, "version", None, 0], [None, "live", 1]],
    "out": "committed",
    "revision": 3,
}
READ: Line = {"asked": 2.0, "answered": 2.5, "who": "a", "call": "read", "revision": 3}
READ |= {"roots": [["e.example", 1, None, False, 3], ["f.example", None, None, False, 0]]}
CONFLICT = COMMIT | {"out": "conflict", "lost": [[0, "RootVersion", "of e.example"], [None, "ClaimFence", "of a"]]}


def test_a_file_is_read_with_each_line_s_place(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", [COMMIT, READ])
    found = read(path)
    assert [line["place"] for line in found.lines] == ["x.jsonl:2", "x.jsonl:3"]
    assert [{k: v for k, v in line.items() if k != "place"} for line in found.lines] == [COMMIT, READ]
    assert found.torn == ()


def test_a_directory_s_files_are_one_history_in_order_of_time(tmp_path: Path) -> None:
    write(tmp_path / "a.history.jsonl", [READ])
    write(tmp_path / "b.history.jsonl", [COMMIT | {"who": "b"}], "b")
    (tmp_path / "a.reports.jsonl").write_text("no history\n")
    assert [line["who"] for line in read(tmp_path).lines] == ["b", "a"]


def test_what_a_recorder_writes_is_read_as_it_happened(tmp_path: Path) -> None:
    lines = recorded_run(1)
    assert read(write(tmp_path / "x.jsonl", lines)).lines == [
        line | {"place": f"x.jsonl:{number}"} for number, line in enumerate(lines, 2)
    ]


# --- asked first, its outcome later ------------------------------------------------------------------------------

ASKED = {key: value for key, value in COMMIT.items() if key not in {"answered", "out", "revision"}}


def file_of(path: Path, *lines: Line) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def outcome(n: int, **more: Any) -> Line:
    return {"n": n, "who": "a", "call": "outcome", "answered": 2.0, "out": "committed", "revision": 3} | more


def test_what_was_asked_and_its_outcome_are_one_line(tmp_path: Path) -> None:
    path = file_of(tmp_path / "x.jsonl", opening("a", 0.0), {"n": 1} | ASKED, READ, outcome(1))
    found = read(path).lines
    assert [line["place"] for line in found] == ["x.jsonl:2", "x.jsonl:3"]
    assert found[0] == {"n": 1, "place": "x.jsonl:2"} | COMMIT


def test_what_its_author_died_of_or_at_the_end_is_unknown(tmp_path: Path) -> None:
    again = {"n": 1} | ASKED
    path = file_of(tmp_path / "x.jsonl", opening("a", 0.0), again, opening("a", 5.0), again, outcome(1), again)
    assert [(line["out"], line["answered"]) for line in read(path).lines] == [
        ("unknown", 1.0),
        ("unknown", 1.0),
        ("committed", 2.0),
    ]


def test_what_dies_in_mid_line_is_unknown_and_its_line_is_named(tmp_path: Path) -> None:
    path = file_of(tmp_path / "x.jsonl", opening("a", 0.0), {"n": 1} | ASKED)
    with path.open("a") as file:
        file.write('{"n":1,"who":"a","call":"outc')
    with Lines(path) as lines:
        lines.write(opening("a", 9.0))
        lines.write(READ)
    found = read(path)
    assert [line.get("out") for line in found.lines] == ["unknown", None]
    assert found.torn == ("x.jsonl:3",)


def test_an_outcome_of_what_was_never_asked_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path / "x.jsonl", opening("a", 0.0), opening("a", 1.0), outcome(1))
    with pytest.raises(NoHistory, match=r"x\.jsonl: an outcome of what was never asked$"):
        read(path)


# --- refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty history: nothing was recorded"),
        (json.dumps(opening("a", 0.0)).encode() + b"\n", "an empty history: nothing was recorded"),
        (b"\n", "no history: its first line is none that a recorder writes"),
        (b"no JSON\n", "no history: its first line is none that a recorder writes"),
        (b"\x00\xff\xfe", "no history: its first line is none that a recorder writes"),
        (b"[1, 2]\n", "no history: its first line is none that a recorder writes"),
        (b"[" * 100_000, "no history: its first line is none that a recorder writes"),
        (json.dumps(COMMIT).encode() + b"\n", "no history: its first line is none that a recorder writes"),
        (b'{"call": "opened", "who": "a", "at": 0.0}', "a history of version None; this namelatch reads version 1"),
        (
            json.dumps(opening("a", 0.0) | {"history": FORMAT + 1}).encode(),
            "a history of version 2; this namelatch reads version 1",
        ),
    ],
)
def test_what_is_no_history_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(NoHistory) as refused:
        read(path)
    assert str(refused.value) == f"{path}: {said}"


def test_a_directory_without_a_history_names_those_within(tmp_path: Path) -> None:
    with pytest.raises(NoHistory, match=r"no \*\.history\.jsonl in it$"):
        read(tmp_path)
    for posture in ("incident", "hardened"):
        (tmp_path / posture).mkdir()
        write(tmp_path / posture / "a.history.jsonl", [COMMIT])
    with pytest.raises(NoHistory, match=r"no \*\.history\.jsonl in it, but in its hardened, incident$"):
        read(tmp_path)


def test_one_role_s_part_is_refused_where_there_are_others(tmp_path: Path) -> None:
    path = write(tmp_path / "a.history.jsonl", [COMMIT])
    assert len(read(path).lines) == 1
    write(tmp_path / "b.history.jsonl", [COMMIT], "b")
    with pytest.raises(NoHistory, match="one role's part of a history: name its directory"):
        read(path)


def test_a_file_that_can_not_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NoHistory, match=r"nothing\.jsonl: No such file or directory$"):
        read(tmp_path / "nothing.jsonl")


def without(line: Line, field: str) -> Line:
    return {key: value for key, value in line.items() if key != field}


BAD_LINES = {
    "no object": [1],
    "no author": without(COMMIT, "who"),
    "no call": without(COMMIT, "call"),
    "an unknown call": COMMIT | {"call": "sing"},
    "a call that is no text": COMMIT | {"call": ["commit"]},
    "no time": without(COMMIT, "asked"),
    "a time that is no number": COMMIT | {"asked": "noon"},
    "a time that is no time": COMMIT | {"answered": float("nan")},
    "no outcome": without(COMMIT, "out"),
    "another outcome": COMMIT | {"out": "perhaps"},
    "no revision": without(COMMIT, "revision"),
    "revision 0": COMMIT | {"revision": 0},
    "a conflict that says not what was lost": COMMIT | {"out": "conflict"},
    "a loss of another shape": CONFLICT | {"lost": [["LockFree", "x"]]},
    "no changes": without(COMMIT, "changes"),
    "an unknown verb": COMMIT | {"changes": [["explode", "e.example"]], "if": []},
    "too few fields": COMMIT | {"changes": [["enact", "e.example", 1]], "if": []},
    "a field of another kind": COMMIT | {"changes": [["enact", "e.example", "1", 1, None, "a", False]], "if": []},
    "more addresses than there can be": COMMIT | {"changes": [["enact", "e.example", 1, 10**12, None, "a", False]]},
    "fewer addresses than none": COMMIT | {"changes": [["enact", "e.example", 1, -1, None, "a", False]]},
    "an empty change": COMMIT | {"changes": [[]], "if": []},
    "an unknown condition": COMMIT | {"if": [[0, "luck", None, 1]]},
    "a condition of no change": COMMIT | {"if": [[1, "version", None, 0]]},
    "a shared condition without its endpoint": COMMIT | {"if": [[None, "version", None, 0]]},
    "a condition on a text": COMMIT | {"if": [[0, "version", None, "0"]]},
    "a condition that is too long": COMMIT | {"if": [[0, "version", None, 0, 0]]},
    "an asking by another's number": without(COMMIT, "out") | {"n": "one"},
    "an outcome without a number": COMMIT | {"call": "outcome"},
    "a read of nothing": without(READ, "roots"),
    "a root of another shape": READ | {"roots": [["e.example", 1, 3]]},
    "a root of another kind": READ | {"roots": [["e.example", 1, None, 0.5, "3"]]},
    "an opening in another version": opening("a", 0.0) | {"history": 7},
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_line_that_no_recorder_writes_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "x.jsonl", [COMMIT, BAD_LINES[name]])
    with pytest.raises(NoHistory) as refused:
        read(path)
    assert str(refused.value) == f"{path}:3: no line of a history"


@pytest.mark.parametrize("line", [COMMIT, CONFLICT, READ, opening("a", 1.0), without(COMMIT, "if")])
def test_these_are_lines(line: Line) -> None:
    assert is_line(line)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=True), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(st.sampled_from([COMMIT, CONFLICT, READ]), st.data())
def test_what_passes_for_a_line_can_be_judged(line: Line, data: st.DataObject) -> None:
    """Any field of a line becomes anything: it is refused, or judging it breaks nothing."""
    field = data.draw(st.sampled_from(sorted(line)))
    changed = line | {field: data.draw(values)}
    if is_line(changed) and "n" not in changed and changed["call"] != "outcome":
        judge([changed])
