"""The backends that a run may harm, and what each offers to faults."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from namelatch.backends.choice import opened as chosen
from namelatch.backends.local import local
from namelatch.backends.running import Running
from namelatch.chaos.catalogue import MEMBERS
from namelatch.config import Settings

QUOTA_BYTES = 6 * 1024**3  # an hour's history of large plans, were it never compacted


def offered(name: str) -> tuple[tuple[str, ...], bool]:
    """The etcd members of a backend, and whether it has links."""
    return (MEMBERS[:1], False) if name == "embedded" else (MEMBERS, True)


def opened(name: str, directory: Path) -> AbstractAsyncContextManager[Running]:
    """The backend for the time of a block. Its data and logs go to `directory`, where it lets one choose."""
    directory.mkdir()
    match name:
        case "local":
            return local(directory, quota_bytes=QUOTA_BYTES)
        case "docker":
            from namelatch.backends.docker import docker  # noqa: PLC0415  (testcontainers: for developers only)

            return docker(directory, quota_bytes=QUOTA_BYTES)
        case _:
            return chosen(name, Settings())
