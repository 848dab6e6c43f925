"""What a run has on stage: the backend's parts, each role, the DNS server and the prober, every one a process.

The roles are processes of ours, or actors of a Ray cluster of ours, which restarts them.

A part that ends is started again: by whoever ended it when its time is over (`held`), else at once; and then it is an
accident that somebody has to answer for.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

import namelatch
from actors.roles import PlannerSettings
from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from coordination.ports import Unavailable
from coordination.records import Endpoint
from namelatch.backends.dns import EmbeddedDns, says_serving
from namelatch.backends.part import Part
from namelatch.backends.probes import dns_answers
from namelatch.backends.process import NotReady, Program
from namelatch.backends.ray_nodes import is_running
from namelatch.backends.running import Running
from namelatch.chaos import gateway, role
from namelatch.chaos.catalogue import BROKER, DNS, ROLES
from namelatch.chaos.raylet import Raylet
from namelatch.chaos.rays import Actor, Rays, at_once
from namelatch.config import Settings, defaults
from namelatch.demo.inventory import Inventory
from namelatch.demo.rota import names_text
from namelatch.demo.workers import WorkerWatch
from namelatch.loading import as_environment
from namelatch.matrix.inputs import FILE

PREFIX, TOPICS = "chaos", "chaos."
TTL_S = 4
LOOK_S = 0.25
READY_S = 60.0
PROBER = "prober"
PROBES = "probes.jsonl"
ACTORS_LOG = "actors.log"  # of all actors on Ray
PROBES_PER_S = 50.0  # of the watched name, and as many of all others
WATCHED = 20  # names whose reads are recorded, besides the regional one
KINDS = {"planner": "planner", "a": "enactor", "b": "enactor", "collector": "collector"}
AZS = ("a", "b")
PLANNER = PlannerSettings("", "")  # its defaults, which are a role process's

Say = Callable[[str], None]


@dataclass(slots=True)
class Stage:
    """The parts by name, and what happened to them beyond the plan."""

    running: Running
    directory: Path
    inventory: Inventory
    posture: str
    say: Say
    on_ray: bool = False
    etcd: EtcdSettings = field(init=False)
    kafka: KafkaSettings = field(init=False)
    parts: dict[str, Part | Actor] = field(default_factory=dict)
    rays: Rays | None = None
    held: Counter[Hashable] = field(default_factory=Counter)  # parts, links, clocks: by how many faults, which overlap
    starting: set[str] = field(default_factory=set)
    accidents: list[str] = field(default_factory=list)
    status: Path = field(init=False)
    server: tuple[str, int] = field(init=False)
    prober: Part = field(init=False)

    def __post_init__(self) -> None:
        self.etcd = replace(self.running.etcd, prefix=PREFIX, lease_ttl_s=TTL_S)
        self.kafka = replace(self.running.kafka, topic_prefix=TOPICS)
        dns = EmbeddedDns(self.directory / DNS, self._dns_settings())
        self.status, self.server = dns.status, (dns.host, dns.port)
        self.parts = {name: self.running.parts[name] for name in self.running.parts}
        if self.on_ray:
            self.rays = Rays(self.directory, self.inventory.records, as_environment(self._settings()))
            self.parts |= {**self.rays.parts, **self.rays.actors}
        else:
            self.parts |= {name: Part(self._role(name)) for name in ROLES}
        self.parts[DNS] = Part(replace(dns.program, ready=self._serves))
        self.prober = self.parts[PROBER] = Part(self._prober())

    @property
    def members(self) -> tuple[str, ...]:
        """The etcd members' names, in the order of their addresses."""
        return tuple(name for name in self.running.parts if name.startswith("etcd-"))

    def worker(self) -> psutil.Process:
        """A DNS worker. Raises Unavailable while none is known. A status outlives its server and its workers, and the
        process id in it may be anybody's by now: only a child of the server that runs is one."""
        pid = WorkerWatch(self.status).pid()
        if pid is not None:
            with suppress(psutil.NoSuchProcess):
                worker = psutil.Process(pid)
                if worker.ppid() == self.parts[DNS].pid and is_running(worker):
                    return worker
        raise Unavailable("no DNS worker runs, as far as is known")

    async def open(self) -> None:
        """Start the roles, the DNS server and the prober; the backend runs. Raises BadEnvironment."""
        if self.rays is not None:
            await self.rays.open(self.say)
        else:
            for name in ROLES:
                await self.parts[name].start(ready=False)
        await self.parts[DNS].start()
        await self.prober.start(ready=False)

    async def close(self) -> None:
        """End what `open` started; the prober has written everything down."""
        self.held.update(list(self.parts))
        await self.prober.close()
        if self.rays is not None:
            self._look_at_actors()
            await self.rays.close()
        else:
            for name in ROLES:
                self.parts[name].kill()
        self.parts[DNS].kill()

    def end(self) -> None:
        """What `close` does, at once and without a word: for when that was cut short."""
        if self.rays is not None:
            self.rays.kill()

    async def keep(self) -> None:
        """Start again what ended though nobody held it. A node takes its time; the others are looked at meanwhile."""
        async with asyncio.TaskGroup() as starts:
            while True:
                for name, part in self.parts.items():
                    if isinstance(part, Part) and part.pid is None and not (self.held[name] or name in self.starting):
                        if isinstance(part, Raylet) and part.is_dying():
                            self.say(f"{name} was given up while it stood still, and has ended")
                        else:
                            self._happened(f"{name} ended by itself: {last_words(part)}")
                        self.starting.add(name)
                        starts.create_task(self.start(name))
                self._look_at_actors()
                await asyncio.sleep(LOOK_S)

    def _look_at_actors(self) -> None:
        for what in () if self.rays is None else self.rays.ended():
            self._happened(what)

    def _happened(self, accident: str) -> None:
        self.accidents.append(accident)
        self.say(accident)

    async def start(self, name: str) -> None:
        """Start a part that does not run."""
        self.starting.add(name)
        try:
            await self.parts[name].start(ready=False)
        except (NotReady, OSError) as error:
            self._happened(f"{name} did not start: {error}")
        finally:
            self.starting.discard(name)

    def is_last(self, what: Hashable) -> bool:
        """A fault is over; whether no other holds that any more."""
        self.held[what] = max(0, self.held[what] - 1)
        return not self.held[what]

    async def release(self, *names: str) -> None:
        """A fault of these parts is over: whom no other holds runs again."""
        for name in names:
            if self.is_last(name):
                await self._go_on(name)

    async def _go_on(self, name: str) -> None:
        if self.parts[name].pid is None:
            await self.start(name)
        else:
            self.parts[name].resume()

    async def heal(self) -> None:
        """Links as new, everybody goes on, and all that answer questions answer. Raises NotReady."""
        self.running.heal()
        for name in self.parts:
            if self.held[name]:
                await self._go_on(name)
        self.held.clear()
        try:  # no-space can't while no majority answers; and no member says that it is well before
            await gateway.disarm(self.etcd.endpoints, READY_S)
        except Unavailable as unavailable:
            raise NotReady(str(unavailable)) from None
        for name in (*self.members, BROKER, DNS, *(self.rays.raylets if self.rays else ())):
            await _until(self.parts[name].is_ready, name)

    async def _serves(self) -> bool:
        """Whether this very process of the DNS server serves, by its own word and by an answer."""
        if not says_serving(self.status, self.parts[DNS].pid):
            return False
        return await dns_answers(*self.server, self.inventory.zones[0])

    # --- the programs --------------------------------------------------------------------------------------------

    def _role(self, who: str) -> Program:
        spec = {
            "role": KINDS[who],
            "who": who,
            "directory": str(self.directory),
            "etcd": asdict(self.etcd),
            "kafka": asdict(self.kafka),
            "posture": self.posture,
            "records": self.inventory.records,
            "watched": self._watched(),
        }
        path = self.directory / f"{who}.json"
        path.write_text(json.dumps(spec), encoding="utf-8")
        return self._program(who, "namelatch.chaos.role", str(path))

    def _settings(self) -> Settings:
        """Of the roles where they are actors: what `namelatch up --ray` would have from its configuration."""
        settings = defaults()
        changed: dict[str, dict[str, Any]] = {
            "etcd": {"endpoints": self.etcd.endpoints, "prefix": PREFIX, "lease_ttl_s": TTL_S},
            "kafka": {"bootstrap": tuple(self.kafka.bootstrap.split(",")), "topic_prefix": TOPICS.removesuffix(".")},
            "enactors": {"azs": AZS, "poll_s": role.POLL_S, "walkers": role.WALKERS},
            "planner": {"inputs": self.directory / FILE, "poll_s": PLANNER.poll_s, "full_every": PLANNER.full_every},
            "collector": {"poll_s": role.POLL_S},
            "log": {
                "level": "warning",
                "format": "json",
                "file": self.directory / ACTORS_LOG,
                "history": self.directory,
                "watched": self._watched(),
            },
        }
        sections = {name: getattr(settings, name).model_copy(update=keys) for name, keys in changed.items()}
        return settings.model_copy(update={"posture": self.posture, **sections})

    def _watched(self) -> tuple[Endpoint, ...]:
        return (self.inventory.regional, *self.inventory.endpoints[:WATCHED])

    def _prober(self) -> Program:
        names = self.directory / "names.txt"
        names.write_text(names_text(self.inventory), encoding="ascii")
        arguments = {
            "server": f"{self.server[0]}:{self.server[1]}",
            "names-file": names,
            "out": self.directory / PROBES,
            "status": self.directory / "probes.status.json",
            "watch": self.inventory.regional,
            "rate": PROBES_PER_S,
            "sample-rate": PROBES_PER_S,
        }
        given = (part for name, value in arguments.items() for part in (f"--{name}", str(value)))
        return self._program(PROBER, "namelatch.demo.prober", *given)

    def _program(self, name: str, module: str, *arguments: str) -> Program:
        root = str(Path(namelatch.__file__).parent.parent)
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
        argv = (sys.executable, "-m", module, *arguments)
        environment = {**os.environ, "PYTHONPATH": path}
        return Program(name, argv, self.directory, self.directory / f"{name}.log", at_once, environment)

    def _dns_settings(self) -> Settings:
        where = self.directory / DNS
        settings = defaults()
        dns = settings.dns.model_copy(
            update={"zones": self.inventory.zones, "snapshot": where / "snapshot", "status": where / "status.json"}
        )
        etcd = settings.etcd.model_copy(update={"endpoints": self.etcd.endpoints, "prefix": PREFIX})
        return settings.model_copy(update={"dns": dns, "etcd": etcd})


async def _until(ready: Callable[[], Awaitable[bool]], name: str) -> None:
    began = time.monotonic()
    while not await ready():
        if time.monotonic() - began > READY_S:
            raise NotReady(f"{name} does not answer {READY_S:g} s after everything was healed")
        await asyncio.sleep(LOOK_S)


def last_words(part: Part) -> str:
    """The last line of a part's log."""
    log = part.program.log
    said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    return said[-1][:300] if said else "without a word"
