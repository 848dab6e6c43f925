"""A trace as a Mermaid sequence diagram: who wrote what, what was refused, what went wrong. Reads are left out.

An arrow is a write: solid when it was committed, crossed when it was refused, open when its reply was lost, dashed when
a lost one arrives late. A note is anything else worth seeing: a fault, a fall, what a sweep lists.
"""

from collections.abc import Iterator, Sequence

from coordination.intents import Committed, Conflict, Unknown
from coordination.records import Endpoint
from namelatch.lab.explorer.explore import Step
from namelatch.lab.kernel import Call
from namelatch.lab.playing.stage import LATE
from namelatch.lab.telling.table import Notes
from namelatch.lab.telling.words import heard, labels, said, told
from namelatch.lab.world import writes

# Reports that say no more than the arrow of the write that they are about.
_PLAIN = frozenset({"leads", "published", "began", "finished", "collected", "spared", "forgotten", "claim revoked"})


def diagram(
    steps: Sequence[Step], endpoints: Sequence[Endpoint], actors: Sequence[str], notes: Notes | None = None
) -> Iterator[str]:
    """The diagram's lines. `actors` are the participants, in order, left of the authority."""
    yield "sequenceDiagram"
    for index, name in enumerate(actors):
        yield f"    participant p{index} as {_plain(name)}"
    yield "    participant r as authority"
    alias = {name: f"p{index}" for index, name in enumerate(actors)}
    short = labels(endpoints)
    for number, step in enumerate(steps, start=1):
        who = alias.get(step.who, "r")
        yield from (f"    {line}" for line in _step(number, step, who, short))
        for note in (notes or {}).get(number, ()):
            yield f"    Note over p0,r: {_plain(note)}"


def _step(number: int, step: Step, who: str, short: dict[Endpoint, str]) -> Iterator[str]:
    if step.calls and writes(step.calls[0][0]):
        call, reply = step.calls[0]
        arrow = f"-{_arrow(reply)}" if step.fault == LATE else _arrow(reply)
        refused = f" ({heard(reply)})" if isinstance(reply, Conflict) else ""
        yield f"{who}{arrow}r: {number}. {_plain(_write(call, short) + refused)}"
    if step.fault:
        yield f"Note over {who}: {_plain(step.fault)}"
    for event in told(step.calls):
        if event not in _PLAIN and event.partition(" ×")[0] not in _PLAIN:
            yield f"Note over {who}: {_plain(event)}"
    falls: dict[tuple[str, str], list[str]] = {}
    for fall in step.falls:
        falls.setdefault((fall.invariant, fall.how), []).append(short.get(Endpoint(fall.where), fall.where))
    for (invariant, how), where in falls.items():
        told_ = f"{invariant} falls at {', '.join(where)}: {how}"
        yield f"Note over r: {_plain(told_)}"


def _write(call: Call, short: dict[Endpoint, str]) -> str:
    what = said(call)
    at = ", ".join(short.get(name, name) for name in what.endpoints)
    text = " ".join([what.does, *map(str, what.generations), *([f"at {at}"] if at else [])])
    return f"{text}, {what.besides}" if what.besides else text


def _arrow(reply: object) -> str:
    match reply:
        case Committed():
            return "->>"
        case Unknown():
            return "-)"
    return "-x"


def _plain(text: str) -> str:
    """Without what Mermaid reads as the end of a line or the beginning of an entity."""
    return text.replace(";", ",").replace("#", "no. ")
