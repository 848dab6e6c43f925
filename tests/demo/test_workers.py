"""A DNS worker's restart is told once, when its new process serves, from the server's own status."""

import json
from pathlib import Path
from typing import Any

import pytest

from namelatch.demo.workers import WorkerWatch


@pytest.fixture
def status(tmp_path: Path) -> Path:
    return tmp_path / "status.json"


def write(status: Path, *workers: tuple[int | None, int, bool], server: int = 10) -> None:
    listed: list[dict[str, Any]] = [{"pid": p, "restarts": r, "serving": s, "revision": 1} for p, r, s in workers]
    status.write_text(json.dumps({"state": "serving", "pid": server, "workers": listed}))


def test_before_there_is_a_status_nothing_is_told(status: Path) -> None:
    watch = WorkerWatch(status)
    assert (watch.pid(), watch.revived()) == (None, [])
    status.write_text('{"state": "sta')
    assert (watch.pid(), watch.revived()) == (None, [])


def test_the_first_worker_is_the_one_that_is_named(status: Path) -> None:
    write(status, (11, 0, True), (12, 0, True))
    assert WorkerWatch(status).pid() == 11


def test_a_restart_is_told_once_and_not_before_the_new_process_serves(status: Path) -> None:
    watch = WorkerWatch(status)
    write(status, (11, 0, True), (12, 0, True))
    assert watch.revived() == []
    write(status, (None, 1, False), (12, 0, True))
    assert watch.revived() == []
    write(status, (13, 1, True), (12, 0, True))
    assert watch.revived() == ["restarted dns worker 0: process 13 serves, attempt 1"]
    assert watch.revived() == []


def test_a_restarted_server_counts_anew(status: Path) -> None:
    watch = WorkerWatch(status)
    write(status, (11, 1, True))
    watch.revived()
    write(status, (21, 0, True), server=20)
    assert watch.revived() == []
    write(status, (22, 1, True), server=20)
    assert len(watch.revived()) == 1
