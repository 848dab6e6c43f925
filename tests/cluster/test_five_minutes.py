"""Five minutes of drawn faults on the real cluster. In a file of their own: the other worker goes on meanwhile."""

from pathlib import Path

import pytest

from tests.cluster.chaos import outcome

pytestmark = [pytest.mark.minutes, pytest.mark.slow, pytest.mark.usefixtures("local_parts"), pytest.mark.timeout(1_200)]


def test_five_minutes_of_drawn_faults_end_with_nothing_fallen(tmp_path: Path) -> None:
    asked = ("--random", "--seed", "1", "--minutes", "5", "--records", "2000")
    status, verdict, progress = outcome(tmp_path, *asked, within_s=900)
    assert (status, verdict["falls"]) == (0, []), progress
    assert sum(verdict["faults"].values()) > 20
    assert verdict["questions"] > 5_000
    assert verdict["empty"] == verdict["denied"] == 0
    for rule in ("never-empty", "monotone-generation", "fenced-writes", "never-delete-active", "linearizable-roots"):
        assert verdict["exercised"][rule] > 0, rule
