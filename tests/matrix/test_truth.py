"""Every revision in etcd has its author, and every commit its revision; what has none is found."""

from typing import Any

from coordination.etcd.compile import operations
from coordination.etcd.keys import Keys
from coordination.etcd.requests import Put
from coordination.etcd.watch import Event
from coordination.intents import Change, DropClaim, Enact, Finish, Reserve, TakeClaim
from coordination.lines import encode
from coordination.records import Endpoint, RRset, Target
from namelatch.matrix.truth import LEASES, explained, matches

KEYS = Keys("m")
E1 = Endpoint("e1.example")
RECORDS = (RRset("A", 60, (Target("192.0.2.9", 1),)),)


def events(revision: int, *changes: Change) -> tuple[Event, ...]:
    puts = [one for change in changes for one in operations(change, KEYS) if isinstance(one, Put)]
    return tuple(Event(one.key, one.value, revision) for one in puts)


def line(out: str, *changes: Change, revision: int | None = None, asked: float = 1.0) -> dict[str, Any]:
    found = {"asked": asked, "answered": asked + 1, "who": "a", "call": "commit", "out": out}
    found["changes"] = [encode(change) for change in changes]
    return found | ({} if revision is None else {"revision": revision})


def test_a_commit_and_its_revision_explain_each_other() -> None:
    enact = Enact(E1, 3, RECORDS, 2, "a")
    told = explained([line("committed", enact, revision=7)], {7: events(7, enact)}, KEYS, 9.0)
    assert (told.unexplained, told.lost_and_done) == ((), 0)


def test_a_lost_write_that_is_there_is_the_commit_that_it_was_and_may_have_come_late() -> None:
    enact = Enact(E1, 3, RECORDS, 2, "a")
    told = explained([line("unknown", enact)], {7: events(7, enact)}, KEYS, 9.0)
    assert [(one["out"], one["revision"], one["answered"]) for one in told.lines] == [("committed", 7, 9.0)]
    assert (told.unexplained, told.lost_and_done) == ((), 1)


def test_a_lost_write_that_is_not_there_stays_unknown() -> None:
    told = explained([line("unknown", Finish(3))], {}, KEYS, 9.0)
    assert [one["out"] for one in told.lines] == ["unknown"]
    assert told.unexplained == ()


def test_a_lost_write_that_is_there_twice_is_found() -> None:
    enact = Enact(E1, 3, RECORDS, 2, "a")
    told = explained([line("unknown", enact)], {7: events(7, enact), 8: events(8, enact)}, KEYS, 9.0)
    assert len(told.unexplained) == 1
    assert "revision 8 was written by nobody known" in told.unexplained[0]


def test_a_lost_write_is_not_what_had_happened_before_it_was_asked() -> None:
    gone = Event(KEYS.claim(3, "a"), None, 8)
    seen = line("committed", Finish(3), revision=9, asked=2.0)
    dropped = line("unknown", DropClaim(3, "a"), asked=5.0)
    told = explained([seen, dropped], {8: (gone,), 9: events(9, Finish(3))}, KEYS, 9.0)
    assert (told.lost_and_done, told.expired) == (0, 1)


def test_a_commit_that_is_not_there_is_found() -> None:
    told = explained([line("committed", Reserve(4), revision=7)], {}, KEYS, 9.0)
    assert len(told.unexplained) == 1
    assert "it is not there" in told.unexplained[0]


def test_a_commit_with_another_value_than_was_asked_is_found() -> None:
    told = explained([line("committed", Enact(E1, 3, RECORDS, 2, "a"), revision=7)], {7: events(7, Finish(3))}, KEYS, 9)
    assert len(told.unexplained) == 2


def test_what_a_lease_took_away_becomes_a_line() -> None:
    gone = Event(KEYS.claim(3, "a"), None, 8)
    claim = line("committed", TakeClaim(3, "a", "t"), revision=7)
    told = explained([claim], {7: events(7, TakeClaim(3, "a", "t")), 8: (gone,)}, KEYS, 9.0)
    assert [one["changes"] for one in told.lines if one["who"] == LEASES] == [[["unclaim", 3, "a"]]]
    assert (told.unexplained, told.expired) == ((), 1)


def test_a_root_that_somebody_deleted_is_found() -> None:
    told = explained([], {8: (Event(KEYS.root(E1), None, 8),)}, KEYS, 9.0)
    assert len(told.unexplained) == 1


def test_heartbeats_are_nobodys_decision() -> None:
    assert explained([], {8: (Event(KEYS.served("x"), b"7", 8),)}, KEYS, 9.0).unexplained == ()


def test_a_revision_that_deletes_more_than_was_asked_does_not_match() -> None:
    extra = Event(KEYS.root(E1), None, 7)
    assert matches(events(7, Finish(3)), [Finish(3)], KEYS)
    assert not matches((*events(7, Finish(3)), extra), [Finish(3)], KEYS)
