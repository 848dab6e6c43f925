"""A scenario with its script as a page in Markdown: story, chapters, table, diagram."""

import textwrap
from collections.abc import Iterator

from namelatch.lab.playing.schedule import fallen
from namelatch.lab.playing.script import Performance, Script
from namelatch.lab.scenario import Scenario
from namelatch.lab.telling.diagram import diagram
from namelatch.lab.telling.table import rows, table

WIDTH = 119


def page(scenario: Scenario, script: Script, performance: Performance) -> Iterator[str]:
    """The page's lines."""
    command = f"namelatch lab explain {scenario.id} --markdown"
    yield f"<!-- made by `{command}`; a test compares -->"
    yield ""
    yield f"# {script.title}"
    yield ""
    yield from textwrap.wrap(
        f"The scenario `{scenario.id}` under the posture `{script.posture}`, run once from beginning to end by a "
        f"script (`namelatch/lab/scripts/`). The steps in brackets are those of {script.source}, in our words:",
        WIDTH,
    )
    yield ""
    for number, chapter in enumerate(script.chapters, start=1):
        steps = [at for at, notes in performance.notes.items() if any(one.startswith(f"[{number}]") for one in notes)]
        where = f"line {steps[0]}" if len(steps) == 1 else f"lines {', '.join(map(str, steps))}"
        told = f"{number}. {chapter} ({where})"
        yield from textwrap.wrap(told, WIDTH, subsequent_indent="   ")
    yield ""
    endpoints = script.scenario.endpoints
    yield "```text"
    yield from table(rows(performance.steps, endpoints, performance.notes), endpoints)
    yield "```"
    yield ""
    for fell in fallen(performance.steps):
        yield f"- Line {fell.step}: `{fell.invariant}` falls at {fell.where}: {fell.how}."
    yield ""
    yield "```mermaid"
    actors = [process.name for process in performance.start.processes]
    yield from diagram(performance.steps, endpoints, actors, performance.notes)
    yield "```"
