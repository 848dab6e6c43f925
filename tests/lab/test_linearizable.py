"""A root's order is found where there is one and only there; an independent checker says the same of every history."""

from dataclasses import dataclass
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namelatch.lab.histories import linearizable
from namelatch.lab.histories.linearizable import Answer, OlderThan, Op, Register, Saw, VersionIs, Written, search
from tests.lab import every_order, peer
from tests.lab.histories import corrupted, simulated

NONE = Saw(None, None, False, 0)


def write(asked: float, answered: float, version: int, generation: int = 1, *checks: linearizable.Check) -> Op:
    return Op(asked, answered, checks, Written(generation, None, False, version))


def unheard(asked: float, generation: int = 1, *checks: linearizable.Check) -> Op:
    return Op(asked, inf, checks, Written(generation, None, False, None), certain=False)


def saw(asked: float, answered: float, generation: int, version: int) -> Op:
    return Op(asked, answered, (Saw(generation, None, False, version),))


def nothing(asked: float, answered: float) -> Op:
    return Op(asked, answered, (NONE,))


YES = {
    "nothing happened": [],
    "one after another": [write(0, 1, 5, 1), saw(2, 3, 1, 5), write(4, 5, 9, 2), saw(6, 7, 2, 9)],
    "a read beside a write sees the old": [write(0, 1, 5), write(2, 9, 7, 2), saw(3, 4, 1, 5)],
    "a read beside a write sees the new": [write(0, 1, 5), write(2, 9, 7, 2), saw(3, 4, 2, 7)],
    "asked at the moment of an answer is beside it": [write(0, 1, 5), nothing(1, 2)],
    "a lost condition": [write(0, 1, 5), Op(2, 3, (VersionIs(4, False), OlderThan(1, False)))],
    "older than nothing is lost": [Op(0, 1, (OlderThan(9, False),))],
    "a tombstone has a generation": [
        Op(0, 1, (), Written(3, None, True, 5)),
        Op(2, 3, (OlderThan(4, True), Saw(3, None, True, 5))),
    ],
    "what nobody heard of happened": [write(0, 1, 5), unheard(2, 2), saw(8, 9, 2, 7)],
    "what nobody heard of did not happen": [write(0, 1, 5), unheard(2, 2), saw(8, 9, 1, 5)],
    "what nobody heard of happened late": [write(0, 1, 5), unheard(2, 2), saw(4, 5, 1, 5), saw(8, 9, 2, 7)],
    "two that nobody heard of, in the other order": [unheard(0, 1), unheard(1, 2), saw(4, 5, 2, 3), saw(6, 7, 1, 8)],
    "the first to see an unheard version fixes it": [unheard(0), Op(2, 3, (VersionIs(4, True),)), saw(5, 6, 1, 4)],
    "an unheard write whose condition never held": [write(0, 1, 5), unheard(2, 9, VersionIs(3, True)), saw(8, 9, 1, 5)],
    "which of two unheard writes was at a version shows later": [
        unheard(0, 1),
        unheard(0, 2),
        Op(1, 2, (OlderThan(2, True),)),
        Op(3, 4, (VersionIs(7, True),)),
        saw(5, 6, 2, 7),
    ],
    "an unheard write was seen before the one heard of": [
        write(0, 9, 5),
        unheard(0, 2),
        Op(0, 9, (OlderThan(3, True), OlderThan(2, False))),
        saw(10, 11, 1, 5),
    ],
    "an unheard write was seen after the one heard of": [
        write(0, 9, 5),
        unheard(0, 2),
        Op(0, 9, (OlderThan(3, True), OlderThan(2, False))),
        Op(10, 11, (OlderThan(3, True), OlderThan(2, False))),
    ],
}
NO = {
    "a read of nothing after a write": [write(0, 1, 5), nothing(2, 3)],
    "a read of what was overwritten": [write(0, 1, 5), write(2, 3, 7, 2), saw(4, 5, 1, 5)],
    "a read of what nobody wrote": [write(0, 1, 5), saw(2, 3, 1, 6)],
    "a read of another generation": [write(0, 1, 5, 1), saw(2, 3, 2, 5)],
    "a read before the write was asked": [saw(0, 1, 1, 5), write(2, 3, 5)],
    "versions against the time": [write(0, 1, 7), write(2, 3, 5, 2)],
    "the same version twice": [write(0, 9, 5), write(1, 9, 5, 2)],
    "a condition that held and could not": [write(0, 1, 5), Op(2, 3, (VersionIs(4, True),))],
    "a condition that was lost and could not be": [write(0, 1, 5), Op(2, 3, (VersionIs(5, False),))],
    "older, and it was not": [write(0, 1, 5, 3), Op(2, 3, (OlderThan(3, True),))],
    "not older, and it was": [write(0, 1, 5, 3), Op(2, 3, (OlderThan(4, False),))],
    "a lost update": [write(0, 1, 5), write(2, 9, 7, 2, VersionIs(5, True)), write(2, 9, 8, 3, VersionIs(5, True))],
    "new, then old again": [write(0, 1, 5), write(2, 9, 7, 2), saw(3, 4, 2, 7), saw(5, 6, 1, 5)],
    "seen before it was asked": [saw(0, 1, 2, 7), unheard(2, 2)],
    "one that nobody heard of, at two versions": [unheard(0), saw(2, 3, 1, 4), saw(4, 5, 1, 6)],
    "an unheard version below the one before": [write(0, 1, 5), unheard(2, 2), saw(4, 5, 2, 4)],
    "an unheard write though its condition never held": [
        write(0, 1, 5),
        unheard(2, 9, VersionIs(3, True)),
        saw(8, 9, 9, 7),
    ],
    "a version looked for in vain, and seen of the same write later": [
        unheard(0, 3),
        Op(1, 2, (OlderThan(9, True), VersionIs(5, False))),
        saw(3, 4, 3, 5),
    ],
    "no version is left for an unheard write between two": [
        write(0, 1, 5),
        unheard(2, 2),
        Op(3, 4, (OlderThan(3, True), OlderThan(2, False))),
        write(5, 6, 6, 3),
    ],
    "one version is left for two unheard writes": [
        write(0, 1, 5, 1),
        unheard(2, 2),
        Op(3, 4, (OlderThan(3, True), OlderThan(2, False))),
        unheard(5, 3),
        Op(6, 7, (OlderThan(4, True), OlderThan(3, False))),
        write(8, 9, 7, 4),
    ],
    "the one version that is left was looked for in vain": [
        write(0, 1, 5),
        unheard(2, 2),
        Op(3, 4, (OlderThan(2, False), VersionIs(6, False))),
        write(5, 6, 7, 3),
    ],
}


@pytest.mark.parametrize("name", YES)
def test_an_order_that_is_there_is_found(name: str) -> None:
    assert search(YES[name]).answer is Answer.YES
    assert peer.agrees_with(YES[name])


@pytest.mark.parametrize("name", NO)
def test_where_there_is_none_none_is_found(name: str) -> None:
    assert search(NO[name]).answer is Answer.NO
    assert not peer.agrees_with(NO[name])


def test_it_says_where_the_longest_row_ended_and_who_did_not_fit() -> None:
    found = search([write(0, 1, 5), write(2, 3, 7, 2), saw(4, 5, 1, 5)])
    assert found.register == Register(2, None, False, 7, 7)
    assert found.stuck == saw(4, 5, 1, 5)


def test_operations_may_come_in_any_order() -> None:
    assert search(YES["one after another"][::-1]).answer is Answer.YES


def test_a_long_history_takes_a_step_an_operation() -> None:
    ops = [op for n in range(3_000) for op in (write(4 * n, 4 * n + 1, n + 1, n), saw(4 * n + 2, 4 * n + 3, n, n + 1))]
    found = search(ops)
    assert (found.answer, found.steps) == (Answer.YES, len(ops))


def test_many_at_once_are_put_in_order_by_their_versions() -> None:
    ops = [write(0, 9, version, version) for version in range(1, 61)] + [saw(0, 9, n, n) for n in range(1, 61)]
    assert search(ops[::-1]).answer is Answer.YES
    assert search([*ops, saw(10, 11, 5, 5)]).answer is Answer.NO


def test_it_gives_up_at_its_bound_and_says_so() -> None:
    ops = [op for n in range(9) for op in (unheard(0), saw(1, 9, 1, n + 1))] + [saw(10, 11, 2, 99)]
    found = search(ops, most_steps=500)
    assert (found.answer, found.steps) == (Answer.GAVE_UP, 500)


def test_of_small_histories_it_says_what_trying_every_order_and_version_does() -> None:
    told = {True: 0, False: 0}
    for seed in range(2_000):
        ops = every_order.small(Random(seed))
        explained = every_order.explained(ops)
        assert (search(ops).answer is Answer.YES) == explained, f"seed {seed}: {ops}"
        told[explained] += 1
    assert min(told.values()) > 400


# --- the peer ----------------------------------------------------------------------------------------------------

randoms = st.integers(0, 2**32).map(Random)  # real chance finds more than small examples do; the seed is told


@settings(max_examples=150, deadline=None)
@given(randoms)
def test_every_simulated_history_is_linearizable_and_the_peer_agrees(random: Random) -> None:
    ops = simulated(random)
    assert search(ops).answer is Answer.YES
    assert peer.agrees_with(ops)


@settings(max_examples=300, deadline=None)
@given(randoms)
def test_the_peer_agrees_on_histories_with_something_changed(random: Random) -> None:
    ops = corrupted(random, simulated(random))
    assert peer.agrees_with(ops) == (search(ops).answer is Answer.YES)


@settings(max_examples=200, deadline=None)
@given(randoms, st.booleans())
def test_its_own_register_agrees_on_versions_alone(random: Random, change: bool) -> None:
    ops = [simple for op in simulated(random) if op.certain and (simple := by_version_alone(op)) is not None]
    if change:
        ops = [
            op for op in corrupted(random, ops) if op.certain and not (op.write and op.checks and not op.checks[0].held)
        ]
    assert peer.agrees_by_its_own_register(ops) == (search([blurred(op) for op in ops]).answer is Answer.YES)


def test_its_own_register_takes_no_version_twice() -> None:
    assert not peer.agrees_by_its_own_register([write(0, 1, 6), write(2, 3, 6)])


def by_version_alone(op: Op) -> Op | None:
    """An operation that says at most one thing, of the version; None when it would say nothing."""
    checks = tuple(check for check in op.checks if not isinstance(check, OlderThan))[:1]
    if op.write is None and not checks:
        return None
    return op._replace(checks=checks)


def blurred(op: Op) -> Op:
    """Without generations, which the peer's register has not."""
    checks = tuple(VersionIs(check.version, True) if isinstance(check, Saw) else check for check in op.checks)
    return op._replace(checks=checks)


# --- the comparison bites ----------------------------------------------------------------------------------------

SEEDS = range(400)


@dataclass(frozen=True)
class Broken:
    """A way to get the checker wrong: which function of the module becomes what."""

    name: str
    function: str
    wrong: object


def _forgets_time(self, done):
    return [i for i in range(done.low, len(self.certain)) if not done.window >> (i - done.low) & 1], inf


def _believes_lost_conditions(register, check, right=linearizable._checked):
    return register if getattr(check, "held", True) is False else right(register, check)


def _believes_reads(register, check, right=linearizable._checked):
    return register if isinstance(check, Saw) else right(register, check)


def _hears_anything(register, version):
    return register if register.version in {version, None} else None


def _ignores_rollbacks(register, check, right=linearizable._checked):
    return (
        right(register._replace(rollback=check.rollback), check) if isinstance(check, Saw) else right(register, check)
    )


def _never_unsure(self, done, register, deadline):
    return iter(())


def _at_any_time(self, done, register, deadline, right=linearizable._Rows._unheard):
    return right(self, done, register, inf)


def _always_unsure(self, done):
    return done.low == len(self.certain) and done.unsure == (1 << len(self.unsure)) - 1


BROKEN = (
    Broken("time does not matter", "_Rows._open", _forgets_time),
    Broken("lost conditions are not looked at", "_checked", _believes_lost_conditions),
    Broken("reads are not looked at", "_checked", _believes_reads),
    Broken("an unheard version is any, each time", "_heard", _hears_anything),
    Broken("rollbacks are not looked at", "_checked", _ignores_rollbacks),
    Broken("what nobody heard of never happens", "_Rows._unheard", _never_unsure),
    Broken("what nobody heard of happens before it was asked", "_Rows._unheard", _at_any_time),
    Broken("what nobody heard of always happens", "_Rows.is_full", _always_unsure),
)


def disagreements() -> int:
    count = 0
    for seed in SEEDS:
        random = Random(seed)
        ops = simulated(random)
        ops = corrupted(random, ops) if seed % 2 else ops
        count += peer.agrees_with(ops) != (search(ops).answer is Answer.YES)
    return count


def test_the_two_agree_where_nothing_is_broken_and_see_both_kinds() -> None:
    assert disagreements() == 0
    kinds = {peer.agrees_with(corrupted(random, simulated(random))) for random in map(Random, SEEDS)}
    assert kinds == {True, False}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_a_checker_broken_in_this_way_is_found_out(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"namelatch.lab.histories.linearizable.{broken.function}", broken.wrong)
    assert disagreements() > 0
