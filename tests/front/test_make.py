"""Set-up finds a Python that will do, says what is missing in one line, and is skipped the second time."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = (
    "sh",
    "make",
    "cat",
    "test",
    "printf",
    "dirname",
    "rm",
    "mkdir",
    "tail",
    "tee",
    "grep",
    "sed",
    "expand",
    "touch",
)

# Answers as an interpreter would that set-up only asks questions; `venv` makes a directory with itself in it.
PYTHON = """#!/bin/sh
case "$*" in
    *version_info\\ \\<*) exit {old} ;;
    *ensurepip*) exit {lacking} ;;
    *print*) echo python3.11-venv ;;
    --version) echo Python 3.11.99 ;;
    "-m venv "*) mkdir -p "$3/bin" && cat "$0" > "$3/bin/python" && chmod +x "$3/bin/python" ;;
    "-m pip install "*) echo "Downloading big-1.0.whl (12.3 MB)"; echo "$@" >> asked; exit {failing} ;;
esac
"""


def machine(directory: Path, old: int = 0, lacking: int = 0, failing: int = 0) -> dict[str, str]:
    """An environment in which only the tools of a bare system and one pretended python3 exist."""
    tools = directory / "tools"
    tools.mkdir()
    for name in (*TOOLS, "chmod"):
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    python = tools / "python3"
    python.write_text(PYTHON.format(old=old, lacking=lacking, failing=failing))
    python.chmod(0o755)
    return {"PATH": str(tools)}


def clone(directory: Path) -> Path:
    tree = directory / "clone"
    tree.mkdir()
    shutil.copytree(ROOT / ".ci", tree / ".ci")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tree)
    return tree


def make(tree: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_set_up_installs_what_is_pinned_and_is_skipped_the_second_time(tmp_path: Path) -> None:
    environment, tree = machine(tmp_path), clone(tmp_path)
    first = make(tree, environment, "setup")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Python 3.11.99" in first.stdout
    assert "Downloading big-1.0.whl (12.3 MB)" in first.stdout
    second = make(tree, environment, "setup")
    assert (second.returncode, second.stderr) == (0, "")
    (asked,) = (tree / "asked").read_text().splitlines()
    assert asked.endswith("-c constraints.txt -e .[dev]")


def test_set_up_runs_again_when_the_pins_change_or_the_directory_moves(tmp_path: Path) -> None:
    environment, tree = machine(tmp_path), clone(tmp_path)
    make(tree, environment, "setup")
    ready = (tree / ".venv" / ".ready").stat().st_mtime
    os.utime(tree / "constraints.txt", (ready + 5, ready + 5))
    make(tree, environment, "setup")
    assert len((tree / "asked").read_text().splitlines()) == 2
    moved = tree.rename(tmp_path / "elsewhere")
    make(moved, environment, "setup")
    assert len((moved / "asked").read_text().splitlines()) == 3


def test_a_failed_installation_is_told_and_tried_again(tmp_path: Path) -> None:
    environment, tree = machine(tmp_path, failing=1), clone(tmp_path)
    for _ in range(2):
        done = make(tree, environment, "setup")
        assert done.returncode != 0
        assert "error: the installation failed" in done.stderr
    assert len((tree / "asked").read_text().splitlines()) == 2


def test_without_a_new_enough_python_one_line_says_so(tmp_path: Path) -> None:
    environment = machine(tmp_path, old=1)
    done = make(clone(tmp_path), environment, "setup")
    assert done.returncode != 0
    assert "error: no Python 3.11 or newer found" in done.stderr


def test_a_python_without_venv_is_named_with_the_remedy(tmp_path: Path) -> None:
    environment = machine(tmp_path, lacking=1)
    done = make(clone(tmp_path), environment, "setup")
    assert done.returncode != 0
    assert "has no venv and ensurepip modules; on Debian or Ubuntu: apt install python3.11-venv" in done.stderr


def test_help_lists_every_target(tmp_path: Path) -> None:
    done = make(ROOT, {"PATH": os.environ["PATH"]}, "help")
    for target in ("demo", "test", "check", "format", "constraints", "clean"):
        assert f"make {target}" in done.stdout
