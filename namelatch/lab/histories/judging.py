"""What a recorded history proves: invariants, the order of time, and each root as a register.

The demo judges itself by this, and `namelatch lab judge` any history on disk. Commits are replayed in the authority's
own order through the one reducer, and the shared invariants are asked at each step: those of safety, or others too
(`coordination.promises`). Each rule tells how often it was exercised, for one that never was proves nothing. A root's
order is looked for at every root, or (`Roots.SEEN`, which costs little) where its reads were recorded and where a
listing at the end does not agree with the replay.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from coordination.authority import State
from coordination.history import replay
from coordination.invariants import SAFETY, Fall, Invariant
from coordination.limits import SEARCH_STEPS
from coordination.lines import Line
from coordination.records import Endpoint
from namelatch.lab.histories.linearizable import NOTHING_SEEN, Answer, Op, Saw, search
from namelatch.lab.histories.order import crossed, numbered
from namelatch.lab.histories.registers import operations, told
from namelatch.lab.histories.rulings import Judgement, Ruling
from namelatch.lab.settling import settled

ORDER = "order-of-time", "Who is answered before another asks comes before him."
LINEARIZABLE = "linearizable-roots", "What was done to a root and seen of it happened in one order."
BY_SEARCH = frozenset({ORDER[0], LINEARIZABLE[0]})  # what is asked of the authority and no posture can lose
# When a lease took a claim away is not in any line: a replay would see claims that were long gone.
NOT_FROM_LINES = frozenset({"claimed-plan-exists", "fenced-writes"})


class Roots(Enum):
    """At which roots an order is looked for."""

    ALL = "all"
    SEEN = "seen"


def judge(
    lines: Sequence[Line],
    roots: Roots = Roots.ALL,
    torn: tuple[str, ...] = (),
    most_steps: int = SEARCH_STEPS,
    asked: Sequence[Invariant] = SAFETY,
) -> Judgement:
    """Judge a whole history: the joined lines of all who wrote to one authority, in any order."""
    known = settled(lines)
    rulings, last = _replayed(known, asked)
    wanted = None if roots is Roots.ALL else _seen(lines, last)
    ops = operations(lines, wanted)
    outcomes = Counter(line["out"] for line in lines if line["call"] == "commit")
    return Judgement(
        lines=len(lines),
        roles=tuple(sorted({line["who"] for line in lines})),
        seconds=max((line["answered"] for line in lines), default=0.0)
        - min((line["asked"] for line in lines), default=0.0),
        outcomes=tuple((out, outcomes[out]) for out in ("committed", "conflict", "unknown", "unsent")),
        reads=sum(line["call"] in {"read", "roots"} for line in lines),
        settled=sum(one is not line for one, line in zip(known, lines, strict=True)),
        roots=len(ops),
        contended=sum(map(_overlap, ops.values())),
        rulings=(*rulings, _in_order(lines), _linearizable(lines, ops, most_steps)),
        torn=torn,
    )


# --- the invariants ----------------------------------------------------------------------------------------------


def _replayed(lines: Iterable[Line], asked: Sequence[Invariant]) -> tuple[tuple[Ruling, ...], State]:
    """A ruling on each invariant, and the state at the end."""
    exercised: Counter[str] = Counter()
    fell: Counter[str] = Counter()
    first: dict[str, tuple[Fall, Line]] = {}
    last = State()
    for before, batch, last, line in replay(line for line in lines if not _only_locks(line)):
        for invariant in asked:
            if invariant.id in NOT_FROM_LINES:
                continue
            exercised[invariant.id] += invariant.exercised(before, batch, last)
            for fall in invariant.falls(before, batch, last):
                fell[invariant.id] += 1
                known, at = first.setdefault(invariant.id, (fall, line))
                if at is line and fall.where < known.where:  # a transition's falls come in no order
                    first[invariant.id] = fall, line
    rulings = []
    for one in asked:
        ruling = Ruling(one.id, one.sentence, exercised[one.id], fell[one.id], judged=one.id not in NOT_FROM_LINES)
        if one.id in first:
            fall, line = first[one.id]
            ruling = replace(ruling, first=fall, place=place_of(line), revision=line["revision"])
        rulings.append(ruling)
    return tuple(rulings), last


def _only_locks(line: Line) -> bool:
    """Half of the lines where enactors take locks; no invariant looks at them."""
    return all(change[0] in {"lock", "unlock"} for change in line.get("changes", ()))


def place_of(line: Line) -> str:
    """Where a line is written: its file and number if it was read from one."""
    return str(line.get("place") or f"revision {line.get('revision', '?')}")


# --- order and registers -----------------------------------------------------------------------------------------


def _in_order(lines: Sequence[Line]) -> Ruling:
    ruling = Ruling(*ORDER, exercised=max(0, sum(map(numbered, lines)) - 1))
    found = list(crossed(lines))
    if not found:
        return ruling
    earlier, later = lines[found[0].earlier], lines[found[0].later]
    late_s = later["asked"] - earlier["answered"]
    when = f"asked {late_s:.6f} s after" if late_s > 0 else "under way while"
    how = (
        f"revision {later['revision']}, {when} {earlier['who']} was answered with revision {earlier['revision']} "
        f"({place_of(earlier)})"
    )
    fall = Fall(ruling.id, later["who"], how)
    return replace(ruling, fell=len(found), first=fall, place=place_of(later), revision=later["revision"])


def _linearizable(lines: Sequence[Line], ops: Mapping[Endpoint, Sequence[Op]], most_steps: int) -> Ruling:
    exercised = fell = undecided = 0
    first: Fall | None = None
    place = ""
    for endpoint, of_root in ops.items():
        exercised += len(of_root) > 1 and any(op.checks for op in of_root)
        found = search(of_root, most_steps)
        undecided += found.answer is Answer.GAVE_UP
        if found.answer is Answer.NO:
            fell += 1
            if first is None:
                first = Fall(LINEARIZABLE[0], endpoint, told(found.stuck, found.register))
                place = place_of(lines[found.stuck.place]) if found.stuck else ""
    return Ruling(*LINEARIZABLE, exercised, fell, first, place, undecided=undecided)


def _seen(lines: Iterable[Line], last: State) -> Container[Endpoint]:
    """The roots that somebody was recorded to read, and those that a listing finds otherwise than the replay."""
    found: set[Endpoint] = set()
    for line in lines:
        if line["call"] == "read":
            found.update(root[0] for root in line["roots"])
        elif line["call"] == "roots":
            found.update(root[0] for root in line["roots"] if tuple(root[1:]) != _replayed_root(last, root[0]))
    return found


def _replayed_root(state: State, endpoint: Endpoint) -> Saw:
    root = state.roots.get(endpoint)
    return NOTHING_SEEN if root is None else Saw(root.generation, root.rollback, root.tombstone, root.version)


def _overlap(ops: Sequence[Op]) -> bool:
    """Whether two operations on a root were under way at once."""
    ordered = sorted(ops, key=lambda op: op.asked)
    latest = float("-inf")
    for op in ordered:
        if op.asked <= latest:
            return True
        latest = max(latest, op.answered if op.certain else op.asked)
    return False
