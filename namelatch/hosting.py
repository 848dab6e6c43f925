"""A role as a service for a Ray shell: planner, collector, or an enactor with its az's name.

Built in the driver, pickled, and opened where it runs. A restarted actor builds everything anew and holds no
truth: what it needs to know is in etcd and Kafka.
"""

import gc
import uuid
from dataclasses import dataclass
from typing import Protocol

from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings
from actors.service import Running, serve_collector, serve_enactor, serve_planner
from coordination.ports import Health
from coordination.postures import Posture
from coordination.records import Endpoint
from namelatch import log
from namelatch.compose import Wiring, Wrap, open_ports
from namelatch.watching import Watch

# Plans are hundreds of thousands of small values that live long: collecting as often as by default costs more
# than the walk itself.
GC_THRESHOLDS = (50_000, 20, 100)
REGION = "region"  # the scope that the one planner leads, where enactors do not plan themselves


class HealthSource(Protocol):
    """Opens the planner's inputs where the planner runs."""

    def open(self, scope: str) -> Health:
        """The inputs of one planner."""
        ...


class Wrapping(Protocol):
    """Wraps a role's ports, for faults."""

    @property
    def endpoint(self) -> Endpoint:
        """Where the fault is to bite: reads of its root are recorded, by every role."""
        ...

    def wrap(self, who: str) -> Wrap:
        """How to wrap those of `who`."""
        ...


@dataclass(frozen=True, slots=True)
class RoleService:
    """One role. `start` is where in the walk an enactor begins (0 up to 1), `walkers` how many share it.

    Reads of the roots of `watched` are recorded, and of the one where the fault of `wrapping` bites.
    Where it records, its log goes beside its history, unless its process has one that was `configured`.
    """

    name: str
    wiring: Wiring
    posture: Posture
    health: HealthSource
    start: float = 0.0
    poll_s: float = 0.5
    full_every: int = 32
    walkers: int = 1
    wrapping: Wrapping | None = None
    configured: bool = False
    watched: tuple[Endpoint, ...] = ()

    async def run(self, part: str, running: Running, watch: Watch | None = None) -> None:
        """One part: `enactor`, `planner` or `collector`; `watch` sees what it does."""
        if self.wiring.directory is not None and not self.configured:
            log.configure(self.wiring.log_level, "json", self.wiring.directory / f"{self.name}.log.jsonl")
        gc.set_threshold(*GC_THRESHOLDS)
        token = f"{self.name}-{uuid.uuid4().hex[:12]}"
        who = self.name if part in {"enactor", self.name} else f"{part}:{self.name}"
        wrap = self.wrapping.wrap(who) if self.wrapping else None
        watched = frozenset((*self.watched, self.wrapping.endpoint) if self.wrapping else self.watched)
        async with open_ports(self.wiring, who, wrap, watched) as opened:
            ports = watch.over(opened) if watch else opened
            match part:
                case "enactor":
                    enactor = EnactorSettings(self.name, token, self.posture, self.start, self.poll_s, self.walkers)
                    await serve_enactor(ports, enactor, running)
                case "planner":
                    scope = self.name if self.posture.plans == "each enactor" else REGION
                    planner = PlannerSettings(scope, token, self.full_every, self.poll_s)
                    await serve_planner(PlannerPorts(ports, self.health.open(scope)), planner, running)
                case "collector":
                    await serve_collector(ports, CollectorSettings(self.posture, self.poll_s), running)
                case _:
                    raise ValueError(f"no role has a part {part!r}")
