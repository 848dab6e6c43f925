"""What the authority means: state and one pure step.

`apply` takes a state and a batch to the next state and an outcome. All or nothing; conditions and laws
are judged on the state as it is at that moment; every commit is one revision. The adapters (memory, etcd)
are held to this reducer by the conformance suite and by a state machine test, so this file is the
specification that the explorer explores and that real histories are replayed against.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

from immutables import Map

from coordination.intents import (
    AppliedBelow,
    Batch,
    Change,
    ClaimFence,
    ClaimFree,
    Committed,
    Condition,
    Conflict,
    DropClaim,
    DropGeneration,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Forget,
    HeadVersion,
    Hold,
    LeaderFence,
    LeaderFree,
    Lift,
    LockFree,
    LockHeld,
    Lost,
    ManifestAbsent,
    ManifestLive,
    ManifestRetired,
    Publish,
    Reserve,
    ReservedBelow,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    TreeExists,
    Unclaimed,
    Unheld,
    laws,
)
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, Records
from coordination.seen import ClaimSeen, Head, Root


@dataclass(frozen=True, slots=True)
class State:
    """Everything the authority holds. Maps are persistent: a step shares all that it did not change."""

    revision: int = 0
    trees: Map[Generation, Map[Endpoint, Records]] = Map()
    roots: Map[Endpoint, Root] = Map()
    locks: Map[Endpoint, str] = Map()
    claims: Map[tuple[Generation, str], ClaimSeen] = Map()
    leaders: Map[str, ClaimSeen] = Map()
    manifests: Map[Generation, Manifest] = Map()
    holds: Map[Endpoint, str] = Map()
    newest: Generation | None = None
    head_version: int = 0
    lifted: int = 0
    inputs_revision: int = 0
    reserved: Generation | None = None
    applied: Generation | None = None

    def head(self) -> Head:
        """The few numbers everybody steers by."""
        version, lifted = max(self.head_version, self.lifted), self.lifted > self.head_version
        return Head(self.newest, version, self.inputs_revision, self.reserved, self.applied, self.revision, lifted)

    def tree(self, generation: Generation, endpoint: Endpoint) -> Records | None:
        """One endpoint's records under one generation; None when there is no such tree."""
        of_generation = self.trees.get(generation)
        return None if of_generation is None else of_generation.get(endpoint)

    def answered(self, endpoint: Endpoint) -> Records | None:
        """What a query is answered from: None when there is no such name, empty when its tree is gone."""
        root = self.roots.get(endpoint)
        if root is None or root.tombstone:
            return None
        return self.tree(root.generation, endpoint) or ()


def holds(state: State, condition: Condition) -> bool:
    """Whether a condition is true of a state."""
    match condition:
        case RootVersion(endpoint, version):
            root = state.roots.get(endpoint)
            return (root.version if root else 0) == version
        case RootOlder(endpoint, generation):
            root = state.roots.get(endpoint)
            return root is not None and root.generation < generation
        case TreeExists(endpoint, generation):
            return state.tree(generation, endpoint) is not None
        case LockFree(endpoint):
            return endpoint not in state.locks
        case LockHeld(endpoint, holder):
            return state.locks.get(endpoint) == holder
        case Unheld(endpoint, hand):
            return state.holds.get(endpoint, hand) == hand
        case ClaimFree(generation, az):
            return (generation, az) not in state.claims
        case ClaimFence(generation, az, fence):
            claim = state.claims.get((generation, az))
            return claim is not None and claim.fence == fence
        case Unclaimed(generation):
            return not any(claimed <= generation for claimed, _ in state.claims)
        case LeaderFree(scope):
            return scope not in state.leaders
        case LeaderFence(scope, fence):
            leader = state.leaders.get(scope)
            return leader is not None and leader.fence == fence
        case HeadVersion(version):
            return max(state.head_version, state.lifted) <= version
        case ReservedBelow(generation):
            return state.reserved is None or state.reserved < generation
        case AppliedBelow(generation):
            return state.applied is None or state.applied < generation
        case ManifestAbsent(generation):
            return generation not in state.manifests
        case ManifestLive(generation):
            return generation in state.manifests and not state.manifests[generation].retired
        case ManifestRetired(generation):
            return generation in state.manifests and state.manifests[generation].retired


def step(state: State, change: Change, revision: int) -> State:
    """The state after one change, whose conditions are known to hold."""
    match change:
        case Enact(endpoint, generation, records, rollback):
            trees = state.trees
            if records is not None:
                trees = trees.set(generation, trees.get(generation, Map()).set(endpoint, records))
            roots = state.roots.set(endpoint, Root(generation, rollback, records is None, revision))
            locks = _without(state.locks, endpoint) if change.unlock else state.locks
            return replace(state, trees=trees, roots=roots, locks=locks)
        case TakeLock(endpoint, holder):
            return replace(state, locks=state.locks.set(endpoint, holder))
        case DropLock(endpoint):
            return replace(state, locks=_without(state.locks, endpoint))
        case TakeClaim(generation, az, token):
            claim = ClaimSeen(generation, az, revision, token)
            return replace(state, claims=state.claims.set((generation, az), claim))
        case DropClaim(generation, az):
            return replace(state, claims=_without(state.claims, (generation, az)))
        case TakeLeadership(scope, token):
            leader = ClaimSeen(Generation(0), scope, revision, token)
            return replace(state, leaders=state.leaders.set(scope, leader))
        case DropLeadership(scope):
            return replace(state, leaders=_without(state.leaders, scope))
        case Reserve(generation):
            return replace(state, reserved=generation)
        case Publish(manifest):
            return replace(
                state,
                manifests=state.manifests.set(manifest.generation, manifest),
                newest=manifest.generation,
                head_version=revision,
                inputs_revision=manifest.inputs_revision,
            )
        case Finish(generation):
            return replace(state, applied=generation)
        case Retire(generation):
            retired = replace(state.manifests[generation], retired=True)
            return replace(state, manifests=state.manifests.set(generation, retired))
        case Forget(generation):
            return replace(state, manifests=_without(state.manifests, generation))
        case DropTree(generation, endpoint):
            left = _without(state.trees.get(generation, Map()), endpoint)
            return replace(
                state, trees=state.trees.set(generation, left) if left else _without(state.trees, generation)
            )
        case DropGeneration(generation):
            return replace(
                state,
                trees=_without(state.trees, generation),
                manifests=_without(state.manifests, generation),
            )
        case Hold(endpoint, hand):
            return replace(state, holds=state.holds.set(endpoint, hand))
        case Lift(endpoint):
            return replace(state, holds=_without(state.holds, endpoint), lifted=revision)


def apply(state: State, batch: Batch) -> tuple[State, Committed | Conflict]:
    """One transaction. On conflict the state is the same object, and every lost condition is named."""
    lost = [Lost(None, condition) for condition in batch.conditions if not holds(state, condition)]
    for index, proposal in enumerate(batch.proposals):
        needed = (*laws(proposal.change), *proposal.conditions)
        lost += [Lost(index, condition) for condition in needed if not holds(state, condition)]
    if lost:
        return state, Conflict(tuple(lost), state.revision)
    revision = state.revision + 1
    for proposal in batch.proposals:
        state = step(state, proposal.change, revision)
    return replace(state, revision=revision), Committed(revision)


K = TypeVar("K")
V = TypeVar("V")


def _without(mapping: Map[K, V], key: K) -> Map[K, V]:
    return mapping.delete(key) if key in mapping else mapping
