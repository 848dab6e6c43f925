"""`namelatch matrix`: misuse is one line and status 2, a table tells whether all held."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from namelatch.matrix.cells import FAULTS, Call, Cell, thinned
from namelatch.matrix.commands import _selected
from tests.matrix.test_table import document

ROOT = Path(__file__).resolve().parents[2]


def matrix(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "namelatch", "matrix", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--backend", "moon"], "no backend 'moon': there are embedded, local"),
        (["run", "--posture", "brave"], "no posture 'brave'"),
        (["run", "--without", "lock"], "hardened has no safeguard 'lock'"),
        (["run", "--bug", "moth"], "no bug 'moth': there are believes"),
        (["run", "--role", "cook"], "'cook' is not one of"),
        (["run", "--fault", "fire"], "'fire' is not one of"),
    ],
)
def test_misuse_is_one_line(arguments: Sequence[str], said: str) -> None:
    ended = matrix(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_cell_that_there_is_not_is_misuse() -> None:
    ended = matrix("run", "--cell", "follower/feed.follow[Beat]/start/tickled")
    assert ended.returncode == 2
    assert "`namelatch matrix list` names them" in ended.stderr


def test_faults_that_none_of_the_cells_has_are_misuse_and_not_a_run_of_nothing() -> None:
    cells = (Cell(Call("follower", "feed", "follow"), "start", "late"),)
    asked: dict[str, Any] = {"faults": ("stopped",), "ids": (), "thin": False, "sample": None, "seed": 0}
    with pytest.raises(click.UsageError, match="no cell of these roles has these faults"):
        _selected(cells, asked)
    assert _selected(cells, asked | {"faults": ("late",)}) == cells
    assert _selected((), asked) == (), "calls that were not reached are told of instead"


def test_a_run_leaves_nothing_behind_but_what_fell(tmp_path: Path) -> None:
    held = matrix("run", "--cell", "follower/feed.follow[Listed]/start/die-before", "--run-dir", str(tmp_path))
    assert held.returncode == 0, held.stderr
    assert "1 cells, 1 reached (100.0 %), 1 held, 0 fell." in held.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_cell_that_fell_says_where_its_files_are_and_how_to_run_it_again(tmp_path: Path) -> None:
    cell = "enactor/authority.commit[Enact]/alone/stopped"
    fell = matrix("run", "--without", "fence", "--cell", cell, "--run-dir", str(tmp_path))
    assert fell.returncode == 1
    assert f"{cell}: fenced-writes:" in fell.stdout
    assert f"again: namelatch matrix run --without fence --cell '{cell}'" in fell.stderr
    assert list(tmp_path.glob("*/cells/*/a.history.jsonl"))
    assert not list(tmp_path.glob("*/parts"))


def test_the_list_names_each_cell_of_a_role() -> None:
    ended = matrix("list", "--role", "follower", "--fault", "reply-lost")
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == [
        "follower/feed.follow[Beat]/start/reply-lost",
        "follower/feed.follow[Beat]/running/reply-lost",
        "follower/feed.follow[Changed]/start/reply-lost",
        "follower/feed.follow[Changed]/running/reply-lost",
        "follower/feed.follow[Listed]/start/reply-lost",
    ]


def test_thinned_there_is_one_cell_of_each_call_and_the_faults_are_met_in_turn() -> None:
    calls = [Call("planner", "log", f"m{n:02d}") for n in range(10)]
    cells = [Cell(call, moment, fault) for call in calls for moment in ("start", "running") for fault in FAULTS]
    few = thinned(cells)
    assert [cell.call for cell in few] == calls
    assert [cell.fault for cell in few] == [*FAULTS, *FAULTS]
    assert [cell.moment for cell in few] == ["start"] * 5 + ["running"] * 5
    assert thinned(cell for cell in cells if cell.fault == "late") == tuple(
        Cell(call, "start" if at < 5 else "running", "late") for at, call in enumerate(calls)
    ), "a call that has not the fault whose turn it is meets another"


def written(path: Path, *cells: object, unreached: Sequence[str] = ()) -> str:
    path.write_text(json.dumps({"cells": cells, "unreached": unreached}))
    return str(path)


def test_parts_are_one_table_that_holds_when_all_of_them_do(tmp_path: Path) -> None:
    one, two = written(tmp_path / "1", document("die before")), written(tmp_path / "2", document("late"))
    ended = matrix("table", one, two)
    assert ended.returncode == 0
    assert "| planner | `log.append()` | 1/1 | - | - | 1/1 | - |" in ended.stdout
    assert "2 cells, 2 reached (100.0 %), 2 held, 0 fell." in ended.stdout


def test_a_table_with_a_hole_does_not_hold(tmp_path: Path) -> None:
    assert matrix("table", written(tmp_path / "1", document("late", "not reached"))).returncode == 1
    assert matrix("table", written(tmp_path / "2", document("late", "fell", ("x: y",)))).returncode == 1
    assert matrix("table", written(tmp_path / "3", document("late"), unreached=["planner log.holds"])).returncode == 1


@pytest.mark.parametrize(
    "content",
    ["[]", '{"cells": [1], "unreached": []}', '{"cells": [{}], "unreached": []}', "[" * 100_000],
    ids=range(4),
)
def test_a_file_that_is_no_run_is_misuse_and_named_beside_one_that_is(content: str, tmp_path: Path) -> None:
    good = written(tmp_path / "good", document("late"))
    (tmp_path / "bad").write_text(content)
    ended = matrix("table", good, str(tmp_path / "bad"))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path / 'bad'}: not what" in ended.stderr


def test_a_run_directory_that_can_not_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = matrix("run", "--run-dir", str(tmp_path / "file" / "below"))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "can't write to" in ended.stderr
