"""Becomes another program that dies with its parent. Run as a script: launch.py PARENT_PID PROGRAM ARGUMENT...

A program of its own because what runs between fork and exec in a process with threads (Ray, gRPC) must not
be Python. The process id stays the same through exec, and so does the parent-death signal (prctl(2)).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for SIGKILL at the parent's death, then become the program."""
    parent, *program = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        return  # the parent was gone before the kernel knew
    os.execv(program[0], program)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()
