"""Who dialled? The process behind a loopback connection, by the port that it dials from (Linux: /proc/net/tcp).

etcd's members know one address a member, the same for all of them; only the caller tells their links apart.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

STRANGER = "?"
_LOOPBACK = "0100007F"  # 127.0.0.1 as the kernel prints it, least significant byte first
_LOOKS = 10  # the table changes while it is read, and then lacks lines
_INODE = 9  # the column of /proc/net/tcp (proc_pid_net(5))


def caller(pids: Callable[[], Mapping[str, int]]) -> Callable[[int], str]:
    """A function from the source port of a connection to the name of the process that holds it, or STRANGER."""

    def named(port: int) -> str:
        for _ in range(_LOOKS):
            inode = _inode(port)
            if inode is not None:
                for name, pid in pids().items():
                    if _holds(pid, inode):
                        return name
                return STRANGER
        return STRANGER

    return named


def _inode(port: int) -> str | None:
    wanted = f"{_LOOPBACK}:{port:04X}"
    with suppress(OSError):
        for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
            columns = line.split()
            if columns[1] == wanted:
                return columns[_INODE]
    return None


def _holds(pid: int, inode: str) -> bool:
    with suppress(OSError):  # it died meanwhile
        for file in os.scandir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                if os.readlink(file.path) == f"socket:[{inode}]":
                    return True
    return False
