"""Runs a program, and leaves nothing of it when it ends, or when we die. Run as a script: warden.py PROGRAM ARGUMENT...

For programs that start others which outlive them (a Ray node and its agents). What loses its parent becomes a child of
the warden (prctl(2), PR_SET_CHILD_SUBREAPER), so that in the end whoever is left is a child of it, stopped or not.
Whoever stops the program with all of it leaves the warden running.
"""

import ctypes
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> int:
    """Until the program has ended, or our parent has; says how the program ended."""
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # instead of the signal that would leave us no time
    try:
        program = subprocess.Popen(sys.argv[1:])  # noqa: S603  (no shell is wanted)
        while True:
            pid, status = os.wait()  # whatever it was: the last parent of orphans reaps them
            if pid == program.pid:
                return os.waitstatus_to_exitcode(status) & 0xFF
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end_children()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end_children() -> None:
    """Those of whom we kill become our children in turn, until there are none."""
    with suppress(ChildProcessError):
        while True:
            for pid in _children():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.wait()


def _children() -> list[int]:
    ours = str(os.getpid())
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "stat").read_text().rsplit(")", 1)[1].split()[1] == ours:
                found.append(int(entry.name))
    return found


if __name__ == "__main__":
    sys.exit(main())
