"""A replay's outcome, in lines and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from namelatch.lab.bounds import counts
from namelatch.lab.playing.again import Compared, Replayed
from namelatch.lab.telling.table import document as rows_document
from namelatch.lab.telling.table import rows, table


def lines(found: Replayed) -> Iterator[str]:
    """The table as far as it could be played, then each invariant: as recorded, at another step, no longer, or new."""
    yield f"{found.replay.scenario} under {found.posture.name}: {len(found.steps)} of {len(found.replay.acts)} steps"
    yield ""
    endpoints = found.scenario.endpoints
    yield from table(rows(found.steps, endpoints), endpoints)
    if found.off is not None:
        return
    yield ""
    for one in found.compared:
        yield f"{one.invariant} {_ending(one)}"


def _ending(one: Compared) -> str:
    if one.now is None:
        return f"falls no longer; it fell at step {one.was.step if one.was else 0}"
    if one.was is None:
        return f"falls at step {one.now.step}, which is not on file"
    if one.was.step != one.now.step:
        return f"falls at step {one.now.step}; it fell at step {one.was.step}"
    return f"still falls at step {one.now.step}"


def document(found: Replayed) -> dict[str, Any]:
    """For machines."""
    return {
        "scenario": found.replay.scenario,
        "posture": found.posture.name,
        "bounds": counts(found.replay.bounds),
        "steps": rows_document(rows(found.steps, found.scenario.endpoints)),
        "followed": found.off is None,
        "off": found.off,
        "invariants": [asdict(one) | {"ending": _ending(one)} for one in found.compared] if found.off is None else [],
    }
