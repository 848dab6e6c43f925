"""A warden leaves nothing of its program: whatever that started, whoever dies first, and whoever stands still."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from namelatch.backends import launch, warden
from tests.front.waiting import processes_naming, until

WARDEN = (sys.executable, "-I", "-S", str(Path(warden.__file__)))
# A child, grandchildren in sessions of their own, one that stands still, one whose parent has ended; then it says so.
PROGRAM = """
sh -c 'sleep 60; :' $0 &
setsid sh -c 'sh -c "sleep 60; :" $0 & wait' $0 &
setsid sh -c 'kill -STOP $$; :' $0 &
sh -c 'setsid sh -c "sleep 60; :" $0 &' $0
touch $0
"""


def begun(directory: Path, parent: str, then: str) -> tuple[subprocess.Popen[bytes], str]:
    """A parent that starts a warden with the program, and the word that all of them have among their arguments."""
    word = str(directory / "word")
    program = ["sh", "-c", PROGRAM + then, word]
    process = subprocess.Popen([sys.executable, "-c", parent, *WARDEN, *program])
    until((directory / "word").exists, "the program")
    return process, word


PARENT = f"""
import os, subprocess, sys
subprocess.Popen([sys.executable, {str(Path(launch.__file__))!r}, str(os.getpid()), *sys.argv[1:]]).wait()
"""


def test_nothing_is_left_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent, word = begun(tmp_path, PARENT, "wait")
    assert len(processes_naming(word)) > 5
    parent.kill()
    parent.wait()
    until(lambda: not processes_naming(word), "the end of all")


@pytest.mark.parametrize("status", [0, 7])
def test_nothing_is_left_when_its_program_ends_and_it_ends_as_that_did(tmp_path: Path, status: int) -> None:
    word = str(tmp_path / "word")
    done = subprocess.run([*WARDEN, "sh", "-c", f"{PROGRAM} exit {status}", word], check=False, timeout=20)
    assert done.returncode == status
    assert processes_naming(word) == []


def test_nothing_is_left_when_it_is_told_to_end(tmp_path: Path) -> None:
    word = str(tmp_path / "word")
    process = subprocess.Popen([*WARDEN, "sh", "-c", f"{PROGRAM} wait", word])
    until((tmp_path / "word").exists, "the program")
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert processes_naming(word) == []
