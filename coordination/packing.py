"""Many proposals into batches that an authority takes: by operations, by bytes, no key written twice.

Pure, and it knows no authority's wire: it counts, at worst, what a change writes, what a condition compares
and what must be read to say which condition was lost. Those are three limits, counted apart (etcd's
--max-txn-ops holds for each). Equal conditions count once. Order is kept: a proposal that does not fit
begins the next batch. The shared conditions (a fence, say) travel with every batch.
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
    ManifestLive,
    Proposal,
    Publish,
    Reserve,
    Retire,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    laws,
)
from coordination.limits import PREFIX_BYTES, TXN_BYTES, TXN_OPERATIONS
from coordination.records import pack as packed

_KEY_BYTES = PREFIX_BYTES + 64  # prefix, kind, generation and the framing of one operation, without the name
_MANIFEST_BYTES = 512  # digest and numbers of one manifest, without its publisher's name

Token = tuple[object, ...]


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

    def plus(self, other: "Weight") -> "Weight":
        """Both in one transaction."""
        return Weight(
            self.operations + other.operations,
            self.writes | other.writes,
            self.compares | other.compares,
            self.reads | other.reads,
            self.size + other.size,
        )

    def fits(self, limit: int = TXN_OPERATIONS, most_bytes: int = TXN_BYTES) -> bool:
        """Whether one transaction may carry it."""
        return max(self.operations, len(self.compares), len(self.reads)) <= limit and self.size <= most_bytes


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
    batch: list[Proposal] = []
    so_far = base
    for proposal in proposals:
        own = weight(proposal)
        together = so_far.plus(own)
        if batch and (_clash(so_far.writes, own.writes) or not together.fits(limit)):
            yield Batch(tuple(batch), shared)
            batch, together = [], base.plus(own)
        if not together.fits(limit):
            raise DoesNotFit(f"{type(proposal.change).__name__} with its conditions exceeds one transaction")
        batch.append(proposal)
        so_far = together
    if batch:
        yield Batch(tuple(batch), shared)


def _clash(some: frozenset[Token], others: frozenset[Token]) -> bool:
    """Whether a key is written by both, or a whole generation by one and a tree of it by the other."""
    if not some.isdisjoint(others):
        return True
    for whole, single in ((some, others), (others, some)):
        generations = {token[1] for token in whole if token[0] == "generation"}
        if generations and any(token[0] == "tree" and token[1] in generations for token in single):
            return True
    return False


def _conditions(conditions: Iterable[Condition]) -> Weight:
    compares: set[Token] = set()
    reads: set[Token] = set()
    size = 0
    for condition in conditions:
        compares |= {("is", condition)}
        reads |= {_read(condition)}
        if isinstance(condition, ManifestLive):  # exists, and has no mark: two keys
            compares |= {("unmarked", condition)}
            reads |= {("unmarked", condition)}
        size += 2 * (_KEY_BYTES + _text_bytes(condition))
    return Weight(0, frozenset(), frozenset(compares), frozenset(reads), size)


def _read(condition: Condition) -> Token:
    """The key that says whether a condition was lost: what several conditions look at is read once."""
    kind = type(condition).__name__
    if isinstance(condition, HeadVersion):
        return ("head",)
    family = next((word for word in ("Root", "Lock", "Unheld") if kind.startswith(word)), None)
    if family is not None:
        return (family, getattr(condition, "endpoint"))  # noqa: B009
    return (kind, condition)


def _text_bytes(value: Condition | Change) -> int:
    """The bytes of all names in a condition or change."""
    return sum(
        len(text.encode())
        for text in (getattr(value, name, "") for name in ("endpoint", "az", "scope", "holder", "hand", "token"))
        if text
    )


def _writes(change: Change) -> tuple[int, set[Token], int]:
    """Operations, the keys written, and bytes at worst."""
    key = _KEY_BYTES + _text_bytes(change)
    match change:
        case Enact(endpoint, generation, records):
            keys: set[Token] = {("root", endpoint)}
            if records is not None:
                keys.add(("tree", generation, endpoint))
            if change.unlock:
                keys.add(("lock", endpoint))
            return len(keys), keys, len(keys) * (key + 64) + len(packed(records or ()))
        case TakeLock(endpoint) | DropLock(endpoint):
            return 1, {("lock", endpoint)}, key
        case TakeClaim(generation, az) | DropClaim(generation, az):
            return 1, {("claim", generation, az)}, key
        case TakeLeadership(scope) | DropLeadership(scope):
            return 1, {("leader", scope)}, key
        case Reserve():
            return 2, {("reserved",)}, 2 * key
        case Finish():
            return 2, {("applied",)}, 2 * key
        case Publish(manifest):
            size = 3 * key + _MANIFEST_BYTES + 6 * len(manifest.publisher) + len(manifest.digest)
            return 3, {("manifest", manifest.generation), ("head",)}, size
        case Retire(generation) | Forget(generation):
            return 1, {("manifest", generation)}, key
        case DropTree(generation, endpoint):
            return 1, {("tree", generation, endpoint)}, key
        case DropGeneration(generation):
            return 2, {("generation", generation), ("manifest", generation)}, 2 * key
        case Hold(endpoint) | Lift(endpoint):
            return 1, {("hold", endpoint)}, key
