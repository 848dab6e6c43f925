"""A small world in one process: the real protocol and posture over the memory adapters, on asyncio.

Time is virtual: sleeping yields and moves the clock. Plans travel through a plain dict.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from actors.on_asyncio import AllAtOnce
from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from actors.service import serve_collector, serve_enactor, serve_planner
from coordination import codec
from coordination.history import Line, RecordingAuthority, RecordingClaims
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import Inputs, PlanLost, Progress, Report, silent
from coordination.postures import Posture
from coordination.records import Endpoint, Records, RRset, Target
from namelatch.demo.script import NEW, OLD, Facts, Moment, play
from namelatch.lab.crossing import Cause, Crossing
from namelatch.lab.gate import Gate, GatedAuthority, GatedClaims

REGIONAL = Endpoint("dynamodb.us-east-1.example")
DEADLINE_ROUNDS = 30_000


def records(endpoint: str, generation: int) -> Records:
    """One address that tells its generation."""
    return (RRset("A", 60, (Target(f"10.{generation >> 8}.{generation & 255}.{len(endpoint) % 250}", 1),)),)


class VirtualClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds / 100
        await asyncio.sleep(0)


class DictLog:
    """All plans, by generation; what is deleted from `plans` is lost, `kept` remembers it for the judges."""

    def __init__(self) -> None:
        self.plans: dict[Generation, Plan] = {}
        self.kept: dict[Generation, Plan] = {}
        self.appended: list[Plan] = []
        self.reports: list[Report] = []

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        codec.encode(plan)  # refuses what every other log would refuse
        await progress()
        self.appended.append(plan)
        self.plans[plan.generation] = self.kept[plan.generation] = plan
        return Manifest(plan.generation, plan.base, "digest", 1, 1, 0, 0, "")

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        await asyncio.sleep(0)
        await progress()
        if manifest.generation not in self.plans:
            raise PlanLost("deleted by the test")
        return self.plans[manifest.generation]

    async def holds(self, manifest: Manifest) -> bool:
        return manifest.generation in self.plans

    async def announce(self, generation: Generation) -> None:
        await asyncio.sleep(0)

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        await asyncio.sleep(0)
        return None

    async def report(self, report: Report) -> None:
        self.reports.append(report)


class Inventory:
    """Health inputs that a test turns."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        self.endpoints = endpoints
        self.revision = 0
        self.changed: dict[Endpoint, int] = {}
        self.everything = 0
        self.removed: dict[Endpoint, int] = {}

    def touch(self, endpoints: list[Endpoint] | None = None) -> None:
        self.revision += 1
        if endpoints is None:
            self.everything = self.revision
        for name in endpoints or ():
            self.changed[name] = self.revision
            self.removed.pop(name, None)

    def remove(self, name: Endpoint) -> None:
        self.revision += 1
        self.removed[name] = self.revision

    async def inputs(self, since: int) -> Inputs:
        names = tuple(name for name in self.endpoints if name not in self.removed)
        if since == 0 or self.everything > since:
            return Inputs(self.revision, names, None, tuple(self.removed))
        changed = tuple(name for name in names if self.changed.get(name, 0) > since)
        return Inputs(self.revision, names, changed, tuple(one for one, at in self.removed.items() if at > since))

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        return records(endpoint, generation)


class World:
    """Actors of one posture over one store, each started and stopped by the test."""

    def __init__(
        self, posture: Posture, endpoints: int = 300, crossing: Crossing | None = None, walkers: int = 1
    ) -> None:
        names = [Endpoint(f"e{n:05d}.example") for n in range(endpoints - 1)]
        self.posture = posture
        self.walkers = walkers
        self.store = Store()
        self.log = DictLog()
        self.clock = VirtualClock()
        self.health = Inventory([*names, REGIONAL])
        self.gate = Gate(crossing) if crossing else None
        self.lines: list[Line] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._incarnations = 0
        self._leaving: set[str] = set()

    def ports(self, who: str) -> Ports:
        authority = RecordingAuthority(MemoryAuthority(self.store), who, self.clock.now, self.lines.append)
        claims = RecordingClaims(MemoryClaims(self.store), who, self.clock.now, self.lines.append)
        if self.gate is None:
            return Ports(_Yielding(authority), claims, self.log, self.clock, AllAtOnce())
        slow = self.gate.rule.slow
        gated = GatedAuthority(_Yielding(authority), who, slow, REGIONAL, self.gate.before, self.gate.after)
        return Ports(gated, GatedClaims(claims, who, self.gate.after), self.log, self.clock, AllAtOnce())

    def start_enactor(self, az: str, start: float = 0.0, token: str = "", process: str = "") -> None:
        """One process of an az; `process` tells a second one of the same az from the first."""
        self._incarnations += 1
        token = token or f"{az}-{self._incarnations}"
        settings = EnactorSettings(az, token, self.posture, start, poll_s=0.1, walkers=self.walkers)
        process = process or az
        running = lambda: process not in self._leaving  # noqa: E731
        self._tasks[process] = asyncio.create_task(serve_enactor(self.ports(az), settings, running))

    def start_collector(self) -> None:
        settings = CollectorSettings(self.posture, poll_s=0.1)
        self._tasks["collector"] = asyncio.create_task(serve_collector(self.ports("collector"), settings, lambda: True))

    def start_planner(self, full_every: int = 32) -> None:
        self._incarnations += 1
        settings = PlannerSettings("region", f"p-{self._incarnations}", full_every, poll_s=0.1)
        world = PlannerPorts(self.ports("planner"), self.health)
        self._tasks["planner"] = asyncio.create_task(serve_planner(world, settings, lambda: True))

    def runs(self, who: str) -> bool:
        return who in self._tasks

    async def kill(self, who: str) -> None:
        task = self._tasks.pop(who)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def leave(self, az: str) -> None:
        self._leaving.add(az)
        await self._tasks.pop(az)
        self._leaving.discard(az)

    async def until(self, reached: Callable[[], bool], what: str) -> None:
        for _ in range(DEADLINE_ROUNDS):
            if reached():
                return
            for task in self._tasks.values():
                if task.done():
                    task.result()
            await asyncio.sleep(0)
        raise AssertionError(f"never reached: {what}; last reports {self.log.reports[-5:]}")

    async def stop(self) -> None:
        for who in list(self._tasks):
            await self.kill(who)

    def told(self, event: str) -> list[Report]:
        return [report for report in self.log.reports if report.event == event]

    async def publish(self, endpoints: list[Endpoint] | None = None) -> Generation:
        before = self.store.state.newest or 0
        self.health.touch(endpoints)
        await self.until(lambda: (self.store.state.newest or 0) > before, "a new plan")
        assert self.store.state.newest is not None
        return self.store.state.newest


class _Yielding:
    """An authority whose every call lets the others run first, so that interleavings happen."""

    def __init__(self, inner: RecordingAuthority) -> None:
        self._inner = inner

    def __getattr__(self, name: str):
        call = getattr(self._inner, name)

        async def yielding(*args: object) -> object:
            await asyncio.sleep(0)
            return await call(*args)

        return yielding


class MemoryStage:
    """The demo's script on a World."""

    def __init__(
        self,
        posture: Posture,
        endpoints: int = 300,
        cause: Cause = "order",
        victim: str | None = None,
        walkers: int = 1,
    ) -> None:
        self.world = World(posture, endpoints, Crossing("a", OLD, NEW, cause, victim), walkers)
        self.said: list[str] = []

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        return self.world.health.endpoints

    async def start(self, role: str) -> None:
        match role:
            case "planner":
                self.world.start_planner()
            case "collector":
                self.world.start_collector()
            case az if not self.world.runs(az):
                self.world.start_enactor(az, {"a": 0.0, "b": 1 / 3, "c": 2 / 3}[az])

    async def pause(self, role: str) -> None:
        await self.world.leave(role)

    async def touch(self, endpoints: Sequence[Endpoint] | None, by: str) -> None:
        self.world.health.touch(None if endpoints is None else list(endpoints))

    def facts(self) -> Facts:
        assert self.world.gate is not None
        return Facts(self.world.store.state.head(), self.world.gate.rule, self.world.log.reports)

    async def until(self, reached: Callable[[Facts], bool], what: str) -> Facts:
        await self.world.until(lambda: reached(self.facts()), what)
        return self.facts()

    async def moment(self, now: Moment) -> None:
        """Nothing up its sleeve."""

    def say(self, text: str) -> None:
        self.said.append(text)


def run_crossing(posture: Posture, endpoints: int = 300, cause: Cause = "order", walkers: int = 1) -> World:
    """The story of October 2025 under one posture, played to the end."""
    return played(lambda: MemoryStage(posture, endpoints, cause, walkers=walkers), posture)


def played(stage_of: Callable[[], MemoryStage], posture: Posture) -> World:
    """The story on a stage, which is made where its event loop runs."""

    async def story() -> World:
        stage = stage_of()
        try:
            await play(stage, posture)
        finally:
            await stage.world.stop()
        return stage.world

    return asyncio.run(story())
