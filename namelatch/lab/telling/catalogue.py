"""The scenarios as a list, for people, for machines, and as a page: what must fall under which posture, and why."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from coordination.postures import POSTURES
from namelatch.lab.scenario import Scenario
from namelatch.lab.scripts import script


def expectations(scenario: Scenario) -> dict[str, list[str]]:
    """By posture, in the order of the catalogue: what must fall there. A posture that is not judged is left out."""
    return {one.name: sorted(scenario.expects[one.name]) for one in POSTURES if one.name in scenario.expects}


def outcome(falls: Sequence[str]) -> str:
    """What is expected, in words."""
    return f"falls: {', '.join(falls)}" if falls else "holds"


INDENT, WIDTH = " " * 8, 120


def listed(scenarios: Sequence[Scenario]) -> Iterator[str]:
    """A line a scenario, and two and more for each posture: what falls, and why."""
    width = max(len(one.name) for one in POSTURES)
    for index, scenario in enumerate(scenarios):
        if index:
            yield ""
        marks = [*(["core"] if scenario.core else []), *(["has a script"] if script(scenario.id) else [])]
        yield f"{scenario.id}: {scenario.title}" + (f" ({', '.join(marks)})" if marks else "")
        for posture, falls in expectations(scenario).items():
            yield f"    {posture:{width}}  {outcome(falls)}"
            yield from _wrapped(INDENT + scenario.why.get(posture, ""), INDENT)


# --- the page ----------------------------------------------------------------------------------------------------

LETTERS: Mapping[str, str] = {
    "never-empty": "E",
    "never-delete-active": "D",
    "monotone-generation": "M",
    "bounded-staleness": "S",
    "cross-endpoint-skew": "K",
    "rollback-target-exists": "R",
    "claimed-plan-exists": "C",
    "fenced-writes": "F",
    "held-by-hand": "H",
    "one-plan-a-number": "N",
    "inputs-only-grow": "I",
    "not-wedged": "W",
    "converges": "V",
}
HEAD = """\
# Every scenario under every posture

Printed by `namelatch lab list --markdown`; what it says is what `namelatch lab check SCENARIO --posture POSTURE` finds
over every schedule, and `tests/lab/test_scenarios.py` holds it to that. A scenario is a story, an ordering rule that
brings it about, and bounds: `namelatch lab explain SCENARIO`.

Thresholds are scaled down with the number of plans: a K of 2 generations in a deployment is often 1 here, the last 5
plans are the last 2. So what a clean-up by age deletes here after a leap of two plans, it deletes there after a larger
leap. Where each enactor plans, only the first of them does.
"""


def markdown(scenarios: Sequence[Scenario], accounted: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The page: a table of letters, each scenario with its reasons, and what the design names and is not here."""
    yield from HEAD.splitlines()
    yield ""
    letters = ", ".join(f"{letter} {one}" for one, letter in LETTERS.items())
    yield from _wrapped(f"Letters are what falls; `-`: nothing does. {letters}.")
    yield ""
    columns = [one.name for one in POSTURES if any(one.name in each.expects for each in scenarios)]
    yield f"| scenario | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for scenario in scenarios:
        cells = [_letters(scenario.expects.get(one)) for one in columns]
        yield f"| [{scenario.id}](#{scenario.id}) | {' | '.join(cells)} |"
    for scenario in scenarios:
        yield ""
        yield f"## {scenario.id}"
        yield ""
        yield from _wrapped(f"*{scenario.title}.* {scenario.story}")
        yield ""
        yield from _reasons(scenario)
    yield ""
    yield "## Of the design's list, and not here"
    yield ""
    yield from _left_out(scenarios, accounted)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _letters(falls: frozenset[str] | None) -> str:
    if falls is None:
        return ""
    return "".join(LETTERS[one] for one in LETTERS if one in falls) or "-"


def _reasons(scenario: Scenario) -> Iterator[str]:
    """One item for all postures that end alike for one reason."""
    alike: dict[tuple[frozenset[str], str], list[str]] = {}
    for posture in POSTURES:
        ending = scenario.expects.get(posture.name)
        if ending is not None:
            alike.setdefault((ending, scenario.why.get(posture.name, "")), []).append(posture.name)
    for (ending, why), names in alike.items():
        whose = "every posture" if len(alike) == 1 and len(names) > 1 else ", ".join(names)
        falls = [one for one in LETTERS if one in ending]
        yield from _wrapped(f"- **{whose}** {outcome(falls)}. {why}", "  ")


def _left_out(scenarios: Sequence[Scenario], accounted: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    known = {one.id for one in scenarios}
    reasons: dict[str, list[str]] = {}
    for group in accounted.values():
        for name, where in group.items():
            if where not in known:
                reasons.setdefault(where, []).append(name)
    for why, names in reasons.items():
        yield from _wrapped(f"- **{', '.join(names)}**: {why}", "  ")


def document(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """For machines."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "core": one.core,
            "script": script(one.id) is not None,
            "expects": expectations(one),
            "why": dict(one.why),
        }
        for one in scenarios
    ]
