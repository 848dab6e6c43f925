"""The matrix as people read it: one row a call, one column a fault, what was covered and what held. Pure.

Works on the documents of results, so that a matrix that was run in parts is one table.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from namelatch.matrix.cells import FAULTS, ROLES

Document = Mapping[str, Any]


def totals(documents: Sequence[Document]) -> Counter[str]:
    """How many cells had which outcome."""
    return Counter(one["outcome"] for one in documents)


def rows(documents: Sequence[Document]) -> Iterator[tuple[str, str, list[str]]]:
    """Role, call, and a mark for each fault: how many of its cells held, of how many there are."""
    for role in ROLES:
        calls = dict.fromkeys(one["call"] for one in documents if one["role"] == role)
        for call in calls:
            of_call = [one for one in documents if one["role"] == role and one["call"] == call]
            yield role, call, [_mark([one for one in of_call if one["fault"] == fault]) for fault in FAULTS]


def _mark(cells: Sequence[Document]) -> str:
    if not cells:
        return "-"
    held = sum(one["outcome"] == "held" for one in cells)
    remark = "".join(
        f" {word.upper()}" for word in ("fell", "not reached", "void") if any(one["outcome"] == word for one in cells)
    )
    return f"{held}/{len(cells)}{remark}"


def markdown(documents: Sequence[Document], unreached: Iterable[str]) -> Iterator[str]:
    """The table for a document."""
    yield f"| role | call | {' | '.join(FAULTS)} |"
    yield f"|---|---|{'---|' * len(FAULTS)}"
    for role, call, marks in rows(documents):
        yield f"| {role} | `{written(call)}` | {' | '.join(marks)} |"
    yield ""
    for line in summary(documents, unreached):
        yield f"- {line}"


def written(call: str) -> str:
    """A call as code has it: `authority.commit(Enact)`, `log.append()`."""
    return call.replace("[", "(").replace("]", ")") if call.endswith("]") else f"{call}()"


def plain(documents: Sequence[Document], unreached: Iterable[str]) -> Iterator[str]:
    """The table for a terminal."""
    found = [(role, call, *marks) for role, call, marks in rows(documents)]
    head = ("role", "call", *FAULTS)
    widths = [max(len(row[at]) for row in (head, *found)) for at in range(len(head))]
    for row in (head, *found):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield from summary(documents, unreached)


def summary(documents: Sequence[Document], unreached: Iterable[str]) -> Iterator[str]:
    """What the cells come to, in a few lines."""
    counted = totals(documents)
    reached = counted["held"] + counted["fell"]
    yield (
        f"{len(documents)} cells, {reached} reached ({100 * reached / max(1, len(documents)):.1f} %), "
        f"{counted['held']} held, {counted['fell']} fell."
    )
    verdicts = [one["verdict"] for one in documents]
    writes, unknown = (sum(one[name] for one in verdicts) for name in ("writes", "unknown"))
    done, expired = (sum(one[name] for one in verdicts) for name in ("lost_and_done", "expired"))
    yield (
        f"{writes:,} writes judged; {unknown} whose outcome nobody heard, of which etcd shows {done} to have happened; "
        f"{expired} keys taken away by leases."
    )
    voided = [one for one in documents if one["voided"]]
    if voided:
        first = voided[0]["voided"][0]
        yield f"Void and repeated, for etcd itself had died under them: {len(voided)} cells; the first: {first}."
    slowest = max((one["converged_s"] for one in verdicts), default=0.0)
    shown = max((one["slowest_shown_s"] for one in verdicts), default=0.0)
    yield f"Longest from the last plan to rest: {slowest:.1f} s; to be shown by the follower: {shown:.1f} s."
    exercised: Counter[str] = Counter()
    for one in verdicts:
        exercised.update(one["exercised"])
    vacuous = sorted(name for name, times in exercised.items() if not times)
    counts = ", ".join(f"{name} {times:,}" for name, times in sorted(exercised.items()))
    yield f"Rules, and how often each could have fallen: {counts}."
    if vacuous:
        yield f"Vacuous here: {', '.join(vacuous)}."
    left = list(unreached)
    if left:
        yield f"In the code and never reached by a story: {', '.join(left)}."
    for one in documents:
        for fall in one["falls"]:
            yield f"{one['cell']}: {fall}"
