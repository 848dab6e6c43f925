"""The traces that a role leaves: one JSON line each, whole as far as the last; every decision is told three times."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.on_asyncio import MonotonicClock
from coordination.memory_log import MemoryLog, MemoryPlanLog
from coordination.plan import Entry, Generation, Plan
from coordination.ports import PlanLog, Report
from coordination.records import Endpoint, RRset, Target
from namelatch import log
from namelatch.compose import Lines, ToldLog
from namelatch.demo import evidence

ROOT = Path(__file__).parents[2]
REPORT = Report("a", "began", Generation(2), Endpoint("api.example.com"), 7, "on its way", (("names", 3),))


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- lines -------------------------------------------------------------------------------------------------------


def test_every_line_is_in_the_file_before_the_next_is_written(tmp_path: Path) -> None:
    with Lines(tmp_path / "l.jsonl") as lines:
        for number in range(3):
            lines.write({"number": number})
            assert [line["number"] for line in written(tmp_path / "l.jsonl")] == list(range(number + 1))


def test_what_a_later_line_will_name_is_numbered_and_in_the_file_before_its_number_is_known(tmp_path: Path) -> None:
    with Lines(tmp_path / "l.jsonl") as lines:
        for wanted in (1, 2):
            assert lines.ahead({"asked": wanted}) == wanted
            assert written(tmp_path / "l.jsonl")[-1] == {"n": wanted, "asked": wanted}


def test_a_line_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    told = {"detail": "two\nlines\r\u2028 and \u00fcmlauts \ud83d"}
    with Lines(tmp_path / "l.jsonl") as lines:
        lines.write(told)
        lines.write(told)
    assert written(tmp_path / "l.jsonl") == [told, told]


def test_a_file_that_another_writer_still_has_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "b.history.jsonl"
    with Lines(path) as frozen, Lines(path) as successor, Lines(path) as third:
        for number, lines in enumerate((frozen, successor, third, frozen)):
            lines.write({"number": number})
    with Lines(path) as later:
        later.write({"number": 4})
    found = {one.name: [line["number"] for line in written(one)] for one in tmp_path.iterdir()}
    assert found == {"b.history.jsonl": [0, 3, 4], "b.2.history.jsonl": [1], "b.3.history.jsonl": [2]}


def test_a_restarted_role_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for number in range(2):
        with Lines(tmp_path / "l.jsonl") as lines:
            lines.write({"number": number})
    assert [line["number"] for line in written(tmp_path / "l.jsonl")] == [0, 1]


def test_a_line_that_a_kill_cut_short_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.reports.jsonl"
    path.write_text('{"at": 1.0, "event": "began"}\n{"at": 2.0, "eve')
    with Lines(path) as lines:
        lines.write({"at": 3.0, "event": "finished"})
    assert [line["event"] for line in evidence.read_reports(tmp_path)] == ["began", "finished"]


def test_a_killed_writer_leaves_whole_lines_and_at_most_one_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.reports.jsonl"
    program = (
        "import sys, pathlib; from namelatch.compose import Lines\n"
        "lines, number = Lines(pathlib.Path(sys.argv[1])), 0\n"
        "while True:\n"
        "    lines.write({'at': number, 'much': 'x' * 20_000}); number += 1\n"
        "    if number == 50: print('fifty', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"fifty\n"
        writer.send_signal(signal.SIGKILL)
    found = [line["at"] for line in evidence.read_reports(tmp_path)]
    assert len(found) >= 50
    assert found == list(range(len(found)))
    assert path.read_bytes().count(b"\n") == len(found)


# --- told log ----------------------------------------------------------------------------------------------------


@pytest.fixture
def logged(tmp_path: Path) -> Path:
    file = tmp_path / "log.jsonl"
    log.configure("info", "json", file)
    return file


def told(tmp_path: Path, lines: Lines | None) -> tuple[ToldLog, MemoryLog]:
    store = MemoryLog()
    return ToldLog(MemoryPlanLog(store, MonotonicClock()), lines), store


def test_a_decision_is_in_the_trail_in_the_log_and_in_the_file(tmp_path: Path, logged: Path) -> None:
    with Lines(tmp_path / "l.jsonl") as lines:
        told_log, store = told(tmp_path, lines)
        asyncio.run(told_log.report(REPORT))
    assert store.reports == [REPORT]
    (line,) = written(tmp_path / "l.jsonl")
    at, counts = line.pop("at"), tuple((name, number) for name, number in line.pop("counts"))
    assert Report(**line, counts=counts) == REPORT
    assert at > 0
    (entry,) = written(logged)
    wanted = {"event": "began", "generation": 2, "endpoint": "api.example.com", "enactor": "a", "fence": 7, "names": 3}
    assert wanted.items() <= entry.items()


def test_without_a_directory_a_decision_is_still_in_the_log_and_in_the_trail(tmp_path: Path, logged: Path) -> None:
    told_log, store = told(tmp_path, None)
    asyncio.run(told_log.report(REPORT))
    assert (store.reports, [entry["event"] for entry in written(logged)]) == ([REPORT], ["began"])


def test_a_decision_is_kept_although_the_trail_is_down(tmp_path: Path, logged: Path) -> None:
    class Down(MemoryPlanLog):
        async def report(self, report: Report) -> None:
            raise ConnectionError("the broker is gone")

    with Lines(tmp_path / "l.jsonl") as lines:
        told_log = ToldLog(Down(MemoryLog(), MonotonicClock()), lines)
        with pytest.raises(ConnectionError):
            asyncio.run(told_log.report(REPORT))
    assert [line["event"] for line in written(tmp_path / "l.jsonl")] == ["began"]


def test_plans_and_announcements_pass_as_they_are(tmp_path: Path) -> None:
    told_log: PlanLog = told(tmp_path, None)[0]
    plan = Plan(Generation(1), None, (Entry(Endpoint("a.example"), (RRset("A", 5, (Target("192.0.2.1", 1),)),)),))

    async def passing() -> None:
        manifest = await told_log.append(plan)
        assert await told_log.holds(manifest)
        assert await told_log.fetch(manifest) == plan
        await told_log.announce(Generation(1))
        assert await told_log.heard(None, 1.0) == 1

    asyncio.run(passing())
