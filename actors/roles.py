"""What every role is given: its ports and its frozen settings. Shells build these; the protocol only uses them."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coordination import limits
from coordination.plan import Generation
from coordination.ports import Authority, Claims, Clock, Crew, Health, PlanLog, Report
from coordination.postures import Posture
from coordination.records import Endpoint

T = TypeVar("T")


class OneByOne:
    """`ports.Crew` without concurrency: the parts in their order, each to its end."""

    async def together(self, parts: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        ended: list[T] = []
        failed: Exception | None = None
        try:
            for part in parts:
                try:
                    ended.append(await part)
                except Exception as error:
                    failed = failed or error
        finally:
            for part in parts:
                part.close()
        if failed is not None:
            raise failed
        return tuple(ended)


@dataclass(frozen=True, slots=True)
class Ports:
    """The world as one role sees it."""

    authority: Authority
    claims: Claims
    log: PlanLog
    clock: Clock
    crew: Crew = field(default_factory=OneByOne)


@dataclass(frozen=True, slots=True)
class EnactorSettings:
    """One enactor: its az, this incarnation's token, where in the walk it starts (0 up to 1), how long it idles.

    Tokens are compared as texts: that of a later incarnation is the greater one. `walkers` share one
    walk, 1 up to limits.WALKERS; `batch` endpoints are read, judged and changed at once, limits.READ_ENDPOINTS at most.
    """

    az: str
    token: str
    posture: Posture
    start: float = 0.0
    poll_s: float = 0.5
    walkers: int = 1
    batch: int = limits.READ_ENDPOINTS


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """The collector's posture, the seconds between two passes, and how many it puts off while a plan is applied."""

    posture: Posture
    poll_s: float = 0.5
    busy_passes: int = limits.BUSY_PASSES


@dataclass(frozen=True, slots=True)
class PlannerSettings:
    """One planner: the scope it leads, this incarnation's token, and after how many deltas a full plan is due.

    Every `log_rounds` rounds it looks whether the log still has what enactors need. While enactors are far behind
    it publishes in one round of `backlog_rounds` at most.
    """

    scope: str
    token: str
    full_every: int = 32
    poll_s: float = 0.2
    log_rounds: int = limits.LOG_ROUNDS
    backlog_rounds: int = limits.BACKLOG_ROUNDS


@dataclass(frozen=True, slots=True)
class PlannerPorts:
    """The planner's world: the same, and the inputs."""

    ports: Ports
    health: Health


async def tell(
    ports: Ports,
    who: str,
    event: str,
    generation: Generation | None = None,
    endpoint: Endpoint | None = None,
    *,
    fence: int | None = None,
    detail: str = "",
    counts: tuple[tuple[str, int], ...] = (),
) -> None:
    """One line of the audit trail."""
    await ports.log.report(Report(who, event, generation, endpoint, fence, detail, counts))
