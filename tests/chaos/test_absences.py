"""Names taken down on purpose: how long they may be missed, and what they may not be answered with."""

from math import inf

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.chaos.absences import Away, absences
from namelatch.chaos.inputs import Traffic
from namelatch.demo.inventory import inventory
from namelatch.demo.judge import Absence, Ack
from namelatch.matrix.inputs import Turned
from namelatch.matrix.owed import Published

NAME, OTHER = Endpoint("a.example"), Endpoint("b.example")


def _published(*inputs: int) -> Published:
    """Plans 1, 2, 3 ... of these inputs."""
    changes = [["publish", at, None, "", 1, 1, 0, revision, "region"] for at, revision in enumerate(inputs, 1)]
    return Published([{"out": "committed", "changes": [change]} for change in changes])


def _ack(at: float, generation: int, name: Endpoint = NAME) -> Ack:
    return Ack(name, Generation(generation), at)


def test_an_absence_ends_where_a_plan_that_knows_of_the_return_is_acknowledged() -> None:
    away = [Away(NAME, 10.0, back=7)]
    owed = [_ack(5, 1), _ack(11, 2), _ack(30, 3), _ack(25, 3, OTHER), _ack(20, 4), _ack(40, 4)]
    assert list(absences(away, owed, _published(1, 6, 7, 9))) == [Absence(NAME, 10.0, 20.0)]


def test_a_name_that_has_not_come_back_stays_absent() -> None:
    away = [Away(NAME, 10.0), Away(OTHER, 11.0, back=8)]
    assert [one.until for one in absences(away, [_ack(20, 3)], _published(1, 7))] == [inf, inf]


def test_each_time_is_an_absence_of_its_own() -> None:
    away = [Away(NAME, 10.0, back=2), Away(NAME, 30.0)]
    found = list(absences(away, [_ack(20, 2)], _published(1, 2)))
    assert found == [Absence(NAME, 10.0, 20.0), Absence(NAME, 30.0, inf)]


def test_traffic_remembers_when_each_name_went_and_with_which_inputs_it_came_back(tmp_path) -> None:
    traffic = Traffic(Turned(tmp_path), inventory(60), seed=1)
    for at in range(400):
        traffic.next(float(at))
    back = [one for one in traffic.away if one.back is not None]
    assert len(back) > 20
    assert all(one.since < one.back <= 400 for one in back)
    assert {one.endpoint for one in traffic.away if one.back is None} == set(traffic.turned.removed)
    assert len({one.endpoint for one in traffic.away}) < len(traffic.away), "some went more than once"
