"""etcd restored from a backup under running watchers: another cluster answers at the same addresses, a little younger.

The roles are stopped while the backup is taken and played in, so that it has all that anybody was told of: what a
backup that is older than that loses, no protocol brings back. Heartbeats go on, and those after the backup are lost:
watchers that go by revisions alone would wait for ones that were there before, and hear nothing.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.pages import pages
from coordination.feed import Position
from coordination.ports import Unavailable
from namelatch.backends.part import Part
from namelatch.chaos.catalogue import ROLES
from namelatch.chaos.observer import Observer
from namelatch.chaos.stage import Stage

UNDER_WAY_S = 6.0  # longer than a call of a role that is stopped may take to have its effect
COMMAND_S = 120.0
TOKEN = "restored"  # noqa: S105  (a cluster's, that tells it from the one before)


@dataclass(frozen=True, slots=True)
class _Member:
    """One member, as its own arguments have it."""

    name: str
    data: Path
    peer: str
    initial: str

    @property
    def beside(self) -> Path:
        """Where the restored data is made."""
        return self.data.with_name("restored")


@asynccontextmanager
async def restored(stage: Stage, observer: Observer) -> AsyncIterator[str]:
    """Stop the roles, back up, play it in, go on. Raises Unavailable when etcdctl is missing or refuses."""
    etcdctl = shutil.which("etcdctl")
    if etcdctl is None:
        raise Unavailable("etcdctl is not installed")
    stopped = [name for name in ROLES if stage.parts[name].pid is not None]
    parts = stage.running.members()
    backup = stage.directory / "backup"
    token = f"{TOKEN}-{observer.revision}"
    stage.held.update([*ROLES, *stage.members])
    try:
        for name in stopped:
            stage.parts[name].suspend()
        await asyncio.sleep(UNDER_WAY_S)
        await observer.caught_up()
        backup.unlink(missing_ok=True)
        await _run(etcdctl, f"--endpoints={stage.etcd.endpoints[0]}", "snapshot", "save", str(backup))
        members = [_member(part) for part in parts]
        for one in members:
            await _run(
                etcdctl,
                *("snapshot", "restore", str(backup), f"--name={one.name}", f"--data-dir={one.beside}"),
                *(f"--initial-cluster={one.initial}", f"--initial-cluster-token={token}"),
                f"--initial-advertise-peer-urls={one.peer}",
            )
        for part in parts:
            part.kill()
        for one in members:  # all are there: nobody starts without data, as a new and empty cluster would
            await asyncio.to_thread(shutil.rmtree, one.data)
            one.beside.rename(one.data)
        await asyncio.gather(*(part.start() for part in parts))
        was = observer.revision
        async with EtcdClient(stage.etcd) as client:
            observer.restored(await _position(client))
        yield f"at revision {observer.revision}, which was {was}"
    finally:
        for part in parts:
            if part.pid is None:
                await stage.start(part.name)
        for name in stopped:
            if stage.parts[name].pid is not None:
                stage.parts[name].resume()
        stage.held.subtract([*ROLES, *stage.members])


def _member(part: Part) -> _Member:
    flags = dict(argument[2:].split("=", 1) for argument in part.program.argv if argument.startswith("--"))
    peer = flags["initial-advertise-peer-urls"]
    return _Member(flags["name"], Path(flags["data-dir"]), peer, flags["initial-cluster"])


async def _position(client: EtcdClient) -> Position:
    async for page in pages(client, Keys(client.settings.prefix).all("leaders"), limit=1):
        return Position(page.cluster, page.revision)
    raise AssertionError("there is always a page")


async def _run(*argv: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *argv,
        env={**os.environ, "ETCDCTL_API": "3"},
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
        raise Unavailable(f"{argv[0]}: {told.decode(errors='replace').strip()[-300:]}")
