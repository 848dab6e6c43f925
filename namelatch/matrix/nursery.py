"""Where the matrix's processes come from: one that has imported everything and forks, so that a life costs nothing.

Run as `python -m namelatch.matrix.nursery`; lines of JSON on standard input and output. It has no threads and no
connection, so forking is sound. It alone signals and reaps what it forked, by process id; it ends with its input, and
everybody with it (prctl(2), PR_SET_PDEATHSIG).
"""

import ctypes
import gc
import json
import os
import select
import signal
import traceback
from typing import Any

_PR_SET_PDEATHSIG = 1


class Nursery:
    """The children that run, by process id."""

    def __init__(self) -> None:
        self._children: set[int] = set()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write)
        self._input = b""

    def run(self) -> None:
        """Until standard input ends."""
        try:
            while True:
                readable, _, _ = select.select([0, self._wake_read], [], [])
                if self._wake_read in readable:
                    os.read(self._wake_read, 4096)
                self._reap()
                if 0 in readable and not self._take():
                    return
        finally:
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)

    def _take(self) -> bool:
        octets = os.read(0, 65536)
        *lines, self._input = (self._input + octets).split(b"\n")
        for line in lines:
            asked = json.loads(line)
            if "start" in asked:
                self._say({"started": asked["n"], "pid": self._fork(asked["start"])})
            elif asked["pid"] in self._children:
                os.kill(asked["pid"], asked["signal"])
        return bool(octets)

    def _fork(self, spec: dict[str, Any]) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._children.add(pid)
            return pid
        status = 70
        try:
            _settle(spec["log"], parent)
            from namelatch.matrix import actor  # noqa: PLC0415  (imported before the fork; a name for it here)

            actor.main(spec)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for pid in sorted(self._children):
            found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
            if not found:
                continue
            if os.WIFSTOPPED(status):
                self._say({"stopped": pid})
                continue
            self._children.discard(pid)
            self._say({"ended": pid, "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0})

    @staticmethod
    def _say(told: dict[str, Any]) -> None:
        os.write(1, json.dumps(told).encode() + b"\n")


def _settle(log: str, parent: int) -> None:
    """Become a process of its own, that dies with the nursery."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nowhere, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 256)


def main() -> None:
    """Import what the children need, then fork when asked."""
    from namelatch.matrix import actor  # noqa: F401, PLC0415  (what takes the time)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the runner's to take
    gc.collect()
    gc.freeze()
    Nursery._say({"ready": True})
    Nursery().run()


if __name__ == "__main__":
    main()
