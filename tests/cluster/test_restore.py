"""etcd is restored from a backup, a member of the new cluster is late, and the run sees all that follows."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.listing import listed
from coordination.etcd.requests import Put, Transaction, encode
from namelatch.backends.running import Running
from namelatch.chaos import restore
from namelatch.chaos.catalogue import ROLES
from namelatch.chaos.observer import Observer
from namelatch.chaos.plan import Planned
from namelatch.chaos.stage import Stage
from namelatch.chaos.strikes import struck
from namelatch.demo.inventory import inventory
from tests.bounded import run
from tests.cluster import operating
from tests.cluster.conftest import cluster

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(200)]
LATE_S = 5.0


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No role is at work here whose calls would have to come to their end."""
    operating.require()
    monkeypatch.setattr(restore, "UNDER_WAY_S", 0.0)


def test_a_member_that_is_late_makes_no_hole_in_what_is_seen(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(kafka=False) as running:
            stage = Stage(running, tmp_path, inventory(20), "hardened", lambda _: None)
            stage.held.update(ROLES)  # nobody starts them
            keys = Keys(stage.etcd.prefix)
            async with EtcdClient(stage.etcd) as client:
                observer = Observer(client, keys, (await listed(client, keys)).position)
                async with asyncio.TaskGroup() as beside:
                    watching = beside.create_task(observer.run())
                    await observer.caught_up()
                    _late(running)
                    async with struck(stage, observer, Planned(0.0, "restore", "etcd", 0.0)) as told:
                        assert told.startswith("at revision ")
                    mark = f"{stage.etcd.prefix}/mark".encode()
                    wrote = await client.write(encode(Transaction((), (Put(mark, b""),), ())))
                    await observer.caught_up()
                    assert int(wrote.header.revision) in observer.seen
                    assert observer.hole == ""
                    watching.cancel()
            assert None not in [part.pid for part in running.members()]
            assert stage.accidents == []

    run(scenario(), 180.0)


def _late(running: Running) -> None:
    """From now on the last member says that it is ready when its time is over."""

    async def never() -> bool:
        return False

    part = running.members()[-1]
    part.program = replace(part.program, ready=never, ready_s=LATE_S)
