"""Who dialled? The process behind a loopback connection, by the ports at its two ends (Linux: /proc/net/tcp).

The port that it dials from is not enough: others may use the same one towards another port, and so may what is left
of a connection that has ended.

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


def caller(pids: Callable[[], Mapping[str, int]]) -> Callable[[int, int], str]:
    """From a connection's source and target port to the name of the process that dialled it, or STRANGER."""

    def named(source: int, target: int) -> str:
        for _ in range(_LOOKS):
            inode = _inode(source, target)
            if inode is not None:
                for name, pid in pids().items():
                    if _holds(pid, inode):
                        return name
                return STRANGER
        return STRANGER

    return named


def _inode(source: int, target: int) -> str | None:
    wanted = [f"{_LOOPBACK}:{source:04X}", f"{_LOOPBACK}:{target:04X}"]
    with suppress(OSError):
        for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
            columns = line.split()
            if columns[1:3] == wanted:
                return columns[_INODE]
    return None


def _holds(pid: int, inode: str) -> bool:
    with suppress(OSError):  # it died meanwhile
        for file in os.scandir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                if os.readlink(file.path) == f"socket:[{inode}]":
                    return True
    return False
