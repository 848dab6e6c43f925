"""A fault that can't be done says so, and strikes nobody else."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.requests import Put, Transaction, encode
from coordination.etcd.settings import EtcdSettings
from coordination.feed import Position
from coordination.kafka.settings import KafkaSettings
from coordination.ports import OutOfSpace, Unavailable
from namelatch.backends.part import Part
from namelatch.backends.ports import free_ports
from namelatch.backends.process import Program
from namelatch.backends.running import Running
from namelatch.chaos import gateway, strikes
from namelatch.chaos.catalogue import DNS, WORKER
from namelatch.chaos.observer import Observer
from namelatch.chaos.plan import Planned
from namelatch.chaos.rays import at_once
from namelatch.chaos.stage import Stage
from namelatch.chaos.strikes import struck
from namelatch.demo.inventory import inventory
from tests.etcd.conftest import own_etcd  # noqa: F401  (a fixture)
from tests.etcd.server import Etcd
from tests.front.waiting import is_running, until

WITH_A_CHILD = "import subprocess; one = subprocess.Popen(['sleep', '60']); print(one.pid, flush=True); one.wait()"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Nothing on it runs, and its etcd answers nobody. Its DNS server is a process that has a child."""
    (port,) = free_ports(1)
    found = Stage(
        Running("", EtcdSettings((f"127.0.0.1:{port}",), connect_timeout_s=0.2), KafkaSettings("127.0.0.1:9")),
        tmp_path,
        inventory(20),
        "hardened",
        lambda _: None,
    )
    argv = (sys.executable, "-c", WITH_A_CHILD)
    found.parts[DNS] = Part(Program(DNS, argv, tmp_path, tmp_path / "dns.log", at_once))
    return found


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def says(stage: Stage, server: int | None, worker: int) -> None:
    told = {"pid": server, "state": "serving", "workers": [{"pid": worker, "restarts": 0, "serving": True}]}
    stage.status.write_text(json.dumps(told))


def child_of(server: Part) -> int:
    log = server.program.log
    until(lambda: log.exists() and log.read_text().endswith("\n"), "the server's child")
    return int(log.read_text())


async def strike(stage: Stage, fault: str, target: str, meanwhile: Callable[[], None] = lambda: None) -> str:
    observer = Observer(EtcdClient(stage.etcd), Keys("chaos"), Position(1, 7))
    async with struck(stage, observer, Planned(0.0, fault, target, 0.0)) as told:
        meanwhile()
    return told


@pytest.mark.parametrize("fault", ["kill", "stop"])
@pytest.mark.parametrize("server", ["dead", "another", "this one"])
def test_whoever_is_no_worker_of_the_server_that_runs_is_not_struck(
    server: str, fault: str, stage: Stage, stranger: "subprocess.Popen[bytes]"
) -> None:
    """A status outlives its server, and the process id in it may be anybody's by now."""

    async def scenario() -> None:
        dns = stage.parts[DNS]
        pid = await dns.start(ready=False)
        try:
            says(stage, pid + 1 if server == "another" else pid, stranger.pid)
            if server == "dead":
                dns.kill()
            with pytest.raises(Unavailable, match="no DNS worker runs"):
                await strike(stage, fault, WORKER, lambda: pytest.fail("it was struck"))
        finally:
            dns.kill()
        assert stranger.poll() is None
        assert psutil.Process(stranger.pid).status() == psutil.STATUS_SLEEPING

    asyncio.run(scenario())


def test_a_worker_that_is_stopped_goes_on_and_one_that_is_killed_ends(stage: Stage) -> None:
    async def scenario() -> None:
        dns = stage.parts[DNS]
        pid = await dns.start(ready=False)
        try:
            worker = psutil.Process(child_of(dns))
            says(stage, pid, worker.pid)
            stopped = partial(until, lambda: worker.status() == psutil.STATUS_STOPPED, "its standing still")
            assert await strike(stage, "stop", WORKER, stopped) == f"process {worker.pid}"
            until(lambda: worker.status() == psutil.STATUS_SLEEPING, "its going on")
            await strike(stage, "kill", WORKER)
            until(lambda: not is_running(worker.pid), "its end")
            with pytest.raises(Unavailable, match="no DNS worker runs"):
                await strike(stage, "kill", WORKER, lambda: pytest.fail("it was struck"))
        finally:
            dns.kill()

    asyncio.run(scenario())


def test_what_could_not_be_compacted_behind_the_dns_server_is_told_once_that_goes_on(stage: Stage) -> None:
    async def scenario() -> None:
        dns = stage.parts[DNS]
        process = psutil.Process(await dns.start(ready=False))
        try:
            child_of(dns)
            stopped = partial(until, lambda: process.status() == psutil.STATUS_STOPPED, "its standing still")
            with pytest.raises(Unavailable, match="Connection refused"):
                await strike(stage, "compact-behind", DNS, stopped)
            until(lambda: process.status() == psutil.STATUS_SLEEPING, "its going on")
        finally:
            dns.kill()

    asyncio.run(scenario())


def test_an_alarm_that_nobody_could_raise_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        with pytest.raises(Unavailable, match="no member of etcd answers"):
            await gateway.alarm(stage.etcd.endpoints)
        monkeypatch.setattr(strikes, "CLEARING_S", 0.1)
        with pytest.raises(Unavailable):
            await strike(stage, "no-space", "etcd", lambda: pytest.fail("it was struck"))

    asyncio.run(scenario())


def test_an_alarm_refuses_every_write_until_it_is_cleared(own_etcd: Etcd) -> None:  # noqa: F811  (the fixture)
    async def scenario() -> None:
        async with EtcdClient(own_etcd.settings()) as client:
            await gateway.alarm((own_etcd.address,))
            with pytest.raises(OutOfSpace):
                await written(client)
            await gateway.disarm((own_etcd.address,), 20.0)
            await written(client)
            await gateway.disarm((own_etcd.address,), 20.0)

    asyncio.run(scenario())


async def written(client: EtcdClient) -> None:
    await client.write(encode(Transaction((), (Put(b"key", b""),), ())))
