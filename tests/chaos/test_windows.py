"""When an answer is owed, with faults between etcd and the DNS server."""

from statistics import median

import pytest

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.chaos.catalogue import MEMBERS
from namelatch.chaos.draw import drawn
from namelatch.chaos.plan import Planned
from namelatch.chaos.schedule import Done
from namelatch.chaos.windows import FINDS_OUT_S, Excuses, acks, held_to
from namelatch.demo.judge import Ack
from namelatch.demo.probes import Probe

BEYOND_S, BOUND_S = 10.0, 15.0
NAME, OTHER = Endpoint("a.example"), Endpoint("b.example")


def _done(fault: str, target: str, since: float, until: float, **more: str) -> Done:
    return Done(Planned(0.0, fault, target, 0.0), since, until, **more)


def _excuses(*done: Done, members: int = 3) -> Excuses:
    return Excuses(done, members, BEYOND_S, BOUND_S)


def _answer(at: float, name: Endpoint = NAME) -> Probe:
    return Probe(at, at, name, "A", "answer", Generation(1), 0)


@pytest.mark.parametrize(
    ("fault", "target"),
    [
        ("kill", "planner"),
        ("stop", "a"),
        ("stop", "kafka"),
        ("cut", "client>kafka"),
        ("truncate", "plans"),
        ("clock-ahead", "b"),
        ("kill", "dns-worker"),
        ("compact", "etcd"),
        ("move-leader", "etcd"),
    ],
)
def test_what_is_not_on_the_way_from_etcd_to_clients_excuses_nothing(fault: str, target: str) -> None:
    excuses = _excuses(_done(fault, target, 100, 110))
    assert (excuses.owed_at(105), excuses.allowed_s(115)) == (105, BOUND_S)


@pytest.mark.parametrize(
    ("fault", "target"),
    [
        ("stop", "dns-worker"),
        ("kill", "dns"),
        ("compact-behind", "dns"),
        ("quorum", "etcd"),
        ("restore", "etcd"),
        ("no-space", "etcd"),
        ("kill", "etcd-1"),
        ("stop", "etcd-leader"),
        ("cut-back", "client>etcd-2"),
        ("cut-peer", "etcd-1>etcd-2"),
    ],
)
def test_what_is_on_the_way_excuses_what_is_acknowledged_meanwhile_or_shortly_before(fault: str, target: str) -> None:
    excuses = _excuses(_done(fault, target, 100, 110))
    assert [excuses.owed_at(at) for at in (85.0, 85.1, 105, 120, 120.1)] == [85.0, 120, 120, 120, 120.1]


def test_a_fault_that_could_not_be_done_excuses_nothing() -> None:
    failed = _done("stop", "dns", 100, 100, failed="can't be stopped: killed by another fault")
    assert _excuses(failed).owed_at(100) == 100


@pytest.mark.parametrize(
    "failed",
    [
        _done("no-space", "etcd", 100, 110, told="etcd", failed="TimeoutError"),
        _done("restore", "etcd", 100, 110, failed="etcd-2 is not healthy"),
    ],
)
def test_a_fault_that_failed_when_it_had_begun_excuses(failed: Done) -> None:
    assert _excuses(failed).owed_at(105) == 120


def test_a_blinding_fault_leads_into_the_next_when_the_server_may_not_have_caught_up() -> None:
    first = _done("quorum", "etcd", 100, 110)
    assert _excuses(first, _done("stop", "dns", 124.9, 130)).owed_at(105) == 140
    assert _excuses(first, _done("stop", "dns", 125, 130)).owed_at(105) == 120
    assert _excuses(first, _done("stop", "dns", 125, 130)).owed_at(115) == 140  # it came shortly after


def test_one_member_after_the_other_excuses_once() -> None:
    excuses = _excuses(*(_done("stop", f"etcd-{1 + n % 3}", 100 + 11 * n, 110 + 11 * n) for n in range(30)))
    assert (excuses.owed_at(95), excuses.owed_at(97), excuses.owed_at(121)) == (120, 131, 153)
    assert max(excuses.allowed_s(110 + n) for n in range(200)) < 60
    blinded = _excuses(*(_done("stop", "dns", 100 + 11 * n, 110 + 11 * n) for n in range(30)))
    assert blinded.allowed_s(400) > 300


def test_a_member_s_loss_and_a_blinding_fault_lead_into_each_other() -> None:
    dns, member = _done("stop", "dns", 100, 110), _done("stop", "etcd-1", 122, 130)
    assert _excuses(dns, member).owed_at(105) == 140
    assert _excuses(member, dns, _done("stop", "dns", 142, 150)).owed_at(105) == 160


def test_two_members_at_a_time_are_no_longer_one_member_s_loss() -> None:
    both = (_done("cut", "client>etcd-1", 100, 110), _done("stop", "etcd-2", 109, 119))
    assert _excuses(*both, _done("stop", "dns", 130, 140)).owed_at(95) == 150
    assert _excuses(*both, _done("cut", "client>etcd-3", 130, 140)).owed_at(110) == 140 + BEYOND_S


def test_a_sole_member_blinds() -> None:
    chain = [_done("kill", "etcd-1", 100 + 11 * n, 110 + 11 * n) for n in range(3)]
    assert _excuses(*chain, members=1).owed_at(95) == 142


def test_a_member_s_loss_excuses_for_as_long_as_it_takes_to_find_out() -> None:
    excuses = _excuses(_done("cut", "client>etcd-1", 100, 700))
    assert excuses.owed_at(101) == 100 + FINDS_OUT_S + BEYOND_S
    assert excuses.owed_at(200) == 200


@pytest.mark.parametrize("seed", [1, 7])
def test_ages_are_what_is_owed_seen_from_the_question(seed: int) -> None:
    done = [_done(one.fault, one.target, one.at_s, one.until_s) for one in drawn(seed, 900, MEMBERS, True)]
    excuses = _excuses(*done)
    acked = [at / 4 for at in range(-100, 3600)]
    owed = [excuses.owed_at(at) for at in acked]
    assert all(at <= then for at, then in zip(acked, owed, strict=True))
    assert owed == sorted(owed)
    ages = []
    for asked_at in range(20, 880):
        oldest = max(at for at, then in zip(acked, owed, strict=True) if then <= asked_at - BOUND_S)
        assert asked_at - oldest == pytest.approx(excuses.allowed_s(asked_at), abs=0.25)
        ages.append(excuses.allowed_s(asked_at))
    assert median(ages) < 45
    assert sorted(ages)[int(0.9 * len(ages))] < 65, "nearly every answer is held to something"


def test_answers_count_that_are_held_to_a_short_bound() -> None:
    excuses = _excuses(*(_done("stop", "dns", 100 + 11 * n, 110 + 11 * n) for n in range(10)))
    lost = Probe(50, None, NAME, "A", "lost")
    probes = [_answer(50), _answer(130), _answer(200), _answer(300), _answer(50, OTHER), lost]
    assert held_to(probes, frozenset({NAME}), excuses, 60.0) == 3
    assert held_to(probes, frozenset({NAME}), excuses, BOUND_S) == 2


def test_nothing_else_of_an_acknowledgement_changes() -> None:
    ack = Ack(NAME, Generation(3), 1.0, 7)
    assert acks([ack], _excuses()) == [ack]
    assert acks([ack], _excuses(_done("stop", "dns", 0, 2))) == [ack._replace(acked_at=12.0)]
