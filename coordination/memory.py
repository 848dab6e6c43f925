"""Authority and claims in memory, over the pure reducer: for tests, the simulator and one-process runs.

Nothing here awaits anything: each call is one step. `Store` is the shared world; adapters are views of it.
"""

from coordination.authority import State, apply
from coordination.intents import (
    Batch,
    Committed,
    Condition,
    Conflict,
    DropClaim,
    DropLeadership,
    Outcome,
    Proposal,
    TakeClaim,
    TakeLeadership,
)
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint
from coordination.seen import ClaimSeen, Head, Reading, Seen


class Store:
    """One authority's state, replaced whole at each commit."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()

    def commit(self, batch: Batch) -> Committed | Conflict:
        """Apply a batch."""
        self.state, outcome = apply(self.state, batch)
        return outcome


class MemoryAuthority:
    """`ports.Authority` over a Store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def head(self) -> Head:
        return self._store.state.head()

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        state = self._store.state
        return Reading(state.head(), tuple(Seen(name, state.roots.get(name)) for name in endpoints))

    async def commit(self, batch: Batch) -> Outcome:
        return self._store.commit(batch)

    async def survivor(self, endpoint: Endpoint) -> Generation | None:
        trees = self._store.state.trees
        return max((generation for generation in trees if endpoint in trees[generation]), default=None)

    async def generations(self) -> tuple[Generation, ...]:
        return tuple(sorted(self._store.state.trees))

    async def trees(self, generation: Generation, after: Endpoint | None, limit: int) -> tuple[Endpoint, ...]:
        names = sorted(self._store.state.trees.get(generation, {}))
        return tuple(name for name in names if after is None or name > after)[:limit]

    async def roots(self, after: Endpoint | None, limit: int) -> tuple[Seen, ...]:
        roots = self._store.state.roots
        names = [name for name in sorted(roots) if after is None or name > after]
        return tuple(Seen(name, roots[name]) for name in names[:limit])

    async def manifests(self) -> tuple[Manifest, ...]:
        manifests = self._store.state.manifests
        return tuple(manifests[generation] for generation in sorted(manifests))

    async def claims(self) -> tuple[ClaimSeen, ...]:
        claims = self._store.state.claims
        return tuple(claims[key] for key in sorted(claims))


class MemoryClaims:
    """`ports.Claims` over a Store: a claim lives until it is released, revoked or made to expire by a test."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[TakeClaim | TakeLeadership, int] = {}

    async def acquire(self, key: TakeClaim | TakeLeadership, conditions: tuple[Condition, ...]) -> Outcome:
        outcome = self._store.commit(Batch((Proposal(key),), conditions))
        if isinstance(outcome, Committed):
            self._held[key] = outcome.revision
        return outcome

    async def renew(self, key: TakeClaim | TakeLeadership) -> bool:
        found = self._found(key)
        return found is not None and found.fence == self._held.get(key)

    async def release(self, key: TakeClaim | TakeLeadership) -> Outcome:
        fence, found = self._held.pop(key, None), self._found(key)
        if found is None or found.fence != fence:
            return Conflict((), self._store.state.revision)
        drop = DropClaim(key.generation, key.az) if isinstance(key, TakeClaim) else DropLeadership(key.scope)
        return self._store.commit(Batch((Proposal(drop),)))

    def _found(self, key: TakeClaim | TakeLeadership) -> ClaimSeen | None:
        if isinstance(key, TakeClaim):
            return self._store.state.claims.get((key.generation, key.az))
        return self._store.state.leaders.get(key.scope)
