"""A comparison of code and model, in words and as a document."""

from collections.abc import Iterator
from typing import Any

from namelatch.lab.model.comparing import Comparison, Judged
from namelatch.lab.model.counting import Counted
from namelatch.lab.model.trail import INVARIANT, Counterexample


def lines(found: Comparison) -> Iterator[str]:
    """The lines of `namelatch lab model`."""
    if found.counts:
        yield from _counts(found.counts)
        yield ""
    if found.judged:
        yield from _judged(found)
        yield ""
    if found.example is not None:
        yield from _example(found.example)
        yield ""
    yield f"{'code and model agree' if found.holds else 'CODE AND MODEL DIFFER'}, {found.seconds:.1f} s"


def _counts(counts: tuple[Counted, ...]) -> Iterator[str]:
    yield f"{'explorer':>10}{'distinct':>10}{'model':>10}    bound"
    for one in counts:
        verdict = "" if one.agree else "    DIFFER"
        yield f"{one.states:>10,}{one.distinct:>10,}{one.model:>10,}    {one.bound}{verdict}"
    yield f"the same number of distinct states at {sum(one.agree for one in counts)} of {len(counts)} bounds"


def _judged(found: Comparison) -> Iterator[str]:
    yield f"{'recorded':>10}{'distinct':>10}{'accepted':>10}    transitions of"
    for one in found.judged:
        yield (
            f"{one.found.recorded:>10,}{one.distinct:>10,}{one.found.accepted:>10,}    a {_source(one)}: {one.bound}"
        )
        for refused in one.found.refused[:3]:
            yield f"{'':34}refused: number {refused.number}, by {refused.who}, at byte {refused.byte}"
    distinct = sum(one.distinct for one in found.judged)
    yield f"{found.accepted:,} of {found.recorded:,} recorded transitions accepted, {distinct:,} of them distinct"


def _source(one: Judged) -> str:
    return "search" if one.source == "search" else "walk"


def _example(example: Counterexample) -> Iterator[str]:
    steps = len(example.replay.acts)
    yield f"october-2025 under incident: in the model {INVARIANT} falls at step {steps} at the earliest"
    if example.replayed.off is not None:
        yield f"the lab can't follow it: {example.replayed.off}"
        return
    for one in example.replayed.compared:
        if one.now is not None:
            yield f"played in the lab, {one.invariant} falls at step {one.now.step}: {one.now.where}: {one.now.how}"


def document(found: Comparison) -> dict[str, Any]:
    """The same for machines."""
    return {
        "agree": found.holds,
        "seconds": round(found.seconds, 3),
        "counts": [
            {"bound": str(one.bound), "explorer": one.states, "distinct": one.distinct, "model": one.model}
            for one in found.counts
        ],
        "transitions": {
            "recorded": found.recorded,
            "accepted": found.accepted,
            "of": [
                {
                    "bound": str(one.bound),
                    "source": one.source,
                    "recorded": one.found.recorded,
                    "distinct": one.distinct,
                    "accepted": one.found.accepted,
                }
                for one in found.judged
            ],
        },
        "counterexample": None if found.example is None else _exampled(found.example),
    }


def _exampled(example: Counterexample) -> dict[str, Any]:
    return {
        "scenario": example.replay.scenario,
        "posture": example.replay.posture,
        "acts": [{"who": act.who, "asks": act.asks} for act in example.replay.acts],
        "off": example.replayed.off,
        "falls": {one.invariant: one.now.step for one in example.replayed.compared if one.now is not None},
        "agrees": example.agrees,
    }
