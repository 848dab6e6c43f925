"""What the Ray tests have beside the cluster: etcd, broker and DNS server, and the commands that people use."""

import asyncio
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

from dns_server.client import build_query, parse_response
from dns_server.codes import A
from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd
from namelatch.config import Settings
from namelatch.loading import as_environment
from namelatch.probing import Bounds, Found, Question, look
from tests.front.waiting import until
from tests.ray.nodes import PATIENCE_S, Commands, Ended, Nodes

NAME = "api.example.com"


class Beside:
    """etcd, broker and DNS server, in a loop of their own thread, asked for their zone all the time."""

    def __init__(self, directory: Path, azs: tuple[str, ...], more: dict[str, dict[str, Any]] | None = None) -> None:
        self._directory, self._azs, self._more = directory, azs, more or {}
        self._loop = asyncio.new_event_loop()
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._watcher = threading.Thread(target=self._watch)
        self._watching = True
        self.looks: list[Found] = []
        self.inputs = directory / "inputs.toml"

    def __enter__(self) -> "Beside":
        self.write("192.0.2.1")
        self._thread.start()
        assert self._ready.wait(PATIENCE_S), "etcd, broker and DNS server did not start"
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watching = False
        if self._watcher.is_alive():
            self._watcher.join()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def write(self, address: str) -> None:
        """Inputs that send everybody to `address`."""
        beside = self.inputs.with_suffix(".new")
        beside.write_text(f'["{NAME}"]\nttl = 5\nA = {{ "{address}" = 100 }}\n')
        beside.replace(self.inputs)

    def answered(self) -> tuple[str, ...]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(5)
            udp.sendto(build_query(7, NAME, A), ("127.0.0.1", self.port))
            return parse_response(udp.recv(4096)).addresses

    async def _run(self) -> None:
        async with (
            EmbeddedEtcd(self._directory / "etcd") as etcd,
            EmbeddedBroker(self._directory / "broker") as broker,
        ):
            tables: dict[str, dict[str, Any]] = {
                "etcd": {"endpoints": [etcd.endpoint], "lease_ttl_s": 5},
                "kafka": {"bootstrap": [broker.endpoint]},
                "dns": {"zones": ["example.com"]},
                "planner": {"inputs": self.inputs, "poll_s": 0.2},
                "enactors": {"azs": self._azs, "poll_s": 0.5},
            }
            for name, keys in self._more.items():
                tables[name] = tables.get(name, {}) | keys
            self.settings = Settings.model_validate(tables)
            async with EmbeddedDns(self._directory / "dns", self.settings) as dns:
                self.port = dns.port
                self._ready.set()
                await self._stop.wait()

    def _watch(self) -> None:
        tick = threading.Event()
        while self._watching:
            self.looks.append(look(Question("127.0.0.1", self.port, "example.com", timeout_s=5.0), Bounds()))
            tick.wait(0.1)


class Teller:
    """Runs commands on the cluster, and waits for what should come of them."""

    def __init__(self, nodes: Nodes, beside: Beside, commands: Commands) -> None:
        self._nodes, self._beside, self._commands = nodes, beside, commands
        self.variables = as_environment(beside.settings)

    def run(self, command: str, *arguments: str, address: str = "", **variables: str) -> list[str]:
        ended = self.ended(command, *arguments, address=address, **variables)
        assert ended.status == 0, f"{ended}\nnodes: {self._nodes.said()}"
        return ended.out.splitlines()

    def ended(self, command: str, *arguments: str, address: str = "", **variables: str) -> Ended:
        words = (command, "--ray", address or self._nodes.address, *arguments)
        return self._commands.run(*words, **{**self.variables, **variables})

    def status(self, address: str = "", **variables: str) -> dict[str, Any]:
        return json.loads("\n".join(self.run("status", "--json", address=address, **variables)))  # type: ignore[no-any-return]

    def until_all_answer(self, **variables: str) -> dict[str, Any]:
        """Look until every actor answers and has been answered by etcd."""
        end = time.monotonic() + PATIENCE_S
        while True:
            found = self.status(**variables)
            if all(one["told"] and one["told"]["answers"] for one in found["actors"]):
                return found
            assert time.monotonic() < end, found

    def until_served(self, last: int) -> None:
        address = f"192.0.2.{last}"
        self._beside.write(address)
        until(lambda: self._beside.answered() == (address,), f"{address} being served", PATIENCE_S)
