"""Every run has a directory of its own, whoever else has just begun one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from namelatch.demo import run
from namelatch.demo.run import own_directory
from namelatch.trouble import BadEnvironment

NOW = datetime(2025, 10, 19, 23, 48, 0, tzinfo=UTC)


def test_two_runs_of_one_second_get_two_directories(tmp_path: Path) -> None:
    first, second = own_directory(tmp_path / "runs", NOW), own_directory(tmp_path / "runs", NOW)
    assert (first.name, second.name) == ("20251019-234800", "20251019-234800-2")
    assert first.is_dir()
    assert second.is_dir()


def test_too_many_of_them_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RUNS_A_SECOND", 1)
    own_directory(tmp_path, NOW)
    with pytest.raises(BadEnvironment, match="1 runs have begun in this second"):
        own_directory(tmp_path, NOW)
