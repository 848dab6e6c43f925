"""Which stretches of a run are worth a chart of their own. Pure.

The race may take a fiftieth of the run and its last moment a fiftieth of the race, so a chart of the whole
hides both. A closer window is shown only where it shows at least twice as much; none is invented where
the run has no race.
"""

from dataclasses import dataclass

from namelatch.demo.story import Mark, MarkKind, Story

_CLOSER = 0.5  # of the window before it: anything wider is the same picture again
_MARGIN = 0.15  # of a window's width, before it
_AFTERMATH = 0.4  # of its width, after it: what came of it should be seen to last
_LEAST_S = 0.01  # narrower than that, only the prober's own rhythm would be left to see
_RETURNED: tuple[MarkKind, ...] = ("wrote-back", "yielded")
_CONSEQUENCE_S = 10.0  # a deletion later than this after a's return is not the race's


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, in seconds since the posture's start, and what it shows."""

    title: str
    start: float
    end: float


def windows(story: Story) -> tuple[Window, ...]:
    """The whole run first, then closer ones."""
    times = [point.t for point in story.points] + [mark.t for mark in story.marks]
    times += [answer.t for answer in story.answers]
    if not times:
        return (Window("The whole run", 0.0, 1.0),)
    found = [Window("The whole run", min(0.0, *times), max(*times, min(times) + _LEAST_S))]
    for title, span in (("The race", _race(story)), ("The moment", _moment(story))):
        if span is None:
            continue
        width = max(span[1] - span[0], _LEAST_S)
        closer = Window(
            title, max(found[0].start, span[0] - width * _MARGIN), min(found[0].end, span[1] + width * _AFTERMATH)
        )
        if closer.end - closer.start < _CLOSER * (found[-1].end - found[-1].start):
            found.append(closer)
    return tuple(found)


def dark_spans(story: Story, end: float) -> tuple[tuple[float, float], ...]:
    """From an empty answer to the next with addresses; the last span may reach the run's `end`."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for answer in story.answers:
        if answer.kind == "empty" and since is None:
            since = answer.t
        elif answer.kind == "answer" and since is not None:
            spans.append((since, answer.t))
            since = None
    return (*spans, (since, end)) if since is not None else tuple(spans)


def _race(story: Story) -> tuple[float, float] | None:
    """From where an old plan was begun to what came of it."""
    began = next((mark for mark in story.marks if mark.kind == "began-old"), None)
    returned = _returned(story)
    if began is None or returned is None or returned.t <= began.t:
        return None
    return began.t, _consequence(story, returned)


def _moment(story: Story) -> tuple[float, float] | None:
    """From the last finish or sweep before the old plan's return to what came of it."""
    returned = _returned(story)
    if returned is None:
        return None
    before = [mark.t for mark in story.marks if mark.kind in {"finished", "listed"} and mark.t <= returned.t]
    return max(before, default=returned.t), _consequence(story, returned)


def _returned(story: Story) -> Mark | None:
    return next((mark for mark in story.marks if mark.kind in _RETURNED), None)


def _consequence(story: Story, returned: Mark) -> float:
    """When the deletion and the first empty answer had followed, or the return itself."""
    after = [mark.t for mark in story.marks if mark.kind == "deleted" and mark.t >= returned.t][:1]
    after += [answer.t for answer in story.answers if answer.kind == "empty" and answer.t >= returned.t][:1]
    return max((t for t in after if t - returned.t <= _CONSEQUENCE_S), default=returned.t)
