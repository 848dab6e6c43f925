"""`namelatch lab`, run as people run it: what it says, how it ends, and what it does without."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coordination.history import opening
from coordination.lines import Line
from namelatch.lab.commands import COMMANDS, lab
from namelatch.lab.commands.ends import FALLS, HOLDS
from tests.lab.runs import recorded_run, write
from tests.lab.test_judging import clean, enact

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("ray", "aiokafka", "grpc", "aetcd", "dnslib", "botocore")


def namelatch(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "namelatch", "lab", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        check=False,
    )


def plain(lines: list[Line]) -> list[Line]:
    return [{key: value for key, value in line.items() if key != "place"} for line in lines]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.jsonl", recorded_run(1))


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write(tmp_path / "bad.jsonl", plain(clean().commit(enact(1, 2), who="a").lines))


def test_where_nothing_fell_the_status_is_0_and_the_rulings_are_printed(good: Path) -> None:
    done = namelatch("judge", str(good))
    assert (done.returncode, done.stderr) == (HOLDS, "")
    assert done.stdout.splitlines()[0].startswith("48 lines of a, b, c in ")
    assert done.stdout.splitlines()[-1].startswith("nothing fell; not proven: ")


def test_where_something_fell_the_status_is_1_and_its_first_line_is_named(bad: Path) -> None:
    done = namelatch("judge", str(bad))
    assert (done.returncode, done.stderr) == (FALLS, "")
    fell = "monotone-generation fell, first at a.example: taken back from generation 2 to 1\n  bad.jsonl:7\n"
    assert fell in done.stdout
    assert done.stdout.endswith("1 of 9 rules fell\n")


def test_for_programs_it_prints_one_object_and_ends_alike(good: Path, bad: Path) -> None:
    one, other = namelatch("judge", "--json", str(good)), namelatch("judge", "--json", str(bad))
    assert (one.returncode, other.returncode) == (HOLDS, FALLS)
    assert json.loads(one.stdout)["lines"] == 48
    assert {ruling["id"] for ruling in json.loads(other.stdout)["rulings"] if ruling["fell"]} == {"monotone-generation"}


def assert_misuse(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_misuse_is_one_line_and_status_2(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.touch()
    assert_misuse(namelatch("judge", str(path)), f"{path}: an empty history: nothing was recorded")
    path.write_text("no history\n")
    assert_misuse(namelatch("judge", str(path)), "no history: its first line is none that a recorder writes")
    path.write_text(json.dumps(opening("a", 0.0) | {"history": 9}) + "\n")
    assert_misuse(namelatch("judge", str(path)), "a history of version 9; this namelatch reads version 1")
    assert_misuse(namelatch("judge", str(tmp_path / "nothing")), "does not exist")
    assert_misuse(namelatch("judge"), "Missing argument 'PATH'")
    assert_misuse(namelatch("guess"), "No such command 'guess'")


def test_a_history_torn_at_its_end_is_refused_unless_that_is_asked_for(good: Path) -> None:
    whole = good.read_text()
    good.write_text(whole[:-30])
    assert_misuse(namelatch("judge", str(good)), "good.jsonl:49: cut short; --torn judges what is left")
    done = namelatch("judge", "--torn", str(good))
    assert done.returncode == HOLDS
    assert "47 lines" in done.stdout
    assert "left out, cut short: good.jsonl:49" in done.stdout


def test_it_runs_where_nothing_heavy_is_installed(tmp_path: Path, good: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {HEAVY!r}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    without = f"{tmp_path}{os.pathsep}{ROOT}"
    done = namelatch("judge", str(good), PYTHONPATH=without)
    assert (done.returncode, done.stderr) == (HOLDS, "")
    assert namelatch("--help", PYTHONPATH=without).returncode == 0
    tried = subprocess.run([sys.executable, "-c", "import grpc"], env={"PYTHONPATH": without}, check=False,
                           capture_output=True)  # fmt: skip
    assert tried.returncode == 1, "the parts are really missing"


def test_every_command_is_in_the_list_under_its_own_name_and_says_what_it_is_for() -> None:
    assert {command.name for command in COMMANDS} == set(lab.commands)
    assert all(command.help and command.help.strip().endswith(".") for command in COMMANDS)
