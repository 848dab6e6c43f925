"""One process that we started: its id, its end, and how to end it.

Signals go to this id and to the process group that it alone leads, never by name. The leader is reaped only
after its group was killed: as long as it is a zombie, its id can't belong to anybody else.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from namelatch.backends import launch

_LAUNCH = str(Path(launch.__file__))


class Child:
    """A running process in a session of its own, killed by the kernel when we die."""

    def __init__(self, argv: tuple[str, ...], directory: Path, log: Path, env: Mapping[str, str]) -> None:
        self._loop = asyncio.get_running_loop()
        self.exited = asyncio.Event()
        # The kernel's death signal counts from the thread that starts the child: this one, the loop's.
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  (the programs are ours, no shell is involved)
                [sys.executable, "-I", "-S", _LAUNCH, str(os.getpid()), *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=directory,
                start_new_session=True,
            )
        self.pid = self._process.pid
        threading.Thread(target=self._await_end, name=f"child {self.pid}", daemon=True).start()

    @property
    def status(self) -> str:
        """How it ended, in words: "signal 9", "exit status 1"; "running" before."""
        code = self._process.returncode
        if code is None:
            return "running"
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def terminate(self) -> None:
        """Ask the process to end."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and whatever it started in its group, and reap it. Safe to call at any time, twice too."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):  # somebody else reaped it: the group is empty
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self.exited.set()

    def _await_end(self) -> None:
        with contextlib.suppress(ChildProcessError):  # reaped by `kill` meanwhile
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        try:
            self._loop.call_soon_threadsafe(self.kill)
        except RuntimeError:
            self.kill()  # the loop is closed; nobody else will
