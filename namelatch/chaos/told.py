"""A verdict in lines for people, and as JSON. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from namelatch.chaos.verdict import Verdict

REFUSALS = ("not fresh", "fenced", "replaced", "retired", "superseded", "lag-stop", "refused")


def document(verdict: Verdict, directory: Path, banner: str) -> dict[str, Any]:
    """The verdict as JSON has it."""
    return {"backend": banner, "directory": str(directory), "holds": verdict.holds, **asdict(verdict)}


def lines(verdict: Verdict, directory: Path) -> Iterator[str]:
    """The verdict, line by line; what fell stands last, with where its evidence lies."""
    one = verdict
    yield f"faults: {sum(one.faults.values())} ({_counts(one.faults)})"
    if one.failed:
        yield f"faults that could not be done: {_counts(one.failed)}"
    yield f"plans: {one.generations:,}; writes: {one.writes:,}; conflicts: {one.conflicts:,}"
    gone = one.unknown - one.unknown_done
    yield f"unknown outcomes: {one.unknown:,}, of which {one.unknown_done:,} had happened and {gone:,} had not"
    yield f"keys taken away by leases: {one.expired:,}"
    yield f"refusals: {_counts({name: one.reports[name] for name in REFUSALS if name in one.reports}) or 'none'}"
    yield f"quarantined plans: {one.reports.get('quarantined', 0)}; plans lost: {one.reports.get('plan lost', 0)}"
    yield (
        f"questions: {one.questions:,}; answered {one.answered:,}, nobody answered {one.lost:,}, "
        f"meant to be absent {one.absent:,}"
    )
    yield (
        f"empty answers: {one.empty}; denied: {one.denied}; errors: {one.errors}; stale: {one.stale} "
        f"(behind faults on the way to etcd: {one.stale_behind_faults - one.stale})"
    )
    yield f"seconds: {one.seconds:.0f}; to converge: {one.converged_s:.1f}; a full plan thereafter: {one.full_s:.1f}"
    yield f"rules, and how often each could have fallen: {_counts(one.exercised)}"
    vacuous = sorted(name for name, count in one.exercised.items() if not count)
    yield f"vacuous here: {', '.join(vacuous) or 'none'}"
    yield from (f"fell: {fall}" for fall in one.falls)
    yield f"{len(one.falls)} fell; evidence: {directory}" if one.falls else "nothing fell"


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))
