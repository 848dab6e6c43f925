"""The demo on a cluster: Apache Kafka and three etcd members a posture, started, shown, kept and ended."""

from pathlib import Path

import pytest

from tests.cluster.conftest import BACKEND
from tests.e2e.running import STOP_S, Demo, demo

RECORDS = 1_000
ON = ("--backend", "docker" if BACKEND == "docker" else "local", "--records", str(RECORDS))
RUN_S = 200.0  # some 40 s on a quiet machine; a JVM on a busy one starts in its own time

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420), pytest.mark.usefixtures("local_parts")]


def parts(run: Demo) -> list[str]:
    """The etcd members and brokers that run now, by their names."""
    found = []
    for one in run.find(lambda one: True):
        words = one.cmdline() if one.is_running() else []
        found += [word.removeprefix("--name=") for word in words if word.startswith("--name=etcd-")]
        found += ["kafka"] * ("kafka.Kafka" in words)
    return sorted(found)


def test_the_race_ends_as_recorded_and_says_which_parts_ran(tmp_path: Path) -> None:
    with demo(tmp_path, *ON) as run:
        assert run.wait(RUN_S) == 0, run.text
        result = run.result()
        assert result["as_recorded"]
        assert [(one["posture"], one["records"], one["wedged"], one["converged"]) for one in result["postures"]] == [
            ("incident", RECORDS, True, False),
            ("hardened", RECORDS, False, True),
        ]
        assert (result["backend"], "(3 members), Apache Kafka" in result["parts"]) == (ON[1], True)
        assert result["parts"] in run.text
        assert result["parts"] in run.wait_for_file("*/report.html").read_text(encoding="utf-8")
        assert run.text.index("kafka is ready after") < run.text.index("generation 1:")
        for posture in ("incident", "hardened"):
            for part in ("etcd-1", "etcd-2", "etcd-3", "kafka"):
                assert list(run.directory.glob(f"*/{posture}/data/{part}/{part}.log")), "each has parts of its own"
        assert not list(run.directory.glob("*/*/data/*/data")), "some 80 MB a member and posture"
        assert "Traceback" not in run.text
        assert "".join(run.err) == ""
        run.assert_nothing_is_left()


def test_a_killed_member_comes_back_and_what_is_kept_goes_at_ctrl_c(tmp_path: Path) -> None:
    with demo(tmp_path, *ON, "--posture", "hardened", "--keep", "--kill", "etcd") as run:
        run.wait_for("1 postures stay up", RUN_S)
        assert "killed etcd (SIGKILL to process" in run.text
        assert "restarted etcd-1 after signal 9" in run.text, run.text
        assert run.result()["as_recorded"], run.text
        assert run.posture("hardened")["ending"]["in_force"]
        if BACKEND != "docker":
            assert parts(run) == ["etcd-1", "etcd-2", "etcd-3", "kafka"]
        run.ctrl_c()
        assert run.wait(STOP_S) == 130, run.text
        assert "Traceback" not in run.text, run.text
        run.assert_nothing_is_left()


def test_ctrl_c_while_the_parts_start_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, *ON) as run:
        run.wait_for("Apache Kafka are starting", RUN_S)
        run.ctrl_c()
        assert run.wait(STOP_S) == 130, run.text
        assert "Traceback" not in run.text, run.text
        run.assert_nothing_is_left()
