"""From probes and a verdict to what the report draws."""

from pathlib import Path

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.demo.judge import judge
from namelatch.demo.ledger import Ledger, read_status
from namelatch.demo.probes import Kind, Probe
from namelatch.demo.story import Answer
from namelatch.demo.tell import answers, row

NAME = Endpoint("dynamodb.us-east-1.amazonaws.com")


def probe(at: float, kind: Kind, generation: int | None = None, name: Endpoint = NAME) -> Probe:
    told = None if generation is None else Generation(generation)
    return Probe(at, None if kind == "lost" else at + 0.5, name, "A", kind, told, 0)


def test_answers_are_the_regional_name_s_in_order_of_when_they_came() -> None:
    probes = [
        probe(12.0, "lost"),
        probe(11.0, "answer", 3),
        probe(11.25, "empty"),
        probe(11.1, "answer", 9, Endpoint("x.y")),
    ]
    assert answers(probes, NAME, 10.0) == (
        Answer(1.5, 3, "answer"),
        Answer(1.75, None, "empty"),
        Answer(2.0, None, "lost"),
    )


def test_every_other_answer_is_wrong() -> None:
    kinds: tuple[Kind, ...] = ("answer", "nxdomain", "error", "foreign")
    probes = [probe(float(at), kind) for at, kind in enumerate(kinds)]
    assert [answer.kind for answer in answers(probes, NAME, 0.0)] == ["answer", "wrong", "wrong", "wrong"]


def test_the_story_begins_with_the_first_addresses() -> None:
    probes = [probe(1.0, "nxdomain"), probe(2.0, "empty"), probe(3.0, "answer", 1), probe(4.0, "empty")]
    assert [answer.kind for answer in answers(probes, NAME, 0.0)] == ["answer", "empty"]
    assert [answer.kind for answer in answers(probes[:2], NAME, 0.0)] == ["wrong", "empty"]


def test_the_row_has_the_verdict_s_numbers() -> None:
    verdict = judge([probe(1.0, "answer", 3), probe(2.0, "empty"), probe(4.0, "lost")], [], 0.5, NAME)
    told = row("incident", 20, 4, verdict, wedged=True, converged=False)
    assert (told.probes, told.lost, told.empty, told.stale, told.seconds_dark) == (3, 1, 1, 0, 1.5)
    assert (told.posture, told.records, told.generations, told.wedged, told.as_expected) == (
        "incident",
        20,
        4,
        True,
        True,
    )


def test_the_live_status_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    assert read_status(path) is None
    ledger = Ledger(tmp_path / "out", path, NAME)
    ledger.add([probe(1.0, "answer", 7), probe(2.0, "lost", name=Endpoint("x.y"))])
    ledger.flush(5.0, 3, final=True)
    ledger.close()
    live = read_status(path)
    assert live is not None
    assert (live.at, live.latest, live.counts, live.skipped) == (
        5.0,
        (("A", "answer", 7),),
        (("answer", 1), ("lost", 1)),
        3,
    )
