"""One program in a container of this machine's Docker engine, held as if it were a child of ours.

It runs under our own user and in our own network, its directory at the same path: ports, addresses, arguments and
files are those of the backend `local`, and so are the signals. Started again, it is a new container over the same
files. The engine has to run on this very kernel, or there would be no process to signal.
"""

import asyncio
import contextlib
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from namelatch.backends.child import Child
from namelatch.backends.process import Program
from namelatch.trouble import BadEnvironment


@dataclass(frozen=True, slots=True)
class Image:
    """An image, and the directories that its containers see at the same path."""

    name: str
    shared: tuple[Path, ...]

    def launch(self, program: Program) -> Child:
        """Start a container of it."""
        return Contained(self, program)

    def once(self, argv: tuple[str, ...]) -> tuple[int, str]:
        """Run a command in a container to its end: its exit status, what it printed."""
        container = started(self, argv)
        try:
            status = int(container.wait()["StatusCode"])
            return status, container.logs().decode("utf-8", "replace")
        finally:
            container.remove(force=True, v=True)


def started(image: Image, argv: tuple[str, ...], directory: Path | None = None) -> Any:
    """A running container: labelled for testcontainers' reaper, which removes it when we die. Raises BadEnvironment."""
    from docker.errors import DockerException  # noqa: PLC0415  (for developers only)
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  (for developers only)

    inside: dict[str, object] = {
        "entrypoint": [argv[0]],
        "network_mode": "host",
        "user": f"{os.getuid()}:{os.getgid()}",
        "working_dir": str(directory or "/"),
    }
    container = DockerContainer(image.name).with_command(list(argv[1:])).with_kwargs(**inside)
    for path in image.shared:
        container = container.with_volume_mapping(str(path), str(path), "rw")
    try:
        return container.start().get_wrapped_container()
    except DockerException as error:
        raise BadEnvironment(f"backend docker: {image.name} does not start: {error}") from None


class Contained(Child):
    """A running container. Its process id is this machine's."""

    def __init__(self, image: Image, program: Program) -> None:
        self._loop = asyncio.get_running_loop()
        self.exited = asyncio.Event()
        self._code: int | None = None
        self._container = started(image, program.argv, program.directory)
        self._container.reload()
        self.pid = int(self._container.attrs["State"]["Pid"])
        # A program that ended at once has no process id any more; its words are in its log.
        if self.pid and not Path(f"/proc/{self.pid}").exists():
            self._container.remove(force=True, v=True)
            raise BadEnvironment("backend docker: the engine runs on another kernel than ours, take another backend")
        threading.Thread(target=self._listen, args=(program.log,), name=f"container {self.pid}", daemon=True).start()

    @property
    def status(self) -> str:
        """As a child's: 137 is how engines say signal 9."""
        if self._code is None:
            return "running"
        return f"signal {self._code - 128}" if self._code > 128 else f"exit status {self._code}"

    def terminate(self) -> None:
        """Ask the program to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the container and remove it. Safe to call at any time, twice too."""
        if self._code is not None:
            return
        self._signal(signal.SIGKILL)
        self._code = int(self._container.wait()["StatusCode"])
        self._container.remove(force=True, v=True)
        self.exited.set()

    def _signal(self, number: signal.Signals) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _listen(self, log: Path) -> None:
        """The program's words into its log, until it ends."""
        with log.open("ab", buffering=0) as output:
            for piece in self._container.logs(stream=True, follow=True):
                output.write(piece)
        try:
            self._loop.call_soon_threadsafe(self.kill)
        except RuntimeError:
            self.kill()  # the loop is closed; nobody else will
