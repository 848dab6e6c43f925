"""From measurements to a story: the probes' answers and the judge's verdict, as the report wants them. Pure."""

from collections.abc import Iterable
from itertools import dropwhile

from coordination.records import Endpoint
from namelatch.demo.judge import Verdict
from namelatch.demo.probes import Kind, Probe
from namelatch.demo.story import Answer, AnswerKind, LostInvariant, Row

_TOLD: dict[Kind, AnswerKind] = {
    "answer": "answer",
    "empty": "empty",
    "lost": "lost",
    "nxdomain": "wrong",
    "error": "wrong",
    "foreign": "wrong",
}


def answers(probes: Iterable[Probe], regional: Endpoint, started_at: float) -> tuple[Answer, ...]:
    """What the regional endpoint's customers got, by when; a lost question stands at when it was asked.

    The story begins with the first addresses: before them the name is still being set up, which is no outage.
    If none ever came, all is told.
    """
    told = (
        Answer(
            (probe.asked_at if probe.answered_at is None else probe.answered_at) - started_at,
            probe.generation,
            _TOLD[probe.kind],
        )
        for probe in probes
        if probe.name == regional
    )
    ordered = sorted(told, key=lambda answer: answer.t)
    return tuple(dropwhile(lambda answer: answer.kind != "answer", ordered)) or tuple(ordered)


def row(
    posture: str,
    records: int,
    generations: int,
    verdict: Verdict,
    *,
    wedged: bool,
    converged: bool,
    lost_invariants: tuple[LostInvariant, ...] = (),
    as_expected: bool = True,
) -> Row:
    """The posture's line of the table."""
    return Row(
        posture=posture,
        records=records,
        generations=generations,
        probes=verdict.probes,
        lost=verdict.lost,
        empty=verdict.empty,
        stale=verdict.stale,
        seconds_dark=round(verdict.regional.seconds_dark, 3),
        wedged=wedged,
        converged=converged,
        lost_invariants=lost_invariants,
        as_expected=as_expected,
    )
