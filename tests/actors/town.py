"""Actors called one by one over one judged store, with perils at their port calls.

Nothing runs by itself here: a test says who does what, and what happens meanwhile at which port call. Every
commit is judged as it happens; `fallen` is what the invariants saw, and writes from a lost claim besides.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actors.collector import Memory, Swept, collect
from actors.enactor import Enacted, Held, enact
from actors.on_asyncio import AllAtOnce
from actors.planner import Leading, depose, lead, publish
from actors.roles import CollectorSettings, EnactorSettings, OneByOne, PlannerPorts, PlannerSettings, Ports
from coordination.intents import Batch, Committed, Conflict, Enact, Proposal, Publish, Reserve, Unknown
from coordination.invariants import SAFETY
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.plan import Entry, Generation, Manifest, Plan
from coordination.postures import HARDENED, Posture
from coordination.records import Endpoint, Records
from tests.actors.world import DictLog, Inventory, VirtualClock, records

E1, E2, E3, E4 = (Endpoint(f"e{n}.example") for n in range(1, 5))
NAMES = (E1, E2, E3, E4)

Act = Callable[[], Awaitable[Any]]
Peril = Callable[["Call", Act], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """One port call: who, which call, with what."""

    who: str
    name: str
    args: tuple[Any, ...]

    @property
    def changes(self) -> tuple[Any, ...]:
        """The changes that a commit asks for."""
        return tuple(proposal.change for proposal in self.args[0].proposals) if self.name == "commit" else ()

    @property
    def writes(self) -> bool:
        return self.name in {"commit", "acquire", "release"}


async def quietly(call: Call, act: Act) -> Any:
    """No peril at all."""
    return await act()


class JudgedStore(Store):
    """A store whose every commit is judged as it happens."""

    def __init__(self) -> None:
        super().__init__()
        self.fallen: list[str] = []
        self.batches: list[Batch] = []

    def commit(self, batch: Batch) -> Committed | Conflict:
        before = self.state
        outcome = super().commit(batch)
        if isinstance(outcome, Committed):
            self.batches.append(batch)
            for invariant in SAFETY:
                self.fallen += [fall.invariant for fall in invariant.falls(before, batch, self.state)]
            for proposal in batch.proposals:
                change = proposal.change
                if isinstance(change, Enact) and not any(
                    az == change.hand and generation <= change.generation for generation, az in before.claims
                ):
                    self.fallen.append("fenced-writes")
        return outcome


class LeasedClaims(MemoryClaims):
    """A further attempt at a key ends the lease of the one before, as a real adapter does after a lost reply."""

    async def acquire(self, key: Any, conditions: Any) -> Any:
        if key in self._held:
            await self.release(key)
        return await super().acquire(key, conditions)


class ShortLived(LeasedClaims):
    """A claim ends when nothing was heard of its holder for `TTL_S` of the town's time."""

    TTL_S = 10.0

    def __init__(self, store: Store, clock: VirtualClock) -> None:
        super().__init__(store)
        self._clock = clock
        self._deadlines: dict[Any, float] = {}

    async def acquire(self, key: Any, conditions: Any) -> Any:
        self._deadlines[key] = self._clock.time + self.TTL_S
        return await super().acquire(key, conditions)

    async def renew(self, key: Any) -> bool:
        await self.lapse()
        self._deadlines[key] = self._clock.time + self.TTL_S
        return await super().renew(key)

    async def lapse(self) -> None:
        """What is past its time ends."""
        for key in [key for key in self._held if self._clock.time >= self._deadlines[key]]:
            await self.release(key)


class _Through:
    """Any port, each of its calls through a peril."""

    def __init__(self, inner: object, who: str, peril: Peril) -> None:
        self._inner, self._who, self._peril = inner, who, peril

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)

        async def through(*args: Any) -> Any:
            return await self._peril(Call(self._who, name, args), lambda: call(*args))

        return through if asyncio.iscoroutinefunction(call) else call


class Town:
    """One store, one log, and actors that act when told to."""

    def __init__(
        self, posture: Posture = HARDENED, names: Sequence[Endpoint] = NAMES, walkers: int = 1, at_once: bool = False
    ) -> None:
        self.posture = posture
        self.walkers = walkers
        self.crew = AllAtOnce() if at_once else OneByOne()
        self.store = JudgedStore()
        self.log = DictLog()
        self.clock = VirtualClock()
        self.health = Inventory(list(names))
        self.held: dict[str, Held | None] = {}
        self.memory = Memory()
        self.leading: Leading | None = None
        self._claims: dict[str, LeasedClaims] = {}
        self._lives = 0

    def beside(self) -> "Town":
        """Other processes of the same actors in the same world, started later than these."""
        other = Town(self.posture)
        other.store, other.log, other.clock, other.health = self.store, self.log, self.clock, self.health
        other._lives = self._lives + 1_000
        return other

    @property
    def state(self):
        return self.store.state

    @property
    def fallen(self) -> set[str]:
        return set(self.store.fallen)

    def published(self) -> list[Plan]:
        """Every plan that ever got a manifest, oldest first."""
        changes = [proposal.change for batch in self.store.batches for proposal in batch.proposals]
        generations = [change.manifest.generation for change in changes if isinstance(change, Publish)]
        return [self.log.kept[generation] for generation in generations]

    def told(self, event: str) -> list[Any]:
        return [report for report in self.log.reports if report.event == event]

    def ports(self, who: str, peril: Peril = quietly) -> Ports:
        claims = self._claims.setdefault(who, LeasedClaims(self.store))
        authority = _Through(MemoryAuthority(self.store), who, peril)
        return Ports(authority, _Through(claims, who, peril), _Through(self.log, who, peril), self.clock, self.crew)

    # --- plans by hand ---------------------------------------------------------------------------------------------

    def publish(
        self, *named: Endpoint, removed: Sequence[Endpoint] = (), full: bool = False, **given: Records
    ) -> Manifest:
        """A plan as a planner would publish it: of these endpoints, or full."""
        newest = self.state.newest
        generation = Generation(max(newest or 0, self.state.reserved or 0) + 1)
        full = full or newest is None
        names = self.health.endpoints if full else named
        entries = [
            Entry(name, given.get(name.split(".")[0], records(name, generation)))
            for name in names
            if name not in removed
        ]
        plan = Plan(generation, None if full else newest, (*entries, *(Entry(name, None) for name in removed)))
        self.log.plans[generation] = self.log.kept[generation] = plan
        manifest = Manifest(generation, plan.base, "digest", 1, 1, 0, self.state.inputs_revision, "")
        for change in (Reserve(generation), Publish(manifest)):
            assert isinstance(self.store.commit(Batch((Proposal(change),))), Committed)
        return manifest

    # --- actors ------------------------------------------------------------------------------------------------------

    async def enact(
        self, az: str, manifest: Manifest | None = None, peril: Peril = quietly, start: float = 0
    ) -> Enacted:
        """One enactor enacts one plan: the newest, or the given one."""
        ports = self.ports(az, peril)
        head = await ports.authority.head()
        generation = head.newest if manifest is None else manifest.generation
        assert generation is not None
        settings = EnactorSettings(az, f"{az}-{self._lives:06d}", self.posture, start, walkers=self.walkers)
        ended = await enact(ports, settings, generation, head, self.held.get(az))
        self.held[az] = ended.held
        return ended

    async def collect(self, peril: Peril = quietly) -> Swept:
        """One pass of the collector."""
        return await collect(self.ports("collector", peril), CollectorSettings(self.posture), self.memory)

    async def plan(self, peril: Peril = quietly, full_every: int = 32) -> Manifest | None:
        """One round of the planner, which leads first if it does not."""
        world = PlannerPorts(self.ports("planner", peril), self.health)
        settings = PlannerSettings("region", f"p-{self._lives}", full_every)
        if self.leading is None or not await world.ports.claims.renew(self.leading.key):
            await depose(world, settings)
            self.leading = await lead(world, settings)
        return await publish(world, settings, self.leading) if self.leading else None

    # --- misfortunes -------------------------------------------------------------------------------------------------

    def crash(self, who: str) -> None:
        """The actor loses all that it knew; its keys stay until their leases end."""
        self._lives += 1
        self.held.pop(who, None)
        self._claims.pop(who, None)
        if who == "collector":
            self.memory = Memory()
        if who == "planner":
            self.leading = None

    def expire(self, who: str | None = None) -> None:
        """The leases of one az's claims end, or of all."""
        claims = self.state.claims
        for generation, az in sorted(claims):
            if who in {None, az}:
                claims = claims.delete((generation, az))
        self.store.state = replace(self.state, claims=claims, revision=self.state.revision + 1)

    def answers(self) -> dict[Endpoint, Records | None]:
        return {name: self.state.answered(name) for name in self.state.roots}

    def trees(self) -> set[tuple[int, Endpoint]]:
        return {(generation, name) for generation, of in self.state.trees.items() for name in of}

    def referenced(self) -> set[tuple[int, Endpoint]]:
        """What a root or a rollback points at."""
        pointed = set()
        for name, root in self.state.roots.items():
            if not root.tombstone:
                pointed.add((root.generation, name))
            if root.rollback is not None:
                pointed.add((root.rollback, name))
        return pointed


# --- perils ------------------------------------------------------------------------------------------------------


def meanwhile(at: Callable[[Call], bool], do: Act, after: bool = False) -> Peril:
    """Something happens once, before (or after) the first call that `at` picks."""
    fired: list[Call] = []

    async def peril(call: Call, act: Act) -> Any:
        if fired or not at(call):
            return await act()
        fired.append(call)
        if after:
            result = await act()
            await do()
            return result
        await do()
        return await act()

    return peril


def enacts(name: Endpoint) -> Callable[[Call], bool]:
    """A commit that enacts this endpoint."""
    return lambda call: any(isinstance(change, Enact) and change.endpoint == name for change in call.changes)


def asks(kind: type) -> Callable[[Call], bool]:
    """A commit or an acquisition that asks for this kind of change."""
    return lambda call: any(isinstance(change, kind) for change in (*call.changes, *call.args[:1]))


class Killed(BaseException):
    """The process is gone."""


HOWS = ("kill before", "kill after", "lost before", "lost after", "late")


class AtCall:
    """One peril at the n-th port call, then none: the process dies, or a write's reply is lost.

    `late` takes effect after the next read. A dead process makes no further call.
    """

    def __init__(self, number: int, how: str) -> None:
        self.left, self.how = number, how
        self.fired = False
        self._dead = False
        self._pending: Act | None = None

    async def __call__(self, call: Call, act: Act) -> Any:
        if self._dead:
            raise Killed
        self.left -= 1
        if self.left == 0:
            return await self._strike(call, act)
        result = await act()
        if self._pending is not None and not call.writes and call.name != "report":
            pending, self._pending = self._pending, None
            await pending()
        return result

    async def _strike(self, call: Call, act: Act) -> Any:
        if self.how.startswith("kill"):
            self.fired = self._dead = True
            if self.how == "kill after":
                await act()
            raise Killed
        if not call.writes or (self.how == "late" and call.name != "commit"):
            return await act()
        self.fired = True
        if self.how == "lost after":
            await act()
        if self.how == "late":
            self._pending = act
        return Unknown("the test lost the reply")

    async def settle(self) -> None:
        """What was on its way arrives at last."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            await pending()
