"""Many proposals into batches that an authority takes: by operations, by bytes, no key written twice.

Pure, and it knows no authority's wire: it counts, at worst, what a change writes, what a condition compares
and what must be read to say which condition was lost. Those are three limits, counted apart (etcd's
--max-txn-ops holds for each). Equal conditions count once; those about holds count as two compares and one
read, however many there are. Order is kept: a proposal that does not fit begins the next batch. The shared
conditions (a fence, say) travel with every batch.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coordination.intents import (
    Batch,
    Change,
    Condition,
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
    Lift,
    LockFree,
    LockHeld,
    ManifestLive,
    Proposal,
    Publish,
    Reserve,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    Unheld,
    laws,
)
from coordination.limits import PREFIX_BYTES, TXN_BYTES, TXN_OPERATIONS

KEY_BYTES = PREFIX_BYTES + 512  # the longest key or short value: prefix, kind, generation, 253 octets of name, framing
TARGET_BYTES = 64  # one packed target with its share of the RRset's head
MANIFEST_BYTES = 1024  # digest, numbers and publisher of one manifest

Token = tuple[object, ...]
_OF_HOLDS: frozenset[Token] = frozenset({("holds", "none"), ("holds", "none since")})


class DoesNotFit(ValueError):
    """One proposal and the shared conditions alone exceed what an authority takes in one transaction."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What some proposals cost: distinct keys written, compares and reads; and bytes at worst."""

    operations: int
    writes: frozenset[Token]
    compares: frozenset[Token]
    reads: frozenset[Token]
    size: int


def weight(proposal: Proposal) -> Weight:
    """What one proposal costs, the laws of its change included."""
    operations, writes, size = _writes(proposal.change)
    conditions = _conditions((*laws(proposal.change), *proposal.conditions))
    return Weight(operations, frozenset(writes), conditions.compares, conditions.reads, size + conditions.size)


def pack(
    proposals: Iterable[Proposal], shared: tuple[Condition, ...] = (), limit: int = TXN_OPERATIONS
) -> Iterator[Batch]:
    """Batches that hold all proposals in their order, each under `shared`. Raises DoesNotFit, a ValueError."""
    base = _conditions(shared)
    load = _Load(base)
    batch: list[Proposal] = []
    for proposal in proposals:
        own = weight(proposal)
        if batch and not load.takes(own, limit):
            yield Batch(tuple(batch), shared)
            batch, load = [], _Load(base)
        if not batch and not load.takes(own, limit):
            raise DoesNotFit(f"{type(proposal.change).__name__} with its conditions exceeds one transaction")
        batch.append(proposal)
        load.add(own)
    if batch:
        yield Batch(tuple(batch), shared)


class _Load:
    """What one batch costs so far; grows in place, so that packing is linear in the number of proposals."""

    def __init__(self, base: Weight) -> None:
        self._operations, self._size = base.operations, base.size
        self._writes, self._compares, self._reads = set(base.writes), set(base.compares), set(base.reads)
        self._generations = {token[1] for token in base.writes if token[0] == "generation"}

    def takes(self, own: Weight, limit: int) -> bool:
        """Whether one transaction can carry this as well."""
        return (
            self._operations + own.operations <= limit
            and len(self._compares) + len(own.compares - self._compares) <= limit
            and len(self._reads) + len(own.reads - self._reads) <= limit
            and self._size + own.size <= TXN_BYTES
            and self._writes.isdisjoint(own.writes)
            and not self._swallows(own)
        )

    def add(self, own: Weight) -> None:
        """Carry it."""
        self._operations += own.operations
        self._size += own.size
        self._writes |= own.writes
        self._compares |= own.compares
        self._reads |= own.reads
        self._generations |= {token[1] for token in own.writes if token[0] == "generation"}

    def _swallows(self, own: Weight) -> bool:
        """Whether one of the two deletes a whole generation of which the other writes a tree."""
        if self._generations and any(token[0] == "tree" and token[1] in self._generations for token in own.writes):
            return True
        whole = {token[1] for token in own.writes if token[0] == "generation"}
        return bool(whole) and any(token[0] == "tree" and token[1] in whole for token in self._writes)


def _conditions(conditions: Iterable[Condition]) -> Weight:
    compares: set[Token] = set()
    reads: set[Token] = set()
    size = 0
    for condition in conditions:
        if isinstance(condition, Unheld):  # one listing speaks for all: there is none, or none is newer than it
            compares |= _OF_HOLDS
        else:
            compares.add(("is", condition))
        reads.add(_read(condition))
        if isinstance(condition, ManifestLive | HeadVersion):  # each looks at two keys
            compares.add(("second", condition))
            reads.add(("second", condition))
        size += 2 * KEY_BYTES
    return Weight(0, frozenset(), frozenset(compares), frozenset(reads), size)


def _read(condition: Condition) -> Token:
    """The key that says whether a condition was lost: what several conditions look at is read once."""
    match condition:
        case RootVersion(endpoint) | RootOlder(endpoint):
            return ("root", endpoint)
        case LockFree(endpoint) | LockHeld(endpoint):
            return ("lock", endpoint)
        case Unheld():
            return ("holds",)
        case _:
            return ("other", condition)


def _writes(change: Change) -> tuple[int, set[Token], int]:
    """Operations, the keys written, and bytes at worst."""
    match change:
        case Enact(endpoint, generation, records):
            keys: set[Token] = {("root", endpoint)}
            if records is not None:
                keys.add(("tree", generation, endpoint))
            if change.unlock:
                keys.add(("lock", endpoint))
            targets = sum(len(rrset.targets) for rrset in records) if records else 0
            return len(keys), keys, 2 * len(keys) * KEY_BYTES + targets * TARGET_BYTES
        case TakeLock(endpoint) | DropLock(endpoint):
            return 1, {("lock", endpoint)}, 2 * KEY_BYTES
        case TakeClaim(generation, az) | DropClaim(generation, az):
            return 1, {("claim", generation, az)}, 2 * KEY_BYTES
        case TakeLeadership(scope) | DropLeadership(scope):
            return 1, {("leader", scope)}, 2 * KEY_BYTES
        case Reserve():
            return 2, {("reserved",)}, 4 * KEY_BYTES
        case Finish():
            return 2, {("applied",)}, 4 * KEY_BYTES
        case Publish(manifest):
            return 3, {("manifest", manifest.generation), ("head",)}, 3 * KEY_BYTES + MANIFEST_BYTES
        case Retire(generation) | Forget(generation):
            return 1, {("manifest", generation)}, 2 * KEY_BYTES
        case DropTree(generation, endpoint):
            return 1, {("tree", generation, endpoint)}, KEY_BYTES
        case DropGeneration(generation):
            return 2, {("generation", generation), ("manifest", generation)}, 4 * KEY_BYTES
        case Hold(endpoint):
            return 1, {("hold", endpoint)}, 2 * KEY_BYTES
        case Lift(endpoint):
            return 2, {("hold", endpoint), ("lifted",)}, 4 * KEY_BYTES
