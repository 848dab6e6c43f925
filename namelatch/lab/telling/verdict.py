"""What a search found, in lines and as JSON: every invariant's ending, the traces, what the search does not prove."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from namelatch.lab.bounds import counts
from namelatch.lab.checked import Checked
from namelatch.lab.playing.traces import SENTENCES, Trace
from namelatch.lab.rules import FREE
from namelatch.lab.telling.table import document as rows_document
from namelatch.lab.telling.table import rows, table


def lines(found: Checked, all_traces: bool) -> Iterator[str]:
    """For people: figures, bounds, endings, what is vacuous, and the first trace or all of them."""
    verdict = found.verdict
    yield (
        f"{verdict.scenario} under {verdict.posture}: {verdict.states:,} states, {verdict.transitions:,} transitions, "
        f"{verdict.depth} deep, {verdict.seconds:.1f} s"
    )
    bounds = " ".join(f"{name}={count}" for name, count in counts(found.start.budget).items())
    ended = "exhausted" if verdict.exhausted else "not exhausted"
    yield f"bounds: {bounds} states={found.most_states}: {ended}"
    yield f"reductions: {', '.join(found.reduced)}"
    yield from (f"vacuous: {one}" for one in found.unproven)
    yield ""
    yield from _endings(found)
    yield from _against_expectation(found)
    yield from _traces(found, all_traces)


def _endings(found: Checked) -> Iterator[str]:
    first = {trace.invariant: trace.fell[0] for trace in found.traces}
    width = max(map(len, SENTENCES))
    yield f"{'invariant':{width}}  {'ending':11}  step"
    for name in SENTENCES:
        fell = first.get(name)
        told = f"  {fell.step:4}  {fell.where}: {fell.how}" if fell else ""
        yield f"{name:{width}}  {found.ending(name):11}{told}".rstrip()


def _against_expectation(found: Checked) -> Iterator[str]:
    expected, fallen = found.expected, found.verdict.fallen
    if expected is None:
        return
    yield ""
    if fallen == expected:
        yield "this is what the scenario expects"
        return
    if held := sorted(expected - fallen):
        yield f"the scenario expects more to fall: {', '.join(held)}"
    if besides := sorted(fallen - expected):
        yield f"the scenario does not speak of: {', '.join(besides)}"


def _traces(found: Checked, all_traces: bool) -> Iterator[str]:
    shown = list(_alike(found.traces))
    for names, trace in shown if all_traces else shown[:1]:
        yield ""
        yield f"the shortest trace to the fall of {', '.join(names)}:"
        yield ""
        endpoints = found.scenario.endpoints
        yield from table(rows(trace.steps, endpoints), endpoints)
    if len(shown) > 1 and not all_traces:
        yield ""
        yield f"{len(shown) - 1} more with --all-traces"


def _alike(traces: tuple[Trace, ...]) -> Iterator[tuple[list[str], Trace]]:
    """Traces in order, and which invariants fall at the end of the very same one."""
    grouped: dict[tuple[object, ...], tuple[list[str], Trace]] = {}
    for trace in traces:
        grouped.setdefault(trace.acts, ([], trace))[0].append(trace.invariant)
    yield from grouped.values()


def document(found: Checked) -> dict[str, Any]:
    """For machines: the same, and every trace."""
    verdict = found.verdict
    by_name = {trace.invariant: trace for trace in found.traces}
    return {
        "scenario": verdict.scenario,
        "posture": verdict.posture,
        "safeguards": [guard.name for guard in found.posture.safeguards],
        "bounds": counts(found.start.budget) | {"states": found.most_states},
        "exhausted": verdict.exhausted,
        "states": verdict.states,
        "transitions": verdict.transitions,
        "depth": verdict.depth,
        "seconds": round(verdict.seconds, 3),
        "ruled": found.start.rule is not FREE,
        "reductions": list(found.reduced),
        "vacuous": list(found.unproven),
        "seen": sorted(verdict.seen),
        "expected": None if found.expected is None else sorted(found.expected),
        "invariants": [_ruling(found, name, by_name.get(name)) for name in SENTENCES],
    }


def _ruling(found: Checked, name: str, trace: Trace | None) -> dict[str, Any]:
    ruling: dict[str, Any] = {"id": name, "sentence": SENTENCES[name], "ending": found.ending(name)}
    if trace is not None:
        shown = rows_document(rows(trace.steps, found.scenario.endpoints))
        ruling |= {"fell": asdict(trace.fell[0]), "trace": shown}
    return ruling
