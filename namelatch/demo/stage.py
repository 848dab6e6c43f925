"""The real stage of one posture: a backend of its own, DNS server and prober as processes, the actors in Ray.

`until` is the stage's heartbeat: it looks at the head in etcd, at the rule in the gate, at what the actors
reported; under cause pause it stops and continues the slow enactor's process; and it notices when an actor or
a process was given up. Everything that was started is stopped when the block ends, however it ends.

Longer than other files: what is started and how it is stopped belong before one pair of eyes.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from actors.on_ray.troupe import Troupe
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.feed import Listed
from coordination.ports import Report, Unavailable
from coordination.postures import Posture
from coordination.records import Endpoint
from coordination.seen import ClaimSeen
from namelatch import translate
from namelatch.backends.choice import addressed, opened
from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.supervised import Event, kept
from namelatch.compose import Wiring
from namelatch.config import Settings
from namelatch.demo.addresses import allocate
from namelatch.demo.census import census
from namelatch.demo.evidence import Ending, dangling, garbage, is_converged
from namelatch.demo.inventory import Inventory
from namelatch.demo.options import DemoOptions
from namelatch.demo.rota import names_text
from namelatch.demo.screen import Screen, Status
from namelatch.demo.script import LATER_ENDPOINTS, NEW, OLD, Facts, Moment
from namelatch.demo.services import Gated, HealthOf, WorldService
from namelatch.demo.story import Series
from namelatch.demo.trail import Trail
from namelatch.demo.workers import WorkerWatch
from namelatch.hosting import RoleService
from namelatch.lab.crossing import Crossing
from namelatch.resolvers import watch
from namelatch.resolvers.accidents import EMPTY, repair
from namelatch.resolvers.bench import Asked, Bench
from namelatch.resolvers.cell import DARK_S
from namelatch.resolvers.installed import versions
from namelatch.resolvers.table import Table, tabulate
from namelatch.resolvers.watch import PATIENCE_S
from namelatch.trouble import BadEnvironment

AZS = ("a", "b", "c")
SLOW = "a"
KILLED_AT: Mapping[str, Moment] = {"c": "published", SLOW: "back"}  # who would rest, or take the fault with it
HELD = ("b", "c")  # victims that the rule holds in the middle of their work until they are killed
LOOK_S = 0.1  # between two looks at the facts
POLL_S = 0.25  # of planner and enactors: short, for a demo of seconds
COLLECTOR_POLL_S = 0.5  # each pass counts the trees of all generations: not too often beside a walk
DEADLINE_S = 60.0  # for one step of the script at small scale
DEADLINE_PER_RECORD_S = 0.002  # and more for each record
WHOLE_PASS = 2  # beginnings of passes between which there is a whole one
PROBER_STOP_S = 5.0
QUOTA_BYTES = 8 * 1024**3  # of an etcd member: a full-scale run of all postures stays far below


class Stuck(BadEnvironment):
    """A step of the script did not come about in time."""


class RealStage:
    """`script.Stage` on real parts. `async with` starts and stops them."""

    def __init__(
        self, options: DemoOptions, posture: Posture, inventory: Inventory, directory: Path, screen: Screen
    ) -> None:
        self.posture, self.directory, self.inventory = posture, directory, inventory
        self.began_at = time.monotonic()
        self.reports: list[Report] = []
        self._options, self._screen = options, screen
        self._stack = AsyncExitStack()
        self._troupe = Troupe(self._say_event)
        self._stopped_pid: int | None = None
        self._trail = Trail(directory)
        self._rule = Crossing(SLOW, OLD, NEW, options.cause, options.kill if options.kill in HELD else None)
        self._playing: set[str] = set()
        self.bench: Bench | None = None
        self._deadline_s = DEADLINE_S + DEADLINE_PER_RECORD_S * options.records

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        return self.inventory.endpoints

    # --- up and down ---------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if not isinstance(error, Exception):  # whoever has to find out what went wrong may want all of it
            self.running.forget()

    async def _open(self) -> None:
        self.directory.mkdir(parents=True)
        data = (self.directory / "data").absolute()
        backend = opened(self._options.backend, self._options.settings, data, quota_bytes=QUOTA_BYTES, say=self.say)
        self.running = await self._stack.enter_async_context(backend)
        self._kept = await self._stack.enter_async_context(kept(self.running.parts.values(), self._say_process))
        self.settings = self._own_settings(data)
        self.dns = EmbeddedDns(data / "dns", self.settings, self._say_process)
        self._stack.push_async_callback(self.dns.stop)
        self._stack.push_async_callback(self._close_actors)
        self._host()
        self._client = await self._stack.enter_async_context(EtcdClient(translate.etcd_settings(self.settings.etcd)))
        self.authority = EtcdAuthority(self._client)
        await self.dns.start()
        if self._options.resolvers:
            await self._open_bench(data)
        await self._start_prober()
        etcd, broker = ", ".join(self.running.etcd.endpoints), self.running.kafka.bootstrap
        self.say(f"etcd {etcd}, broker {broker}, DNS {self.dns.host}:{self.dns.port} are up")

    def _own_settings(self, data: Path) -> Settings:
        given = addressed(self._options.settings, self.running)
        status = data / "dns" / "status.json"
        self._workers = WorkerWatch(status)
        dns = {
            "zones": self.inventory.zones,
            "port": 0,
            "snapshot": data / "dns" / "snapshot",
            "status": status,
        }
        return given.model_copy(update={"dns": given.dns.model_copy(update=dns), "posture": self.posture.name})

    def _host(self) -> None:
        """Create all actors at once: each takes its time to start, and none does anything before its part runs."""
        etcd, kafka = self.settings.etcd, self.settings.kafka
        world = Wiring(translate.etcd_settings(etcd), translate.kafka_settings(kafka), self.directory)
        around = self._troupe.host("world", WorldService(self._options.records, self._rule))
        inputs = HealthOf(around, self._options.records)
        gated = Gated(around, SLOW, self.inventory.regional)
        roles = [*AZS]
        roles += ["planner"] if self.posture.plans == "planner" else []
        roles += ["collector"] if self.posture.sweeps == "collector" else []
        for role in roles:
            start = AZS.index(role) / len(AZS) if role in AZS else 0.0
            poll_s = COLLECTOR_POLL_S if role == "collector" else POLL_S
            walkers = self.settings.enactors.walkers
            service = RoleService(role, world, self.posture, inputs, start, poll_s, walkers=walkers, wrapping=gated)
            self._troupe.host(role, service)

    async def _open_bench(self, data: Path) -> None:
        regional = self.inventory.regional
        zone = max((zone for zone in self.inventory.zones if regional.endswith(f".{zone}")), key=len)
        asked = Asked(regional, zone, self._options.resolvers)
        bench = Bench(asked, self.settings, data / "resolvers", self._say_process)
        self.bench = await self._stack.enter_async_context(bench)
        await bench.open_servers()

    async def _start_prober(self) -> None:
        names = self.directory / "names.txt"
        names.write_text(names_text(self.inventory), encoding="ascii")
        rate = self._options.settings.demo.probes_per_s / 2
        self.probes = self.directory / "probes.jsonl"
        self._probe_status = self.directory / "probes.status.json"
        arguments = {
            "server": f"{self.dns.host}:{self.dns.port}",
            "names-file": names,
            "out": self.probes,
            "status": self._probe_status,
            "watch": self.inventory.regional,
            "rate": rate,
            "sample-rate": rate,
        }
        self._prober = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "namelatch.demo.prober",
            *(part for name, value in arguments.items() for part in (f"--{name}", str(value))),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for us; the end of its input ends it when we are killed
        )
        self._stack.push_async_callback(self.stop_prober)

    async def stop_prober(self) -> None:
        """Let the prober end: it waits for what is under way, and writes the rest down."""
        if self._prober.returncode is None:
            with suppress(ProcessLookupError):
                self._prober.terminate()
            try:
                async with asyncio.timeout(PROBER_STOP_S):
                    await self._prober.wait()
            except TimeoutError:
                self._prober.kill()
                await self._prober.wait()

    async def _close_actors(self) -> None:
        self._continue()
        await self._troupe.close()

    async def close_actors(self) -> None:
        """End the automation, leave the rest up (`--keep`)."""
        await self._close_actors()

    # --- script.Stage --------------------------------------------------------------------------------------------

    async def start(self, role: str) -> None:
        if role == "planner" and self.posture.plans == "each enactor":
            for az in AZS:
                await self._troupe.run(az, "planner")
            return
        if role not in self._playing:
            self._playing.add(role)
            await self._troupe.run(role, "enactor" if role in AZS else role)

    async def pause(self, role: str) -> None:
        self._playing.discard(role)
        await self._troupe.leave(role, "enactor")

    async def touch(self, endpoints: Sequence[Endpoint] | None, by: str) -> None:
        turn = by if self.posture.plans == "each enactor" else None
        await self._troupe.call("world", "touch", None if endpoints is None else tuple(endpoints), turn)

    async def until(self, reached: Callable[[Facts], bool], what: str) -> Facts:
        deadline = time.monotonic() + self._deadline_s
        while True:
            facts = await self.look()
            if facts is not None and reached(facts):
                return facts
            if time.monotonic() > deadline:
                last = "; ".join(f"{one.who} {one.event} {one.generation or ''}" for one in self.reports[-4:])
                raise Stuck(f"{self.posture.name}: waited {self._deadline_s:.0f} s for {what}; last reports: {last}")
            await asyncio.sleep(LOOK_S)

    async def moment(self, now: Moment) -> None:
        if now == "loaded" and self.bench is not None:
            self.say(f"{len(self.bench.asked.cells)} resolvers and their clients are starting")
            await self.bench.open_resolvers()
        victim = self._options.kill
        if victim is None or now == "loaded" or now != KILLED_AT.get(victim, "overtaking"):
            return
        missing = {"planner": self.posture.plans != "planner", "collector": self.posture.sweeps != "collector"}
        if missing.get(victim):
            self.say(f"{self.posture.name} has no {victim}: nothing is killed")
            return
        if victim in HELD:
            await self.start(victim)  # c would only rest by now: it begins before b does
            await self.until(lambda facts: facts.rule.exposed, f"{victim} in the middle of generation {NEW}")
        elif victim != SLOW:
            await self.until(lambda facts: facts.told("began", "b", NEW), f"b at work on generation {NEW}")
        pid = await self._pid(victim)
        os.kill(pid, signal.SIGKILL)
        self.say(f"killed {victim} (SIGKILL to process {pid})")

    def say(self, text: str) -> None:
        self._screen.note(self.posture.name, text)

    # --- looking -------------------------------------------------------------------------------------------------

    async def look(self) -> Facts | None:
        """The facts now; None while etcd does not answer."""
        self._troupe.check()
        if self.bench is not None:
            self.bench.check()
        for process in (*self._kept, self.dns):
            if process.given_up.is_set():
                raise BadEnvironment(
                    f"{self.posture.name}: {process.program.name} kept dying, see {process.program.log}"
                )
        if self._prober.returncode is not None:
            raise BadEnvironment(f"{self.posture.name}: the prober ended with status {self._prober.returncode}")
        self._rule = await self._troupe.call("world", "rule")
        await self._stop_or_continue()
        self.reports += self._trail.fresh()
        for line in self._workers.revived():
            self.say(line)
        try:
            head = await self.authority.head()
        except Unavailable:
            return None
        facts = Facts(head, self._rule, self.reports)
        self._show(facts)
        return facts

    async def _stop_or_continue(self) -> None:
        if self._rule.stops and self._stopped_pid is None:
            self._stopped_pid = await self._troupe.pid(SLOW)
            os.kill(self._stopped_pid, signal.SIGSTOP)
            self.say(f"stopped the process of enactor {SLOW} (SIGSTOP)")
        elif not self._rule.stops and self._stopped_pid is not None:
            self._continue()
            self.say(f"continued the process of enactor {SLOW} (SIGCONT)")

    def _continue(self) -> None:
        if self._stopped_pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._stopped_pid, signal.SIGCONT)
            self._stopped_pid = None

    def _show(self, facts: Facts) -> None:
        hands: dict[Series, int | None] = {}
        for report in self.reports:
            if report.event == "began" and report.who in AZS:
                hands[report.who] = report.generation  # type: ignore[index]
        probes = self._latest_probes()
        counts = probes.get("counts", {})
        latest = max(probes.get("latest", {}).values(), key=lambda one: one["at"], default=None)
        answered = "" if latest is None else str(latest["generation"] or latest["kind"].upper())
        self._screen.live(
            Status(
                self.posture.name,
                time.monotonic() - self.began_at,
                tuple(hands.items()),
                answered,
                sum(counts.values()),
                counts.get("empty", 0),
                counts.get("lost", 0),
                f"applied {facts.head.applied or '-'} of {facts.head.newest or '-'}",
            )
        )

    def _latest_probes(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._probe_status.read_text(encoding="ascii")))
        except (OSError, ValueError):
            return {}

    # --- at the end ----------------------------------------------------------------------------------------------

    async def rest(self) -> Ending:
        """Wait until nothing is left to do that this posture would do, and say how things stand then.

        What was killed may still be coming back: where the posture would converge, that is waited for too.
        """
        deadline = time.monotonic() + self._deadline_s
        collects = self.posture.sweeps == "collector" and self.posture.rule == "by reference"
        passes = self._passes()
        while True:
            facts = await self.until(lambda _: True, "the head")
            if collects and self._passes() < passes + WHOLE_PASS and time.monotonic() < deadline:
                await asyncio.sleep(POLL_S)  # a listing beside a pass would only slow both
                continue
            passes = self._passes()
            listed, claims = await self.listing()
            left = garbage(listed, claims)
            overdue = time.monotonic() > deadline
            if overdue or not (collects and left):
                ending = await self._ending(facts, listed, left)
                if overdue or not collects or is_converged(ending):
                    return ending
            await asyncio.sleep(POLL_S)

    def _passes(self) -> int:
        """How often the collector has begun to look for what to delete."""
        path = self.directory / "collector.history.jsonl"
        return path.read_bytes().count(b'"call":"list"') if path.exists() else 0

    async def _ending(self, facts: Facts, listed: Listed, left: int) -> Ending:
        newest = facts.head.newest
        assert newest is not None, "the story has published plans"
        followed = {name: root.generation for name, root in listed.roots.items() if not root.tombstone}
        later = set(self.endpoints[-LATER_ENDPOINTS:])
        behind = sum(followed.get(name, 0) < (newest if name in later else NEW) for name in self.endpoints)
        told = await asyncio.to_thread(census, (self.dns.host, self.dns.port), self.endpoints)
        unanswered = sum(probe.generation != followed.get(name) for name, probe in told.items())
        return Ending(
            newest,
            facts.head.applied,
            behind,
            unanswered,
            dangling(listed),
            left,
            facts.rule.in_force,
            facts.rule.locks_lost,
        )

    async def listing(self) -> tuple[Listed, tuple[ClaimSeen, ...]]:
        """Everything in the authority at one revision, and the claims."""
        feed = EtcdFeed(self._client, "demo-listing")
        events = feed.follow(None)
        try:
            async for event in events:
                assert isinstance(event, Listed), "a feed begins with a listing"
                return event, await self.authority.claims()
        finally:
            await events.aclose()
        raise AssertionError("a feed begins with a listing")

    async def through_the_outage(self) -> Table | None:
        """What clients of resolvers see, to the last one's light: an outage is held and then repaired by hand.

        None without resolvers. The automation has ended by now, and so has what is judged of it.
        """
        bench, regional = self.bench, self.inventory.regional
        if bench is None:
            return None
        if bench.outage is not None and bench.outage.ended is None:
            newest = (await self.authority.head()).newest
            assert newest is not None, "the story has published plans"
            made = allocate(regional, newest, self.inventory.types(regional))
            await watch.through(
                bench, DARK_S, lambda: repair(self.authority, regional, newest, made), PATIENCE_S, self.say
            )
        else:
            await watch.lit(bench)
        return tabulate(self.posture.name, EMPTY, bench.seen(), bench.outage, versions(bench.asked.kinds))

    async def _pid(self, name: str) -> int:
        """The process of an actor or a part, by the name that `--kill` takes."""
        if name == SLOW and self._stopped_pid is not None:
            return self._stopped_pid  # a stopped process can't be asked
        first, *_ = self.running.members()
        parts = {"etcd": first, "broker": self.running.parts["kafka"], "dns": self.dns.part}
        if name in parts:
            pid = parts[name].pid
        elif name == "dns-worker":
            pid = self._workers.pid()
        else:
            pid = await self._troupe.pid(name)
        if pid is None:
            raise Stuck(f"{self.posture.name}: {name} is not running, so it can't be killed")
        return int(pid)

    def _say_event(self, text: str) -> None:
        self.say(text)

    def _say_process(self, event: Event) -> None:
        if event.kind in {"died", "restarted", "not ready", "gave up"}:
            self.say(event.text)
