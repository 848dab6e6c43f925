"""Seeds: drawn towns, the same run everywhere, a clean build, known bugs found, and what breaks the finding."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from immutables import Map

from coordination.authority import State, apply
from coordination.intents import Batch, Change, Committed, Finish, Lift, Proposal
from coordination.plan import Generation, Plan
from coordination.postures import HARDENED, posture
from coordination.promises import OPERATOR
from coordination.records import Endpoint
from coordination.seen import Root
from namelatch.lab.kernel import Call
from namelatch.lab.swarm import pool, simulation, telling, town, trial
from namelatch.lab.swarm.asked import Asked, course, healer
from namelatch.lab.swarm.asked import trial as run_seed
from namelatch.lab.swarm.bugs import BUGS, bug
from namelatch.lab.swarm.judge import SKEW, RunJudge
from namelatch.lab.swarm.pool import Hunt, Named, hunt
from namelatch.lab.swarm.schedulers import NAMES
from namelatch.lab.swarm.schedulers.struck import Struck
from namelatch.lab.swarm.schedulers.uniform import Uniform
from namelatch.lab.swarm.simulation import Course, Simulation
from namelatch.lab.swarm.source import Source
from namelatch.lab.swarm.tally import Tally
from namelatch.lab.swarm.town import draw
from namelatch.lab.swarm.turns import DIES, EXPIRES, FORGETS, NEVER, PAUSES, UNAVAILABLE, UNRENEWED, Turn
from namelatch.lab.swarm.weather import STRIKING, Calm, Caps, Weather
from namelatch.lab.world import Transition, manifest_of
from tests.lab.programs import ROOT, here, lab

SLICE = range(1_200)
PAGE = ROOT / "docs" / "lab" / "swarm.md"
# How many seeds each known bug may take: what it takes, as the page has it. A change of what is drawn moves these.
UNTIL_FOUND = {
    "incident": 1,
    "keep-last-writes-empty": 1,
    "check-then-act": 116,
    "no-fence": 38,
    "blind-retry": 3,
    "skips-history": 35,
    "auto-commit": 94,
    "newest-delta": 8,
}


# --- the same everywhere -----------------------------------------------------------------------------------------

DIGESTS = """
from coordination.postures import posture
from namelatch.lab.swarm.asked import Asked, trial
from namelatch.lab.swarm.bugs import BUGS
from namelatch.lab.swarm.schedulers.twice import digest, history
asked = [Asked(posture(name)) for name in ("hardened", "incident", "d1-before", "d2-after")] + [one.on for one in BUGS]
for one in asked:
    for seed in range(8):
        found, lines = history(lambda watch: trial(one, seed, watch))
        print(seed, found.scheduler, found.told, found.steps, [fell.how for fell in found.fell], digest(lines))
"""


def test_a_seed_is_the_same_run_whatever_the_hash_seed() -> None:
    told = []
    for number in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": number, "PYTHONPATH": str(ROOT)},
        )
        told.append(done.stdout.splitlines())
    assert len(told[0]) == 8 * (4 + len(BUGS))
    assert len(set(told[0])) > len(told[0]) / 2
    assert told[0] == told[1] == told[2]


def test_chunks_and_cores_do_not_change_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CHUNK", 7)
    done: list[int] = []
    two = pool.run(Named("incident"), range(3, 31), done.append, processes=2)
    one = pool.part(Named("incident"), range(3, 31))
    assert two == one
    assert one.fell
    assert done == [7, 14, 21, 28]


def test_of_several_parts_the_lowest_seed_is_told_in_whatever_order_they_come() -> None:
    parts = [pool.part(Named("incident"), range(at, at + 6)) for at in (0, 6, 12)]
    backwards = Tally()
    for one in reversed(parts):
        backwards.join(one)
    assert backwards == pool.part(Named("incident"), range(18))
    assert len({seed for seed, _ in backwards.first.values()}) > 1


# --- towns -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def towns() -> list[town.Town]:
    return [draw(Source(seed, "town")) for seed in range(400)]


def test_towns_have_the_sizes_that_the_page_says(towns: list[town.Town]) -> None:
    assert {len(one.azs) for one in towns} == {2, 3}
    assert {len(one.endpoints) for one in towns} == {1, 2, 3}
    assert {len(one.moves) for one in towns} == set(range(3, 9))
    assert all(list(one.moves_at) == sorted(one.moves_at) for one in towns)


def test_all_that_can_be_drawn_is(towns: list[town.Town]) -> None:
    assert {kind for one in towns for kind in one.rates} == set(STRIKING)
    moves = [move for one in towns for move in one.moves[1:]]
    assert any(move.removed for move in moves)
    assert any(move.empty for move in moves)
    assert any(move.changed is None for move in moves)
    for drawn in ("twin", "operator", "retains", "slow"):
        share = sum(getattr(one, drawn) is not None for one in towns) / len(towns)
        assert 0.04 < share < 0.3, drawn
    assert {one.planners for one in towns} == {1, 2}
    assert {one.follower for one in towns} == {True, False}
    assert any(one.torn for one in towns)


def test_inputs_that_fail_empty_come_back(towns: list[town.Town]) -> None:
    for one in towns:
        empty = [move.empty for move in one.moves]
        assert not empty[0]
        assert not empty[-1]
        assert not any(first and second for first, second in pairwise(empty))


def test_no_town_takes_all_its_names_down(towns: list[town.Town]) -> None:
    for one in towns:
        down: set[str] = set()
        for move in one.moves:
            down -= set(one.endpoints if move.changed is None else move.changed)
            down |= set(move.removed)
            assert down < set(one.endpoints)


# --- weather -----------------------------------------------------------------------------------------------------

WRITE, READ, RENEW = Call("authority", "commit"), Call("authority", "head"), Call("claims", "renew")


def struck(rates: dict[str, float], call: Call, who: str = "a", lease: str | None = "a", **caps: int) -> Counter[str]:
    weather = Weather(Source(3, "test"), rates, 2.0, Caps(**caps))
    return Counter(weather.turn(who, call, lease).fault for _ in range(4_000))


def test_faults_strike_as_often_as_their_rates_say_and_where_they_can() -> None:
    rates = {NEVER: 0.1, UNAVAILABLE: 0.05, UNRENEWED: 0.2, PAUSES: 0.02}
    assert set(struck(rates, WRITE)) == {"", NEVER, PAUSES}
    assert set(struck(rates, READ)) == {"", UNAVAILABLE, PAUSES}
    assert set(struck(rates, RENEW)) == {"", UNRENEWED, PAUSES}
    assert 320 < struck(rates, WRITE)[NEVER] < 480
    assert 50 < struck(rates, WRITE)[PAUSES] < 110


def test_a_cap_is_a_cap() -> None:
    assert struck({DIES: 0.5}, READ, crashes=3)[DIES] == 3
    assert struck({NEVER: 0.5}, WRITE, lost=2)[NEVER] == 2


def test_a_lease_only_ends_where_there_is_one_and_people_are_not_left_without_an_answer() -> None:
    assert set(struck({EXPIRES: 0.5}, READ, lease=None)) == {""}
    assert set(struck({UNAVAILABLE: 0.5}, READ, who=OPERATOR)) == {""}


def test_a_log_that_forgets_is_nobody_s_turn_and_only_those_named_are_struck() -> None:
    weather = Weather(Source(1, "test"), {FORGETS: 1.0}, 2.0, Caps(), only=("b",))
    assert weather.turn("a", READ, "a") == Turn("a")
    assert weather.turn("b", READ, "b") == Turn("log", FORGETS)


# --- the build as it is ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clean() -> Tally:
    return pool.run(Named("hardened"), SLICE, lambda _: None)


@pytest.mark.slow
def test_the_build_as_it_is_is_clean(clean: Tally) -> None:
    assert clean.seeds == len(SLICE)
    assert not clean.first


@pytest.mark.slow
def test_nothing_that_the_swarm_should_see_was_never_seen(clean: Tally) -> None:
    assert telling.vacuous(Named("hardened"), clean) == []


@pytest.mark.slow
def test_who_is_healed_is_at_rest_long_before_the_bound(clean: Tally) -> None:
    assert 100 < clean.healed < trial.HEAL_STEPS / 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scenario", ["october-2025", "redeliver", "log-lost"])
def test_a_scenario_is_run_in_its_own_world_within_its_own_bounds(scenario: str, name: str) -> None:
    tally = pool.part(Named("hardened", scenario, name), range(25))
    assert not tally.fell
    within = pool.Named("hardened", scenario).asked().scenario
    assert within is not None
    most = {kind: 25 * getattr(within.budget, count) for kind, count in ((DIES, "crashes"), (FORGETS, "forgets"))}
    assert all(tally.faults[kind] <= bound for kind, bound in most.items())
    assert bool(tally.faults[DIES]) == bool(within.budget.crashes)


def test_the_incident_is_met_by_chance_in_its_own_scenario() -> None:
    tally = pool.part(Named("incident", "october-2025", "random"), range(3))
    assert {"never-empty", "monotone-generation", "not-wedged"} <= set(tally.fell)


# --- known bugs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hunts() -> list[Hunt]:
    found = {one.bug.id: one for one in pool.hunts(tuple(one.id for one in BUGS), 200)}
    return [found[one.id] for one in BUGS]


@pytest.mark.slow
@pytest.mark.parametrize("id", UNTIL_FOUND)
def test_a_known_bug_is_found_within_its_bound_and_nothing_falls_without_it(id: str, hunts: list[Hunt]) -> None:
    hunted = next(one for one in hunts if one.bug.id == id)
    assert hunted.found is not None
    assert hunted.tried == UNTIL_FOUND[id]
    assert hunted.without == 0
    assert hunted.control >= max(pool.CONTROL, hunted.tried)


@pytest.mark.slow
def test_the_page_has_the_table_as_it_comes_out_today(hunts: list[Hunt]) -> None:
    assert set(UNTIL_FOUND) == {one.id for one in BUGS}
    text = PAGE.read_text()
    for line in telling.bug_lines(hunts):
        assert line in text


def test_what_a_bug_falls_by_is_an_invariant_of_the_lab() -> None:
    assert {one.falls for one in BUGS} <= set(telling.SENTENCES)
    with pytest.raises(KeyError, match="no bug 'none': there are incident, "):
        bug("none")


# --- what breaks the finding -------------------------------------------------------------------------------------


def test_without_a_judge_the_incident_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind:
        def __init__(self) -> None:
            self.exercised: Counter[str] = Counter()

        def __call__(self, _: object) -> Iterator[object]:
            return iter(())

    assert hunt("incident", 2).found is not None
    monkeypatch.setattr(simulation, "RunJudge", Blind)
    assert hunt("incident", 2).found is None


def test_without_a_look_at_the_rest_a_wedge_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(one.invariant == "converges" for one in run_seed(bug("newest-delta").on, 7).fell)
    monkeypatch.setattr(trial, "LIVENESS", ())
    assert not any(one.invariant == "converges" for one in run_seed(bug("newest-delta").on, 7).fell)


def test_what_a_lifted_hold_is_owed_is_no_skew_until_a_full_plan_that_knew_of_it_is_applied() -> None:
    name, other = Endpoint("e1.example"), Endpoint("e2.example")
    plans = {at: Plan(Generation(at), base, ()) for at, base in ((8, None), (10, Generation(8)), (11, None))}
    state = State(
        manifests=Map({Generation(at): manifest_of(plan) for at, plan in plans.items()}),
        roots=Map({name: Root(Generation(3), None, False, 1), other: Root(Generation(11), None, False, 2)}),
        holds=Map({name: OPERATOR}),
        newest=Generation(10),
        applied=Generation(8),
    )

    def fallen(judge: RunJudge, *changes: Change) -> list[list[str]]:
        known, found = state, []
        for change in changes:
            batch = Batch((Proposal(change),))
            after, outcome = apply(known, batch)
            assert isinstance(outcome, Committed)
            found.append([fall.where for fall in judge(Transition(known, batch, after)) if fall.invariant == SKEW])
            known = after
        return found

    lift, tenth, eleventh = Lift(name), Finish(Generation(10)), Finish(Generation(11))
    assert fallen(RunJudge(), tenth, lift) == [[], []]
    assert fallen(RunJudge(), lift, tenth, eleventh) == [[], [], [name]]
    state = replace(state, holds=Map())
    assert fallen(RunJudge(), tenth) == [[name]], "who was never held is owed nothing"


def test_faults_that_do_not_end_are_no_healing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unhealed(seed: int) -> set[str]:
        storm = Weather(Source(seed, "storm"), {UNAVAILABLE: 1.0}, 2.0, Caps())
        within = course(Asked(HARDENED), seed)
        early = Struck(Uniform(Source(seed, "early")), storm)
        monkeypatch.setattr(trial, "HEAL_STEPS", 500)
        found = trial.run(seed, "", "random", within, early, Struck(Uniform(Source(seed, "late")), storm))
        assert not trial.run(seed, "", "random", within, early, healer()).fell
        return {one.invariant for one in found.fell}

    assert unhealed(1) >= {"not-wedged", "converges"}


def test_who_is_not_called_back_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(HARDENED)
    within = course(asked, 1)
    first = tuple(Turn(one.name, PAUSES, 1e6) for one in within.start.processes if one.name.startswith("planner"))
    calm = Struck(Uniform(Source(1, "test")), Calm(), first)
    assert not trial.run(1, "", "random", within, calm, healer()).fell
    monkeypatch.setattr(Simulation, "heal", lambda self: setattr(self, "calm", True))
    again = Struck(Uniform(Source(1, "test")), Calm(), first)
    found = trial.run(1, "", "random", within, again, healer())
    assert {"not-wedged", "converges"} <= {one.invariant for one in found.fell}


def test_inputs_that_move_late_have_moved_when_all_is_healed() -> None:
    within = course(Asked(HARDENED), 5)
    slow = replace(within, moves_at=tuple(1e5 * at for at in range(len(within.start.setting.moves))))
    assert isinstance(slow, Course)
    calm = Struck(Uniform(Source(5, "test")), Calm())
    assert not trial.run(5, "", "random", slow, calm, healer()).fell


# --- the command line --------------------------------------------------------------------------------------------


def test_run_prints_what_was_run_and_ends_with_0_where_nothing_fell(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "run", "--seeds", "0..24")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("drawn towns under hardened: 25 seeds, ")
    for name in telling.SENTENCES:
        assert name == "same-history" or any(line.startswith(f"{name} ") for line in lines)
    assert any(line.startswith("vacuous, for never seen: ") for line in lines), (
        "25 seeds have not seen everything, and it says so"
    )


def test_run_ends_with_1_and_says_how_to_play_the_seed_again(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "run", "--seeds", "0..9", "--posture", "incident")
    assert done.status == 1
    again = next(line for line in done.out.splitlines() if line.startswith("  namelatch lab run"))
    traced = here(capsys, *again.split()[2:])
    assert traced.status == 1
    invariant = next(line for line in done.out.splitlines() if " fell under seed " in line).split()[0]
    assert f"! {invariant}" in traced.out
    assert f"{invariant} fell: " in traced.out


def test_run_for_machines_has_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(here(capsys, "run", "--seeds", "0..9", "--posture", "incident", "--json").out)
    tally = pool.part(Named("incident"), range(10))
    assert (document["seeds"], document["steps"]) == (10, tally.steps)
    assert {one["id"]: one["fell"] for one in document["invariants"] if one["fell"]} == dict(tally.fell)
    traced = here(capsys, "run", "--seeds", "4..4", "--trace", "--json")
    assert json.loads(traced.out)["seed"] == 4


def test_bugs_are_told_as_a_table_and_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "bugs", "--bug", "blind-retry", "--seeds", "5")
    assert done.status == 0
    assert "| blind-retry | monotone-generation | 3 | 50 seeds clean |" in done.out
    (one,) = json.loads(here(capsys, "bugs", "--bug", "blind-retry", "--seeds", "5", "--json").out)
    assert (one["id"], one["seeds"], one["found"], one["without"]) == ("blind-retry", 3, True, {"seeds": 50, "fell": 0})
    traced = here(capsys, "bugs", "--bug", "blind-retry", "--seeds", "5", "--trace")
    assert "! monotone-generation" in traced.out


def test_a_bug_that_is_not_found_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "bugs", "--bug", "check-then-act", "--seeds", "2")
    assert done.status == 1
    assert "| check-then-act | claimed-plan-exists | not in 2 | 50 seeds clean |" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--seeds", "x"), "--seeds is A..B, two numbers, not 'x'"),
        (("run", "--seeds", "5..4"), "--seeds 5..4: from 1 up to 10,000,000 seeds, not 0"),
        (("run", "--seeds", "1..2", "--trace"), "--trace tells one seed"),
        (("run", "--seeds", "1", "--scheduler", "twice", "--trace"), "--trace tells one seed"),
        (("run", "--scenario", "none"), "no scenario 'none'"),
        (("bugs", "--bug", "none"), "no bug 'none'"),
        (("bugs", "--trace"), "--trace tells how one bug is found"),
    ],
)
def test_misuse_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    done = here(capsys, *arguments)
    assert done.status == 2
    assert said in done.err
    assert done.err.count("\n") == 1


def test_both_run_in_a_process_of_their_own_on_all_cores() -> None:
    done = lab("run", "--seeds", "0..119", "--scheduler", "twice", "--json")
    assert done.status == 0, done.err
    document = json.loads(done.out)
    assert document["seeds"] == 120
    assert next(one for one in document["invariants"] if one["id"] == "same-history")["exercised"] > 30_000


def test_postures_fall_as_their_stories_say() -> None:
    """Each published fix leaves something that chance alone finds within a few seeds."""
    for name, falls in (
        ("d1-before", "never-empty"),
        ("d1-after", "monotone-generation"),
        ("d2-after", "rollback-target-exists"),
        ("registered-versioned", "monotone-generation"),
        ("spin-fixed", "rollback-target-exists"),
    ):
        asked = Asked(posture(name))
        seeds = (seed for seed in range(300) if any(one.invariant == falls for one in run_seed(asked, seed).fell))
        assert next(seeds, None) is not None, name
