"""One role as one process: the real service over the real adapters, recorded.

    python -m namelatch.chaos.role SPEC.json

Its wall clock goes wrong by what `clock-WHO` in the run's directory says, in seconds, looked at once a second.
"""

import asyncio
import gc
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from actors.service import serve_collector, serve_enactor, serve_planner
from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from coordination.postures import posture
from coordination.records import Endpoint
from namelatch import log
from namelatch.chaos.inputs import turned_health
from namelatch.compose import Wiring, open_ports
from namelatch.hosting import GC_THRESHOLDS

POLL_S = 0.3
WALKERS = 4
_CLOCK_EVERY_S = 1.0


def main(path: str) -> None:
    """Run until killed."""
    spec = json.loads(Path(path).read_text(encoding="utf-8"))
    log.configure("warning", "json")
    gc.set_threshold(*GC_THRESHOLDS)
    asyncio.run(_run(spec))


async def _run(spec: dict[str, Any]) -> None:
    directory, who = Path(spec["directory"]), spec["who"]
    etcd = EtcdSettings(**(spec["etcd"] | {"endpoints": tuple(spec["etcd"]["endpoints"])}))
    wiring = Wiring(etcd, KafkaSettings(**spec["kafka"]), directory)
    watched = frozenset(Endpoint(name) for name in spec["watched"])
    clock = asyncio.create_task(_wrong_clock(directory / f"clock-{who}"))
    try:
        async with open_ports(wiring, who, None, watched) as ports:
            await _serve(spec, ports, directory)
    finally:
        clock.cancel()


async def _serve(spec: dict[str, Any], ports: Ports, directory: Path) -> None:
    who, under = spec["who"], posture(spec["posture"])
    token = f"{who}-{uuid.uuid4().hex[:12]}"
    match spec["role"]:
        case "planner":
            health = turned_health(directory, spec["records"])
            await serve_planner(PlannerPorts(ports, health), PlannerSettings("region", token), lambda: True)
        case "enactor":
            start = 0.0 if who == "a" else 0.5
            settings = EnactorSettings(who, token, under, start, POLL_S, walkers=WALKERS)
            await serve_enactor(ports, settings, lambda: True)
        case "collector":
            await serve_collector(ports, CollectorSettings(under, POLL_S), lambda: True)


async def _wrong_clock(told: Path) -> None:
    """Let `time.time` say another time than it is, for everything in this process that asks it."""
    right, right_ns = time.time, time.time_ns
    offset = 0.0
    time.time = lambda: right() + offset
    time.time_ns = lambda: right_ns() + int(offset * 1e9)
    while True:
        try:
            offset = float(told.read_text(encoding="ascii"))  # noqa: ASYNC240  (a few bytes)
        except (OSError, ValueError):
            offset = 0.0
        await asyncio.sleep(_CLOCK_EVERY_S)


if __name__ == "__main__":
    main(sys.argv[1])
