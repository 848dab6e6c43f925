"""Breaking any one safeguard, law or condition on purpose fails a named scenario, or the unit test named here.

A broken condition always holds; a broken law is left out; a safeguard is taken out of hardened, or kept and
robbed of its conditions. What survives every scenario is listed in COVERED with the reason and with what pins
it: the list is tested both ways, so that it can neither grow nor rot in silence.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from coordination import authority
from coordination import intents as i
from coordination.authority import State, apply
from coordination.intents import Batch, Change, Condition, Conflict, Proposal, laws
from coordination.plan import Generation, Manifest
from coordination.postures import HARDENED, Posture
from coordination.safeguards import Allow, Context, NonEmpty, Safeguard, Verdict
from coordination.seen import Seen
from tests.actors import scenarios
from tests.actors.scenarios import SCENARIOS, Scenario
from tests.actors.town import E1

ONE, TWO = Generation(1), Generation(2)


@dataclass(frozen=True, slots=True)
class Robbed:
    """A safeguard that judges as it did and asks the authority for nothing."""

    inner: Safeguard

    @property
    def name(self) -> str:
        return self.inner.name

    def judge(self, change: Change, seen: Seen, context: Context) -> Verdict:
        verdict = self.inner.judge(change, seen, context)
        return Allow() if isinstance(verdict, Allow) else verdict

    def shared(self, context: Context) -> tuple[Condition, ...]:
        return ()


def without(*names: str, base: Posture = HARDENED) -> Posture:
    return replace(base, safeguards=tuple(one for one in base.safeguards if one.name not in names))


def robbed(*names: str, base: Posture = HARDENED) -> Posture:
    guards = tuple(Robbed(one) if one.name in names else one for one in base.safeguards)
    return replace(base, safeguards=guards)


@contextmanager
def broken(condition: type | None = None, law: type | None = None) -> Iterator[None]:
    """One kind of condition always holds, or one kind of change carries no law."""
    holds, real_laws = authority.holds, authority.laws

    def always(state: State, one: Condition) -> bool:
        return isinstance(one, condition) if condition and isinstance(one, condition) else holds(state, one)

    def lawless(change: Change) -> tuple[Condition, ...]:
        return () if law and isinstance(change, law) else real_laws(change)

    authority.holds, authority.laws = always, lawless
    try:
        yield
    finally:
        authority.holds, authority.laws = holds, real_laws


def catches(scenario: Scenario, posture: Posture = HARDENED) -> bool:
    """Whether a scenario fails: by what it asserts, or by the reducer's own stumbling."""
    try:
        asyncio.run(scenario(posture))
    except (AssertionError, KeyError):
        return True
    return False


def survives(posture: Posture = HARDENED) -> bool:
    return not any(catches(scenario, posture) for scenario in SCENARIOS)


# --- conditions --------------------------------------------------------------------------------------------------

CONDITIONS: dict[type, Scenario] = {
    i.RootVersion: scenarios.rollback_is_what_was_current,
    i.TreeExists: scenarios.rollback_pointer_wedge,
    i.LockFree: scenarios.a_lock_keeps_the_other_out,
    i.LockHeld: scenarios.a_lock_that_was_lost_protects_nothing,
    i.Unheld: scenarios.poison_neighbour,
    i.ClaimFree: scenarios.two_processes_of_one_az,
    i.ClaimFence: scenarios.zombie_writer,
    i.Unclaimed: scenarios.half_collected,
    i.LeaderFree: scenarios.one_leader,
    i.LeaderFence: scenarios.deposed_planner,
    i.HeadVersion: scenarios.new_number_old_inputs,
    i.ReservedBelow: scenarios.two_planners_reserve,
    i.AppliedBelow: scenarios.late_finish,
    i.ManifestLive: scenarios.retired_in_the_walk,
}
LAWS: dict[type, Scenario] = {
    i.Enact: scenarios.rollback_pointer_wedge,
    i.TakeLock: scenarios.a_lock_keeps_the_other_out,
    i.DropLock: scenarios.giving_up_takes_no_lock_from_another,
    i.TakeClaim: scenarios.two_processes_of_one_az,
    i.TakeLeadership: scenarios.one_leader,
    i.Reserve: scenarios.two_planners_reserve,
    i.Finish: scenarios.late_finish,
    i.Retire: scenarios.two_collectors,
}


def refused(change: Change, *before: Change) -> Callable[[], bool]:
    """A unit check of the reducer: after these changes that one is a conflict."""

    def check() -> bool:
        state = State()
        for one in before:
            state, _ = apply(state, Batch((Proposal(one),)))
        return isinstance(apply(state, Batch((Proposal(change),)))[1], Conflict)

    return check


PLAN = i.Publish(Manifest(ONE, None, "d", 1, 1, 0, 0, "p"))
CLAIM = i.TakeClaim(ONE, "x", "t")

# What no scenario catches under hardened: why, and the reducer's check that pins it (tests/coordination has more).
COVERED_CONDITIONS: dict[type, tuple[str, Callable[[], bool]]] = {
    i.RootOlder: (
        "version compares the root that forward has judged: either alone suffices (see the pairs below)",
        lambda: isinstance(apply(State(), Batch((Proposal(i.Lift(E1), (i.RootOlder(E1, TWO),)),)))[1], Conflict),
    ),
    i.ManifestAbsent: (
        "a number is reserved once, and the head's version is compared when it is published",
        refused(PLAN, PLAN),
    ),
    i.ManifestRetired: (
        "the collector forgets only what it has seen retired, and nothing brings a retired plan back",
        refused(i.Forget(ONE), PLAN),
    ),
}
COVERED_LAWS: dict[type, tuple[str, Callable[[], bool]]] = {
    i.Publish: COVERED_CONDITIONS[i.ManifestAbsent],
    i.Forget: COVERED_CONDITIONS[i.ManifestRetired],
}
LAWFUL = {type(change) for change in (
    i.Enact(E1, ONE, None, None, "x"), i.TakeLock(E1, "x"), i.DropLock(E1, "x"), CLAIM, i.TakeLeadership("s", "t"),
    i.Reserve(ONE), PLAN, i.Finish(ONE), i.Retire(ONE), i.Forget(ONE), i.DropClaim(ONE, "x"), i.DropLeadership("s"),
    i.DropTree(ONE, E1), i.DropGeneration(ONE), i.Hold(E1, "x"), i.Lift(E1),
) if laws(change)}  # fmt: skip


def test_unbroken_every_scenario_passes() -> None:
    with broken():
        assert survives()


def test_every_condition_and_every_law_is_broken_below() -> None:
    assert set(CONDITIONS) | set(COVERED_CONDITIONS) == set(Condition.__args__)
    assert not set(CONDITIONS) & set(COVERED_CONDITIONS)
    assert set(LAWS) | set(COVERED_LAWS) == LAWFUL
    assert not set(LAWS) & set(COVERED_LAWS)


@pytest.mark.parametrize("kind", CONDITIONS, ids=lambda kind: kind.__name__)
def test_a_condition_that_always_holds_fails_its_scenario(kind: type) -> None:
    with broken(condition=kind):
        assert catches(CONDITIONS[kind])


@pytest.mark.parametrize("kind", LAWS, ids=lambda kind: kind.__name__)
def test_a_law_left_out_fails_its_scenario(kind: type) -> None:
    with broken(law=kind):
        assert catches(LAWS[kind])


@pytest.mark.parametrize("kind", COVERED_CONDITIONS, ids=lambda kind: kind.__name__)
def test_a_condition_covered_by_others_survives_the_scenarios_and_is_pinned_by_the_reducers_check(kind: type) -> None:
    _reason, check = COVERED_CONDITIONS[kind]
    assert check()
    with broken(condition=kind):
        assert survives(), "a scenario catches it now: move it to CONDITIONS"
        assert not check()


@pytest.mark.parametrize("kind", COVERED_LAWS, ids=lambda kind: kind.__name__)
def test_a_law_covered_by_others_survives_the_scenarios_and_is_pinned_by_the_reducers_check(kind: type) -> None:
    _reason, check = COVERED_LAWS[kind]
    assert check()
    with broken(law=kind):
        assert survives(), "a scenario catches it now: move it to LAWS"
        assert not check()


# --- safeguards --------------------------------------------------------------------------------------------------

REMOVED: dict[str, Scenario] = {
    "fresh-once": scenarios.an_applied_plan_does_not_begin,
    "lag-stop": scenarios.lagging_enactor_stops,
    "version": scenarios.rollback_is_what_was_current,
    "forward": scenarios.stale_check_overwrite,
    "fence": scenarios.zombie_writer,
    "plan-exists": scenarios.retired_in_the_walk,
    "non-empty": scenarios.empty_source,
    "rollback-tolerant": scenarios.rollback_pointer_wedge,
    "spare-claimed": scenarios.half_collected,
    "spare-referenced": scenarios.unchanged_endpoint,
}
# Safeguards of hardened that ask the authority for something.
ROBBED: dict[str, Scenario] = {
    "version": scenarios.rollback_is_what_was_current,
    "fence": scenarios.zombie_writer,
    "plan-exists": scenarios.retired_in_the_walk,
    "spare-claimed": scenarios.half_collected,
}
# Pairs that ask for the same: each alone suffices, without both a scenario falls.
PAIRS: dict[tuple[str, str], tuple[Posture, Scenario]] = {
    ("forward", "version"): (robbed("forward", "version"), scenarios.stale_check_overwrite),
    ("non-empty", "spare-referenced"): (
        robbed("non-empty", "spare-referenced"),
        scenarios.collector_between_check_and_write,
    ),
}
NO_CONDITIONS = {"fresh-once", "lag-stop", "rollback-tolerant"}


def test_every_safeguard_of_hardened_is_broken_below() -> None:
    names = {guard.name for guard in HARDENED.safeguards}
    assert set(REMOVED) == names
    assert set(ROBBED) | {name for pair in PAIRS for name in pair} | NO_CONDITIONS == names


@pytest.mark.parametrize("name", REMOVED)
def test_hardened_without_one_safeguard_fails_a_scenario(name: str) -> None:
    assert catches(REMOVED[name], without(name))


@pytest.mark.parametrize("name", ROBBED)
def test_a_safeguard_whose_conditions_do_not_travel_fails_a_scenario(name: str) -> None:
    assert catches(ROBBED[name], robbed(name))


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_two_safeguards_that_ask_for_the_same_cover_each_other_and_nobody_covers_both(pair: tuple[str, str]) -> None:
    posture, scenario = PAIRS[pair]
    assert not catches(scenario, robbed(pair[0]))
    assert not catches(scenario, robbed(pair[1]))
    assert catches(scenario, posture)


def test_forwards_own_condition_holds_the_race_when_there_is_no_version() -> None:
    bare = without("version")
    assert not catches(scenarios.stale_check_overwrite, bare)
    with broken(condition=i.RootOlder):
        assert catches(scenarios.stale_check_overwrite, bare)


def test_non_empty_that_counts_no_deletions_is_covered_by_spare_referenced_only() -> None:
    writes_only = tuple(NonEmpty(deletions=False) if one.name == "non-empty" else one for one in HARDENED.safeguards)
    posture = replace(HARDENED, safeguards=writes_only)
    assert survives(posture)
    assert catches(scenarios.unchanged_endpoint, without("spare-referenced", base=posture))


def test_a_lock_or_a_recheck_adds_nothing_that_a_scenario_sees() -> None:
    from coordination.safeguards import Recheck

    more: Any = (*HARDENED.safeguards[:3], Recheck(), *HARDENED.safeguards[3:])
    assert survives(replace(HARDENED, safeguards=more))
