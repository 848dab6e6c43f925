"""What the demo hosts in Ray besides the roles: the world, that is the health inputs and the gate of the rule.

It stands for what surrounds the automation and is no part of it: the demo never kills this actor.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from actors.on_ray.troupe import Address, remote
from actors.service import Running
from coordination.plan import Generation
from coordination.ports import Authority, Claims, Inputs, Unavailable
from coordination.records import Endpoint, Records
from namelatch.compose import Wrap
from namelatch.demo.health import ScriptedHealth
from namelatch.demo.inventory import inventory
from namelatch.hosting import REGION
from namelatch.lab.crossing import Crossing, Step
from namelatch.lab.gate import Gate, GatedAuthority, GatedClaims


@dataclass(frozen=True, slots=True)
class Gated:
    """How to reach the gate: its actor, whom the rule slows down, and where."""

    world: Address
    slow: str
    endpoint: Endpoint

    def wrap(self, who: str) -> Wrap:
        """Wrap one role's ports."""
        before, after = remote(self.world, "before"), remote(self.world, "after")

        def wrapped(authority: Authority, claims: Claims) -> tuple[Authority, Claims]:
            gated = GatedAuthority(authority, who, self.slow, self.endpoint, before, after)
            return gated, GatedClaims(claims, who, after)

        return wrapped


@dataclass(frozen=True, slots=True)
class HealthOf:
    """How to reach the health inputs: their actor, and how many records the inventory has."""

    world: Address
    records: int

    def open(self, scope: str) -> "RemoteHealth":
        """The planner's side."""
        return RemoteHealth(self.records, scope, remote(self.world, "inputs"))


class RemoteHealth:
    """`ports.Health` whose source is another actor. Names that did not change stay at home."""

    def __init__(self, records: int, scope: str, ask: Callable[[int, str], Awaitable[Inputs | None]]) -> None:
        laid_out = inventory(records)
        self._local = ScriptedHealth(laid_out)
        self._scope, self._ask = scope, ask
        self._all = laid_out.endpoints

    async def inputs(self, since: int) -> Inputs:
        told = await self._ask(since, self._scope)
        if told is None:
            raise Unavailable("the first plan is another planner's to make")
        gone = frozenset(told.removed)
        return replace(told, endpoints=tuple(name for name in self._all if name not in gone) if gone else self._all)

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        return self._local.allocate(endpoint, generation)


class WorldService:
    """The health inputs and the ordering rule. Where several planners plan, only the one whose turn it is hears."""

    def __init__(self, records: int, rule: Crossing) -> None:
        self._records, self._first_rule = records, rule
        self._opened_health: ScriptedHealth | None = None
        self._opened_gate: Gate | None = None
        self._turn: str | None = None

    async def run(self, part: str, running: Running) -> None:
        """Nothing to run: it answers calls."""

    @property
    def _health(self) -> ScriptedHealth:
        if self._opened_health is None:
            self._opened_health = ScriptedHealth(inventory(self._records))
        return self._opened_health

    @property
    def _gate(self) -> Gate:
        if self._opened_gate is None:
            self._opened_gate = Gate(self._first_rule)
        return self._opened_gate

    async def touch(self, endpoints: tuple[Endpoint, ...] | None, turn: str | None) -> int:
        """Change inputs; `turn` None lets every scope hear of it."""
        self._turn = turn
        return self._health.touch(endpoints)

    async def inputs(self, since: int, scope: str) -> Inputs | None:
        """As ports.Health, without the names that did not change. None: the first plan is another planner's to make."""
        if self._turn is not None and scope not in {self._turn, REGION}:
            return Inputs(since, (), ()) if since else None
        return replace(await self._health.inputs(since), endpoints=())

    async def before(self, taken: tuple[Step, ...]) -> None:
        """See gate.Gate."""
        await self._gate.before(taken)

    async def after(self, taken: tuple[Step, ...], committed: bool) -> None:
        """See gate.Gate."""
        await self._gate.after(taken, committed)

    async def rule(self) -> Crossing:
        """How far the rule has come."""
        return self._gate.rule
