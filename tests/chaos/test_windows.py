"""When an answer is owed, with faults between etcd and the DNS server."""

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.chaos.plan import Planned
from namelatch.chaos.schedule import Done
from namelatch.chaos.windows import acks, blind, owed_at
from namelatch.demo.judge import Ack


def _done(fault: str, target: str, since: float, until: float) -> Done:
    return Done(Planned(0.0, fault, target, 0.0), since, until)


def test_only_faults_on_the_way_from_etcd_to_clients_excuse_a_late_answer() -> None:
    no_excuse = [
        _done("kill", "planner", 1, 2),
        _done("stop", "a", 1, 2),
        _done("stop", "kafka", 1, 2),
        _done("cut", "client>kafka", 1, 2),
        _done("truncate", "plans", 1, 2),
        _done("clock-ahead", "b", 1, 2),
        _done("kill", "dns-worker", 1, 2),
    ]
    assert blind(no_excuse, 10.0) == ()
    excuses = [
        _done("stop", "dns-worker", 1, 2),
        _done("kill", "etcd-1", 30, 31),
        _done("cut", "client>etcd-2", 35, 40),
    ]
    assert blind(excuses, 10.0) == ((1, 12.0), (30, 50.0))


def test_what_is_acknowledged_shortly_before_or_in_a_blind_span_is_owed_when_it_is_over() -> None:
    spans = ((100.0, 120.0),)
    assert owed_at(80.0, spans, 15.0) == 80.0
    assert owed_at(85.1, spans, 15.0) == 120.0
    assert owed_at(110.0, spans, 15.0) == 120.0
    assert owed_at(120.1, spans, 15.0) == 120.1


def test_an_excuse_may_lead_into_the_next_one() -> None:
    assert owed_at(110.0, ((100.0, 120.0), (130.0, 140.0)), 15.0) == 140.0


def test_nothing_else_of_an_acknowledgement_changes() -> None:
    ack = Ack(Endpoint("a.example"), Generation(3), 1.0, 7)
    assert acks([ack], (), 15.0) == [ack]
