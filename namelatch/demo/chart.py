"""One window of one story as SVG: who had which generation in hand, what the root followed, what was answered.

The root is a wide band and the answers are beads in it; the enactors are lines just above, a little apart
so that equals stay visible. Empty answers have a lane of their own below, and the time in which the name was
dark is shaded through. Events stand numbered along the top, tied to where they happened. At most one bead a
pixel column and generation: a long run stays a small file.
"""

from collections.abc import Iterator
from html import escape

from namelatch.demo.story import SERIES, Mark, Point, Series, Story
from namelatch.demo.windows import Window, dark_spans

WIDTH = 1120
NUMBERED_MOST = 40  # events of a story: more numbers would not fit side by side on its first chart

_LEFT, _RIGHT = 64, 24
_EVENTS, _PLANS, _LANE, _AXIS = 46, 20, 26, 30
_ROW_MOST, _PLOT_LEAST, _PLOT_MOST = 34, 130, 330
_BADGE = 22  # between two numbers' centres
_LABEL_LEAST = 30  # pixels between two written plan numbers
_APART = {"root": 0.0, "c": 0.24, "b": 0.36, "a": 0.48}  # of a row, above the band's centre
_TICKS_MOST = 12
_STEPS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)


def numbered(story: Story) -> tuple[tuple[int, Mark], ...]:
    """The events with a number, from 1 in order of time, the same on every chart: all but plain publications.

    Where there are too many, the kinds that the race is told by come first.
    """
    told = [mark for mark in story.marks if mark.kind != "published"]
    kept = sorted(told, key=lambda mark: (mark.kind == "other", mark.t))[:NUMBERED_MOST]
    return tuple(enumerate(sorted(kept, key=lambda mark: mark.t), 1))


class Frame:
    """Where a time and a generation are on the paper."""

    def __init__(self, story: Story, window: Window) -> None:
        self.window = window
        held = [generation for _, generation in _values(story, window)]
        self.lowest, self.highest = min(held, default=0), max(held, default=1)
        rows = self.highest - self.lowest + 1
        self.row = max(_PLOT_LEAST, min(_PLOT_MOST, rows * _ROW_MOST)) / rows
        self.top = _EVENTS + _PLANS
        self.bottom = self.top + rows * self.row
        self.lost = any(a.kind in {"lost", "wrong"} and window.start <= a.t <= window.end for a in story.answers)
        self.end = self.bottom + _LANE * (2 if self.lost else 1)
        self.height = self.end + _AXIS

    def x(self, t: float) -> float:
        """Pixels from the left, kept on the paper."""
        share = (t - self.window.start) / (self.window.end - self.window.start)
        return _LEFT + min(1.0, max(0.0, share)) * (WIDTH - _LEFT - _RIGHT)

    def y(self, generation: float, apart: float = 0.0) -> float:
        """Pixels from the top: the middle of the root's band, or `apart` rows above it."""
        return self.bottom - (generation - self.lowest + 0.35 + apart) * self.row

    def inside(self, t: float) -> bool:
        """Whether the window shows that time."""
        return self.window.start <= t <= self.window.end


def chart(story: Story, window: Window, label: str) -> str:
    """The SVG element; `label` names it for those who hear the page."""
    frame = Frame(story, window)
    parts = (*_grid(frame), *_dark(story, frame), *_plans(story, frame), *_root(story, frame), *_lines(story, frame))
    parts += (*_answers(story, frame), *_events(story, frame), *_axis(frame))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {frame.height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _values(story: Story, window: Window) -> Iterator[tuple[float, int]]:
    """Everything that needs a row: what is held within the window, what was answered, what was published."""
    for series in SERIES:
        for start, end, generation in _steps(story, series):
            if generation is not None and end >= window.start and start <= window.end:
                yield start, generation
    for answer in story.answers:
        if answer.generation is not None and window.start <= answer.t <= window.end:
            yield answer.t, answer.generation


def _steps(story: Story, series: Series) -> Iterator[tuple[float, float, int | None]]:
    """(from, to, generation) of one series; the last step lasts for ever."""
    points: list[Point] = sorted((p for p in story.points if p.series == series), key=lambda point: point.t)
    for index, point in enumerate(points):
        yield point.t, points[index + 1].t if index + 1 < len(points) else float("inf"), point.generation


def _grid(frame: Frame) -> Iterator[str]:
    every = max(1, -(-(frame.highest - frame.lowest + 1) // _TICKS_MOST))
    for generation in range(frame.lowest, frame.highest + 1):
        if (generation - frame.lowest) % every == 0:
            y = frame.y(generation)
            yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="tick end" x="{_LEFT - 10}" y="{y + 4:.1f}">{generation}</text>'
    yield f'<text class="lane end" x="{_LEFT - 10}" y="{frame.top - 6:.1f}">plans</text>'
    yield f'<text class="lane end" x="{_LEFT - 10}" y="{frame.bottom + 18:.1f}">empty</text>'
    if frame.lost:
        yield f'<text class="lane end" x="{_LEFT - 10}" y="{frame.bottom + _LANE + 18:.1f}">lost</text>'
    for lane in range(2 if frame.lost else 1):
        y = frame.bottom + _LANE * lane
        wide = WIDTH - _LEFT - _RIGHT
        yield f'<rect class="lanebed" x="{_LEFT}" y="{y + 4:.1f}" width="{wide}" height="{_LANE - 6}"/>'


def _dark(story: Story, frame: Frame) -> Iterator[str]:
    for since, until in dark_spans(story, frame.window.end):
        if until < frame.window.start or since > frame.window.end:
            continue
        x, wide, high = frame.x(since), max(1.5, frame.x(until) - frame.x(since)), frame.end - frame.top
        yield f'<rect class="dark" x="{x:.1f}" y="{frame.top}" width="{wide:.1f}" height="{high:.1f}"/>'
        if wide > 120:
            middle = x + wide / 2
            yield f'<text class="darkword" x="{middle:.1f}" y="{frame.bottom - 10:.1f}">no addresses answered</text>'


def _plans(story: Story, frame: Frame) -> Iterator[str]:
    written = -_LABEL_LEAST + 0.0
    for mark in story.marks:
        if mark.kind == "published" and frame.inside(mark.t):
            x, y = frame.x(mark.t), frame.top - 10.0
            said = f"{mark.t:.3f} s, {mark.who}: {mark.text}"
            yield f'<path class="plan" d="M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4-4z"><title>{escape(said)}</title></path>'
            if mark.generation is not None and x - written >= _LABEL_LEAST:
                yield f'<text class="plannumber" x="{x + 7:.1f}" y="{y + 4:.1f}">{mark.generation}</text>'
                written = x


def _root(story: Story, frame: Frame) -> Iterator[str]:
    """A band where the root stands, a thin line where it moves, a dashed frame while nothing is behind it."""
    dark, before, tall = dark_spans(story, frame.window.end), None, min(15.0, frame.row * 0.46)
    for start, end, generation in _steps(story, "root"):
        if generation is None or end < frame.window.start or start > frame.window.end:
            continue
        x, y = frame.x(start), frame.y(generation)
        if before is not None:
            yield f'<path class="move" d="M{x:.1f} {before:.1f}V{y:.1f}"/>'
        before = y
        yield _band("band", x, frame.x(end), y, tall)
        for since, until in dark:
            if max(since, start) < min(until, end, frame.window.end):
                yield _band("dangling", frame.x(max(since, start)), frame.x(min(until, end)), y, tall)


def _band(kind: str, x: float, until: float, y: float, tall: float) -> str:
    place = f'x="{x:.1f}" y="{y - tall / 2:.1f}" width="{max(1.0, until - x):.1f}" height="{tall:.1f}"'
    return f'<rect class="{kind}" {place} rx="2.5"/>'


def _lines(story: Story, frame: Frame) -> Iterator[str]:
    for series in ("c", "b", "a"):
        path, standing = "", False
        for start, end, generation in _steps(story, series):
            if end < frame.window.start or start > frame.window.end or generation is None:
                standing = standing and generation is not None
                continue
            x, until, y = frame.x(start), frame.x(end), frame.y(generation, _APART[series])
            path += f"{'V' if standing else f'M{x:.1f} '}{y:.1f}H{until:.1f}"
            standing = True
        if path:
            yield f'<path class="line {series}" d="{path}"/>'


def _answers(story: Story, frame: Frame) -> Iterator[str]:
    drawn: set[tuple[str, int | None, int]] = set()
    radius = min(2.4, frame.row * 0.16)
    for answer in story.answers:
        x = frame.x(answer.t)
        place = (answer.kind, answer.generation, int(x / 1.5))
        if not frame.inside(answer.t) or place in drawn:
            continue
        drawn.add(place)
        if answer.kind == "answer" and answer.generation is not None:
            yield f'<circle class="bead" cx="{x:.1f}" cy="{frame.y(answer.generation):.1f}" r="{radius:.1f}"/>'
        elif answer.kind == "empty":
            yield f'<path class="empty" d="M{x:.1f} {frame.bottom + 6:.1f}v{_LANE - 10}"/>'
        elif answer.kind in {"lost", "wrong"}:
            yield f'<path class="lostmark" d="M{x:.1f} {frame.bottom + _LANE + 6:.1f}v{_LANE - 10}"/>'


def _events(story: Story, frame: Frame) -> Iterator[str]:
    marks = [(number, mark) for number, mark in numbered(story) if frame.inside(mark.t)]
    for (number, mark), badge in zip(marks, _badges([frame.x(mark.t) for _, mark in marks]), strict=True):
        x, foot, who = frame.x(mark.t), frame.bottom, mark.who if mark.who in SERIES else "other"
        if mark.generation is not None and frame.lowest <= mark.generation <= frame.highest:
            foot = frame.y(mark.generation, _APART.get(mark.who, 0.0))
            yield f'<circle class="at {who}" cx="{x:.1f}" cy="{foot:.1f}" r="4.5"/>'
        yield f'<path class="lead {who}" d="M{badge:.1f} 24L{x:.1f} {_EVENTS - 4}V{foot:.1f}"/>'
        yield (
            f'<g class="badge {who} {mark.kind}"><title>{escape(f"{mark.t:.3f} s, {mark.who}: {mark.text}")}</title>'
            f'<circle cx="{badge:.1f}" cy="14" r="10"/><text x="{badge:.1f}" y="18">{number}</text></g>'
        )


def _badges(wanted: list[float]) -> list[float]:
    """Places for the numbers, in order, near where they are wanted, never closer than _BADGE."""
    placed: list[float] = []
    for x in wanted:
        placed.append(max(x, placed[-1] + _BADGE) if placed else x)
    edge = float(WIDTH - 12)
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = edge = min(placed[index], edge)
        edge -= _BADGE
    return placed


def _axis(frame: Frame) -> Iterator[str]:
    width = frame.window.end - frame.window.start
    step = next((step for step in _STEPS_S if width / step <= _TICKS_MOST), width)
    digits = max(0, len(f"{step:g}".partition(".")[2]))
    for number in range(int(frame.window.start / step), int(frame.window.end / step) + 1):
        if frame.inside(number * step):
            x = frame.x(number * step)
            yield f'<line class="notch" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.end:.1f}" y2="{frame.end + 5:.1f}"/>'
            yield f'<text class="tick mid" x="{x:.1f}" y="{frame.end + 19:.1f}">{number * step:.{digits}f} s</text>'
