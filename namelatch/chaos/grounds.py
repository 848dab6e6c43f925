"""The backends that a run may harm, and what each offers to faults."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from namelatch.backends.choice import opened as chosen
from namelatch.backends.running import Running
from namelatch.chaos.catalogue import MEMBERS
from namelatch.config import Settings

QUOTA_BYTES = 6 * 1024**3  # an hour's history of large plans, were it never compacted


def offered(name: str) -> tuple[tuple[str, ...], bool]:
    """The etcd members of a backend, and whether it has links."""
    return (MEMBERS[:1], False) if name == "embedded" else (MEMBERS, True)


def opened(name: str, directory: Path, say: Callable[[str], None]) -> AbstractAsyncContextManager[Running]:
    """The backend for the time of a block. Its data and logs go to `directory`."""
    directory.mkdir()
    return chosen(name, Settings(), directory, quota_bytes=QUOTA_BYTES, say=say)
