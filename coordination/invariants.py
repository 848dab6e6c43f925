"""What must never happen: one id, one sentence, one predicate each. Shared by every judge.

A safety invariant looks at one committed batch: the state before, the batch, the state after; it names the
endpoint (or plan) it fell at, and how. It looks only at what the batch touched, so that a run of any size is
judged in one pass. Liveness is judged on the state in which a run came to rest.

`exercised` counts where a transition could have made the invariant fall, had it done otherwise: an invariant
that never was exercised proves nothing, and whoever judges says so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from coordination.authority import State
from coordination.intents import Batch, DropGeneration, DropTree, Enact, Publish, Retire
from coordination.plan import Generation
from coordination.records import Endpoint, is_empty


@dataclass(frozen=True, slots=True)
class Fall:
    """One invariant's fall: where, and how in one sentence."""

    invariant: str
    where: str
    how: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """`falls` yields every fall of one transition; `exercised` is how many there could have been."""

    id: str
    sentence: str
    falls: Callable[[State, Batch, State], Iterator[Fall]]
    exercised: Callable[[State, Batch, State], int]


def _touched(batch: Batch, before: State) -> Iterator[Endpoint]:
    for proposal in batch.proposals:
        match proposal.change:
            case Enact(endpoint) | DropTree(_, endpoint):
                yield endpoint
            case DropGeneration(generation):
                yield from before.trees.get(generation, {})


def _dark(state: State, endpoint: Endpoint) -> bool:
    answered = state.answered(endpoint)
    return answered is not None and is_empty(answered)


def _never_empty(before: State, batch: Batch, after: State) -> Iterator[Fall]:
    for endpoint in _touched(batch, before):
        if _dark(after, endpoint) and not _dark(before, endpoint):
            root = after.roots[endpoint]
            how = f"its root follows generation {root.generation}, which gives it no address"
            yield Fall("never-empty", endpoint, how)


def _never_delete_active(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    for proposal in batch.proposals:
        match proposal.change:
            case DropTree(generation, endpoint):
                names: Iterable[Endpoint] = (endpoint,)
            case DropGeneration(generation):
                names = before.trees.get(generation, {})
            case _:
                continue
        for name in names:
            root = before.roots.get(name)
            if root is not None and not root.tombstone and root.generation == generation:
                yield Fall("never-delete-active", name, f"tree {generation} was deleted while its root followed it")


def _monotone_generation(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    for proposal in batch.proposals:
        if isinstance(proposal.change, Enact):
            name, mine = proposal.change.endpoint, proposal.change.generation
            root = before.roots.get(name)
            if root is not None and root.generation > mine:
                yield Fall("monotone-generation", name, f"taken back from generation {root.generation} to {mine}")


def _rollback_target_exists(before: State, batch: Batch, after: State) -> Iterator[Fall]:
    for name in _touched(batch, before):
        root, was = after.roots.get(name), before.roots.get(name)
        if root is None or root.rollback is None or after.tree(root.rollback, name) is not None:
            continue
        if was is not None and was.rollback == root.rollback and before.tree(root.rollback, name) is None:
            continue  # fell before, and was counted then
        yield Fall("rollback-target-exists", name, f"its rollback {root.rollback} has no tree")


def _one_plan_a_number(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    for proposal in batch.proposals:
        if isinstance(proposal.change, Publish):
            generation = proposal.change.manifest.generation
            if before.newest is not None and generation <= before.newest:
                yield Fall("one-plan-a-number", str(generation), f"published after {before.newest}")


def _inputs_only_grow(before: State, batch: Batch, after: State) -> Iterator[Fall]:  # noqa: ARG001
    for proposal in batch.proposals:
        if isinstance(proposal.change, Publish):
            manifest = proposal.change.manifest
            if manifest.inputs_revision < before.inputs_revision:
                how = f"made from inputs {manifest.inputs_revision}, the plan before from {before.inputs_revision}"
                yield Fall("inputs-only-grow", str(manifest.generation), how)


def _claimed_plan_exists(before: State, batch: Batch, after: State) -> Iterator[Fall]:
    for proposal in batch.proposals:
        match proposal.change:
            case DropGeneration(gone) if gone in before.trees:
                under = [az for generation, az in sorted(after.claims) if generation == gone]
            case Retire(gone):  # a claim is on the oldest plan of a chain: what is newer may be of the same chain
                under = [az for generation, az in sorted(after.claims) if generation <= gone]
            case _:
                continue
        for az in under:
            yield Fall("claimed-plan-exists", str(gone), f"deleted under the claim of {az}")


# --- how often each could have fallen ----------------------------------------------------------------------------


def _live_names_touched(before: State, batch: Batch, after: State) -> int:
    """Endpoints touched that are to be answered."""
    found = map(after.roots.get, _touched(batch, before))
    return sum(root is not None and not root.tombstone for root in found)


def _trees_dropped(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Trees deleted of endpoints that have a live root."""
    count = 0
    for proposal in batch.proposals:
        match proposal.change:
            case DropTree(generation, endpoint):
                names: Iterable[Endpoint] = (endpoint,)
            case DropGeneration(generation):
                names = before.trees.get(generation, {})
            case _:
                continue
        count += sum(root is not None and not root.tombstone for root in map(before.roots.get, names))
    return count


def _roots_changed(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Roots changed that were there before."""
    roots = before.roots
    return sum(isinstance(one.change, Enact) and one.change.endpoint in roots for one in batch.proposals)


def _rollbacks_touched(before: State, batch: Batch, after: State) -> int:
    """Endpoints touched that have a rollback."""
    found = map(after.roots.get, _touched(batch, before))
    return sum(root is not None and root.rollback is not None for root in found)


def _plans_retired(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Claims that there were while a plan was deleted or retired, for each of those plans."""
    return sum(isinstance(one.change, Retire | DropGeneration) for one in batch.proposals) * len(after.claims)


def _plans_after_the_first(before: State, batch: Batch, after: State) -> int:  # noqa: ARG001
    """Plans published when there was one already."""
    return sum(isinstance(one.change, Publish) for one in batch.proposals) if before.newest is not None else 0


# --- the catalogue -----------------------------------------------------------------------------------------------

SAFETY: tuple[Invariant, ...] = (
    Invariant("never-empty", "No endpoint answers empty while its intent is not.", _never_empty, _live_names_touched),
    Invariant("never-delete-active", "No tree is deleted that a root follows.", _never_delete_active, _trees_dropped),
    Invariant("monotone-generation", "An endpoint's generation only grows.", _monotone_generation, _roots_changed),
    Invariant(
        "rollback-target-exists",
        "A rollback record points at a tree that exists.",
        _rollback_target_exists,
        _rollbacks_touched,
    ),
    Invariant(
        "claimed-plan-exists", "No plan is deleted or retired under a claim.", _claimed_plan_exists, _plans_retired
    ),
    Invariant(
        "one-plan-a-number",
        "A plan number has one plan, and plans come in the order of theirs.",
        _one_plan_a_number,
        _plans_after_the_first,
    ),
    Invariant(
        "inputs-only-grow",
        "A plan is made from inputs no older than the plan before.",
        _inputs_only_grow,
        _plans_after_the_first,
    ),
)


def falls(before: State, batch: Batch, after: State) -> Iterator[Fall]:
    """Every fall of every safety invariant in one transition."""
    for invariant in SAFETY:
        yield from invariant.falls(before, batch, after)


def unconverged(state: State, newest: Generation | None) -> Iterator[Fall]:
    """`converges` at rest: the newest plan is applied, and every live root follows a tree that answers."""
    if state.applied != newest:
        yield Fall("converges", "applied", f"generation {newest} is the newest, {state.applied} is applied")
    for name in sorted(state.roots):
        if _dark(state, name):
            yield Fall("converges", name, "answers empty at rest")
