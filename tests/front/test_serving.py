"""`up`, `dns serve` and `status` on real parts: they serve, tell, come back, and leave nothing."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from coordination.conformance.world import manifest
from coordination.etcd.client import EtcdClient
from coordination.etcd.requests import Put, Transaction, encode
from coordination.etcd.settings import EtcdSettings
from coordination.etcd.values import manifest_value
from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.embedded import EmbeddedEtcd
from namelatch.backends.ports import free_ports
from namelatch.backends.probes import dns_answers
from namelatch.config import Settings
from namelatch.trouble import BadEnvironment
from tests.front.waiting import is_running, until

ROOT = Path(__file__).resolve().parents[2]


def over(etcd: EmbeddedEtcd, **dns: object) -> Settings:
    return Settings.model_validate({"etcd": {"endpoints": [etcd.endpoint]}, "dns": {"zones": ["example.com"], **dns}})


def are_running(pids: list[int]) -> bool:
    return any(is_running(pid) for pid in pids)


def test_a_killed_dns_server_comes_back_on_its_port_and_leaves_no_worker(tmp_path: Path) -> None:
    status = tmp_path / "status.json"

    def workers() -> list[int]:
        return [worker["pid"] for worker in json.loads(status.read_text())["workers"]]

    async def scenario() -> None:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd:
            async with EmbeddedDns(tmp_path / "dns", over(etcd, status=status)) as server:
                first, before = server.pid, workers()
                assert first is not None
                os.kill(first, signal.SIGKILL)
                await asyncio.to_thread(
                    until, lambda: server.events[-1].kind == "restarted", "the DNS server's restart"
                )
                assert await dns_answers(server.host, server.port, "example.com")
                assert set(workers()).isdisjoint(before)
                await asyncio.to_thread(until, lambda: not are_running(before), "the old workers' end")
                last = workers()
            await asyncio.to_thread(until, lambda: not are_running(last), "the workers' end")

    asyncio.run(scenario())


def test_the_dns_server_keeps_serving_without_etcd_and_starts_again_from_its_snapshot(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd:
            settings = over(etcd, snapshot=tmp_path / "snapshot", snapshot_every_s=0.1)
            server = EmbeddedDns(tmp_path / "dns", settings)
            await server.start()
            await asyncio.to_thread(until, (tmp_path / "snapshot").exists, "the snapshot on disk")
        try:
            assert await dns_answers(server.host, server.port, "example.com")
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.to_thread(until, lambda: server.events[-1].kind == "restarted", "the DNS server's restart")
            assert await dns_answers(server.host, server.port, "example.com")
        finally:
            await server.stop()

    asyncio.run(scenario())


def test_a_taken_dns_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    async def scenario() -> str:
        (port,) = free_ports(1)
        with socket.create_server(("127.0.0.1", port)):
            try:
                EmbeddedDns(tmp_path, Settings.model_validate({"dns": {"port": port}}))
            except BadEnvironment as error:
                return str(error)
        return "nothing was told"

    assert asyncio.run(scenario()).startswith("dns.port: port ")


def namelatch(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "namelatch", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        start_new_session=True,
    )


def test_status_tells_what_the_authority_holds(tmp_path: Path) -> None:
    async def scenario() -> tuple[dict[str, object], str]:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd:
            asked = [namelatch("status", *flag, NAMELATCH_ETCD__ENDPOINTS=etcd.endpoint) for flag in (("--json",), ())]
            document, text = [(await asyncio.to_thread(one.communicate, None, 60))[0] for one in asked]
            return json.loads(document), text

    document, text = asyncio.run(scenario())
    assert (document["newest"], document["plans"], document["claims"]) == (None, 0, [])
    assert "newest    none yet" in text


def test_status_without_etcd_is_one_line_and_status_2() -> None:
    (port,) = free_ports(1)
    variables = {"NAMELATCH_ETCD__ENDPOINTS": f"127.0.0.1:{port}", "NAMELATCH_ETCD__CONNECT_TIMEOUT_S": "0.3"}
    asked = namelatch("status", NAMELATCH_ETCD__CALL_TIMEOUT_S="0.5", **variables)
    out, error = asked.communicate(timeout=60)
    assert (asked.returncode, out, error.count("\n")) == (2, "", 1)
    assert f"127.0.0.1:{port}" in error


def test_status_over_bytes_that_are_not_ours_is_one_line_and_status_2(tmp_path: Path) -> None:
    key, value = b"namelatch/manifests/" + b"3".zfill(20), manifest_value(manifest(3, base=3))

    async def scenario() -> tuple[int | None, str, str]:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd:
            async with EtcdClient(EtcdSettings((etcd.endpoint,))) as client:
                await client.write(encode(Transaction((), (Put(key, value),), ())))
            asked = namelatch("status", NAMELATCH_ETCD__ENDPOINTS=etcd.endpoint)
            out, error = await asyncio.to_thread(asked.communicate, None, 60)
            return asked.returncode, out, error

    status, out, error = asyncio.run(scenario())
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert "manifest 3 says that it builds on 3" in error


def test_dns_serve_on_a_taken_port_is_one_line_and_status_2(tmp_path: Path) -> None:
    async def scenario() -> tuple[int | None, str]:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd:
            (port,) = free_ports(1)
            with socket.create_server(("127.0.0.1", port)):
                variables = {"NAMELATCH_ETCD__ENDPOINTS": etcd.endpoint, "NAMELATCH_DNS__PORT": str(port)}
                server = namelatch("dns", "serve", **variables)
                _, error = await asyncio.to_thread(server.communicate, None, 60)
                return server.returncode, error

    returncode, error = asyncio.run(scenario())
    assert returncode == 2
    assert error.splitlines()[-1].startswith("namelatch: dns.port: ")
    assert "Traceback" not in error
