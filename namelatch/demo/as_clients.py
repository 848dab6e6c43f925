"""The part of the report that tells what clients of resolvers saw: one table a posture. Pure."""

from collections.abc import Iterator, Sequence
from html import escape

from namelatch.resolvers.table import HEADINGS, LEGEND, Table, by_resolver, cells, headline


def resolved(tables: Sequence[Table]) -> Iterator[str]:
    """The section; nothing where no resolver was asked."""
    if not tables:
        return
    yield '<section id="resolvers"><h2>As clients of resolvers saw it</h2>'
    yield f'<p class="meta">Seconds without an address. {escape(LEGEND)}.</p>'
    for table in tables:
        yield from _table(table)
    yield "</section>\n"


def _table(table: Table) -> Iterator[str]:
    minimums = tuple(dict.fromkeys(row.cell.minimum_s for row in table.rows))
    yield f'<div class="scroll"><table><caption>{escape(headline(table))}</caption><thead><tr>'
    yield '<th scope="col" rowspan="2">resolver</th><th scope="col" rowspan="2">serve-stale</th>'
    yield "".join(f'<th scope="col" colspan="{len(HEADINGS)}">MINIMUM {minimum} s</th>' for minimum in minimums)
    yield "</tr><tr>"
    yield "".join(f'<th scope="col">{name}</th>' for _ in minimums for name in HEADINGS)
    yield "</tr></thead><tbody>"
    for resolver, stale, rows in by_resolver(table):
        yield f'<tr><th scope="row">{escape(resolver)}</th><td>{"yes" if stale else "no"}</td>'
        for row in rows:
            bad = ' class="bad"' if row.darkness.total_s > 0 else ""
            yield "".join(f"<td{bad}>{escape(cell)}</td>" for cell in cells(row))
        yield "</tr>"
    yield "</tbody></table></div>"
