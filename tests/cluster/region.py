"""A region of real processes on a backend that may be harmed, a real DNS server included, and somebody who asks it.

The processes are the matrix's: the real services over the real adapters, recorded, started again when they die, judged
by the lab's invariants. What a test does to them and to the ground under them is its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.settings import EtcdSettings
from coordination.invariants import SAFETY
from coordination.kafka.settings import KafkaSettings
from coordination.plan import Generation
from coordination.promises import APART
from coordination.records import Endpoint
from dns_server.client import Response
from dns_server.codes import AAAA, NXDOMAIN
from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.ports import free_ports
from namelatch.backends.relay import Link, Relay
from namelatch.config import Settings
from namelatch.demo import addresses
from namelatch.demo.evidence import read_reports
from namelatch.lab.histories import recorded
from namelatch.lab.histories.judging import judge
from namelatch.matrix import shown, verdict
from namelatch.matrix.cells import Role
from namelatch.matrix.grounds import Grounds
from namelatch.matrix.inputs import Turned
from namelatch.matrix.processes import Nursery
from namelatch.matrix.trial import Asked, Evidence, Trial, position_now
from namelatch.matrix.variant import Variant
from namelatch.matrix.world import FOUR, NAMES, ONE, THREE, TWO, ZONE
from tests.cluster.writing import so
from tests.dns.serving import ask_udp

PACE_S = 0.05
IN_TIME_S = 3.0
PLAIN = Asked("planner", "running", None, Variant())
Told = Mapping[str, Any]


class Asking:
    """Asks one name after the other, for as long as it runs: `answers` are (when, name, generation or what else)."""

    def __init__(self, port: int, names: tuple[Endpoint, ...] = (ONE, TWO, THREE, FOUR)) -> None:
        self.answers: list[tuple[float, Endpoint, int | str]] = []
        self._port, self._names = port, names

    async def run(self) -> None:
        for name in cycle(self._names):
            self.answers.append((time.monotonic(), name, await answered(self._port, name)))
            await asyncio.sleep(PACE_S)

    def dark(self) -> list[tuple[Endpoint, int | str]]:
        """Every answer that was none."""
        return [(name, what) for _, name, what in self.answers if isinstance(what, str)]

    def back(self) -> list[tuple[Endpoint, int, int]]:
        """Every answer of an older generation than its name had answered before."""
        found: list[tuple[Endpoint, int, int]] = []
        last: dict[Endpoint, int] = {}
        for _, name, what in self.answers:
            if isinstance(what, int):
                if what < last.get(name, 0):
                    found.append((name, last[name], what))
                last[name] = what
        return found

    async def more(self, count: int = 40) -> None:
        """Wait until so many more questions have been answered or not."""
        reached = len(self.answers) + count
        await so(lambda: len(self.answers) >= reached)


async def answered(port: int, name: Endpoint) -> int | str:
    """The generation that the answer tells, or what there was instead: `silent`, `gone`, `empty`."""
    try:
        async with asyncio.timeout(IN_TIME_S):
            response: Response = await ask_udp(port, name, AAAA)
    except (TimeoutError, OSError):
        return "silent"
    if response.rcode == NXDOMAIN:
        return "gone"
    if response.rcode or not response.addresses:
        return "empty"
    return int(addresses.generation_of(response.addresses[0], Generation(0)))


class Region(Trial):
    """What a test turns and looks at. `unlike` has settings of etcd that one process has and no other."""

    def __init__(
        self, asked: Asked, grounds: Grounds, nursery: Nursery, client: EtcdClient, evidence: Evidence
    ) -> None:
        super().__init__(asked, grounds, nursery, client, evidence)
        self.grounds = grounds
        self.unlike: dict[str, EtcdSettings] = {}
        self.elsewhere: dict[str, Nursery] = {}
        self.dns: EmbeddedDns
        self.asking: Asking
        self.dns_link: Link
        self.dns_relays: list[Relay] = []

    def _spec(self, who: str, role: Role, life: int) -> dict[str, Any]:
        spec = super()._spec(who, role, life)
        own = self.unlike.get(who)
        return spec if own is None else spec | {"etcd": {name: getattr(own, name) for name in spec["etcd"]}}

    async def keep(self, who: str, role: Role) -> None:
        """As the matrix does, from a nursery of its own where it has one."""
        apart = self.elsewhere.get(who)
        if apart is None:
            return await super().keep(who, role)
        alike = Region(self.asked, self.grounds, apart, self.client, self.evidence)
        alike.unlike = self.unlike
        return await alike.keep(who, role)

    def turned(self, *names: Endpoint) -> int:
        """These have changed, or all: their inputs' revision."""
        return self.evidence.turned.touch(*names)

    def status(self) -> Told:
        """What the DNS server says of itself; nothing while its file is being replaced."""
        import json

        return dict(json.loads(self.dns.status.read_text()))

    def told(self, event: str) -> list[Told]:
        """The reports of that name, of everybody."""
        return [line for line in read_reports(self.directory) if line["event"] == event]

    async def serving(self, name: Endpoint, what: int | str) -> None:
        """Wait until the DNS server answers so: at least that generation, or that word."""
        async with asyncio.timeout(60):
            while True:
                now = await answered(self.dns.port, name)
                if now == what or (isinstance(now, int) and isinstance(what, int) and now >= what):
                    return
                await asyncio.sleep(PACE_S)

    async def refuse_dns(self) -> None:
        """Break the DNS server's connections to etcd and refuse it others; not as a cut does, which breaks nothing."""
        for relay in self.dns_relays:
            await relay.__aexit__(None, None, None)

    async def take_dns(self) -> None:
        """Let it connect again."""
        for relay in self.dns_relays:
            await relay.__aenter__()

    async def newest(self) -> int:
        """The newest plan's number."""
        return int((await self.authority.head()).newest or 0)

    def falls_of_history(self) -> list[str]:
        """What falls by the recorders' word alone: for where etcd's own history was taken away."""
        lines = recorded.read(self.directory).lines
        found = [f"{one.id}: {one.first}" for one in judge(lines, asked=(*SAFETY, *APART)).fallen]
        seen = shown.read(self.directory / "follower.shown.jsonl")
        evidence = self.evidence
        away = evidence.away.get("follower", ())
        looked = shown.judge(seen, lines, away, verdict.SHOWN_BOUND_S, evidence.taken_down, evidence.harmed)
        return [*found, *looked.falls, *evidence.accidents]


def grounds_of(etcd: EtcdSettings, kafka: KafkaSettings, name: str) -> Grounds:
    """A place of its own on a backend, with leases and patience as short as the matrix has them."""
    return Grounds(etcd, kafka, "", name).of_cell("r")


@asynccontextmanager
async def region(
    grounds: Grounds,
    directory: Path,
    unlike: Mapping[str, EtcdSettings] | None = None,
    elsewhere: Mapping[str, Nursery] | None = None,
) -> AsyncIterator[Region]:
    """A region at rest under its first plan, its DNS server asked without pause, for the time of the block.

    Afterwards everybody is gone, and `evidence.ended` says when.
    """
    lines = directory / "lines"
    lines.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(Nursery(str(directory / "nursery.log")))
        client = await stack.enter_async_context(EtcdClient(grounds.etcd))
        keys = Keys(grounds.etcd.prefix)
        evidence = Evidence(lines, await position_now(client, keys), keys, Turned(lines))
        found = Region(PLAIN, grounds, nursery, client, evidence)
        found.unlike, found.elsewhere = dict(unlike or {}), dict(elsewhere or {})
        keeping = [asyncio.create_task(found.keep(who, role)) for who, role in found.roles().items()]
        try:
            await found.settled(found.turned())
            async with _dns(found, directory / "dns"):
                yield found
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            evidence.ended = time.monotonic()


@asynccontextmanager
async def _dns(found: Region, directory: Path) -> AsyncIterator[None]:
    """The region's DNS server, each of its ways to etcd a link that can be cut, and somebody who asks."""
    async with AsyncExitStack() as stack:
        endpoints = []
        link = Link("dns>etcd")
        for address in found.grounds.etcd.endpoints:
            relay = Relay(free_ports(1)[0], int(address.rpartition(":")[2]), "etcd", lambda *_: "dns")
            relay.links[link.name] = link
            await stack.enter_async_context(relay)
            found.dns_relays.append(relay)
            endpoints.append(relay.address)
        etcd = {"endpoints": endpoints, "prefix": found.grounds.etcd.prefix, "call_timeout_s": 2.0}
        dns = {"zones": [ZONE], "workers": 1, "snapshot": directory / "snapshot"}
        found.dns = EmbeddedDns(directory, Settings.model_validate({"etcd": etcd, "dns": dns}))
        found.dns_link = link
        await stack.enter_async_context(found.dns)
        for name in (ONE, NAMES[-1]):
            await found.serving(name, 1)
        found.asking = Asking(found.dns.port)
        asking = asyncio.create_task(found.asking.run())
        try:
            yield
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking


def since(moment: float, asking: Asking) -> Iterator[int | str]:
    """What was answered from a moment on."""
    return (what for when, _, what in asking.answers if when >= moment)


async def judged(found: Region) -> list[str]:
    """What falls, once the region is gone: by everybody's word and by all that etcd says was written."""
    result = await verdict.reach(found.evidence, replace(found.grounds.etcd, call_timeout_s=20.0), struck=True)
    assert result.exercised["never-empty"], "nothing was judged"
    return list(result.falls)
