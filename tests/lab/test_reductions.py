"""Every named reduction against the unreduced run, on small bounds: nothing that anybody could notice is lost."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from coordination.authority import State
from coordination.intents import TakeLeadership
from coordination.postures import HARDENED, INCIDENT, Posture, posture
from namelatch.lab.check import check
from namelatch.lab.explorer.arrays import spans
from namelatch.lab.explorer.arrays.chains import Reader
from namelatch.lab.explorer.arrays.resting import NOWHERE
from namelatch.lab.explorer.arrays.waves import Waves
from namelatch.lab.explorer.explore import ALL, Budget, Explorer, Reductions, Start
from namelatch.lab.explorer.latereads import Leap
from namelatch.lab.explorer.looks import seen_by, sight
from namelatch.lab.explorer.numbers import PLACE_BITS, PLACE_MASK, WORLD_MASK
from namelatch.lab.explorer.strides import GO, LOST, Strides, judge_safety
from namelatch.lab.kernel import Call
from namelatch.lab.lattice.cells import BY_AGE, BY_REFERENCE, compose, search, subset_of
from namelatch.lab.rules import Ordered, Rule, Wait, When
from namelatch.lab.world import Numbering, World, perform, writes
from tests.lab.starts import E1, E2, free, start

BOTH = (HARDENED, INCIDENT)
STEPWISE = replace(ALL, late_reads=False)  # a move is one step, as where a rule is in force


def explored(given: Start, reductions: Reductions = STEPWISE, **bounds: Any) -> Explorer:
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
        reduced, whole = (
            explored(given, replace(STEPWISE, frames=frames), most_depth=depth) for frames in (True, False)
        )
        assert worlds(reduced) == worlds(whole)
        assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_local_calls_the_same_worlds(of: Posture):
    given = start(of, azs=("a",), passes=1)
    reduced, whole = explored(given), explored(given, replace(STEPWISE, local_calls=False))
    assert served(reduced) == served(whole)
    assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_private_calls_first_the_same_served(of: Posture):
    given = start(of, passes=1)
    reduced, whole = explored(given), explored(given, replace(STEPWISE, private_first=False))
    assert served(reduced) == served(whole)
    assert reduced.fallen.keys() == whole.fallen.keys()
    assert len(whole.keys) > len(reduced.keys)


def test_private_calls_first_a_planner_meets_the_leadership_of_its_dead_self():
    given = start(azs=("a",), passes=1, budget=Budget(crashes=1, lost=1, of=("planner",)))

    def bids(explorer: Explorer) -> set[Any]:
        """Whoever leads, when a planner is about to bid for it."""
        found = set()
        for key in explorer.keys:
            call = explorer.strides.pending(0, explorer.place(key, 0))
            if isinstance(bid := (*call.arguments, None)[0], TakeLeadership):
                found |= {(bid.token, leader.token) for leader in explorer.world(key).authority.leaders.values()}
        return found

    reduced, whole = explored(given), explored(given, replace(STEPWISE, private_first=False))
    assert served(reduced) == served(whole)
    assert bids(reduced) == bids(whole)
    assert ("planner-2", "planner-1") in bids(whole)


@pytest.mark.parametrize("of", BOTH, ids=lambda one: one.name)
def test_a_crash_after_a_write_the_same_worlds(of: Posture):
    given = start(of, azs=("a",), budget=Budget(crashes=1), passes=1)
    reduced, whole = explored(given), explored(given, replace(STEPWISE, crash_after_write=False))
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
    explorer = Explorer(start(budget=Budget(lost=1)), STEPWISE)
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


FAULTS = {
    "no fault": {"passes": 1},
    "a crash": {"azs": ("a",), "passes": 1, "budget": Budget(crashes=1)},
    "a lost reply": {"azs": ("a",), "passes": 1, "budget": Budget(lost=1)},
    "both": {"azs": ("a",), "passes": 1, "budget": Budget(crashes=1, lost=1, of=("a", "planner"))},
    "the end of a lease": {"azs": ("a",), "passes": 1, "budget": Budget(expiries=1)},
    "a log that forgets": {"azs": ("a",), "passes": 1, "budget": Budget(forgets=1)},
}
LATE = replace(ALL, private_first=False)
STEP_BY_STEP = replace(LATE, late_reads=False)


POSTURES = (
    *map(posture, ("hardened", "incident", "registered-versioned", "d2-after")),
    replace(compose(BY_REFERENCE, subset_of(("version", "spare-claimed"))), name="two safeguards by reference"),
    replace(compose(BY_AGE, subset_of(("lock", "recheck", "fence"))), name="three safeguards by age"),
)


def changes(explorer: Explorer) -> set[Any]:
    """Every change that was looked at: which kind, whose, in which world, before which call."""
    found = set()
    for kind, index, world, place, after in explorer.strides.known():
        if after != world:
            call = explorer.strides.pending(index, place)
            found.add((kind, index, explorer.worlds.values[world], call))
    return found


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("of", POSTURES, ids=lambda one: one.name)
def test_late_reads_the_same_changes_in_the_same_worlds_and_the_same_falls_as_early(
    of: Posture, faults: dict[str, Any]
):
    given = start(of, **faults)
    reduced, whole = explored(given, LATE), explored(given, STEP_BY_STEP)
    assert worlds(reduced) == worlds(whole)
    assert changes(reduced) == changes(whole)
    assert reduced.found.seen == whole.found.seen
    lengths = [{one: len(explorer.acts(one)) for one in explorer.fallen} for explorer in (reduced, whole)]
    assert lengths[0] == lengths[1] == {one: reduced.depth_of(one) for one in reduced.fallen}
    assert 2 * len(reduced.keys) < len(whole.keys)


@pytest.mark.parametrize(
    "faults", [FAULTS[one] for one in ("no fault", "a crash", "a lost reply")], ids=list(FAULTS)[:3]
)
@pytest.mark.parametrize("of", POSTURES, ids=lambda one: one.name)
def test_late_reads_the_same_verdict_and_traces_as_short(of: Posture, faults: dict[str, Any]):
    scenario = free(of, **faults)
    late, whole, usual, stepwise = (check(scenario, of, reductions=one) for one in (LATE, STEP_BY_STEP, ALL, STEPWISE))
    lengths = [{one: len(trace) for one, trace in verdict.falls.items()} for verdict in (late, whole)]
    assert lengths[0] == lengths[1]
    assert late.fallen == usual.fallen == stepwise.fallen
    assert all(one.exhausted for one in (late, whole, usual, stepwise))


def told(leap: Leap) -> tuple[Any, ...]:
    """What is told of a leap: the reads before its act are in the states and steps."""
    return leap.kind, leap.actor, leap.falls, leap.world, leap.after


@pytest.fixture(params=[0, 1 << 62], ids=["by joins", "one by one"])
def joined(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """From how many at once on joins of tables are used."""
    monkeypatch.setattr(spans, "MANY", request.param)


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("reductions", [ALL, replace(ALL, crash_after_write=False)], ids=["all", "any crash"])
@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("of", POSTURES[:2], ids=lambda one: one.name)
def test_late_reads_a_wave_of_states_leads_where_the_moves_of_each_lead(
    of: Posture, faults: dict[str, Any], reductions: Reductions
):
    explorer = explored(start(of, **faults), reductions, most_depth=25)
    assert explorer.late_reads is not None
    waves = Waves(explorer.late_reads, len(explorer.start.processes))
    keys = explorer.keys[::5]
    wave = waves.of([np.array(word) for word in zip(*map(waves.words.split, keys), strict=True)])
    led = [
        (keys[origin], told(waves.leaps[leap]), waves.words.joined(words), steps)
        for origin, leap, steps, *words in zip(
            *(column.tolist() for column in (wave.origin, wave.leap, wave.steps, *wave.words)), strict=True
        )
    ]
    moves = [(key, told(leap), moved, steps) for key in keys for leap, moved, steps in explorer.late_reads.moves(key)]
    assert Counter(led) == Counter(moves)
    assert len(moves) > len(keys) > 20


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_late_reads_the_chains_of_many_are_the_chain_of_each(faults: dict[str, Any]):
    explorer = explored(start(posture("incident"), **faults), ALL, most_depth=25)
    assert explorer.late_reads is not None
    compared = 0
    for index in range(len(explorer.start.processes)):
        reader = Reader(explorer.strides, index)
        numbers = sorted({(key & WORLD_MASK) << PLACE_BITS | explorer.place(key, index) for key in explorer.keys})
        counts, (places, reads, *_) = reader.chains(np.array(numbers))
        assert np.concatenate([np.arange(count) for count in counts]).tolist() == reads.tolist()
        alone = [explorer.late_reads.chain(index, one >> PLACE_BITS, one & PLACE_MASK) for one in numbers]
        assert [tuple(some.tolist()) for some in np.split(places, np.cumsum(counts)[:-1])] == alone
        compared += len(numbers)
    assert compared > 100


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_resting_all_at_once_is_where_each_comes_to_rest(faults: dict[str, Any]):
    explorer = explored(start(posture("incident"), **faults), ALL, most_depth=25)
    resting = explorer.resting
    assert resting is not None
    for at in range(0, len(explorer.keys), 5):
        rest, alone = int(resting.rests[at]), explorer.rest(explorer.unruled(explorer.keys[at]))
        assert alone == (None if rest == NOWHERE else resting.key(rest))


def test_late_reads_a_way_is_told_with_all_its_reads():
    given = start(posture("incident"), budget=Budget(crashes=1))
    explorer = explored(given, ALL)
    for at in range(0, len(explorer.keys), 97):
        steps = explorer.trace_to(at)
        assert len(steps) == explorer.depth(at)
        assert (steps[-1].world if steps else given.world) == explorer.world(explorer.keys[at])


def test_looks_nobody_sees_more_of_a_world_than_is_said():
    explorer = explored(start(posture("incident"), endpoints=(E1, E2), passes=1))
    strides, compared = explorer.strides, 0
    calls = {
        strides.pending(index, place) for index, life in enumerate(strides.lives) for place in range(len(life.places))
    }
    looks = [(call, what) for call in calls if (what := sight(call)) is not None]
    assert not any(writes(call) for call, _ in looks)
    assert len({what for _, what in looks}) > 4
    for call, what in looks:
        answers: dict[Any, Any] = {}
        for world in explorer.worlds.values:
            answer = perform(explorer.start.setting, world, call)
            assert answer.world is world
            assert answers.setdefault(seen_by(what, world), answer.reply) == answer.reply
            compared += 1
    assert compared > 900


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
        given = start(posture(name), endpoints=(E1, E2))
        counted[name] = [(len(one.keys), one.found.transitions) for one in (explored(given), explored(given, ALL))]
    assert counted == {
        "incident": [(1877, 5609), (316, 623)],
        "d2-after": [(11478, 33958), (2422, 4538)],
        "registered-versioned": [(6492, 25638), (826, 1378)],
        "hardened": [(4483, 16036), (372, 1211)],
    }


@dataclass(frozen=True, slots=True)
class Nobody:
    """A rule under which all wait for ever."""

    bit: bool = True

    def arrive(self, who: str, call: Call) -> Rule:
        return self

    def may(self, who: str, call: Call) -> bool:
        return False

    def took(self, who: str, call: Call, reply: Any) -> Rule:
        return self


def test_what_a_rule_forbids_is_not_seen():
    given = start(budget=Budget(crashes=1, lost=1))
    assert explored(given, ALL).found.seen
    assert explored(replace(given, rule=Nobody()), ALL).found.seen == set()


def test_what_would_follow_a_call_that_a_rule_forbids_is_not_seen():
    given = start(azs=("a",), passes=1, budget=Budget(crashes=1))
    assert "told: published" in explored(given, ALL).found.seen
    unpublished = replace(given, rule=Ordered((Wait(When("planner", "Publish"), None),)))
    assert "told: published" not in explored(unpublished, ALL).found.seen
