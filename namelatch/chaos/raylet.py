"""One node of a run's Ray cluster: `ray start --block` and everything that it started, struck and healed as one.

A warden sees to it that nothing of the node is left when it ends, and when we do. A node that was frozen for longer
than Ray waits is dead to the others: it ends itself when it goes on, and is started again.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import psutil

from namelatch.backends import warden
from namelatch.backends.child import Child
from namelatch.backends.part import Part
from namelatch.backends.process import NotReady, Program
from namelatch.backends.ray_nodes import READY_S, STARTED, STARTS, Nodes, Tree, signalled

_WARDEN = str(Path(warden.__file__))
LOOK_S = 0.5  # between two looks at what a node that starts has started
# A node that stood still this long may have been given up by Ray, and finds that out within so long.
LONG_S, FINDS_OUT_S = 5.0, 20.0
# A head asks a node each second, and waits as long for its answer: one that stands still is given up after some 10 s.
GIVEN_UP = {"RAY_health_check_timeout_ms": "1000", "RAY_health_check_failure_threshold": "5"}
ENDED_S = 10.0  # for what was killed to be gone


class Struck:
    """Processes that faults have touched: who of them is frozen, by how many, and whose end is nobody's accident."""

    def __init__(self) -> None:
        self._frozen: Counter[psutil.Process] = Counter()
        self._excused: dict[psutil.Process, float] = {}  # until when its end is a fault's

    def excuses(self, one: psutil.Process) -> bool:
        """Whether its end now is a fault's: it was killed, stands still, or has not found out yet that it stood."""
        return time.monotonic() < self._excused.get(one, 0.0)

    def kill(self, processes: Iterable[psutil.Process]) -> None:
        """SIGKILL."""
        for one in processes:
            self._excused[one] = inf
            signalled(one, SIGKILL)

    def freeze(self, processes: Iterable[psutil.Process]) -> None:
        """SIGSTOP, of whom no other fault has stopped."""
        for one in processes:
            self._excused[one] = inf
            self._frozen[one] += 1
            signalled(one, SIGSTOP)

    def thaw(self, processes: Iterable[psutil.Process]) -> None:
        """SIGCONT, of whom no other fault holds any more."""
        for one in processes:
            self._frozen[one] -= 1
            if self._frozen[one] <= 0:
                del self._frozen[one]
                self._excused[one] = time.monotonic() + FINDS_OUT_S + ENDED_S
                signalled(one, SIGCONT)


class Raylet(Part):
    """The node `name`, of these `nodes`; the head where `az` is None."""

    def __init__(self, name: str, nodes: Nodes, az: str | None, directory: Path, path: str, struck: Struck) -> None:
        argv = (sys.executable, "-I", "-S", _WARDEN, *(nodes.head() if az is None else nodes.worker(az)))
        more: Mapping[str, str] = nodes.head_environment() if az is None else {}
        self._log = directory / f"{name}.log"
        environment = {**nodes.environment(path), **GIVEN_UP, **more}
        super().__init__(Program(name, argv, directory, self._log, self._says_so, environment, READY_S))
        self._nodes, self._az, self._struck = nodes, az, struck
        self._tree: Tree | None = None
        self._stopped: list[psutil.Process] = []
        self._began = 0  # how often one had begun before this one
        self._looked = 0.0
        self._since = self._went_on = float("-inf")  # when it was frozen last, when it went on after a long time
        self._life = 0  # another one: somebody else has killed or started it meanwhile

    async def start(self, ready: bool = True) -> int:  # noqa: ARG002  (as parts do)
        """Start it, again and again, and wait until it runs: also where nobody wants to wait, or nobody would start it
        again. Returns its warden's process id, 0 where it was killed meanwhile and is left so. Raises NotReady."""
        self._life += 1
        life = self._life
        for left in reversed(range(STARTS)):
            self._end()
            self._began = self._count()
            if self._az is None:
                self._nodes.forget_address()
            try:
                return await super().start()
            except NotReady:
                if self._life != life:
                    return 0
                if not left:
                    self._end()
                    raise
        return 0

    def processes(self) -> tuple[psutil.Process, ...]:
        """All that runs of it."""
        return () if self._tree is None else self._tree.look()

    def is_dying(self) -> bool:
        """Whether its end, if it ends now, is the fault's that had frozen it."""
        return time.monotonic() - self._went_on < FINDS_OUT_S

    def kill(self) -> None:
        """SIGKILL to the node and everything on it."""
        self._life += 1
        self._end()

    def suspend(self) -> None:
        """SIGSTOP to all of it, but for its warden: a machine that stands still."""
        if not self._stopped:
            self._since = time.monotonic()
        for _ in range(2):  # what was being started while it was looked at
            new = [one for one in self.processes() if one.pid != self.pid and one not in self._stopped]
            self._struck.freeze(new)
            self._stopped += new

    def resume(self) -> None:
        """SIGCONT."""
        if self._stopped:
            self._struck.thaw(self._stopped)
            self._stopped = []
            if time.monotonic() - self._since > LONG_S:
                self._went_on = time.monotonic()

    async def close(self) -> None:
        """SIGKILL; returns when nothing is left of it."""
        there = self.processes()
        self.kill()
        await asyncio.to_thread(psutil.wait_procs, there, ENDED_S)

    def _end(self) -> None:
        self._stopped = []
        self._struck.kill(self.processes())
        super().kill()

    def _keep(self, child: Child) -> None:
        super()._keep(child)
        self._tree = Tree(child.pid)

    async def _says_so(self) -> bool:
        if time.monotonic() - self._looked > LOOK_S:
            self._looked = time.monotonic()
            self.processes()
        return self._count() > self._began

    def _count(self) -> int:
        return self._log.read_text(errors="replace").count(STARTED) if self._log.exists() else 0
