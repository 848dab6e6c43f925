"""Reports are read while their writers write, and while writers are killed."""

from dataclasses import asdict
from pathlib import Path

from coordination.plan import Generation
from coordination.ports import Report
from namelatch.compose import Lines
from namelatch.demo.trail import Trail


def report(who: str, event: str) -> Report:
    return Report(who, event, Generation(2), counts=(("names", 3),))


def write(directory: Path, at: float, told: Report) -> None:
    with Lines(directory / f"{told.who}.reports.jsonl") as lines:
        lines.write({"at": at} | asdict(told))


def test_each_report_is_told_once_and_all_in_order_of_time(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    assert trail.fresh() == []
    write(tmp_path, 2.0, report("a", "finished"))
    write(tmp_path, 1.0, report("b", "began"))
    assert trail.fresh() == [report("b", "began"), report("a", "finished")]
    write(tmp_path, 3.0, report("c", "began"))
    assert trail.fresh() == [report("c", "began")]
    assert trail.fresh() == []


def test_half_a_line_is_told_when_it_is_whole(tmp_path: Path) -> None:
    write(tmp_path, 1.0, report("a", "began"))
    path = tmp_path / "a.reports.jsonl"
    whole = path.read_bytes()
    trail = Trail(tmp_path)
    path.write_bytes(whole[:20])
    assert trail.fresh() == []
    path.write_bytes(whole)
    assert trail.fresh() == [report("a", "began")]


def test_a_line_cut_by_a_kill_is_left_out_and_what_comes_after_it_is_told(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    (tmp_path / "a.reports.jsonl").write_text('{"at": 1.0, "who": "a", "eve')
    assert trail.fresh() == []
    write(tmp_path, 2.0, report("a", "began"))
    assert trail.fresh() == [report("a", "began")]
