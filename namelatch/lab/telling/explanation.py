"""A scenario told: its story, its rule, what each posture makes of it and why, and its script's run."""

import textwrap
from collections.abc import Iterator
from typing import Any

from namelatch.lab.bounds import counts
from namelatch.lab.playing.script import Performance, Script
from namelatch.lab.scenario import Scenario
from namelatch.lab.telling.catalogue import expectations, outcome
from namelatch.lab.telling.orderings import ordering
from namelatch.lab.telling.table import document as rows_document
from namelatch.lab.telling.table import rows, table

Performed = tuple[Script, Performance]
WIDTH = 100


def why(scenario: Scenario) -> dict[str, str]:
    """By posture, why it falls or holds there, as far as the scenario says."""
    return dict(scenario.why)


def lines(scenario: Scenario, performed: Performed | None) -> Iterator[str]:
    """For people."""
    yield f"{scenario.id}: {scenario.title}"
    yield ""
    yield from textwrap.wrap(scenario.story, WIDTH)
    yield ""
    yield "ordering rule:"
    for line in ordering(scenario.rule):
        yield from textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ")
    yield ""
    budget = ", ".join(f"{name} {count}" for name, count in counts(scenario.budget).items() if count)
    yield f"faults in one schedule, at most: {budget or 'none'}"
    yield ""
    yield "postures:"
    reasons = why(scenario)
    for posture, falls in expectations(scenario).items():
        yield from textwrap.wrap(f"{posture} {outcome(falls)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        if posture in reasons:
            yield from textwrap.wrap(reasons[posture], WIDTH, initial_indent="    ", subsequent_indent="    ")
    if performed is not None:
        yield ""
        yield from _run(*performed)


def _run(script: Script, performance: Performance) -> Iterator[str]:
    yield f"{script.title}, under {script.posture}; after {script.source}:"
    yield ""
    for number, chapter in enumerate(script.chapters, start=1):
        yield from textwrap.wrap(f"[{number}] {chapter}", WIDTH, initial_indent="  ", subsequent_indent="      ")
    yield ""
    endpoints = script.scenario.endpoints
    yield from table(rows(performance.steps, endpoints, performance.notes), endpoints)


def document(scenario: Scenario, performed: Performed | None) -> dict[str, Any]:
    """For machines."""
    found: dict[str, Any] = {
        "id": scenario.id,
        "title": scenario.title,
        "story": scenario.story,
        "rule": list(ordering(scenario.rule)),
        "bounds": counts(scenario.budget),
        "expects": expectations(scenario),
        "why": why(scenario),
    }
    if performed is not None:
        script, performance = performed
        shown = rows_document(rows(performance.steps, script.scenario.endpoints, performance.notes))
        found["script"] = {"posture": script.posture, "chapters": list(script.chapters), "steps": shown}
    return found
