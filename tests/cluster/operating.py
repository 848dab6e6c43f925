"""What an operator does to an etcd cluster, with etcd's own client: save, restore, compact, defragment, disarm."""

import asyncio
import json
import shutil
import subprocess
from typing import Any

import pytest

from namelatch.backends.running import Running

PROGRAM = "etcdctl"


def require() -> None:
    """Skip where etcd's client is missing."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"no {PROGRAM} here; on Debian or Ubuntu: apt install etcd-client")


async def etcdctl(running: Running, *words: str, at: int | None = None) -> str:
    """One command to all members, or to one of them by its place. Fails with what the command said."""
    endpoints = running.etcd.endpoints if at is None else running.etcd.endpoints[at : at + 1]
    return await _run(f"--endpoints={','.join(endpoints)}", *words)


async def _run(*words: str) -> str:
    ended = await asyncio.to_thread(
        subprocess.run,
        [PROGRAM, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin:/usr/local/bin"},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def revision(running: Running) -> int:
    """Where etcd stands."""
    told: list[dict[str, Any]] = json.loads(await etcdctl(running, "endpoint", "status", "--write-out=json"))
    return max(int(one["Status"]["header"]["revision"]) for one in told)


async def compact(running: Running, at: int) -> None:
    """Forget what was before a revision."""
    await etcdctl(running, "compact", str(at), "--physical", at=0)


async def make_room(running: Running) -> None:
    """What the operator is told to do when etcd is full."""
    await compact(running, await revision(running))
    for at in range(len(running.members())):
        await etcdctl(running, "defrag", "--command-timeout=30s", at=at)
    await etcdctl(running, "alarm", "disarm")
