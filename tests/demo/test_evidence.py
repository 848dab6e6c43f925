"""What a run left behind is read as it is, judged by the shared invariants, and held against the record.

Longer than other files: one section for each question that is asked of a run.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coordination.feed import Listed, Position
from coordination.intents import Change, DropClaim, DropGeneration, DropTree, Enact, Finish, Publish, Retire, TakeClaim
from coordination.invariants import SAFETY, Fall
from coordination.lines import Line, encode
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, RRset, Target
from coordination.seen import ClaimSeen, Root
from namelatch.demo.evidence import (
    EXPECTED,
    PASSES_MOST,
    Ending,
    acknowledged,
    dangling,
    garbage,
    is_converged,
    is_wedged,
    lost_invariants,
    passes_needed,
    read_history,
    read_reports,
    shortfalls,
)
from namelatch.demo.judge import Ack, Light, Verdict, judge
from namelatch.demo.options import TOLD
from namelatch.demo.story import LostInvariant
from namelatch.lab.histories.judging import BY_SEARCH, Roots
from namelatch.lab.histories.judging import judge as judge_history
from namelatch.lab.histories.rulings import Judgement, Ruling

NAME, OTHER = Endpoint("dynamodb.us-east-1.amazonaws.com"), Endpoint("s3.us-east-1.amazonaws.com")
AZS = ("a", "b", "c")


def g(number: int) -> Generation:
    return Generation(number)


# --- lines from disk ---------------------------------------------------------------------------------------------


def test_reports_of_all_roles_come_in_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "a.reports.jsonl").write_text('{"at": 3.0, "who": "a"}\n{"at": 5.0, "who": "a"}\n')
    (tmp_path / "b.reports.jsonl").write_text('{"at": 4.0, "who": "b"}\n')
    (tmp_path / "b.history.jsonl").write_text('{"answered": 1.0, "who": "b"}\n')
    assert [line["at"] for line in read_reports(tmp_path)] == [3.0, 4.0, 5.0]


@pytest.mark.parametrize("cut", range(1, 29))
def test_a_report_cut_anywhere_is_left_out_and_the_others_are_kept(tmp_path: Path, cut: int) -> None:
    whole = '{"at": 2.0, "who": "\\u00fc"}'
    (tmp_path / "a.reports.jsonl").write_text('{"at": 1.0, "who": "a"}\n' + whole[: min(cut, len(whole) - 1)])
    (tmp_path / "b.reports.jsonl").write_text('{"at": 3.0, "who": "b"}\n')
    assert [line["who"] for line in read_reports(tmp_path)] == ["a", "b"]


def test_a_run_that_left_nothing_has_no_history_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.history.jsonl").touch()
    found = read_history(tmp_path)
    assert found.lines == []
    assert found.torn == (f"{tmp_path}: an empty history: nothing was recorded",)
    assert read_reports(tmp_path) == []


# --- acknowledged, fallen ----------------------------------------------------------------------------------------


class Told:
    """A history in the making: each commit is one revision and one second."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def commit(self, *changes: Change, out: str = "committed", who: str = "b") -> "Told":
        at = len(self.lines) + 1.0
        line: dict[str, Any] = {"asked": at, "answered": at + 0.5, "who": who, "call": "commit"}
        line |= {
            "changes": [encode(change) for change in changes],
            "out": out,
            "revision": len(self.lines) + 1,
            "lost": [],
        }
        self.lines.append(json.loads(json.dumps(line)))
        return self


def enact(generation: int, rollback: int | None, name: Endpoint = NAME, addresses: int = 3) -> Enact:
    targets = tuple(Target(f"10.0.{generation}.{n}", 1) for n in range(addresses))
    records = (RRset("A", 5, targets),) if addresses else ()
    return Enact(name, g(generation), records, None if rollback is None else g(rollback), "b")


def publish(generation: int, inputs_revision: int = 1) -> Publish:
    return Publish(Manifest(g(generation), None, "digest", 1, 1, 0, inputs_revision, ""))


def clean() -> Told:
    return (
        Told()
        .commit(publish(1))
        .commit(enact(1, None), enact(1, None, OTHER))
        .commit(Finish(g(1)))
        .commit(publish(2))
        .commit(enact(2, 1), enact(2, 1, OTHER))
        .commit(Finish(g(2)))
    )


def fallen(lines: Iterable[Line]) -> tuple[LostInvariant, ...]:
    return lost_invariants(judge_history(list(lines), Roots.SEEN))


def ids(told: Told) -> set[str]:
    return {one.id for one in fallen(told.lines)}


def test_only_commits_are_acknowledged_addresses_and_tombstones_each_for_themselves() -> None:
    told = clean()
    told.commit(enact(3, 2), out="conflict").commit(enact(3, 2), out="unknown")
    told.commit(Enact(OTHER, g(3), None, g(2), "b"))
    told.lines.append({"asked": 9.0, "answered": 9.1, "who": "b", "call": "list", "found": [1, 2]})
    assert list(acknowledged(told.lines)) == [
        Ack(NAME, g(1), 2.5, 2),
        Ack(OTHER, g(1), 2.5, 2),
        Ack(NAME, g(2), 5.5, 5),
        Ack(OTHER, g(2), 5.5, 5),
    ]
    (gone,) = acknowledged(told.lines, gone=True)
    assert (gone.endpoint, gone.generation) == (OTHER, g(3))


def test_in_a_clean_history_nothing_fell() -> None:
    assert fallen(clean().lines) == ()
    assert fallen([]) == ()


def test_a_generation_taken_back_fell_and_says_where_and_how() -> None:
    (lost,) = fallen(clean().commit(enact(1, 2), who="a").lines)
    assert lost == LostInvariant("monotone-generation", f"1 x, first at {NAME}: taken back from generation 2 to 1")


def test_the_incident_falls_in_all_its_ways() -> None:
    told = clean().commit(enact(1, 2), who="a").commit(DropGeneration(g(1)))
    assert ids(told) >= {"monotone-generation", "never-empty", "never-delete-active"}


def test_each_invariant_is_counted_and_its_first_fall_is_told() -> None:
    told = clean().commit(enact(1, 2), enact(1, 2, OTHER), who="a").commit(DropGeneration(g(1)))
    how = {one.id: one.how for one in fallen(told.lines)}
    assert how["never-empty"].startswith("2 x, first at ")


def test_they_are_told_in_the_order_in_which_they_fell() -> None:
    told = clean().commit(enact(1, 2), who="a").commit(DropGeneration(g(1)))
    assert [one.id for one in fallen(told.lines)][:2] == ["monotone-generation", "never-empty"]


def test_what_the_authority_refused_or_nobody_knows_fell_nowhere() -> None:
    told = clean().commit(enact(1, 2), out="conflict").commit(DropGeneration(g(2)), out="unknown")
    assert fallen(told.lines) == ()


def test_an_empty_write_a_deletion_in_use_and_a_second_plan_of_a_number_fall() -> None:
    assert "never-empty" in ids(clean().commit(enact(3, 2, addresses=0)))
    assert "never-delete-active" in ids(clean().commit(DropTree(g(2), NAME)))
    assert "one-plan-a-number" in ids(clean().commit(publish(2)))
    assert "inputs-only-grow" in ids(clean().commit(publish(3, inputs_revision=0)))


def test_a_claim_that_its_lease_took_away_unseen_is_no_fall() -> None:
    told = clean().commit(TakeClaim(g(1), "a", "a-1"), who="a").commit(Retire(g(1)))
    assert fallen(told.lines) == ()
    assert fallen(told.commit(DropClaim(g(1), "a")).lines) == ()


def test_lines_out_of_order_are_judged_in_the_authority_s_order() -> None:
    assert fallen(reversed(clean().lines)) == ()


def test_a_line_that_its_author_never_wrote_makes_nothing_fall() -> None:
    told = clean()
    told.lines = [line for line in told.lines if line["revision"] not in {1, 2}]
    assert fallen(told.lines) == ()


# --- garbage, dangling -------------------------------------------------------------------------------------------


def listed(roots: dict[Endpoint, Root], *trees: tuple[int, Endpoint]) -> Listed:
    return Listed(Position(1, 9), roots, {(g(generation), name): b"A 5 10.0.0.1=1" for generation, name in trees})


def root(generation: int, rollback: int | None = None, tombstone: bool = False) -> Root:
    return Root(g(generation), None if rollback is None else g(rollback), tombstone, 9)


def claim(generation: int) -> ClaimSeen:
    return ClaimSeen(g(generation), "a", 7, "a-1")


def test_root_and_rollback_are_no_garbage_and_what_is_older_is() -> None:
    found = listed({NAME: root(5, 4)}, (5, NAME), (4, NAME), (3, NAME), (2, NAME))
    assert garbage(found, []) == 2


def test_a_tree_newer_than_its_root_is_work_in_progress() -> None:
    assert garbage(listed({NAME: root(5, 4)}, (5, NAME), (6, NAME), (7, NAME)), []) == 0


def test_a_tree_without_a_root_is_work_in_progress() -> None:
    assert garbage(listed({}, (1, NAME)), []) == 0


def test_a_claim_keeps_its_generation_and_all_above_it() -> None:
    found = listed({NAME: root(5, 4)}, (5, NAME), (4, NAME), (3, NAME), (2, NAME), (1, NAME))
    assert garbage(found, [claim(5), claim(2)]) == 1


def test_a_removed_name_s_trees_are_garbage_but_for_its_rollback() -> None:
    assert garbage(listed({NAME: root(5, 4, tombstone=True)}, (4, NAME), (3, NAME)), []) == 1


def test_a_root_whose_tree_is_gone_dangles_unless_it_is_a_tombstone() -> None:
    roots = {NAME: root(5), OTHER: root(5, tombstone=True), Endpoint("sqs.us-east-1.amazonaws.com"): root(4)}
    assert dangling(listed(roots, (5, OTHER), (4, NAME))) == 2
    assert dangling(listed({NAME: root(5)}, (5, NAME))) == 0


# --- passes ------------------------------------------------------------------------------------------------------


def look(told: Told, who: str = "collector") -> Told:
    at = len(told.lines) + 1.0
    told.lines.append({"asked": at, "answered": at + 0.5, "who": who, "call": "list", "found": []})
    return told


def test_passes_count_from_when_claims_are_settled_to_the_last_deletion() -> None:
    told = look(Told()).commit(TakeClaim(g(5), "a", "a-1")).commit(DropClaim(g(2), "a")).commit(Finish(g(5)))
    look(look(told).commit(DropTree(g(1), NAME))).commit(DropTree(g(2), NAME))
    assert passes_needed(look(look(told)).lines) == 2


def test_where_nothing_was_deleted_after_claims_were_settled_no_pass_was_needed() -> None:
    told = look(Told()).commit(DropTree(g(1), NAME)).commit(DropClaim(g(2), "a"))
    assert passes_needed(look(told).lines) == 0
    assert passes_needed([]) == 0


def test_an_enactor_s_own_look_and_what_was_refused_do_not_count() -> None:
    told = look(look(Told().commit(Finish(g(5)))), "b").commit(DropTree(g(1), NAME))
    told.commit(DropClaim(g(2), "a"), out="conflict")
    assert passes_needed(look(told).commit(DropTree(g(2), NAME), out="conflict").lines) == 1


# --- wedged, converged -------------------------------------------------------------------------------------------


def seen(dark_at_end: bool = False, bare: int = 0, **counts: int) -> Verdict:
    light = Light(NAME, 0.0, None, None, dark_at_end, bare, 9.0, None, None)
    kinds = ("answered", "lost", "empty", "nxdomain", "errors", "foreign", "early", "absent", "stale")
    return Verdict(probes=900, names=1, regional=light, offences=(), **{kind: counts.get(kind, 0) for kind in kinds})


def report(who: str, event: str, generation: int | None = None, at: float = 1.0, name: str | None = None) -> Line:
    return {"at": at, "who": who, "event": event, "generation": generation, "endpoint": name, "detail": ""}


REFUSED = [report(az, "wedged", 6, name=NAME) for az in AZS]


def test_wedged_is_dark_to_the_end_and_refused_by_everyone_at_the_regional_endpoint() -> None:
    assert is_wedged(REFUSED, AZS, NAME, seen(dark_at_end=True))
    assert not is_wedged(REFUSED, AZS, NAME, seen(dark_at_end=False))
    assert not is_wedged(REFUSED[1:], AZS, NAME, seen(dark_at_end=True))
    elsewhere = [*REFUSED[1:], report("a", "wedged", 6, name=OTHER)]
    assert not is_wedged(elsewhere, AZS, NAME, seen(dark_at_end=True))


AT_REST = Ending(g(8), g(8), 0, 0, 0, 0, in_force=True, locks_lost=2)


def test_converged_is_applied_followed_and_answered_everywhere() -> None:
    assert is_converged(AT_REST)


@pytest.mark.parametrize(
    "short", [{"applied": g(7)}, {"applied": None}, {"behind": 1}, {"unanswered": 1}, {"dangling": 1}]
)
def test_one_short_of_it_is_not_converged(short: dict[str, Any]) -> None:
    assert not is_converged(replace(AT_REST, **short))


# --- held against the record -------------------------------------------------------------------------------------

ALARM_FIRST = [report("a", "lag alarm", 2, at=1.0), report("a", "superseded", 2, at=2.0)]


RULES = sorted({one.id for one in SAFETY} | BY_SEARCH)


def judged(fell: Iterable[str] = (), **more: Any) -> Judgement:
    """A judgement in which each rule was exercised and these fell, but for what is given."""
    fallen, first = set(fell), Fall("", NAME, "so")
    rulings = tuple(Ruling(name, "", 9, 1, first, "a:1") if name in fallen else Ruling(name, "", 9) for name in RULES)
    return replace(Judgement(99, AZS, 9.0, (), 0, 0, 0, 0, rulings), **more)


def lost(posture: str) -> Judgement:
    return judged(EXPECTED[posture].loses)


def as_recorded(posture: str, **more: Any) -> tuple[str, ...]:
    """The shortfalls of a run that went as the record says, but for what is given."""
    expected = EXPECTED[posture]
    verdict = seen(dark_at_end=expected.dark, empty=600 if expected.dark else 0)
    reports = ALARM_FIRST if expected.holds else REFUSED
    given = {
        "verdict": verdict,
        "judgement": lost(posture),
        "wedged": expected.wedged,
        "ending": AT_REST,
        "passes": PASSES_MOST,
    }
    return shortfalls(posture, **(given | {"reports": reports} | more))


@pytest.mark.parametrize("posture", TOLD)
def test_a_run_as_the_record_says_falls_short_of_nothing(posture: str) -> None:
    assert as_recorded(posture) == ()


@pytest.mark.parametrize("posture", TOLD)
def test_a_fault_that_was_not_in_force_proves_nothing(posture: str) -> None:
    (said,) = as_recorded(posture, ending=replace(AT_REST, in_force=False))
    assert said.startswith("the fault was not in force")


@pytest.mark.parametrize(("posture", "name"), [(one, name) for one in TOLD for name in sorted(EXPECTED[one].loses)])
def test_an_invariant_that_should_have_fallen_and_did_not_is_named(posture: str, name: str) -> None:
    fell = EXPECTED[posture].loses - {name}
    assert as_recorded(posture, judgement=judged(fell)) == (f"{name} did not fall",)


def test_a_posture_may_lose_more_than_the_record_says_unless_it_should_hold() -> None:
    more = "rollback-target-exists"
    assert as_recorded("incident", judgement=judged({*EXPECTED["incident"].loses, more})) == ()
    assert as_recorded("hardened", judgement=judged({more})) == ("rollback-target-exists fell",)


@pytest.mark.parametrize("posture", TOLD)
def test_a_run_without_a_history_proves_nothing_and_is_not_as_the_record_says(posture: str) -> None:
    nothing = replace(judge_history([]), torn=("x: an empty history: nothing was recorded",))
    said = as_recorded(posture, judgement=nothing)
    assert said[0] == "there is no history to judge: x: an empty history: nothing was recorded"


def test_what_could_not_have_fallen_acquits_nobody() -> None:
    idle = judged()
    rulings = tuple(replace(one, exercised=0) if one.id == "never-delete-active" else one for one in idle.rulings)
    assert as_recorded("hardened", judgement=replace(idle, rulings=rulings)) == (
        "never-delete-active could not have fallen",
    )
    unjudged = tuple(replace(one, judged=one.exercised > 0) for one in rulings)
    assert as_recorded("hardened", judgement=replace(idle, rulings=unjudged)) == ()


@pytest.mark.parametrize("posture", TOLD)
@pytest.mark.parametrize("name", sorted(BY_SEARCH))
def test_an_authority_that_does_not_keep_its_word_is_no_posture_s_record(posture: str, name: str) -> None:
    said = as_recorded(posture, judgement=judged({*EXPECTED[posture].loses, name}))
    assert said == (f"{name} fell at a:1: so",)
    assert name not in {one.id for one in lost_invariants(judged({name}))}


def test_an_order_that_was_not_found_in_time_is_told() -> None:
    idle = judged()
    rulings = (*idle.rulings[:-1], replace(idle.rulings[-1], undecided=2))
    assert as_recorded("hardened", judgement=replace(idle, rulings=rulings)) == (
        "the order of 2 roots was not found in time",
    )


def test_only_where_a_part_was_killed_may_lines_be_cut_short() -> None:
    cut = judged(torn=("b.history.jsonl:7",))
    assert as_recorded("hardened", judgement=cut) == ("cut short: b.history.jsonl:7",)
    assert as_recorded("hardened", judgement=cut, killed=True) == ()


@pytest.mark.parametrize("verdict", [seen(dark_at_end=False), seen(dark_at_end=True, bare=1)], ids=["lit", "no SOA"])
def test_the_incident_has_to_stay_dark_with_an_soa(verdict: Verdict) -> None:
    assert as_recorded("incident", verdict=verdict) == ("the regional endpoint did not stay NOERROR-empty with an SOA",)


def test_the_incident_has_to_stay_wedged() -> None:
    assert as_recorded("incident", wedged=False) == ("the later plans were not refused by every enactor",)


@pytest.mark.parametrize("kind", ["empty", "nxdomain", "errors", "foreign", "stale"])
def test_one_wrong_answer_is_too_many_for_what_should_hold(kind: str) -> None:
    (said,) = as_recorded("hardened", verdict=seen(**{kind: 1}))
    assert said.startswith("clients saw ")


def test_a_few_lost_questions_and_early_ones_are_held_against_nobody() -> None:
    assert as_recorded("hardened", verdict=seen(lost=9, early=9, absent=9)) == ()


def test_what_nobody_looked_at_is_not_acquitted() -> None:
    assert as_recorded("hardened", verdict=seen(lost=10)) == ("10 of 900 questions were lost",)
    assert as_recorded("hardened", verdict=seen(lost=10), killed=True) == ()
    silent = judge([], [], 1.0, NAME)
    assert as_recorded("hardened", verdict=silent) == ("nothing was heard of the regional endpoint",)


def test_an_alarm_after_the_yield_that_mattered_came_too_late() -> None:
    late = [
        report("a", "superseded", 2, at=1.0),
        report("a", "lag alarm", 2, at=5.0),
        report("a", "superseded", 7, at=9.0),
    ]
    (said,) = as_recorded("hardened", reports=late)
    assert said.startswith("the lag alarm did not fire")


def test_what_should_hold_is_collected_soon() -> None:
    assert as_recorded("hardened", passes=PASSES_MOST + 1) == (f"collection took {PASSES_MOST + 1} passes",)


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (replace(AT_REST, behind=1), "not converged"),
        (replace(AT_REST, garbage=3), "3 trees that nobody needs are left"),
    ],
)
def test_what_should_hold_comes_to_rest_clean(ending: Ending, said: str) -> None:
    (shortfall,) = as_recorded("hardened", ending=ending)
    assert shortfall.startswith(said)


def test_what_should_hold_is_clean_soon() -> None:
    assert as_recorded("hardened", passes=PASSES_MOST + 1) == (f"collection took {PASSES_MOST + 1} passes",)
    assert as_recorded("incident", passes=PASSES_MOST + 1) == ()


@pytest.mark.parametrize(
    "reports",
    [
        [],
        ALARM_FIRST[:1],
        ALARM_FIRST[1:],
        [report("a", "superseded", 2, at=1.0), report("a", "lag alarm", 2, at=2.0)],
        [report("b", "lag alarm", 2, at=1.0), report("a", "superseded", 2, at=2.0)],
        [report("a", "lag alarm", 2, at=1.0), report("b", "superseded", 2, at=2.0)],
    ],
    ids=["neither", "never yields", "never alarms", "alarms after", "another's alarm", "another yields"],
)
def test_the_slow_enactor_s_alarm_comes_before_it_yields(reports: list[Line]) -> None:
    said = "the lag alarm did not fire before the superseded enactor yielded"
    assert as_recorded("hardened", reports=reports) == (said,)


@pytest.mark.parametrize("event", ["superseded", "fenced", "lag-stop"])
def test_it_may_yield_in_any_way(event: str) -> None:
    reports = [report("a", "lag alarm", 2, at=1.0), report("a", event, 2, at=2.0)]
    assert as_recorded("hardened", reports=reports) == ()


def test_where_a_part_was_killed_answers_may_lag_and_alarms_may_miss_but_nothing_may_be_wrong() -> None:
    assert as_recorded("hardened", verdict=seen(stale=9), reports=[], killed=True) == ()
    assert as_recorded("hardened", verdict=seen(empty=1), killed=True) != ()
    assert as_recorded("hardened", ending=replace(AT_REST, behind=1), killed=True) != ()
    assert as_recorded("hardened", judgement=judged({"never-empty"}), killed=True) != ()


def test_of_a_posture_that_the_record_does_not_know_only_the_fault_is_judged() -> None:
    assert shortfalls("spin-fixed", seen(empty=9), judged(), False, AT_REST, [], 9) == ()
    (said,) = shortfalls("spin-fixed", seen(empty=9), judged(), False, replace(AT_REST, in_force=False), [], 9)
    assert said.startswith("the fault was not in force")


def test_the_record_knows_every_posture_that_all_shows() -> None:
    assert set(EXPECTED) == set(TOLD)
