"""The lattice's pages are true: made from what is stored, that from the sources as they are, and a part computed anew.

Computing all of it takes minutes. So the stored cells carry the digest of everything that they depend on, and a sample
is computed in full: another one whenever a source changes, the same one until then.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from coordination.postures import posture
from namelatch.lab.commands.ends import FALLS, HOLDS
from namelatch.lab.commands.lattice import FILE
from namelatch.lab.lattice import computing, pages, stored, traced
from namelatch.lab.lattice.cells import BY_REFERENCE, COMPOSITIONS, subset_of
from namelatch.lab.lattice.harms import BESIDE
from namelatch.lab.scenarios import SCENARIOS
from tests.lab.programs import ROOT, here

DOCS = ROOT / "docs" / "lab"
DATA = stored.read(DOCS / FILE)
SAMPLE_STATES = 500_000  # about half a minute
RENEW = "not fresh any more: run `namelatch lab lattice --write`"


def sample() -> Iterator[str]:
    """Scenarios in an order that the sources shuffle, as many as fit."""
    took = stored.states(DATA)
    left = SAMPLE_STATES
    for id in sorted(computing.core(), key=lambda id: sha256(f"{computing.sources(id)} {id}".encode()).digest()):
        states = sum(took.get((computing.CELLS, one.name, id), 0) for one in COMPOSITIONS)
        if states <= left:
            left -= states
            yield id


def test_what_is_stored_was_computed_from_the_sources_as_they_are() -> None:
    assert list(computing.stale(DATA)) == [], RENEW
    assert list(DATA["scenarios"]) == list(computing.core())


@pytest.mark.parametrize("name", ["lattice.md", "lattice-backfires.md", "lattice.html"])
def test_each_page_is_what_the_stored_cells_give_today(name: str) -> None:
    assert dict(pages.pages(DATA))[name] == (DOCS / name).read_text(encoding="utf-8"), RENEW


def test_what_backfires_is_told_in_full_with_a_schedule_each() -> None:
    for name, table in stored.tables(DATA).items():
        for id, part in DATA["scenarios"].items():
            assert [traced.backfire(flat) for flat in part["backfires"][name]] == table.backfires(id)
            assert all(flat[-1] for flat in part["backfires"][name])


def test_a_posture_that_has_changed_makes_its_own_rows_stale_and_nothing_else() -> None:
    parts = {id: {**part, "rows": {**part["rows"], "minimal": "another"}} for id, part in DATA["scenarios"].items()}
    every = [(computing.ROW, "minimal", id) for id in computing.core()]
    assert list(computing.stale({**DATA, "scenarios": parts})) == every
    first = next(iter(parts))
    parts[first] = {**parts[first], "sources": "others"}
    assert list(computing.stale({**DATA, "scenarios": parts})) == [*computing.tasks_of((first,)), *every[1:]]


def test_the_file_is_as_it_would_be_written() -> None:
    assert stored.text(DATA) == (DOCS / FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("id", list(sample()))
def test_a_scenario_computed_anew_gives_what_is_stored(id: str) -> None:
    part = DATA["scenarios"][id]
    for one in COMPOSITIONS:
        cells, backfires = computing.computed((computing.CELLS, one.name, id))
        assert cells == part["cells"][one.name], RENEW
        assert backfires == part["backfires"][one.name], RENEW
    for name, fell in part["postures"].items():
        assert computing.computed((computing.ROW, name, id)) == fell, RENEW


def test_some_scenario_is_computed_anew() -> None:
    assert len(list(sample())) >= 3


# --- what it says ------------------------------------------------------------------------------------------------


def test_minimal_is_a_smallest_set_that_is_safe_in_every_core_scenario() -> None:
    found = stored.tables(DATA)[BY_REFERENCE.name].minimal()
    assert subset_of([guard.name for guard in posture("minimal").safeguards]) == found[0]
    assert all(one.bit_count() >= found[0].bit_count() for one in found)


def test_nothing_falls_under_hardened_in_any_core_scenario_and_under_minimal_nothing_that_makes_a_set_unsafe() -> None:
    for id, part in DATA["scenarios"].items():
        assert part["postures"]["hardened"] == [], id
        assert not set(part["postures"]["minimal"]) - BESIDE, id


# --- the command -------------------------------------------------------------------------------------------------


def test_fresh_says_what_is_not_and_ends_with_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert here(capsys, "lattice", "--fresh").status == HOLDS, RENEW
    monkeypatch.chdir(tmp_path)
    done = here(capsys, "lattice", "--fresh")
    assert done.status == FALLS
    assert "not fresh: october-2025\n" in done.out


def test_write_computes_what_is_not_fresh_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs" / "lab").mkdir(parents=True)
    one = "claim-swap-window"
    old = {"sources": "other", "rows": {}, "cells": {}, "backfires": {}, "postures": {}}
    (tmp_path / "docs" / "lab" / FILE).write_text(stored.text({"form": stored.FORM, "scenarios": {one: old}}))
    done = here(capsys, "lattice", "--scenario", one, "--write", "--processes", "1")
    assert done.status == HOLDS
    assert len(done.err.splitlines()) == len(DATA["scenarios"][one]["postures"]) + len(COMPOSITIONS)
    written = stored.read(tmp_path / "docs" / "lab" / FILE)
    assert written["scenarios"] == {one: DATA["scenarios"][one]}
    again = here(capsys, "lattice", "--scenario", one, "--write")
    assert (again.status, again.err) == (HOLDS, "")


def of_session(session: int) -> list[int]:
    """The processes of a session that are still there; who is dead and not yet buried is not."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(path.parent.name))
    return found


def test_no_worker_outlives_whoever_asked(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "namelatch", "lab", "lattice", "--scenario", "october-2025", "--processes", "2"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(asked, cwd=tmp_path, env=env, stderr=subprocess.PIPE, start_new_session=True)
    assert run.stderr is not None
    assert run.stderr.readline(), "some task is done, others are under way"
    assert len(of_session(run.pid)) >= 4, "the command, the server that forks, two workers"
    run.kill()
    run.wait()
    deadline = time.monotonic() + 20
    while of_session(run.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert of_session(run.pid) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--scenario", "no-such"),
        ("--scenario", next((one.id for one in SCENARIOS if not one.core), "no-such"), "--write"),
        ("--anew",),
        ("--fresh", "--write"),
    ],
)
def test_what_can_t_be_asked_for_is_refused_in_one_line(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = here(capsys, "lattice", *arguments)
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
