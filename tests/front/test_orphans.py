"""However a run ends, at whatever moment, no process that it started is left."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.front import owner
from tests.front.waiting import is_running, processes_naming, until

ROOT = Path(__file__).resolve().parents[2]


class Owner:
    """A process that owns the embedded parts, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str], directory: Path) -> None:
        self.process = process
        self.directory = directory
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.strip())

    def wait_for(self, word: str) -> list[str]:
        """The first line that begins so, in words."""
        until(lambda: any(line.startswith(word) for line in self.said), f"{word!r}, said was {self.said}")
        return next(line for line in self.said if line.startswith(word)).split()

    def parts(self) -> list[int]:
        """Running processes of this run other than the owner."""
        return [pid for pid in processes_naming(str(self.directory)) if pid != self.process.pid]


@contextmanager
def owning(directory: Path) -> Iterator[Owner]:
    process = subprocess.Popen(
        [sys.executable, str(Path(owner.__file__)), str(directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        yield Owner(process, directory)
    finally:
        process.kill()
        process.communicate()


def assert_nothing_is_left(run: Owner, brokers: tuple[int, ...] = ()) -> None:
    """etcd is found by its data directory; the broker's arguments name none, so by its id."""
    until(lambda: not run.parts(), f"the end of {run.parts()}")
    for pid in brokers:
        until(lambda pid=pid: not is_running(pid), f"the end of broker {pid}")  # type: ignore[misc]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_all_parts_and_is_the_exit_status(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with owning(tmp_path) as run:
        broker = int(run.wait_for("broker started")[2])
        run.wait_for("ready")
        assert run.parts()
        run.process.send_signal(number)
        assert run.process.wait(20) == status
        assert_nothing_is_left(run, (broker,))
        run.wait_for("cleaned up")
        assert run.process.stderr is not None
        assert "Traceback" not in run.process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_before_the_parts_are_ready_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with owning(tmp_path) as run:
        run.wait_for("starting")
        until(run.parts, "etcd's process")
        run.process.send_signal(number)
        run.process.wait(20)
        assert_nothing_is_left(run)


def test_a_killed_owner_leaves_nothing(tmp_path: Path) -> None:
    with owning(tmp_path) as run:
        broker = int(run.wait_for("broker started")[2])
        run.wait_for("ready")
        run.process.kill()
        run.process.wait(20)
        assert_nothing_is_left(run, (broker,))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_during_a_restart_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with owning(tmp_path) as run:
        etcd = int(run.wait_for("etcd started")[2])
        broker = int(run.wait_for("broker started")[2])
        run.wait_for("ready")
        os.kill(etcd, signal.SIGKILL)
        run.wait_for("etcd died")
        run.process.send_signal(number)
        run.process.wait(20)
        assert_nothing_is_left(run, (broker,))


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_second_signal_during_the_clean_up_leaves_nothing(tmp_path: Path, second: signal.Signals) -> None:
    with owning(tmp_path) as run:
        etcd = int(run.wait_for("etcd started")[2])
        broker = int(run.wait_for("broker started")[2])
        run.wait_for("ready")
        os.kill(etcd, signal.SIGSTOP)  # so that it can't end by itself and the clean-up takes its time
        run.process.send_signal(signal.SIGINT)
        run.wait_for("broker stopped")
        run.process.send_signal(second)
        run.process.wait(20)
        assert_nothing_is_left(run, (broker,))


def test_a_part_that_does_not_end_is_killed_within_its_bound(tmp_path: Path) -> None:
    with owning(tmp_path) as run:
        etcd = int(run.wait_for("etcd started")[2])
        run.wait_for("ready")
        os.kill(etcd, signal.SIGSTOP)
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(20) == 130
        assert_nothing_is_left(run)
