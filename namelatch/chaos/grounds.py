"""The backends that a run may harm, and what each offers to faults."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import psutil

from namelatch.backends.choice import opened as chosen
from namelatch.backends.packages import require
from namelatch.backends.ray_nodes import redis_program
from namelatch.backends.running import Running
from namelatch.chaos.catalogue import HEAD, MEMBERS, RAYLETS
from namelatch.config import defaults
from namelatch.trouble import BadEnvironment

RAY_BYTES = 3 * 1000**3  # three raylets with their agents, a process an actor, and some that Ray has ready
QUOTA_BYTES = 6 * 1024**3  # an hour's history of large plans, were it never compacted


def offered(name: str) -> tuple[tuple[str, ...], bool]:
    """The etcd members of a backend, and whether it has links."""
    return (MEMBERS[:1], False) if name == "embedded" else (MEMBERS, True)


def raylets() -> tuple[str, ...]:
    """The nodes of a Ray cluster that may be harmed here. Raises BadEnvironment where there can't be one."""
    require("ray", "ray", "run")
    free = psutil.virtual_memory().available
    if free < RAY_BYTES:
        raise BadEnvironment(
            f"--ray: {len(RAYLETS)} raylets and what lives on them need {RAY_BYTES / 1e9:.1f} GB of memory, "
            f"{free / 1e9:.1f} GB are free"
        )
    return raylets_here()


def raylets_here() -> tuple[str, ...]:
    """Those that a fault may strike: a head only where a Redis remembers what it knew."""
    return RAYLETS if redis_program() else tuple(name for name in RAYLETS if name != HEAD)


def opened(name: str, directory: Path, say: Callable[[str], None]) -> AbstractAsyncContextManager[Running]:
    """The backend for the time of a block. Its data and logs go to `directory`."""
    directory.mkdir()
    return chosen(name, defaults(), directory, quota_bytes=QUOTA_BYTES, say=say)
