"""What the lab judges of every committed batch: the shared invariants, and some that only the lab can ask everywhere.

The latter need every claim that was ever lost, and no line of a real history tells when a lease ended; or they promise
more than every posture means to. They stand apart: a lattice calls a set of safeguards safe by `SAFETY` and liveness
alone. What they name does its harm through what `SAFETY` names, or it does none: a write from a lost claim that is
newer than all it meets, say, is against the rules and hurts nobody.
"""

from collections import Counter
from collections.abc import Iterator

from coordination.authority import State
from coordination.intents import Batch, Enact, Finish
from coordination.invariants import SAFETY, Fall, Invariant
from coordination.plan import Generation
from namelatch.lab.world import Transition, is_person


def _fenced_writes(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001 (one shape for all)
    """By az: which of two processes of one az wrote, only a fence could say."""
    for change in _enacts(before, batch):
        if not any(az == change.hand and claimed <= change.generation for claimed, az in before.claims):
            yield Fall(
                "fenced-writes", change.endpoint, f"{change.hand} wrote generation {change.generation} unclaimed"
            )


def _bounded_staleness(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    full = applied_in_full(before)
    for change in _enacts(before, batch):
        if full is not None and change.generation < full:
            how = f"generation {change.generation} was written, {full - change.generation} behind the applied {full}"
            yield Fall("bounded-staleness", change.endpoint, how)


def _cross_endpoint_skew(before: State, batch: Batch, after: State) -> Iterator[Fall]:
    full = applied_in_full(after)
    if full is None:
        return
    touched = {change.endpoint for change in _enacts(before, batch)}
    if any(isinstance(proposal.change, Finish) for proposal in batch.proposals):
        touched |= set(after.roots)
    for name in sorted(touched):
        root = after.roots[name]
        if not root.tombstone and root.generation < full and name not in after.holds:
            how = f"it follows generation {root.generation}, the others the applied {full} or newer"
            yield Fall("cross-endpoint-skew", name, how)


def _held_by_hand(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    for proposal in batch.proposals:
        change = proposal.change
        if isinstance(change, Enact) and before.holds.get(change.endpoint, change.hand) != change.hand:
            how = f"{change.hand} changed what {before.holds[change.endpoint]} holds"
            yield Fall("held-by-hand", change.endpoint, how)


def _enacts(before: State, batch: Batch) -> Iterator[Enact]:
    """The changes of roots that automation made: a hand that holds an endpoint answers for itself."""
    for proposal in batch.proposals:
        change = proposal.change
        if isinstance(change, Enact) and change.endpoint not in before.holds and not is_person(change.hand):
            yield change


def applied_in_full(state: State) -> Generation | None:
    """The newest full plan, of those whose manifests are left, that is applied: it named every endpoint."""
    if state.applied is None:
        return None
    return max((one for one, m in state.manifests.items() if m.base is None and one <= state.applied), default=None)


def _written(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    return sum(1 for _ in _enacts(before, batch))


APART: tuple[Invariant, ...] = (
    Invariant("fenced-writes", "No write is accepted from a lost claim.", _fenced_writes, _written),
    Invariant(
        "bounded-staleness", "No write is older than a full plan that is applied already.", _bounded_staleness, _written
    ),
    Invariant(
        "cross-endpoint-skew",
        "Once a full plan is applied, no endpoint follows an older one.",
        _cross_endpoint_skew,
        _written,
    ),
    Invariant("held-by-hand", "A held endpoint changes only by the hand that holds it.", _held_by_hand, _written),
)
JUDGED: tuple[Invariant, ...] = (*SAFETY, *APART)


class Judging:
    """The lab's judge, and how many distinct writes exercised each invariant."""

    def __init__(self) -> None:
        self.exercised: Counter[str] = Counter()

    def __call__(self, transition: Transition) -> Iterator[Fall]:
        of = transition.before, transition.batch, transition.after
        for invariant in JUDGED:
            self.exercised[invariant.id] += invariant.exercised(*of)
            yield from invariant.falls(*of)
