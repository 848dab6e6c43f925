"""What a judge of histories says: a ruling on each rule, and how it is told to people and to programs. Pure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from coordination.invariants import Fall


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule: how often it could have fallen, how often it fell, and the first time, with its place in the history.

    `judged` is false where a history can't tell; `undecided` counts searches that gave up.
    """

    id: str
    sentence: str
    exercised: int = 0
    fell: int = 0
    first: Fall | None = None
    place: str = ""
    revision: int = 0
    judged: bool = True
    undecided: int = 0

    @property
    def is_vacuous(self) -> bool:
        """Nothing in the history could have made it fall: it proves nothing."""
        return self.judged and not self.exercised


@dataclass(frozen=True, slots=True)
class Judgement:
    """All rulings on one history, and how much of it there is.

    `settled` unknown commits were seen to have happened. `contended` roots had two operations under way at once.
    """

    lines: int
    roles: tuple[str, ...]
    seconds: float
    outcomes: tuple[tuple[str, int], ...]
    reads: int
    settled: int
    roots: int
    contended: int
    rulings: tuple[Ruling, ...]
    torn: tuple[str, ...] = ()

    @property
    def fallen(self) -> tuple[Ruling, ...]:
        """What fell."""
        return tuple(ruling for ruling in self.rulings if ruling.fell)

    @property
    def undecided(self) -> int:
        """Searches that gave up."""
        return sum(ruling.undecided for ruling in self.rulings)


def document(judgement: Judgement) -> dict[str, Any]:
    """The judgement as JSON has it."""
    rulings = [asdict(one) | {"vacuous": one.is_vacuous} for one in judgement.rulings]
    return asdict(judgement) | {"outcomes": dict(judgement.outcomes), "rulings": rulings}


def told(judgement: Judgement) -> Iterator[str]:
    """The judgement in lines: what there is, a table of rulings, the first fall of each, what is not proven."""
    counts = ", ".join(f"{count:,} {out}" for out, count in judgement.outcomes if count or out != "unsent")
    yield f"{judgement.lines:,} lines of {', '.join(judgement.roles)} in {judgement.seconds:.1f} s"
    seen = f" ({judgement.settled:,} of them seen to have happened)" if judgement.settled else ""
    yield f"commits: {counts}{seen}; reads: {judgement.reads:,}"
    yield f"roots: {judgement.roots:,} put in order, {judgement.contended:,} of them with operations under way at once"
    yield from (f"left out, cut short: {place}" for place in judgement.torn)
    yield ""
    width = max(len(ruling.id) for ruling in judgement.rulings)
    yield f"{'rule':{width}}  {'exercised':>9}  {'fell':>9}"
    for ruling in judgement.rulings:
        yield f"{ruling.id:{width}}  {_count(ruling, ruling.exercised)}  {_count(ruling, ruling.fell)}{_remark(ruling)}"
    yield ""
    for ruling in judgement.fallen:
        assert ruling.first is not None
        yield f"{ruling.id} fell, first at {ruling.first.where}: {ruling.first.how}"
        yield f"  {ruling.place}"
    yield _end(judgement)


def _count(ruling: Ruling, number: int) -> str:
    return f"{number:>9,}" if ruling.judged else f"{'-':>9}"


def _remark(ruling: Ruling) -> str:
    if not ruling.judged:
        return "  not judged: no line says when a lease ended"
    if ruling.undecided:
        return f"  gave up at {ruling.undecided:,}"
    return "  vacuous: nothing could have made it fall" if ruling.is_vacuous else ""


def _end(judgement: Judgement) -> str:
    if judgement.fallen:
        return f"{len(judgement.fallen)} of {len(judgement.rulings)} rules fell"
    open_ = [ruling.id for ruling in judgement.rulings if ruling.is_vacuous or ruling.undecided or not ruling.judged]
    return "nothing fell" + (f"; not proven: {', '.join(open_)}" if open_ else "")
