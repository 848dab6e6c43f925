"""From one posture's lines to its picture: who stood at which generation when, and what happened. Pure.

Times are turned from the monotonic clock into seconds since the posture's start.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from coordination.lines import Line
from coordination.records import Endpoint
from namelatch.demo.script import OLD
from namelatch.demo.story import Mark, MarkKind, Point, Series

AZS = ("a", "b", "c")


def points(history: Iterable[Line], reports: Iterable[Line], regional: Endpoint, began_at: float) -> tuple[Point, ...]:
    """The plan in each enactor's hand, and the regional root's generation."""
    found = [
        Point(float(line["at"]) - began_at, cast(Series, line["who"]), int(line["generation"]))
        for line in reports
        if line["event"] == "began" and line["who"] in AZS
    ]
    for line in history:
        if line.get("out") != "committed":
            continue
        for change in line["changes"]:
            if change[0] == "enact" and change[1] == regional:
                found.append(Point(float(line["answered"]) - began_at, "root", int(change[2])))
    return tuple(sorted(found, key=lambda point: point.t))


def marks(history: Iterable[Line], reports: Iterable[Line], regional: Endpoint, began_at: float) -> tuple[Mark, ...]:
    """The events that make the race understandable, each kind once where once says it."""
    found = [*_of_reports(reports, regional, began_at), *_of_history(history, regional, began_at)]
    return tuple(sorted(found, key=lambda mark: mark.t))


def _of_reports(reports: Iterable[Line], regional: Endpoint, began_at: float) -> Iterator[Mark]:
    once: set[tuple[str, str]] = set()
    for line in reports:
        event, who, generation = line["event"], line["who"], line["generation"]
        t = float(line["at"]) - began_at
        told: tuple[MarkKind, str] | None = None
        match event:
            case "published":
                told = ("published", f"generation {generation} published ({line['detail']})")
            case "began" if who == "a" and generation == OLD:
                told = ("began-old", f"a begins generation {generation}")
            case "lag alarm" if (event, who) not in once:
                told = ("alarm", f"lag alarm: {line['detail']}")
            case "finished" if generation != OLD:
                told = ("finished", f"{who} finished generation {generation}")
            case "sweep listed" if (event, line["detail"]) not in once:
                told = ("listed", f"{who} lists its victims: {line['detail']}")
                once.add((event, line["detail"]))
            case "superseded" | "fenced" | "lag-stop" if who == "a" and line["endpoint"] is None:
                told = ("yielded", f"a yields: {line['detail']}")
            case "wedged" if line["endpoint"] == regional and (event, f"{who} {generation}") not in once:
                told = ("wedged", f"{who} is refused generation {generation}: {line['detail']}")
                once.add((event, f"{who} {generation}"))
        if told is not None:
            once.add((event, who))
            yield Mark(t, "planner" if told[0] == "published" else who, *told, generation)


def _of_history(history: Iterable[Line], regional: Endpoint, began_at: float) -> Iterator[Mark]:
    highest = 0
    for line in history:
        if line.get("out") != "committed":
            continue
        t = float(line["answered"]) - began_at
        for change in line["changes"]:
            if change[0] == "enact" and change[1] == regional:
                if change[2] < highest:
                    text = f"{line['who']} writes generation {change[2]} over {highest}"
                    yield Mark(t, line["who"], "wrote-back", text, change[2])
                highest = max(highest, change[2])
            elif change[0] == "drop generation":
                yield Mark(t, line["who"], "deleted", f"{line['who']} deletes generation {change[1]}", change[1])
