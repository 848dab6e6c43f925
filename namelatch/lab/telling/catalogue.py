"""The scenarios as a list: id, title, whether it belongs to the core, what must fall under which posture."""

from collections.abc import Iterator, Sequence
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


def listed(scenarios: Sequence[Scenario]) -> Iterator[str]:
    """Three lines and more a scenario."""
    width = max(len(one.name) for one in POSTURES)
    for index, scenario in enumerate(scenarios):
        if index:
            yield ""
        marks = [*(["core"] if scenario.core else []), *(["has a script"] if script(scenario.id) else [])]
        yield f"{scenario.id}: {scenario.title}" + (f" ({', '.join(marks)})" if marks else "")
        for posture, falls in expectations(scenario).items():
            yield f"    {posture:{width}}  {outcome(falls)}"


def document(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """For machines."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "core": one.core,
            "script": script(one.id) is not None,
            "expects": expectations(one),
        }
        for one in scenarios
    ]
