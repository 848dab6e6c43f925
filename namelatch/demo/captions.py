"""What the report says in words: of each posture, and of how it ended. Pure; judged from the row alone."""

from namelatch.demo.story import Row

_POSTURES: tuple[tuple[str, str], ...] = (
    (
        "incident",
        "One freshness check before the walk over the endpoints, a lock per endpoint, root and rollback in one "
        "transaction, and a clean-up by age that never asks whether its victim is in use: what the record says ran.",
    ),
    (
        "d1-before",
        "Every enactor makes its own plans, a collector keeps the last N, and an enactor whose plan is gone writes "
        "an empty record.",
    ),
    (
        "d1-after",
        "Enactors register the plan they work with, and the collector spares what is registered; the claim is "
        "replaced when the next plan is taken.",
    ),
    (
        "d2-after",
        "A lock, a second look before each write, record versions, and a check that what is written is not empty. "
        "The clean-up by age is unchanged.",
    ),
    (
        "registered-versioned",
        "The obvious fix: leases for ownership of plans, versions for records.",
    ),
    (
        "spin-fixed",
        "A published model's fix: apply and clean-up are one step, and never delete the active plan.",
    ),
    (
        "hardened",
        "Every change carries its conditions into the transaction: the root must be older, the claim's fence alive, "
        "the plan still there, the answer not empty. The collector takes only what nothing claims or follows.",
    ),
    (
        "minimal",
        "The fewest safeguards that are safe in every core scenario of the lab: forward only, nothing empty, a "
        "lost rollback is replaced, and the collector takes only what nothing claims or follows.",
    ),
)


def about(posture: str) -> str:
    """What the posture is, in one or two sentences."""
    return dict(_POSTURES).get(posture, "A posture of its own: see its safeguards in the catalogue.")


def outcome(row: Row) -> str:
    """How it ended, in one or two sentences."""
    said = [_dark(row)]
    if row.stale:
        said.append(f"{_count(row.stale, 'answer')} came from a plan that had been replaced for longer than allowed.")
    if row.wedged:
        said.append(
            "It is wedged: every later plan was refused, because each must point its rollback at a tree that is gone."
        )
    if not row.converged and not row.wedged:
        said.append("When it was quiet, what was answered was not what the newest plan says.")
    if row.lost:
        said.append(f"{_count(row.lost, 'question')} got no answer at all, which says nothing about the records.")
    return " ".join(said)


def verdict(row: Row) -> str:
    """Three words at most, for the eye."""
    if row.empty or row.wedged:
        return "went dark" if row.empty else "wedged"
    if row.stale or not row.converged:
        return "served stale"
    return "invariant lost" if row.lost_invariants else "held"


def _dark(row: Row) -> str:
    if not row.empty:
        stale = "" if row.stale else " or a stale"
        asked = f"{_count(row.probes, 'question')} over {_count(row.generations, 'generation')}"
        return f"No probe saw an empty{stale} answer: {asked}."
    lasting = f"for {row.seconds_dark:.1f} seconds of this run" if row.seconds_dark else "elsewhere than in its region"
    return f"The name answered NOERROR with no address, {row.empty:,} times, {lasting}. Nobody wrote an empty record."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
