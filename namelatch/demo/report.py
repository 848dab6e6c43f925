"""The race as one self-contained page: a chart and a caption for each posture, then the table. Pure.

No request leaves the page, no script runs, and everything that a picture shows is also said in text beside
it. Whatever came from a run (names, reasons) is escaped.
"""

from collections.abc import Iterator
from html import escape

from namelatch.demo.as_clients import resolved
from namelatch.demo.captions import about, outcome, verdict
from namelatch.demo.chart import chart, numbered
from namelatch.demo.story import SERIES, Race, Row, Story
from namelatch.demo.style import CSS
from namelatch.demo.windows import windows

COLUMNS = (
    "posture", "records", "generations", "probes", "lost", "empty", "stale", "seconds dark", "wedged", "converged",
)  # fmt: skip

_LEGEND = (
    ('<path class="line a" d="M1 7h28"/>', "enactor a: the plan in its hand"),
    ('<path class="line b" d="M1 7h28"/>', "enactor b"),
    ('<path class="line c" d="M1 7h28"/>', "enactor c"),
    ('<rect class="band" x="1" y="1" width="28" height="12" rx="2.5"/>', "root: what the regional name follows"),
    (
        '<circle class="bead" cx="9" cy="7" r="2.6"/><circle class="bead" cx="20" cy="7" r="2.6"/>',
        "answers seen by probes",
    ),
    ('<rect class="dangling" x="1" y="1" width="28" height="12" rx="2.5"/>', "root with nothing behind it"),
    ('<path class="empty" d="M8 1v12M14 1v12M20 1v12"/>', "empty answers (NOERROR, no address)"),
    ('<path class="plan" d="M15 2l5 5l-5 5l-5-5z"/>', "plan published"),
)


def cells(row: Row) -> tuple[str, ...]:
    """The row's cells, as COLUMNS names them."""
    numbers = (row.records, row.generations, row.probes, row.lost, row.empty, row.stale)
    flags = ("yes" if row.wedged else "no", "yes" if row.converged else "no")
    return (row.posture, *(f"{number:,}" for number in numbers), f"{row.seconds_dark:.1f}", *flags)


def wrong(row: Row) -> tuple[bool, ...]:
    """Which of the row's cells are bad news."""
    return (False,) * 5 + (row.empty > 0, row.stale > 0, row.seconds_dark > 0, row.wedged, not row.converged)


def render(race: Race) -> str:
    """The whole page as text, in UTF-8 by its own word."""
    body = (
        *_head(race),
        *(part for story in race.stories for part in _section(story)),
        *_table(race),
        *resolved(race.resolvers),
        *_foot(race),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Namelatch: the race, on real parts</title><style>{CSS}</style></head>\n"
        f"<body><main>\n{''.join(body)}</main></body></html>\n"
    )


def _head(race: Race) -> Iterator[str]:
    yield "<header><h1>The race, on real parts</h1>"
    yield (
        "<p>Three enactors write DNS plans to the same names. One of them, <b>a</b>, passes its check with an old "
        "plan, falls behind, and comes back after <b>b</b> has finished a newer one. The charts show which plan each "
        "had in hand, which one customers were given, and what real DNS questions were answered.</p>"
    )
    where = f"{escape(race.started)} · cause: {escape(race.cause)} · <code>{escape(race.command)}</code>"
    yield f'<p class="meta">{where}</p>'
    yield '<ul class="chips">'
    for story in race.stories:
        yield f'<li><a href="#{escape(story.posture)}">{escape(story.posture)}{_verdict(story.row)}</a></li>'
    yield '</ul><ul class="legend">'
    for picture, words in _LEGEND:
        yield f'<li><svg viewBox="0 0 30 14" aria-hidden="true">{picture}</svg>{words}</li>'
    yield "</ul></header>\n"


def _verdict(row: Row) -> str:
    said = verdict(row)
    return f'<span class="{"held" if said == "held" else "fell"}">{said}</span>'


def _section(story: Story) -> Iterator[str]:
    row, shown = story.row, windows(story)
    yield f'<section id="{escape(story.posture)}"><h2>{escape(story.posture)}{_verdict(row)}</h2>'
    yield f'<p>{escape(outcome(row))}</p><p class="meta">{escape(about(story.posture))}</p>'
    if not row.as_expected:
        yield '<p class="fell">This is not what the record says this posture does.</p>'
    for window in shown:
        yield f"<h3>{window.title}, {window.end - window.start:.3g} s: generation by time</h3>"
        label = (
            f"{story.posture}, {window.title.lower()}: generation in hand of each enactor, root and answers over time"
        )
        yield f'<div class="scroll">{chart(story, window, label)}</div>'
    yield from _events(story)
    yield "</section>\n"


def _events(story: Story) -> Iterator[str]:
    yield '<ol class="events">'
    for number, mark in numbered(story):
        who = mark.who if mark.who in SERIES else "other"
        yield (
            f'<li><span class="dot {who}">{number}</span><time>{mark.t:.3f} s</time>'
            f"<span><b>{escape(mark.who)}</b> {escape(mark.text)}</span></li>"
        )
    yield "</ol>"


def _table(race: Race) -> Iterator[str]:
    yield '<section><div class="scroll"><table><caption>What each posture did</caption><thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    yield '<th scope="col">invariants lost</th></tr></thead><tbody>'
    for story in race.stories:
        first, *rest = zip(cells(story.row), wrong(story.row), strict=True)
        yield f'<tr><th scope="row"><a href="#{escape(first[0])}">{escape(first[0])}</a></th>'
        yield "".join(f'<td class="bad">{cell}</td>' if bad else f"<td>{cell}</td>" for cell, bad in rest)
        lost = [f"<b>{escape(one.id)}</b>: {escape(one.how)}" for one in story.row.lost_invariants]
        yield f"<td>{len(lost) or 'none'}</td></tr>"
        if lost:
            yield f'<tr class="why"><td colspan="{len(COLUMNS) + 1}">{"<br>".join(lost)}</td></tr>'
    yield "</tbody></table></div>"
    yield (
        '<p class="meta"><b>Empty</b>: NOERROR without an address while the name is meant to have some. '
        "<b>Stale</b>: below a generation whose commit had been acknowledged for longer than the staleness bound when "
        "the question was sent. <b>Lost</b>: no answer in time. <b>Wedged</b>: later plans are refused. "
        "<b>Converged</b>: when quiet, what is answered is what the newest plan says.</p></section>\n"
    )


def _foot(race: Race) -> Iterator[str]:
    yield "<footer>"
    yield "".join(f"<p>{escape(note)}</p>" for note in race.notes)
    if race.links:
        listed = (f'<a href="{escape(link.path)}">{escape(link.path)}</a> ({escape(link.text)})' for link in race.links)
        yield f"<p>Beside this page: {', '.join(listed)}.</p>"
    yield "</footer>\n"
