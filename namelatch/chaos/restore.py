"""etcd restored from a backup under running watchers: another cluster answers at the same addresses, a little younger.

The roles are stopped while the backup is taken and played in, so that it has all that anybody was told of: what a
backup that is older than that loses, no protocol brings back. Heartbeats go on, and those after the backup are lost:
watchers that go by revisions alone would wait for ones that were there before, and hear nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.pages import pages
from coordination.etcd.settings import EtcdSettings
from coordination.feed import Position
from coordination.ports import Unavailable
from namelatch.backends.backup import program, put_back, save
from namelatch.backends.process import NotReady
from namelatch.chaos.catalogue import ROLES
from namelatch.chaos.observer import Observer
from namelatch.chaos.stage import Stage

UNDER_WAY_S = 6.0  # longer than a call of a role that is stopped may take to have its effect
ANSWERS_S = 60.0  # for a majority of the new cluster, however late its members were
AGAIN_S = 0.3
TOKEN = "restored"  # noqa: S105  (a cluster's, that tells it from the one before)


@asynccontextmanager
async def restored(stage: Stage, observer: Observer) -> AsyncIterator[str]:
    """Stop the roles, back up, play it in, go on. Raises Unavailable when etcdctl is missing or refuses,
    or when nobody answers afterwards."""
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
        was = observer.revision
        try:
            await put_back(parts, backup, token)
        except NotReady:  # late, and another cluster all the same: nobody goes on before the observer knows it
            for name in stage.members:
                if stage.parts[name].pid is None:
                    await stage.start(name)
        observer.restored(await _position(stage.etcd))
        yield f"at revision {observer.revision}, which was {was}"
    finally:
        await stage.release(*stage.members, *ROLES)


async def _position(etcd: EtcdSettings) -> Position:
    """Where the cluster stands that answers now. Raises Unavailable when none does in time."""
    try:
        async with asyncio.timeout(ANSWERS_S), EtcdClient(etcd) as client:
            while True:
                with suppress(Unavailable):
                    async for page in pages(client, Keys(etcd.prefix).all("leaders"), limit=1):
                        return Position(page.cluster, page.revision)
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        raise Unavailable(f"the restored etcd does not answer within {ANSWERS_S:g} s") from None
