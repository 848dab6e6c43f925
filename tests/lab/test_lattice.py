"""The lattice: one search answers for many subsets and never for one that fares otherwise; what is bounded says so."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from random import Random

import pytest

from actors.walk import Walk
from coordination.intents import Condition, Enact, RootVersion
from coordination.plan import Generation, Goal
from coordination.postures import HARDENED, Posture
from coordination.records import Endpoint
from coordination.safeguards import (
    SAFEGUARDS,
    Allow,
    Amend,
    Context,
    First,
    Lock,
    NonEmpty,
    Refuse,
    RollbackTolerant,
    Safeguard,
    Version,
)
from coordination.seen import Root, Seen
from namelatch.lab.check import check
from namelatch.lab.explorer.explore import Budget, Explorer
from namelatch.lab.explorer.recovery import GaveUp, Recovery
from namelatch.lab.lattice.backfires import schedule, start_of
from namelatch.lab.lattice.cells import (
    BY_AGE,
    BY_REFERENCE,
    COMPOSITIONS,
    NAMES,
    SUBSETS,
    UNKNOWN,
    Cell,
    compose,
    lattice,
    peace,
    search,
    subset_of,
)
from namelatch.lab.lattice.table import Backfire, Table
from namelatch.lab.lattice.watching import Watch
from namelatch.lab.playing.schedule import lost
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.scenarios import SCENARIOS, scenario
from tests.lab.programs import ROOT
from tests.lab.starts import E1, E2, free

ALL_OF_THEM = SUBSETS - 1
LOSES = replace(free(azs=("a",), moves=2, published=1, passes=1, budget=Budget(lost=1)), keep=0)
DIES = replace(free(azs=("a",), moves=2, published=1, passes=1, budget=Budget(crashes=1)), keep=0)
STORIES: tuple[Scenario, ...] = (
    LOSES,
    DIES,
    scenario("lease-loss"),
    scenario("poison-record"),
    scenario("claim-swap-window"),
    scenario("gc-then-write-empty"),
    scenario("live-but-stuck"),
)


def some(cells: Sequence[Cell], random: Random, how_many: int) -> list[tuple[Cell, int]]:
    """Cells that answer for others too, safe ones and fallen ones in turns, each with one of these others."""
    wide = [cell for cell in cells if cell.mattered != cell.searched]
    kinds = [[cell for cell in wide if (cell.fell is None) is safe] for safe in (True, False)]
    chosen = [cell for kind in kinds for cell in random.sample(kind, min(len(kind), how_many))]
    return [(cell, random.choice([one for one in cell.subsets if one != cell.searched])) for cell in chosen]


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("story", STORIES, ids=lambda one: f"{one.id} {one.budget.lost}{one.budget.crashes}")
def test_a_subset_that_was_answered_for_fares_alone_as_its_search_did(story: Scenario, composition: Posture) -> None:
    random = Random(story.id + composition.name)
    cells = list(islice(lattice(story, composition, 20_000), 20))  # large subsets, of which many are safe
    cells += [search(story, composition, random.randrange(SUBSETS), 20_000) for _ in range(8)]
    chosen = some(cells, random, 4)
    assert chosen
    for cell, subset in chosen:
        alone = search(story, composition, subset, 20_000)
        assert alone.fell == cell.fell, (NAMES, f"{cell.searched:b}", f"{subset:b}")
        assert alone.bit == cell.bit


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda one: one.name)
def test_the_least_subset_that_a_search_answers_for_fares_alone_as_it_did(composition: Posture) -> None:
    """There every safeguard that did not matter is gone at once."""
    for story in (LOSES, scenario("lease-loss"), scenario("live-but-stuck")):
        for start in (ALL_OF_THEM, subset_of([guard.name for guard in HARDENED.safeguards])):
            cell = search(story, composition, start, 20_000)
            assert search(story, composition, cell.mattered, 20_000).fell == cell.fell


def test_the_cells_answer_for_every_subset_and_each_for_one_that_no_earlier_one_did() -> None:
    answered: set[int] = set()
    for cell in lattice(scenario("gc-then-write-empty"), BY_REFERENCE):
        assert not answered.issuperset(cell.subsets)
        assert cell.searched in cell.subsets
        answered.update(cell.subsets)
    assert answered == set(range(SUBSETS))


@pytest.mark.parametrize("story", [one for one in SCENARIOS if one.core], ids=lambda one: one.id)
def test_in_peace_no_safeguard_makes_a_difference(story: Scenario) -> None:
    alone = [1 << bit for bit in range(len(NAMES))]
    for composition in COMPOSITIONS:
        world = peace(story, composition)
        assert all(begin(story, compose(composition, one)).world == world for one in (*alone, ALL_OF_THEM))


def test_where_the_collector_may_revoke_a_claim_lag_stop_mattered_though_it_judged_nothing() -> None:
    story = scenario("live-but-stuck")
    cell = search(story, BY_REFERENCE, subset_of(("forward", "spare-claimed", "spare-referenced", "lag-stop")))
    assert cell.mattered & subset_of(("lag-stop",))
    watch = Watch()
    start = begin(story, watch.posture(compose(BY_REFERENCE, cell.searched)))
    explorer = Explorer(start, lost=watch.lost)
    explorer.run()
    assert "told: claim revoked" in explorer.found.seen
    tame = search(scenario("claim-swap-window"), BY_REFERENCE, cell.searched)
    assert not tame.mattered & subset_of(("lag-stop",)), "no story of a few plans comes as far as its own thresholds"


def test_where_replies_are_lost_whoever_asked_for_a_condition_mattered() -> None:
    """A batch under way is dropped, and nobody told, once a condition of it is lost for good."""
    guards = subset_of(("version", "fence"))
    assert search(LOSES, BY_REFERENCE, guards).mattered == guards
    assert search(replace(LOSES, budget=Budget()), BY_REFERENCE, guards).mattered == 0


def test_a_condition_that_a_whole_batch_shares_is_its_safeguard_s_too() -> None:
    guards = subset_of(("fence", "plan-exists", "spare-claimed", "spare-referenced"))
    assert search(scenario("lease-loss"), BY_REFERENCE, guards).mattered & subset_of(("fence",)), "a claim is lost"


def test_versions_backfire_where_a_lost_compare_is_taken_for_done_and_the_lattice_finds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The protocol tries again what lost; here it is made to go on as if nothing had happened."""
    tries_again = Walk._lost

    async def goes_on(self: Walk, goal: Goal, conditions: tuple[Condition, ...]) -> None:
        if not any(isinstance(one, RootVersion) for one in conditions):
            await tries_again(self, goal, conditions)

    story = free(moves=3, published=1, passes=1)
    guards = subset_of(("fresh-once", "forward", "spare-referenced"))
    more = guards | subset_of(("version",))

    def found() -> list[Backfire]:
        return Table({"free": [search(story, BY_AGE, subset) for subset in (guards, more)]}).backfires("free")

    assert found() == []
    monkeypatch.setattr(Walk, "_lost", goes_on)
    assert [(one.added, one.fell, one.unsafe) for one in found()] == [("version", "converges", more)]
    acts = schedule(story, BY_AGE, more, "converges")
    assert lost(start_of(story, BY_AGE, more), acts, "converges") is not None, "played step by step it is lost as well"


# --- bounds ------------------------------------------------------------------------------------------------------


def test_a_search_that_is_not_exhausted_is_unknown_and_so_is_all_that_it_answers_for() -> None:
    cell = search(free(endpoints=(E1, E2)), BY_REFERENCE, ALL_OF_THEM, 100)
    assert cell.fell == UNKNOWN


def test_after_so_many_states_together_the_rest_goes_unanswered() -> None:
    story = scenario("gc-then-write-empty")
    whole = list(lattice(story, BY_REFERENCE))
    cut = list(lattice(story, BY_REFERENCE, most_together=1_000))
    assert 0 < len(cut) < len(whole)
    assert cut == whole[: len(cut)]


def test_liveness_that_can_t_be_judged_within_the_bound_is_unknown_and_not_lost() -> None:
    """A wedge is only known when every order has been tried: here are more of them than it may look at."""
    explorer = Explorer(begin(free(), HARDENED))
    explorer.run()
    assert Recovery(explorer, lambda _: False).first_lost() == 0, "where nothing is good, the beginning is lost"
    with pytest.raises(GaveUp):
        Recovery(explorer, lambda _: False, 10).first_lost()


def test_a_check_whose_liveness_can_t_be_judged_within_the_bound_is_not_exhausted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = free()
    states = check(story, HARDENED).states
    assert check(story, HARDENED, states).exhausted
    monkeypatch.setattr("namelatch.lab.check.LIVENESS", (("never-good", "", lambda *_: False),))
    monkeypatch.setattr("namelatch.lab.check.converged", lambda *_: False)
    assert not check(story, HARDENED, states).exhausted
    assert check(story, HARDENED).fallen == {"never-good"}


# --- what mattered -----------------------------------------------------------------------------------------------

ROOT_AT_3 = RootVersion(Endpoint("e1.example"), 3)


def watched(*asking: str) -> Watch:
    watch = Watch()
    for name in asking:
        watch._ask(name, (ROOT_AT_3,))
    return watch


def test_whoever_asked_for_a_condition_that_is_lost_mattered_all_of_them() -> None:
    watch = watched("version", "non-empty")
    assert watch.mattered == set()
    watch.lost((ROOT_AT_3,))
    assert watch.mattered == {"version", "non-empty"}


def test_whoever_asks_later_for_a_condition_that_was_lost_mattered_too() -> None:
    watch = watched("version")
    watch.lost((ROOT_AT_3,))
    watch._ask("spare-referenced", (ROOT_AT_3,))
    assert watch.mattered == {"version", "spare-referenced"}


WEDGED = Seen(E1, Root(Generation(2), Generation(1), False, 7), dangling=True)
ONWARD = Enact(E1, Generation(3), (), Generation(2), "a")


@pytest.mark.parametrize(
    ("guard", "change", "seen", "kind"),
    [
        (RollbackTolerant(), ONWARD, WEDGED, First),
        (RollbackTolerant(), ONWARD, replace(WEDGED, searched=True, survivor=Generation(1)), Amend),
        (NonEmpty(), ONWARD, WEDGED, Refuse),
        (Lock(), ONWARD, WEDGED, First),
        (Lock(), ONWARD, replace(WEDGED, locked=True), Amend),
    ],
    ids=lambda one: getattr(one, "name", getattr(one, "__name__", "")),
)
def test_whoever_asks_for_a_step_amends_or_refuses_mattered(
    guard: Safeguard, change: Enact, seen: Seen, kind: type
) -> None:
    watch = Watch()
    watched_one = watch.posture(replace(HARDENED, safeguards=(guard,))).safeguards[0]
    assert isinstance(watched_one.judge(change, seen, Context("a")), kind)
    assert watch.mattered == {guard.name}


def test_whoever_only_allows_has_not_mattered() -> None:
    watch = Watch()
    watched_one = watch.posture(replace(HARDENED, safeguards=(Version(),))).safeguards[0]
    assert isinstance(watched_one.judge(ONWARD, WEDGED, Context("a")), Allow)
    assert (watch.mattered, watch.spoke) == (set(), {"version"})


def test_a_watched_safeguard_is_of_its_kind_and_judges_as_it_did() -> None:
    posture = Watch().posture(HARDENED)
    assert [one.name for one in posture.safeguards] == [one.name for one in HARDENED.safeguards]
    assert all(isinstance(one, type(was)) for one, was in zip(posture.safeguards, HARDENED.safeguards, strict=True))
    assert posture.lag is not None
    assert (posture.lag.alarm, posture.lag.stop) == (2, 10)


# --- the same everywhere -----------------------------------------------------------------------------------------


def test_the_same_comes_out_whatever_the_hash_seed() -> None:
    code = (
        "import json; from namelatch.lab.lattice.computing import CELLS, computed\n"
        "print(json.dumps([computed((CELLS, name, 'claim-swap-window')) for name in ('by reference', 'by age')]))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "31337")
    }
    assert len(told) == 1


def test_the_subsets_are_of_all_the_safeguards_there_are() -> None:
    assert tuple(guard.name for guard in SAFEGUARDS) == NAMES
    assert compose(BY_REFERENCE, ALL_OF_THEM).safeguards == SAFEGUARDS
    assert compose(BY_AGE, 0).safeguards == ()
