"""Fabricated runs, shaped as real ones are: what the report and the screen are tested with."""

from namelatch.demo.story import Answer, Link, LostInvariant, Mark, Point, Race, Row, Series, Story

PLANS = tuple((0.4 + 1.1 * number, 11 + number) for number in range(9))
OLD = 12
BACK_S = 7.21
END_S = 11.5


def _hand(series: Series, takes: list[tuple[float, int]], last: float = END_S) -> list[Point]:
    return [*(Point(t, series, generation) for t, generation in takes), Point(last, series, None)]


def _prompt(series: Series, late_s: float, skip: tuple[int, ...] = ()) -> list[Point]:
    return _hand(series, [(t + late_s, generation) for t, generation in PLANS if generation not in skip])


def _published() -> list[Mark]:
    return [Mark(t, "planner", "published", f"published plan {generation}", generation) for t, generation in PLANS]


def _race(last: list[Mark]) -> list[Mark]:
    return [
        Mark(1.62, "a", "began-old", "began plan 12 and met a lock that others hold", OLD),
        Mark(4.91, "a", "alarm", "lag alarm: 3 generations behind the newest plan", OLD),
        Mark(7.12, "b", "finished", "finished plan 17 on all 11,962 endpoints", 17),
        Mark(7.15, "b", "listed", "sweep listed 1 victim: plan 12", OLD),
        *last,
    ]


def fallen() -> Story:
    """The incident: a writes back, b's sweep deletes it, the name is dark and stays so."""
    wedges = [Mark(7.9 + 0.6 * turn, who, "wedged", "refused: the rollback's tree is gone", None) for turn, who in
              enumerate(("b", "c", "a"))]  # fmt: skip
    last = [
        Mark(BACK_S, "a", "wrote-back", "won the lock and wrote plan 12 over plan 17", OLD),
        Mark(7.24, "b", "deleted", "deleted plan 12's trees, the one in use among them", OLD),
        *wedges,
    ]
    root = [(t + 0.09, generation) for t, generation in PLANS if generation <= 17]
    points = _hand("a", [(0.5, 11), (1.55, OLD), (7.3, 18)]) + _prompt("b", 0.05) + _prompt("c", 0.15, (14, 16))
    points += [Point(t, "root", generation) for t, generation in [*root, (BACK_S, OLD)]]
    answers = _answers([(t, generation) for t, generation in root] + [(BACK_S + 0.004, OLD)], dark_from=7.25)
    row = Row(
        "incident", 20_000, 9, 2_304, 0, 431, 4, 4.25, True, False,
        (
            LostInvariant("monotone-generation", "a's root went from 17 to 12"),
            LostInvariant("never-delete-active", "b's sweep deleted plan 12 while the regional root followed it"),
            LostInvariant("never-empty", "431 answers without an address"),
            LostInvariant("not-wedged", "plans 18 and 19 were refused by a, b and c"),
        ),
    )  # fmt: skip
    return Story("incident", tuple(points), (*_published(), *_race(last)), answers, row)


def held() -> Story:
    """Hardened: a comes back as late, and yields."""
    last = [
        Mark(BACK_S, "a", "yielded", "refused: the root follows 17, which is newer than 12", OLD),
        Mark(8.4, "collector", "deleted", "collected plans 11 to 15: nobody claims or follows them", None),
    ]
    root = [(t + 0.09, generation) for t, generation in PLANS]
    points = _hand("a", [(0.5, 11), (1.55, OLD), (7.3, 18), (9.3, 19)]) + _prompt("b", 0.05) + _prompt("c", 0.15, (15,))
    points += [Point(t, "root", generation) for t, generation in root]
    row = Row("hardened", 20_000, 9, 2_310, 2, 0, 0, 0.0, False, True)
    return Story("hardened", tuple(points), (*_published(), *_race(last)), _answers(root, lost=(8.8, 8.83)), row)


def race() -> Race:
    """Both, with what stands beside the page."""
    return Race(
        started="2026-01-12 10:04:31 UTC",
        command="namelatch demo --records 20000",
        cause="lock",
        stories=(fallen(), held()),
        links=(
            Link("result.json", "every number of this page"),
            Link("incident-history.jsonl", "the recorded history"),
        ),
        notes=("2 cores, etcd 3.5.1; all processes on this machine.",),
    )


def _answers(
    root: list[tuple[float, int]], dark_from: float | None = None, lost: tuple[float, ...] = ()
) -> tuple[Answer, ...]:
    found = [Answer(t, None, "lost") for t in lost]
    for tick in range(int(END_S * 50)):
        t = 0.3 + tick / 50
        serving = [generation for since, generation in root if since + 0.01 <= t]
        if t >= END_S or not serving:
            continue
        dark = dark_from is not None and t >= dark_from
        found.append(Answer(t, None, "empty") if dark else Answer(t, serving[-1], "answer"))
    return tuple(sorted(found, key=lambda answer: answer.t))
