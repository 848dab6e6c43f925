"""A batch as one etcd transaction: every change's operations, every condition's compares, and the reads that
say afterwards which condition was lost.

Pure. Equal compares and reads are sent once. What exceeds etcd's limits, or writes a key twice (etcd refuses
that), is a mistake of whoever packed the batch (`coordination.packing`): ValueError, and nothing is sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from coordination.etcd.conditions import Case, HoldsSeen, case
from coordination.etcd.keys import Keys, Span
from coordination.etcd.requests import Delete, Put, Transaction, View
from coordination.etcd.values import head_value, manifest_value, root_value
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
    Hold,
    Lift,
    Lost,
    Publish,
    Reserve,
    Retire,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    laws,
)
from coordination.limits import TXN_OPERATIONS
from coordination.records import pack


@dataclass(frozen=True, slots=True)
class Compiled:
    """A transaction, and each of its conditions with its place in the batch and the case that judges it."""

    transaction: Transaction
    cases: tuple[tuple[int | None, Condition, Case], ...]

    @property
    def leased(self) -> bool:
        """Whether something in it hangs on a lease."""
        return any(isinstance(one, Put) and one.leased for one in self.transaction.operations)

    def lost(self, view: View) -> tuple[Lost, ...]:
        """The conditions that were false on what the failed transaction read, shared ones first."""
        return tuple(dict.fromkeys(Lost(index, condition) for index, condition, of in self.cases if not of.holds(view)))


def compiled(batch: Batch, keys: Keys, seen: HoldsSeen) -> Compiled:
    """The transaction of a batch. Raises ValueError for a batch that etcd would refuse whatever its state."""
    cases = tuple((index, condition, case(condition, keys, seen)) for index, condition in _conditions(batch))
    transaction = Transaction(
        tuple(dict.fromkeys(compare for _, _, of in cases for compare in of.compares)),
        tuple(one for proposal in batch.proposals for one in operations(proposal.change, keys)),
        tuple(dict.fromkeys(read for _, _, of in cases for read in of.reads)),
    )
    _check(transaction)
    return Compiled(transaction, cases)


def _conditions(batch: Batch) -> Iterator[tuple[int | None, Condition]]:
    for condition in batch.conditions:
        yield None, condition
    for index, proposal in enumerate(batch.proposals):
        for condition in (*laws(proposal.change), *proposal.conditions):
            yield index, condition


def operations(change: Change, keys: Keys) -> tuple[Put | Delete, ...]:
    """What one change writes and deletes."""
    match change:
        case Enact(endpoint, generation, records, rollback):
            root = Put(keys.root(endpoint), root_value(generation, rollback, records is None))
            unlock = (Delete(keys.lock(endpoint)),) if change.unlock else ()
            if records is None:
                return (root, *unlock)
            return (Put(keys.tree(generation, endpoint), pack(records)), root, *unlock)
        case TakeLock(endpoint, holder):
            return (Put(keys.lock(endpoint), holder.encode(), leased=True),)
        case DropLock(endpoint):
            return (Delete(keys.lock(endpoint)),)
        case TakeClaim(generation, az, token):
            return (Put(keys.claim(generation, az), token.encode(), leased=True),)
        case DropClaim(generation, az):
            return (Delete(keys.claim(generation, az)),)
        case TakeLeadership(scope, token):
            return (Put(keys.leader(scope), token.encode(), leased=True),)
        case DropLeadership(scope):
            return (Delete(keys.leader(scope)),)
        case DropTree(generation, endpoint):
            return (Delete(keys.tree(generation, endpoint)),)
        case Hold(endpoint, hand):
            return (Put(keys.hold(endpoint), hand.encode()),)
        case Lift(endpoint):
            return (Delete(keys.hold(endpoint)), Put(keys.lifted(), endpoint.encode()))
        case Reserve() | Publish() | Finish() | Retire() | Forget() | DropGeneration():
            return _of_plan(change, keys)


def _of_plan(
    change: Reserve | Publish | Finish | Retire | Forget | DropGeneration, keys: Keys
) -> tuple[Put | Delete, ...]:
    match change:
        case Reserve(generation):
            return (_range(keys.below_number("reserved", generation)), Put(keys.reserved(generation), b""))
        case Finish(generation):
            return (_range(keys.below_number("applied", generation)), Put(keys.applied(generation), b""))
        case Publish(manifest):
            stored = Put(keys.manifest(manifest.generation), manifest_value(manifest))
            newest = Put(keys.head(), head_value(manifest.generation, manifest.inputs_revision))
            if manifest.retired:
                return (stored, Put(keys.retired(manifest.generation), b""), newest)
            return (stored, newest)
        case Retire(generation):
            return (Put(keys.retired(generation), b""),)
        case Forget(generation):
            return (_range(keys.manifest_whole(generation)),)
        case DropGeneration(generation):
            return (_range(keys.trees(generation)), _range(keys.manifest_whole(generation)))


def _range(span: Span) -> Delete:
    return Delete(span.start, span.end)


def _check(transaction: Transaction) -> None:
    parts = {"compares": transaction.compares, "operations": transaction.operations, "reads": transaction.reads}
    for name, part in parts.items():
        if len(part) > TXN_OPERATIONS:
            raise ValueError(f"{len(part)} {name} in one batch, the most is {TXN_OPERATIONS}")
    written: set[bytes] = set()
    for one in transaction.operations:
        if (isinstance(one, Put) or not one.end) and one.key in written:
            raise ValueError(f"one batch writes {one.key.decode()!r} twice")
        written.add(one.key)
    ranges = [one for one in transaction.operations if isinstance(one, Delete) and one.end]
    for one in transaction.operations:
        if any(one is not other and other.key <= one.key < other.end for other in ranges):
            raise ValueError(f"one batch writes {one.key.decode()!r} and deletes a range around it")
