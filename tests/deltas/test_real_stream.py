"""A thousand small plans over 20,000 records, on a real broker and a real etcd, by the real roles all at once.

What is sent to the topics is skipped, doubled, turned round, sent again and lost, and the broker is killed in the
middle, which forgets everything. In the end every root must stand where folding all published plans puts it.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from immutables import Map
from structlog.testing import capture_logs

from actors.on_asyncio import serve_all
from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from coordination import chunks, codec
from coordination.authority import State
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.listing import listed
from coordination.etcd.settings import EtcdSettings
from coordination.invariants import unconverged
from coordination.kafka.sender import Sender
from coordination.kafka.settings import KafkaSettings
from coordination.passing import PassingLog
from coordination.plan import Generation, Manifest, Plan, fold
from coordination.ports import Inputs, PlanLog, Progress, silent
from coordination.postures import HARDENED
from coordination.records import Endpoint, Records, RRset, Target, unpack
from coordination.seen import Head
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd
from namelatch.compose import Wiring, open_ports
from namelatch.demo.evidence import lost_invariants, read_history, read_reports
from namelatch.lab.histories.judging import Roots, judge
from tests.actors.world import Inventory, records
from tests.bounded import run

ENDPOINTS, PLANS = 10_000, 1_000
CHANGES = 3
LOST = frozenset({250, 750})  # which of the plans appended
FORGET_AT = 500  # generations; then the broker dies
AHEAD = 8  # plans that may wait for the enactors: beyond the lag-stop a full plan would never be finished
DAWDLE_S = 0.1  # of an enactor at a plan, at most: meanwhile others come
AZS = ("a", "b")
STREAM_S = 500.0  # a minute on a machine that has nothing else to do
OLD_MESSAGES = 50


class Stream(Inventory):
    """Inputs that change as soon as a plan was made from them, while they flow: a few names, at times a removal."""

    def __init__(self, chance: Random, endpoints: int, plans: int) -> None:
        super().__init__([Endpoint(f"e{number:05d}.example") for number in range(endpoints)])
        self.left = plans
        self.flows = True
        self._chance = chance
        self._all = tuple(self.endpoints)
        self._touched: list[Endpoint] = []  # by revision, CHANGES each
        self.touch(None)
        self._first = self.revision

    async def inputs(self, since: int) -> Inputs:
        if since >= self.revision and self.left and self.flows:
            self.left -= 1
            self._change()
        if since < self._first:
            return await super().inputs(since)
        recent = dict.fromkeys(self._touched[CHANGES * (since - self._first) :])  # the rest of 10,000 is not asked
        gone = tuple(name for name, at in self.removed.items() if at > since)
        return Inputs(self.revision, self._all, tuple(name for name in recent if name not in self.removed), gone)

    def _change(self) -> None:
        names = self._chance.sample(self.endpoints, CHANGES)
        self._touched += names
        self.touch(names)
        if self.left % 50 == 17:
            self.removed[names[0]] = self.revision

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        return (*records(endpoint, generation), RRset("AAAA", 60, (Target(f"fd00::{generation:x}", 1),)))


@dataclass
class Book:
    """What was appended, and which mishaps there were."""

    plans: dict[Generation, Plan] = field(default_factory=dict)
    mishaps: Counter[str] = field(default_factory=Counter)


class Mischief(PassingLog):
    """`ports.PlanLog` over the real one: chance has its way with what is sent and heard, nothing with what is read."""

    def __init__(self, inner: PlanLog, settings: KafkaSettings, chance: Random, book: Book) -> None:
        super().__init__(inner)
        self._chance, self._book = chance, book
        self._settings = settings
        self._sender = Sender(settings)
        self._sent: list[bytes] = []
        self._next = 0
        self._held_back: Generation | None = None

    async def close(self) -> None:
        await self._sender.close()

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        self._book.plans[plan.generation] = plan
        lost = len(self._book.plans) in LOST and plan.base is not None
        how = "lost" if lost else self._chance.choices(("", "doubled", "turned round"), (70, 15, 15))[0]
        self._book.mishaps[how] += 1
        data = codec.encode(plan)
        messages = chunks.split(plan.generation, data)
        manifest = chunks.manifest(plan.generation, plan.base, data, self._next)
        match how:
            case "lost":
                pass
            case "turned round":
                manifest = replace(manifest, offset=await self._turned_round(messages, progress))
            case _:
                for _ in range(2 if how == "doubled" else 1):
                    manifest = await self._inner.append(plan, progress)
                    self._next = manifest.offset + manifest.chunks
        self._sent = [*self._sent, messages[0]][-OLD_MESSAGES:]
        return manifest

    async def _turned_round(self, messages: tuple[bytes, ...], progress: Progress) -> int:
        """The first chunk, the others backwards, and old plans' chunks again before and in between."""
        again = self._chance.choices(self._sent, k=3) if self._sent else []
        offset = 0
        for number, message in enumerate([*again[:2], messages[0], *again[2:], *reversed(messages[1:])]):
            sent_at = await self._sender.send(self._settings.plans, message)
            offset = sent_at if number == len(again[:2]) else offset
            self._next = sent_at + 1
            await progress()
        return offset

    async def announce(self, generation: Generation) -> None:
        how = self._chance.choices(("", "skipped", "told twice", "told late"), (55, 15, 15, 15))[0]
        self._book.mishaps[how] += 1
        late, self._held_back = self._held_back, generation if how == "told late" else None
        if how in {"", "told twice"}:
            for _ in range(1 + (how == "told twice")):
                await self._inner.announce(generation)
        if late is not None:
            await self._inner.announce(late)

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        told = await self._inner.heard(beyond, timeout_s)
        if told is not None and self._chance.random() < 0.5:
            self._book.mishaps["overheard"] += 1
            return await self._inner.heard(beyond, timeout_s)
        return told

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        await asyncio.sleep(self._chance.random() * DAWDLE_S)
        return await self._inner.fetch(manifest, progress)


class Region:
    """All roles of one region as tasks on one loop, over real parts."""

    def __init__(self, directory: Path, etcd: str, broker: str, seed: int) -> None:
        self.directory = directory
        self.wiring = Wiring(
            EtcdSettings(endpoints=(etcd,)), KafkaSettings(broker, request_timeout_s=1.0), directory, "error"
        )
        self.chance = Random(seed)
        self.stream = Stream(self.chance, ENDPOINTS, PLANS)
        self.book = Book()
        self.running = True

    @asynccontextmanager
    async def ports(self, who: str) -> AsyncIterator[Ports]:
        async with open_ports(self.wiring, who) as ports:
            log = Mischief(ports.log, self.wiring.kafka, self.chance, self.book)
            try:
                yield replace(ports, log=log)
            finally:
                await log.close()

    async def serve(self) -> None:
        async with AsyncExitStack() as stack:
            ports = {who: await stack.enter_async_context(self.ports(who)) for who in ("planner", "collector", *AZS)}
            planner = PlannerSettings("region", "p", full_every=100 * PLANS, poll_s=0.03)
            enactors = [
                (ports[az], EnactorSettings(az, az, HARDENED, start=at / len(AZS))) for at, az in enumerate(AZS)
            ]
            collector = CollectorSettings(HARDENED, poll_s=0.2)
            world = PlannerPorts(ports["planner"], self.stream)
            await serve_all((world, planner), enactors, (ports["collector"], collector), lambda: self.running)

    def published(self) -> list[Plan]:
        """Every plan that got a manifest, oldest first."""
        changes = [change for line in self.lines("history") for change in line.get("changes", ())]
        return [self.book.plans[change[1]] for change in changes if change[0] == "publish"]

    def lines(self, kind: str) -> list[dict[str, Any]]:
        """What was recorded and committed, or reported."""
        if kind == "reports":
            return list(read_reports(self.directory))
        return [line for line in read_history(self.directory).lines if line.get("out") == "committed"]

    async def state(self, client: EtcdClient) -> State:
        """What etcd holds, as the reducer has it."""
        found = await listed(client, Keys(self.wiring.etcd.prefix))
        trees: dict[Generation, dict[Endpoint, Records]] = {}
        for (generation, name), packed in found.trees.items():
            trees.setdefault(generation, {})[name] = unpack(packed)
        head = await EtcdAuthority(client).head()
        of_trees = Map({generation: Map(of) for generation, of in trees.items()})
        return State(trees=of_trees, roots=Map(found.roots), newest=head.newest, applied=head.applied)


async def until(authority: EtcdAuthority, region: Region, serving: asyncio.Task[None], rest: bool) -> Head:
    """Wait until the broker is to die, or until the region has come to rest."""
    deadline = time.monotonic() + STREAM_S
    while True:
        head = await authority.head()
        region.stream.flows = (head.newest or 0) - (head.applied or 0) < AHEAD
        settled = head.inputs_revision == region.stream.revision and head.applied == head.newest
        if (settled and not region.stream.left) if rest else (head.newest or 0) >= FORGET_AT:
            return head
        if serving.done():
            serving.result()
        assert time.monotonic() < deadline, f"stuck at {head}, {region.stream.left} changes to come"
        await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_small_plans_converge_on_a_real_broker_that_loses_them_and_dies(tmp_path: Path) -> None:
    async def story() -> tuple[Region, State]:
        async with EmbeddedEtcd(tmp_path / "etcd") as etcd, EmbeddedBroker(tmp_path / "broker") as broker:
            (tmp_path / "lines").mkdir()
            region = Region(tmp_path / "lines", etcd.endpoint, broker.endpoint, seed=20)
            async with EtcdClient(region.wiring.etcd) as client:
                authority = EtcdAuthority(client)
                serving = asyncio.create_task(region.serve())
                try:
                    await until(authority, region, serving, rest=False)
                    assert broker.pid is not None
                    os.kill(broker.pid, signal.SIGKILL)
                    await until(authority, region, serving, rest=True)
                    region.running = False
                    await serving
                finally:
                    serving.cancel()
                assert {"died", "restarted"} <= {event.kind for event in broker.events}
                return region, await region.state(client)

    with capture_logs():
        region, state = run(story(), timeout_s=590)
    plans = region.published()
    assert list(unconverged(state, state.newest, plans)) == []
    wanted = {goal.endpoint: goal.records for goal in fold(plans)}
    assert len(wanted) == ENDPOINTS
    assert {name: state.answered(name) for name in wanted} == wanted
    history = read_history(region.directory)
    assert history.torn == ()
    assert lost_invariants(judge(history.lines, Roots.SEEN)) == ()
    deltas = sum(plan.base is not None for plan in plans)
    assert deltas >= 0.9 * PLANS, "the stream was of deltas"
    mishaps = ("lost", "doubled", "turned round", "skipped", "told twice", "told late", "overheard")
    assert all(region.book.mishaps[one] for one in mishaps), region.book.mishaps
    told = Counter(line["event"] for line in region.lines("reports"))
    assert told["plan lost"], "an enactor met what was lost"
    finished = {line["generation"] for line in region.lines("reports") if line["event"] == "finished"}
    assert finished < {plan.generation for plan in plans}, "plans were skipped and folded"
    print(f"\n{len(plans)} plans, {deltas} deltas, {len(finished)} enacted, {dict(region.book.mishaps)}, {dict(told)}")
