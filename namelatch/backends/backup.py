"""A backup of an etcd cluster, taken and put back with etcd's own client (`etcdctl`, Debian's etcd-client).

Raises Unavailable when it is not installed or refuses.
"""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from coordination.ports import Unavailable
from namelatch.backends.embedded import inherited
from namelatch.backends.part import Part

COMMAND_S = 120.0
_OWN = ("name", "initial-cluster", "initial-cluster-token", "initial-advertise-peer-urls")


def program() -> str:
    """Where etcd's own client is. Raises Unavailable, which says how to get it."""
    found = shutil.which("etcdctl")
    if found is None:
        raise Unavailable("etcdctl is not installed; on Debian or Ubuntu: apt install etcd-client")
    return found


async def save(endpoint: str, backup: Path) -> None:
    """What one member has, into a file that is not there yet."""
    await _etcdctl("snapshot", "save", str(backup), f"--endpoints={endpoint}")


async def put_back(members: Sequence[Part], backup: Path, token: str | None = None) -> None:
    """Kill all members and start them with what the backup has: as the same cluster, or by `token` as another.

    All have their data before the first is killed: nobody starts without, as a new and empty cluster would. Raises
    NotReady when one does not answer in time: whoever had not answered by then does not run; all have the new data.
    """
    for member in members:
        own = {name: _flag(member, name) for name in _OWN} | ({} if token is None else {"initial-cluster-token": token})
        flags = [f"--{name}={value}" for name, value in own.items()]
        await asyncio.to_thread(shutil.rmtree, _beside(member), ignore_errors=True)  # of a time that was broken off
        await _etcdctl("snapshot", "restore", str(backup), *flags, f"--data-dir={_beside(member)}")
    for member in members:
        member.kill()
    for member in members:
        await asyncio.to_thread(shutil.rmtree, _data(member))
        _beside(member).rename(_data(member))
    try:
        async with asyncio.TaskGroup() as starts:
            for member in members:
                starts.create_task(member.start())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _data(member: Part) -> Path:
    return Path(_flag(member, "data-dir"))


def _beside(member: Part) -> Path:
    """Where the restored data is made."""
    return _data(member).with_name("restored")


def _flag(member: Part, name: str) -> str:
    """What a member was started with."""
    return next(word for word in member.program.argv if word.startswith(f"--{name}=")).partition("=")[2]


async def _etcdctl(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program(),
        *words,
        env={**inherited(), "ETCDCTL_API": "3"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(COMMAND_S):
            _, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Unavailable(f"etcdctl {' '.join(words[:2])}: {told.decode(errors='replace').strip()[-300:]}")
