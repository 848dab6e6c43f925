"""How many proposals fit one transaction: worst-case counts, so that what `pack` yields is never refused.

etcd counts compares, operations and failure reads apart, each up to TXN_OPERATIONS. A condition is at most
one compare and one failure read; a change is at most three operations. Bytes are estimated from above.
"""

from collections.abc import Iterable, Iterator

from coordination.intents import Batch, Change, Condition, DropGeneration, Enact, Proposal, Publish, laws
from coordination.limits import TXN_BYTES, TXN_OPERATIONS

TARGET_BYTES = 56  # one packed target: the longest IPv6 address, a weight, separators and its share of the RRset's head
KEY_BYTES = 400  # the longest key (prefix, generation, 253 octets of name) and the framing of one operation


def operations(change: Change) -> int:
    """The most operations that one change becomes."""
    match change:
        case Enact():
            return 3
        case DropGeneration() | Publish():
            return 2
        case _:
            return 1


def compares(proposal: Proposal) -> int:
    """The most compares (and failure reads) that one proposal becomes."""
    return len(laws(proposal.change)) + len(proposal.conditions)


def size(proposal: Proposal) -> int:
    """The most bytes that one proposal becomes."""
    change = proposal.change
    targets = sum(len(rrset.targets) for rrset in change.records) if isinstance(change, Enact) and change.records else 0
    return TARGET_BYTES * targets + KEY_BYTES * (operations(change) + 2 * compares(proposal))


def pack(proposals: Iterable[Proposal], shared: tuple[Condition, ...], most: int = TXN_OPERATIONS) -> Iterator[Batch]:
    """The proposals in order, cut into batches that fit; `shared` goes with each."""
    taken: list[Proposal] = []
    used = checked = weight = 0
    for proposal in proposals:
        needs = operations(proposal.change), compares(proposal), size(proposal)
        full = used + needs[0] > most or checked + needs[1] + len(shared) > most or weight + needs[2] > TXN_BYTES
        if taken and full:
            yield Batch(tuple(taken), shared)
            taken, used, checked, weight = [], 0, 0, 0
        taken.append(proposal)
        used, checked, weight = used + needs[0], checked + needs[1], weight + needs[2]
    if taken:
        yield Batch(tuple(taken), shared)
