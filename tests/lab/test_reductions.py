"""Every named reduction against the unreduced run, on small bounds: nothing that anybody could notice is lost."""

from dataclasses import replace
from typing import Any

import pytest

from coordination.authority import State
from coordination.postures import HARDENED, INCIDENT, Posture, posture
from namelatch.lab.explore import ALL, Budget, Explorer, Reductions, Start
from namelatch.lab.lattice import BY_REFERENCE, compose, search, subset_of
from namelatch.lab.strides import GO, LOST, Strides, judge_safety
from namelatch.lab.world import Numbering, World
from tests.lab.starts import E1, E2, free, start

BOTH = (HARDENED, INCIDENT)


def explored(given: Start, reductions: Reductions = ALL, **bounds: Any) -> Explorer:
    explorer = Explorer(given, reductions)
    found = explorer.run(300_000, **bounds)
    assert found.exhausted or bounds
    return explorer


def worlds(explorer: Explorer) -> set[World]:
    return {explorer.world(key) for key in explorer.keys}


def served(explorer: Explorer) -> set[Any]:
    """What the authority holds, but for what the planner alone looks at and for how revisions are numbered."""
    return {_bare(explorer.world(key).authority) for key in explorer.keys}


def _bare(state: State) -> Any:
    roots = frozenset((name, root.generation, root.rollback, root.tombstone) for name, root in state.roots.items())
    claims = frozenset((generation, az, claim.token) for (generation, az), claim in state.claims.items())
    return roots, state.trees, claims, state.locks, state.manifests, state.newest, state.applied


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_frames_the_same_worlds_at_every_depth(of: Posture):
    given = start(of, azs=("a",), moves=2, applied=0)
    for depth in (6, 10, 14):
        reduced, whole = (explored(given, replace(ALL, frames=frames), most_depth=depth) for frames in (True, False))
        assert worlds(reduced) == worlds(whole)
        assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_local_calls_the_same_worlds(of: Posture):
    given = start(of, azs=("a",), passes=1)
    reduced, whole = explored(given), explored(given, replace(ALL, local_calls=False))
    assert served(reduced) == served(whole)
    assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_private_calls_first_the_same_served(of: Posture):
    given = start(of, passes=1)
    reduced, whole = explored(given), explored(given, replace(ALL, private_first=False))
    assert served(reduced) == served(whole)
    assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_a_crash_after_a_write_the_same_worlds(of: Posture):
    given = start(of, azs=("a",), budget=Budget(crashes=1), passes=1)
    reduced, whole = explored(given), explored(given, replace(ALL, crash_after_write=False))
    assert served(reduced) == served(whole)
    assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


def test_numbering_by_key_the_same_served():
    given = start(azs=("a", "b"), passes=1)
    by_commit = replace(given, setting=replace(given.setting, numbering=Numbering.BY_COMMIT))
    reduced, whole = explored(given), explored(by_commit)
    assert served(reduced) == served(whole)
    assert len(whole.keys) > len(reduced.keys)


def test_a_lost_reply_with_its_effect_at_once_is_a_late_effect_that_arrives_first():
    strides = Strides(start(budget=Budget(lost=1)), ALL, judge_safety)
    explorer = Explorer(start(budget=Budget(lost=1)))
    explorer.run(20_000)
    strides, compared = explorer.strides, 0
    for key in explorer.keys[:3_000]:
        number = key & 0xFFFFFF
        for index in range(len(explorer.start.processes)):
            place = explorer.place(key, index)
            if not explorer.world(key).late and strides.may_lose(index, place):
                lost = number + strides.of(LOST, index, number, place).delta & 0xFFFFFF
                went = number + strides.of(GO, index, number, place).delta & 0xFFFFFF
                arrivals = [after for after, _ in strides.late(lost)] if explorer.worlds.values[lost].late else [lost]
                now, at_once = explorer.worlds.values[went], [explorer.worlds.values[one] for one in arrivals]
                assert now.authority in [one.authority for one in at_once], strides.pending(index, place)
                compared += 1
    assert compared > 100


def test_silent_safeguards_each_subset_of_an_interval_falls_as_its_search_did():
    scenario = replace(free(endpoints=(E1, E2)), budget=Budget(), passes=1)
    whole = search(scenario, BY_REFERENCE, subset_of([guard.name for guard in HARDENED.safeguards]))
    assert whole.fell is None
    assert whole.mattered != whole.searched
    for subset in (whole.mattered, *list(whole.subsets)[1:-1:97]):
        alone = search(scenario, BY_REFERENCE, subset)
        assert alone.fell is None, compose(BY_REFERENCE, subset).safeguards


def test_what_has_been_counted_stays_counted():
    counted = {}
    for name in ("incident", "d2-after", "registered-versioned", "hardened"):
        explorer = explored(start(posture(name), endpoints=(E1, E2)))
        counted[name] = len(explorer.keys), explorer.found.transitions
    assert counted == {
        "incident": (1877, 5609),
        "d2-after": (11478, 33958),
        "registered-versioned": (6492, 25638),
        "hardened": (4483, 16036),
    }
