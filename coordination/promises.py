"""What the protocol promises beside safety: invariants that the named postures do not all mean to keep.

What these name does its harm through what `invariants.SAFETY` names, or it does none: a write from a lost claim that is
newer than all it meets, say, is against the rules and hurts nobody. So they stand apart, and a set of safeguards is
called safe by `SAFETY` and liveness alone. They look at one committed batch, as those do; `cross-endpoint-skew` looks
at every root when a plan is finished, and at what a batch touched otherwise.
"""

from collections.abc import Iterator

from coordination.authority import State
from coordination.intents import Batch, Enact, Finish
from coordination.invariants import Fall, Invariant
from coordination.plan import Generation
from coordination.records import Endpoint

OPERATOR = "operator"  # the hand of people


def is_person(hand: str) -> bool:
    """Whether a hand is an operator's: people claim nothing, and go back on purpose."""
    return hand == OPERATOR


def applied_in_full(state: State) -> Generation | None:
    """The newest full plan, of those whose manifests are left, that is applied: it named every endpoint."""
    if state.applied is None:
        return None
    return max((one for one, m in state.manifests.items() if m.base is None and one <= state.applied), default=None)


# --- what falls --------------------------------------------------------------------------------------------------


def _fenced_writes(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001 (one shape for all)
    """By az: which of two processes of one az wrote, only a fence could say."""
    for change in _automatic(before, batch):
        if not any(az == change.hand and claimed <= change.generation for claimed, az in before.claims):
            yield Fall(
                "fenced-writes", change.endpoint, f"{change.hand} wrote generation {change.generation} unclaimed"
            )


def _bounded_staleness(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    full = applied_in_full(before)
    for change in _automatic(before, batch):
        if full is not None and change.generation < full:
            how = f"generation {change.generation} was written, {full - change.generation} behind the applied {full}"
            yield Fall("bounded-staleness", change.endpoint, how)


def _cross_endpoint_skew(before: State, batch: Batch, after: State) -> Iterator[Fall]:
    full = applied_in_full(after)
    if full is None:
        return
    for name in _levelled(before, batch, after):
        root = after.roots[name]
        if not root.tombstone and root.generation < full and name not in after.holds:
            how = f"it follows generation {root.generation}, the others the applied {full} or newer"
            yield Fall("cross-endpoint-skew", name, how)


def _held_by_hand(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    for change in _held(before, batch):
        if before.holds[change.endpoint] != change.hand:
            how = f"{change.hand} changed what {before.holds[change.endpoint]} holds"
            yield Fall("held-by-hand", change.endpoint, how)


def _automatic(before: State, batch: Batch) -> Iterator[Enact]:
    """The changes of roots that automation made: a hand that holds an endpoint answers for itself."""
    for proposal in batch.proposals:
        change = proposal.change
        if isinstance(change, Enact) and change.endpoint not in before.holds and not is_person(change.hand):
            yield change


def _held(before: State, batch: Batch) -> Iterator[Enact]:
    """The changes of roots that somebody holds."""
    for proposal in batch.proposals:
        if isinstance(proposal.change, Enact) and proposal.change.endpoint in before.holds:
            yield proposal.change


def _levelled(before: State, batch: Batch, after: State) -> list[Endpoint]:
    """The endpoints that a batch may have left behind: those that it touched, and all when it finished a plan."""
    if any(isinstance(proposal.change, Finish) for proposal in batch.proposals):
        return sorted(after.roots)
    return sorted({change.endpoint for change in _automatic(before, batch)})


# --- how often each could have fallen ----------------------------------------------------------------------------


def _written(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Roots that automation changed."""
    return sum(1 for _ in _automatic(before, batch))


def _written_beside_an_applied_plan(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Roots that automation changed when a full plan was applied."""
    return 0 if applied_in_full(before) is None else sum(1 for _ in _automatic(before, batch))


def _beside_an_applied_plan(before: State, batch: Batch, after: State) -> int:
    """Roots that may have been left behind an applied full plan."""
    return 0 if applied_in_full(after) is None else len(_levelled(before, batch, after))


def _held_and_changed(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Held roots that were changed."""
    return sum(1 for _ in _held(before, batch))


APART: tuple[Invariant, ...] = (
    Invariant("fenced-writes", "No write is accepted from a lost claim.", _fenced_writes, _written),
    Invariant(
        "bounded-staleness",
        "No write is older than a full plan that is applied already.",
        _bounded_staleness,
        _written_beside_an_applied_plan,
    ),
    Invariant(
        "cross-endpoint-skew",
        "Once a full plan is applied, no endpoint follows an older one.",
        _cross_endpoint_skew,
        _beside_an_applied_plan,
    ),
    Invariant(
        "held-by-hand", "A held endpoint changes only by the hand that holds it.", _held_by_hand, _held_and_changed
    ),
)
