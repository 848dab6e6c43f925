"""The server as a process of its own: its ready line, its signals, and workers that never outlive it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dns_server import disk
from dns_server.entry import pack_tree
from tests.dns.serving import ask_udp
from tests.dns.test_server import gone
from tests.dns.world import eventually, run, snapshot_of

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, pathlib, sys
from dns_server.server import serve
from dns_server.settings import DnsSettings
from tests.dns.feeds import MemoryFeed
where = pathlib.Path(sys.argv[1])
settings = DnsSettings(("example.com",), workers=2, snapshot_path=where / "snapshot", status_path=where / "status")
asyncio.run(serve(settings, MemoryFeed()))
"""


@contextmanager
def server(where: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any], list[int]]]:
    """The process, its ready line and its workers."""
    disk.save(where / "snapshot", snapshot_of({"api.example.com": pack_tree(b"A 60 10.0.0.1=1")}))
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(where)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        ready = next(json.loads(line) for line in lines if line.startswith("{"))
        status = json.loads((where / "status").read_text())
        yield process, ready, [worker["pid"] for worker in status["workers"]]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly_with_its_workers(tmp_path: Path, number: signal.Signals):
    with server(tmp_path) as (process, ready, workers):
        assert ready["ready"] is True
        assert run(ask_udp(ready["port"], "api.example.com")).addresses == ("10.0.0.1",)
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert all(gone(pid) for pid in workers)
        assert json.loads((tmp_path / "status").read_text())["state"] == "stopped"


def test_workers_die_with_a_killed_parent_and_a_new_one_starts_from_disk(tmp_path: Path):
    with server(tmp_path) as (process, _, workers):
        process.kill()
        process.wait()
        run(eventually(lambda: all(gone(pid) for pid in workers)))
    with server(tmp_path) as (_, ready, _):
        assert run(ask_udp(ready["port"], "api.example.com")).addresses == ("10.0.0.1",)


def test_a_stopped_worker_dies_with_a_killed_parent_too(tmp_path: Path):
    with server(tmp_path) as (process, _, workers):
        os.kill(workers[0], signal.SIGSTOP)
        process.kill()
        process.wait()
        run(eventually(lambda: all(gone(pid) for pid in workers)))


def test_a_worker_started_by_hand_under_another_parent_leaves_at_once():
    argument = json.dumps({"parent": 1})

    async def scene() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "dns_server.worker", argument, cwd=ROOT)
        return await process.wait()

    assert run(scene()) == 0
