"""What the protocol needs from the world. Each call is one scheduling point in the simulator.

Calls raise `Unavailable` when the world could not answer (reads: nothing was learned). Writes never
raise it after anything may have been sent: they return `Unknown`. Everything returned is immutable.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from coordination.intents import Batch, Condition, Outcome, TakeClaim, TakeLeadership
from coordination.plan import Generation, Manifest, Plan
from coordination.records import Endpoint, Records
from coordination.seen import ClaimSeen as ClaimSeen
from coordination.seen import Head as Head
from coordination.seen import Reading as Reading
from coordination.seen import Root as Root
from coordination.seen import Seen as Seen

T = TypeVar("T")


class Unavailable(Exception):
    """A part of the world does not answer. Nothing was changed; try again later. The text says which part."""


class OutOfSpace(Unavailable):
    """The authority's store is full and refuses every write until an operator makes room. Nothing was changed."""


class PlanLost(Exception):
    """The plan's bytes are not (or no longer) in the log."""


class PlanTorn(Exception):
    """The plan's bytes are there and are not what the manifest promised. The text says how."""


# --- what the planner reads and what everybody reports -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the planner plans from: a revision that only grows, and what changed since the revision asked about.

    `changed` is None when everything may have changed (a full plan is due; always so for revision 0). `removed`
    are endpoints to take down on purpose: those taken down since that revision, and when `changed` is None all
    that ever were and are not back. `endpoints` is everything that should exist, in walk order.
    """

    revision: int
    endpoints: tuple[Endpoint, ...]
    changed: tuple[Endpoint, ...] | None
    removed: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the audit trail: who decided what about which generation (and endpoint), and why."""

    who: str
    event: str
    generation: Generation | None = None
    endpoint: Endpoint | None = None
    fence: int | None = None
    detail: str = ""
    counts: tuple[tuple[str, int], ...] = field(default=())


Progress = Callable[[], Awaitable[None]]


async def silent() -> None:
    """Progress that nobody waits for."""


# --- the ports ---------------------------------------------------------------------------------------------------


class Authority(Protocol):
    """The pointer tree: roots, trees, locks, manifests, claims, holds. Reads are linearizable."""

    async def head(self) -> Head:
        """The newest plan, the highest applied one, and the revision this was read at."""
        ...

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        """Head and roots in one transaction; at most READ_ENDPOINTS endpoints."""
        ...

    async def commit(self, batch: Batch) -> Outcome:
        """One transaction, all or nothing."""
        ...

    async def survivor(self, endpoint: Endpoint) -> Generation | None:
        """The newest generation that still has a tree for this endpoint."""
        ...

    async def generations(self) -> tuple[Generation, ...]:
        """Generations that have at least one tree, ascending."""
        ...

    async def trees(self, generation: Generation, after: Endpoint | None, limit: int) -> tuple[Endpoint, ...]:
        """Up to `limit` endpoints with a tree of this generation, in byte order, beyond `after`."""
        ...

    async def roots(self, after: Endpoint | None, limit: int) -> tuple[Seen, ...]:
        """Up to `limit` endpoints that have a root, in byte order, beyond `after`."""
        ...

    async def manifests(self) -> tuple[Manifest, ...]:
        """All manifests, ascending, retired ones included."""
        ...

    async def claims(self) -> tuple[ClaimSeen, ...]:
        """All claims, by generation, then az."""
        ...


class Claims(Protocol):
    """Keys that live only as long as their holder shows progress. A liveness hint: only the fence protects."""

    async def acquire(self, key: TakeClaim | TakeLeadership, conditions: tuple[Condition, ...]) -> Outcome:
        """Create the key on a lease; Committed.revision is the fence."""
        ...

    async def renew(self, key: TakeClaim | TakeLeadership) -> bool:
        """Call on progress only. False when the key is known to be lost or its local deadline has passed."""
        ...

    async def release(self, key: TakeClaim | TakeLeadership) -> Outcome:
        """Delete the key if it is still this holder's; its lease goes with it."""
        ...


class PlanLog(Protocol):
    """Transport and history of plans, never their authority: it may duplicate, reorder, redeliver, lose.

    A plan may take longer to travel than its holder's lease lives: `progress` is awaited at least once for each of
    its chunks, and what it raises ends the call.
    """

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        """Store the plan's bytes; the manifest says where they are (inputs_revision and publisher are the caller's).

        Raises codec.BadPlan, and stores nothing, for a plan that no reader would accept; Unavailable.
        """
        ...

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        """The plan, verified against its manifest. Raises PlanLost, PlanTorn, Unavailable."""
        ...

    async def holds(self, manifest: Manifest) -> bool:
        """Whether the log still has the manifest's plan, whole and unharmed, where the manifest says.

        Not only its beginning: a plan that enactors have to refuse must be noticed by whoever can publish another.
        So bytes that are no plan anybody can read are not held, either. Raises Unavailable.
        """
        ...

    async def announce(self, generation: Generation) -> None:
        """Tell everyone that a generation has a manifest. May be lost: whoever waits also looks for himself."""
        ...

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        """Wait for an announcement above `beyond`, at most `timeout_s`; None when there was none."""
        ...

    async def report(self, report: Report) -> None:
        """Append to the audit trail; best effort, never blocks the protocol for long."""
        ...


class Clock(Protocol):
    """Monotonic time. No decision is made by wall clock."""

    def now(self) -> float:
        """Seconds since some fixed point."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for that long."""
        ...


class Crew(Protocol):
    """What runs several parts of one role's work together. Each port call of each part is a scheduling point."""

    async def together(self, parts: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        """What the parts returned, in their order, once all have ended: none is ended by how another ended.

        What parts raised surfaces only then, the first in order. Being cancelled cancels all that still run.
        """
        ...


class Health(Protocol):
    """Where the planner's inputs come from."""

    async def inputs(self, since: int) -> Inputs:
        """What should exist, and what changed after revision `since`. Raises Unavailable rather than answer empty."""
        ...

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        """The endpoint's targets and weights under this generation: pure, the same for the same inputs."""
        ...
