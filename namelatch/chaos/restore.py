"""etcd restored from a backup under running watchers: another cluster answers at the same addresses, a little younger.

The roles are stopped while the backup is taken and played in, so that it has all that anybody was told of: what a
backup that is older than that loses, no protocol brings back. Heartbeats go on, and those after the backup are lost:
watchers that go by revisions alone would wait for ones that were there before, and hear nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.pages import pages
from coordination.feed import Position
from namelatch.backends.backup import program, put_back, save
from namelatch.chaos.catalogue import ROLES
from namelatch.chaos.observer import Observer
from namelatch.chaos.stage import Stage

UNDER_WAY_S = 6.0  # longer than a call of a role that is stopped may take to have its effect
TOKEN = "restored"  # noqa: S105  (a cluster's, that tells it from the one before)


@asynccontextmanager
async def restored(stage: Stage, observer: Observer) -> AsyncIterator[str]:
    """Stop the roles, back up, play it in, go on. Raises Unavailable when etcdctl is missing or refuses."""
    program()  # before anybody is stopped for it
    if stage.rays is not None:
        await stage.rays.at_rest()  # whom Ray starts in the middle of it would write what is then forgotten
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
        await save(stage.etcd.endpoints[0], backup)
        await put_back(parts, backup, token)
        was = observer.revision
        async with EtcdClient(stage.etcd) as client:
            observer.restored(await _position(client))
        yield f"at revision {observer.revision}, which was {was}"
    finally:
        await stage.release(*stage.members, *ROLES)


async def _position(client: EtcdClient) -> Position:
    async for page in pages(client, Keys(client.settings.prefix).all("leaders"), limit=1):
        return Position(page.cluster, page.revision)
    raise AssertionError("there is always a page")
