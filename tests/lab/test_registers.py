"""Lines become what was done to each root and seen of it; recorded runs are linearizable, by both checkers."""

import asyncio
from math import inf
from random import Random

import pytest

from coordination.history import RecordingAuthority
from coordination.intents import Batch, DropTree, Enact, Lift, Proposal, RootOlder, RootVersion
from coordination.lines import Line
from coordination.memory import MemoryAuthority, Store
from coordination.plan import Generation
from coordination.postures import POSTURES, Posture
from coordination.records import Endpoint
from namelatch.lab.histories.linearizable import Answer, OlderThan, Op, Register, Saw, VersionIs, Written, search
from namelatch.lab.histories.registers import operations, told
from tests.actors.world import run_crossing
from tests.lab import peer
from tests.lab.runs import NAMES, ONE, recorded_run

A, B = Endpoint("a.example"), Endpoint("b.example")


def g(number: int) -> Generation:
    return Generation(number)


def line(out: str = "committed", **more: object) -> Line:
    changes = [["enact", A, 4, 1, 3, "x", False], ["drop tree", 2, B]]
    conditions = [[0, "version", None, 7], [0, "older", None, 4], [1, "version", None, 5], [None, "fence", 2, "x", 1]]
    found = {"asked": 1.0, "answered": 2.0, "who": "x", "call": "commit", "changes": changes, "if": conditions}
    return found | {"out": out} | ({} if out == "unknown" else {"revision": 9}) | more


def test_a_commit_found_its_conditions_so_and_wrote() -> None:
    assert operations([line()]) == {
        A: [Op(1.0, 2.0, (VersionIs(7, True), OlderThan(4, True)), Written(4, 3, False, 9))],
        B: [Op(1.0, 2.0, (VersionIs(5, True),))],
    }


def test_a_conflict_says_of_each_condition_whether_it_held_and_wrote_nothing() -> None:
    lost = [[0, "RootOlder", str(RootOlder(A, g(4)))], [1, "Unclaimed", "of no root"]]
    assert operations([line("conflict", lost=lost)]) == {
        A: [Op(1.0, 2.0, (VersionIs(7, True), OlderThan(4, False)))],
        B: [Op(1.0, 2.0, (VersionIs(5, True),))],
    }


def test_what_nobody_heard_of_has_no_end_and_no_version() -> None:
    (op,) = operations([line("unknown")])[A]
    assert (op.answered, op.certain, op.write) == (inf, False, Written(4, 3, False, None))


@pytest.mark.parametrize("silent", [line("conflict", lost=[]), line("unsent", reason="no etcd")])
def test_a_conflict_without_a_condition_and_what_was_never_sent_say_nothing(silent: Line) -> None:
    assert operations([silent]) == {}


def test_reads_say_what_they_saw_and_only_wanted_roots_are_taken() -> None:
    read = {"asked": 1.0, "answered": 2.0, "who": "x", "call": "read"}
    read |= {"roots": [[A, 3, None, False, 7], [B, None, None, False, 0]]}
    assert operations([line(), read], {B})[B][1] == Op(1.0, 2.0, (Saw(None, None, False, 0),), place=1)
    assert set(operations([line(), read], {B})) == {B}


def test_a_tombstone_is_written_as_one() -> None:
    gone = line(changes=[["enact", A, 4, None, 3, "x", False]], **{"if": []})
    assert operations([gone])[A][0].write == Written(4, 3, True, 9)


def test_lost_conditions_are_recognised_as_a_real_authority_names_them() -> None:
    """Through the recorder and the reducer: of two conditions on one root one held, and another root's were lost."""
    lines: list[Line] = []
    store = Store()
    authority = RecordingAuthority(MemoryAuthority(store), "x", lambda: 0.0, lines.append)
    store.commit(Batch((Proposal(Enact(A, g(5), ONE, None, "x")),)))
    conditions = (RootVersion(A, 1), RootOlder(A, g(4)))
    wanted = (
        Proposal(Enact(A, g(4), ONE, g(5), "x"), conditions),
        Proposal(DropTree(g(1), B), (RootVersion(B, 8),)),
        Proposal(Lift(B), (RootVersion(A, 2),)),
    )
    asyncio.run(authority.commit(Batch(wanted)))
    assert operations(lines) == {
        A: [Op(0.0, 0.0, (VersionIs(1, True), OlderThan(4, False), VersionIs(2, False)))],
        B: [Op(0.0, 0.0, (VersionIs(8, False),))],
    }


def test_why_an_operation_does_not_fit_is_one_sentence() -> None:
    op = Op(0.0, 1.0, (VersionIs(5, True), OlderThan(3, False)), Written(3, 2, False, 9))
    assert told(op, Register(4, 3, False, 7, 7)) == (
        "found version 5 and found it not below generation 3 and wrote generation 3 at version 9, "
        "where every order comes to generation 4 at version 7"
    )
    assert told(Op(0.0, 1.0, (Saw(None, None, False, 0),)), Register(4, None, False, None, 2)) == (
        "saw no root, where every order comes to generation 4 at version unheard"
    )


# --- runs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_a_run_over_memory_is_linearizable_at_every_root_and_the_peer_agrees(seed: int) -> None:
    ops = operations(recorded_run(seed))
    assert set(ops) == set(NAMES)
    for of_root in ops.values():
        assert search(of_root).answer is Answer.YES
        assert peer.agrees_with(of_root)


@pytest.mark.parametrize("seed", range(25))
def test_a_run_with_one_reading_altered_is_judged_alike_by_both(seed: int) -> None:
    random, lines = Random(seed), recorded_run(seed)
    read = random.choice([one for one in lines if one["call"] == "read"])
    root = random.choice(read["roots"])
    root[random.choice((1, 2, 4))] = random.randrange(9)
    for of_root in operations(lines).values():
        assert peer.agrees_with(of_root) == (search(of_root).answer is Answer.YES)


def test_altered_readings_are_found_out() -> None:
    answers = set()
    for seed in range(25):
        lines = recorded_run(seed)
        last = [one for one in lines if one["call"] == "read"][-1]["roots"][0]
        last[4] += 1
        answers |= {search(of_root).answer for of_root in operations(lines).values()}
    assert answers == {Answer.YES, Answer.NO}


@pytest.mark.parametrize("posture", POSTURES, ids=lambda one: one.name)
def test_october_2025_over_memory_is_linearizable_under_every_posture(posture: Posture) -> None:
    """What falls there is the protocol's doing: the authority keeps its word."""
    for of_root in operations(run_crossing(posture, 30).lines).values():
        assert search(of_root).answer is Answer.YES
