"""One role as one process of the matrix: the real service over the real adapters, behind the gate."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from actors.service import serve_collector, serve_enactor, serve_planner
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.etcd.settings import EtcdSettings
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.plan import Generation
from dns_server.codes import AAAA
from dns_server.entry import DANGLING, TOMBSTONE, choose
from dns_server.follower import Follower
from dns_server.names import to_text
from dns_server.snapshot import Changes, Snapshot, nothing
from dns_server.wire import make_zone
from namelatch import log
from namelatch.compose import Lines, Wiring, open_ports
from namelatch.demo import addresses
from namelatch.matrix.gate import Gate, Gated, GatedFeed
from namelatch.matrix.inputs import TurnedHealth
from namelatch.matrix.seam import LossyClient, LossyPlanLog
from namelatch.matrix.strike import Aim, Late, Strike
from namelatch.matrix.variant import Variant
from namelatch.matrix.world import NAMES, WATCHED, ZONE, records

POLL_S = 0.2


def main(spec: dict[str, Any]) -> None:
    """Run until killed."""
    log.configure("warning", "json")
    asyncio.run(_run(spec))


async def _run(spec: dict[str, Any]) -> None:
    directory, who = Path(spec["directory"]), spec["who"]
    strikes = [Strike(Aim(**aim), directory, who, spec["life"]) for aim in spec["aims"]]
    late = Late()
    etcd = EtcdSettings(**(spec["etcd"] | {"endpoints": tuple(spec["etcd"]["endpoints"])}))
    kafka = KafkaSettings(**spec["kafka"])
    async with AsyncExitStack() as stack:
        notes = None
        if spec["notes"]:
            file = stack.enter_context((directory / f"{who}.calls.jsonl").open("a"))
            notes = lambda line: print(line, file=file, flush=True)  # noqa: E731
        gate = Gate(strikes, late, directory, notes)
        if spec["role"] == "follower":
            client = await stack.enter_async_context(LossyClient(etcd, late))
            await _follow(client, gate, directory, spec["life"])
            return

        def client_of(settings: EtcdSettings) -> EtcdClient:
            return LossyClient(settings, late)

        def log_of(settings: KafkaSettings) -> KafkaPlanLog:
            return LossyPlanLog(settings, late)

        variant = Variant(**(spec["variant"] | {"without": tuple(spec["variant"]["without"])}))
        wiring = Wiring(etcd, kafka, directory)
        opened = open_ports(wiring, who, variant.wrap, WATCHED, client=client_of, plan_log=log_of)
        ports = await stack.enter_async_context(opened)
        await _serve(spec, variant, behind(ports, gate), gate, directory)


def behind(ports: Ports, gate: Gate) -> Ports:
    """A role's ports behind the gate, whichever there are."""
    return Ports(**{name: Gated(getattr(ports, name), name, gate) for name in Ports.__slots__})


async def _serve(spec: dict[str, Any], variant: Variant, ports: Ports, gate: Gate, directory: Path) -> None:
    token = f"{spec['who']}-{uuid.uuid4().hex[:12]}"
    posture = variant.posture()
    match spec["role"]:
        case "planner":
            health: Any = Gated(TurnedHealth(directory, NAMES, records), "health", gate)
            settings = PlannerSettings("region", token, poll_s=POLL_S, log_rounds=1)
            await serve_planner(PlannerPorts(ports, health), settings, lambda: True)
        case "enactor":
            start = 0.0 if spec["name"] == "a" else 0.5
            await serve_enactor(ports, EnactorSettings(spec["name"], token, posture, start, POLL_S), lambda: True)
        case "collector":
            await serve_collector(ports, CollectorSettings(posture, POLL_S), lambda: True)


# --- the follower ------------------------------------------------------------------------------------------------


async def _follow(client: EtcdClient, gate: Gate, directory: Path, life: int) -> None:
    """Follow as the DNS server does, and write down all that it would answer."""
    with Lines(directory / "follower.shown.jsonl") as lines:
        lines.write({"at": time.monotonic(), "life": life, "opened": True})

        def publish(snapshot: Snapshot, changes: Changes) -> None:
            revision = snapshot.position.revision if snapshot.position else 0
            shown = {to_text(key).rstrip("."): told(entry) for key, entry in changes.items()}
            lines.write({"at": time.monotonic(), "life": life, "revision": revision, "shown": shown})

        zone = make_zone(ZONE, ("localhost",), 60, 60)
        feed = GatedFeed(EtcdFeed(client, "matrix"), gate)
        await Follower(feed, nothing((zone,)), publish, client.settings.stall_s).run()


def told(entry: bytes | None) -> int | str | None:
    """What an answer from this entry tells: its generation, or that there is none, and why."""
    if entry is None or entry == TOMBSTONE:
        return "gone"
    if entry == DANGLING:
        return "empty"
    _, rdata = choose(entry, AAAA, 1, 0)
    return addresses.generation_of(str(IPv6Address(rdata[0])), Generation(0)) if rdata else "empty"
