"""The Promela model against the code: the same states, the same steps, the same counterexample."""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from coordination.postures import INCIDENT
from namelatch.lab.explorer.explore import Explorer
from namelatch.lab.model import comparing, of_collector, of_enactor, of_planner, spin, trail
from namelatch.lab.model.accepting import accepted
from namelatch.lab.model.bounds import COUNTED, WALKED, Bound, start, without
from namelatch.lab.model.comparing import Comparison, Judged, compare, judge_search, judge_walks
from namelatch.lab.model.counting import EVERY_ORDER, Counted, counted, explored, of_model
from namelatch.lab.model.projection import Projection
from namelatch.lab.model.recording import Recording
from namelatch.lab.playing.again import replayed
from namelatch.lab.playing.files import read, written
from namelatch.lab.scenarios.october_2025 import OCTOBER_2025
from tests.lab.programs import here

MISSING = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
needs_spin = pytest.mark.skipif(
    bool(MISSING), reason=f"no {' and no '.join(MISSING)} here: `apt-get install spin gcc`, as root, brings it"
)

SMALL = Bound("incident", endpoints=2, at_once=1)
PINNED = {  # states of the explorer, and how many of them the model tells apart
    Bound("incident", endpoints=2, at_once=1, plans=3, published=1): (41_055, 12_304),
    Bound("registered-versioned"): (6_706, 4_240),
    Bound("hardened", endpoints=2, at_once=1): (9_098, 7_110),
}
BINDING = {  # what a posture is without that safeguard shows within these bounds
    "hardened": ("fresh-once", "version", "forward", "plan-exists", "spare-claimed", "spare-referenced"),
    "incident": ("fresh-once", "lock"),
}
SHOWN_AT = {"hardened": Bound("hardened", plans=3, published=1), "incident": Bound("incident")}
LENGTH = 28  # of the shortest way to the empty name, in the model as in the lab
SLICE = 5_000


@pytest.fixture(scope="module")
def searches() -> dict[Bound, Explorer]:
    return {bound: explored(bound) for bound in (*PINNED, *SHOWN_AT.values(), SMALL)}


@needs_spin
@pytest.mark.parametrize("bound", PINNED, ids=str)
def test_code_and_model_have_exactly_as_many_distinct_states(bound: Bound, searches: dict[Bound, Explorer]) -> None:
    found = counted(bound, searches[bound])
    assert found.agree
    assert (found.states, found.model) == PINNED[bound]


@needs_spin
@pytest.mark.parametrize(("posture", "guard"), [(posture, guard) for posture in BINDING for guard in BINDING[posture]])
def test_a_model_without_a_safeguard_neither_counts_nor_accepts_as_the_code_does(
    posture: str, guard: str, searches: dict[Bound, Explorer]
) -> None:
    whole, bound = SHOWN_AT[posture], without(SHOWN_AT[posture], guard)
    projection = Projection(whole, searches[whole])
    assert of_model(bound) != len({projection.of(key) for key in searches[whole].keys})
    judged = judge_search(bound, searches[whole])
    assert judged.found.accepted < judged.found.recorded
    assert judged.found.refused


@needs_spin
@pytest.mark.parametrize("bound", PINNED, ids=str)
def test_the_model_accepts_every_transition_of_a_search(bound: Bound, searches: dict[Bound, Explorer]) -> None:
    judged = judge_search(bound, searches[bound])
    assert judged.found.all
    assert judged.distinct == searches[bound].found.transitions == judged.found.recorded - 1


@needs_spin
@pytest.mark.parametrize("bound", WALKED, ids=str)
def test_the_model_accepts_walks_within_bounds_that_no_search_ends_in(bound: Bound) -> None:
    judged = judge_walks(bound, SLICE, 1)
    assert judged.found.all
    assert judged.found.recorded == SLICE
    assert judged.distinct > SLICE // 4


@needs_spin
def test_a_record_that_is_not_what_the_code_did_is_refused_by_its_number(searches: dict[Bound, Explorer]) -> None:
    recording = Recording(SMALL, searches[SMALL])
    size = len(recording.beginning()) // 2
    spoilt = {12: 0, 345: size // 2, 678: size - 1}  # by the record's number, which byte of the state after
    found = accepted(SMALL, _spoilt(recording.searched(1_000), {at: 1 + size + byte for at, byte in spoilt.items()}))
    assert {one.number: one.byte for one in found.refused} == spoilt
    assert found.recorded - found.accepted == len(spoilt)


def _spoilt(records: Iterable[bytes], where: dict[int, int]) -> Iterator[bytes]:
    for number, record in enumerate(records, start=1):
        yield bytes(one ^ (where.get(number) == at) for at, one in enumerate(record))


@needs_spin
def test_a_model_that_begins_elsewhere_is_refused() -> None:
    recording = Recording(SMALL, Explorer(start(SMALL), EVERY_ORDER))
    assert accepted(SMALL, (recording.beginning(),)).all
    assert not accepted(replace(SMALL, dark=True), (recording.beginning(),)).all


@needs_spin
def test_the_models_shortest_counterexample_for_october_2025_falls_in_the_lab_at_its_last_step(tmp_path: Path) -> None:
    found = trail.counterexample()
    assert found.agrees
    assert len(found.replay.acts) == LENGTH
    falls = {one.invariant: one.now.step for one in found.replayed.compared if one.now is not None}
    assert falls["never-empty"] == falls["never-delete-active"] == LENGTH
    assert falls["monotone-generation"] < LENGTH
    path = tmp_path / "model.json"
    path.write_text(written(found.replay), encoding="utf-8")
    assert read(path) == found.replay


@needs_spin
def test_a_trail_with_a_step_left_out_can_not_be_followed() -> None:
    told = trail.told()
    steps = re.findall(r"^\s*STEP.*$", told, re.M)
    assert len(steps) == LENGTH
    for left_out in (steps[2], steps[-2]):
        saved = trail.replay(told.replace(left_out, "", 1))
        again = replayed(saved, OCTOBER_2025, INCIDENT)
        assert again.off is not None or not trail.Counterexample(saved, again).agrees


@needs_spin
def test_everything_that_was_compared_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    saved = tmp_path / "replay.json"
    done = here(capsys, "model", "--only", "replay", "--save", saved, "--json")
    told = json.loads(done.out)
    assert (done.status, told["agree"], len(told["counterexample"]["acts"])) == (0, True, LENGTH)
    again = here(capsys, "replay", saved)
    assert again.status == 1
    assert f"never-empty still falls at step {LENGTH}" in again.out


@needs_spin
def test_a_comparison_is_all_of_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "LEAST_WALKED", 100)
    said: list[str] = []
    small, wide = Bound("incident"), Bound("hardened", enactors=3, plans=4)
    found = compare(transitions=6_000, say=said.append, searched=(small,), walked=(wide,))
    assert found.holds
    assert [one.bound for one in found.counts] == [small]
    assert [one.source for one in found.judged] == ["search", "walks"]
    assert found.accepted == found.recorded >= 6_000
    assert len(said) == 5


def test_one_difference_anywhere_is_a_difference() -> None:
    same, other = Counted(SMALL, 10, 7, 7), Counted(SMALL, 10, 7, 8)
    assert Comparison((same,)).holds
    assert not Comparison((same, other)).holds
    assert not Comparison((same,), (Judged(SMALL, "walks", 5, replace(_all_accepted(), accepted=4)),)).holds


def _all_accepted():
    from namelatch.lab.model.accepting import Accepted

    return Accepted(5, 5, ())


def test_a_machine_without_spin_is_told_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = here(capsys, "model", "--only", "replay")
    assert done.status == 2
    assert "apt-get install spin" in done.err.strip().splitlines()[-1]


def test_a_place_has_the_same_number_in_the_model() -> None:
    text = spin.MODEL.read_text(encoding="utf-8")
    defined = {name: int(number) for name, number in re.findall(r"^#define (\w+) (\d+)\b", text, re.M)}
    for module, prefix in ((of_planner, "P_"), (of_enactor, ""), (of_collector, "C_")):
        names = [name for name, value in vars(module).items() if name.isupper() and isinstance(value, int)]
        assert len(names) > 5
        for name in names:
            known = f"{prefix}{'ENDED' if name == 'OVER' else name}"
            assert defined[known] == getattr(module, name), known


def test_each_bound_is_there_once() -> None:
    assert len({*COUNTED, *WALKED}) == len(COUNTED) + len(WALKED)
    assert not any(bound.without for bound in (*COUNTED, *WALKED))
    assert without(COUNTED[0], "lock") != COUNTED[0]
    assert next(islice(COUNTED, 1)).posture == "incident"
