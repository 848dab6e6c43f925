"""`check --save` and `replay`: a schedule on file, and what became of it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coordination.postures import INCIDENT, posture
from namelatch.lab.checked import Checked, checked
from namelatch.lab.composed import composed
from namelatch.lab.playing.again import replayed
from namelatch.lab.playing.files import VERSION, BadReplay, Replay, read, written
from namelatch.lab.playing.traces import SENTENCES
from namelatch.lab.saving import save
from namelatch.lab.scenarios import scenario
from tests.lab.programs import here, lab

LENGTH = 28  # of the shortest way to the empty name
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def found() -> Checked:
    return checked(scenario("october-2025"), INCIDENT, 5_000_000, own_bounds=True)


@pytest.fixture(scope="module")
def saved(found: Checked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("saved")
    list(save(found, directory))
    return directory


def file(saved: Path, invariant: str) -> Path:
    return saved / f"october-2025.incident.{invariant}.json"


def first(content: dict[str, Any], who: str) -> dict[str, Any]:
    """The first thing that somebody does."""
    return next(dict(act) for act in content["acts"] if act["who"] == who)


def edited(saved: Path, target: Path, edit: Edit, invariant: str = "never-empty") -> Path:
    content = json.loads(file(saved, invariant).read_text(encoding="utf-8"))
    edit(content)
    target.write_text(json.dumps(content), encoding="utf-8")
    return target


def test_everything_that_fell_has_its_replay_and_its_diagram(found: Checked, saved: Path) -> None:
    fell = sorted(found.verdict.falls)
    assert fell == sorted(name for name in SENTENCES if file(saved, name).exists())
    assert sorted(path.stem.rpartition(".")[2] for path in saved.glob("*.mmd")) == fell


def test_what_is_written_is_what_is_read(saved: Path) -> None:
    for path in saved.glob("*.json"):
        assert written(read(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("invariant", ["never-empty", "rollback-target-exists", "not-wedged", "converges"])
def test_what_fell_falls_again_at_the_same_step(saved: Path, invariant: str) -> None:
    done = lab("replay", file(saved, invariant))
    replay = read(file(saved, invariant))
    assert (done.status, done.err) == (1, "")
    last = done.out.splitlines()[-len(replay.fell) :]
    assert last == [f"{one.invariant} still falls at step {one.step}" for one in replay.fell]
    assert replay.fell[0].invariant == invariant
    assert replay.fell[0].step == len(replay.acts)


def test_for_machines_the_outcome_is_one_object(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    told = json.loads(here(capsys, "replay", file(saved, "never-empty"), "--json").out)
    assert told["followed"] is True
    endings = {one["invariant"]: one["ending"] for one in told["invariants"]}
    assert endings["never-empty"] == f"still falls at step {LENGTH}"
    assert told["steps"][-1]["margin"][0] == "! never-empty"


def test_what_falls_no_longer_has_status_0(capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path) -> None:
    def before_anything_fell(content: dict[str, Any]) -> None:
        del content["acts"][LENGTH // 2 :]
        content["fell"] = [one for one in content["fell"] if one["invariant"] == "never-empty"]

    done = here(capsys, "replay", edited(saved, tmp_path / "short.json", before_anything_fell))
    assert done.status == 0, done.err
    assert done.out.endswith(f"\nnever-empty falls no longer; it fell at step {LENGTH}\n")


def test_liveness_that_is_not_lost_any_more_has_status_0(
    capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path
) -> None:
    def shorter(content: dict[str, Any]) -> None:
        del content["acts"][LENGTH // 2 :], content["fell"][1:]

    done = here(capsys, "replay", edited(saved, tmp_path / "short.json", shorter, "not-wedged"))
    assert done.status == 0, done.err
    assert done.out.endswith(f"\nnot-wedged falls no longer; it fell at step {LENGTH}\n")


def test_a_safeguard_that_stops_the_last_step_makes_the_fall_go_away_and_leaves_the_others(saved: Path) -> None:
    replay = read(file(saved, "never-empty"))
    guards = composed(INCIDENT, ("fresh-once", "lock", "spare-claimed"))
    again = replayed(replay, scenario("october-2025"), guards)
    assert again.off is None
    assert {one.invariant for one in again.compared if one.now is None} == {
        "never-empty",
        "never-delete-active",
        "claimed-plan-exists",
    }
    crossed = {"monotone-generation", "bounded-staleness", "cross-endpoint-skew"}
    assert {one.invariant for one in again.compared if one.now is not None} == crossed


def test_another_step_and_what_is_not_on_file_are_told(
    capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path
) -> None:
    def otherwise(content: dict[str, Any]) -> None:
        content["fell"] = [one | {"step": LENGTH - 1} for one in content["fell"] if one["invariant"] == "never-empty"]

    done = here(capsys, "replay", edited(saved, tmp_path / "other.json", otherwise))
    assert done.status == 1
    assert f"\nnever-empty falls at step {LENGTH}; it fell at step {LENGTH - 1}\n" in done.out
    assert f"\nmonotone-generation falls at step {LENGTH - 2}, which is not on file\n" in done.out


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda content: content.update(posture="hardened"), r"step \d+: \w+ asks for '.*' there, not for '.*'"),
        (
            lambda content: content.update(safeguards=["fresh-once"]),
            r"step \d+: b asks for 'read .*' there, not for 'commit TakeLock",
        ),
        (lambda content: content["acts"][8].update(who="c"), "step 9: nobody is called 'c': there are planner, a, b"),
        (lambda content: content["acts"][8].update(fault="lease ends"), "step 9: the bounds allow no more of that"),
        (lambda content: content["acts"].insert(0, first(content, "b")), "step 1: the scenario's rule holds b"),
    ],
    ids=["another posture", "other safeguards", "another process", "beyond the bounds", "against the rule"],
)
def test_a_schedule_that_the_protocol_leaves_is_status_2_and_says_at_which_step(
    capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path, edit: Edit, said: str
) -> None:
    path = edited(saved, tmp_path / "off.json", edit)
    done = here(capsys, "replay", path)
    assert done.status == 2
    assert re.fullmatch(rf"namelatch: {path}: can't be followed any more: {said}.*\n", done.err), done.err
    step = int(done.err.partition("step ")[2].partition(":")[0])
    assert f"{step - 1} of " in done.out.splitlines()[0]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda content: content.update(version=VERSION + 1), "form 2 of replays, this namelatch reads form 1"),
        (lambda content: content.update(form="history"), "not a replay of 'namelatch lab check --save'"),
        (lambda content: content.pop("acts"), "broken replay: KeyError: 'acts'"),
        (
            lambda content: content["acts"][0].update(fault="bad luck"),
            "broken replay: ValueError: 'bad luck' is no fault",
        ),
        (lambda content: content["acts"][0].update(who=5), "broken replay: TypeError: 5 is no text"),
        (lambda content: content["bounds"].update(crashes="x"), "broken replay: ValueError"),
        (lambda content: content.update(scenario="october"), "no scenario 'october'"),
        (lambda content: content.update(posture="safe"), "no posture 'safe'"),
        (lambda content: content.update(safeguards=["x"]), "no safeguard 'x'"),
    ],
)
def test_a_broken_file_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path, edit: Edit, said: str
) -> None:
    done = here(capsys, "replay", edited(saved, tmp_path / "broken.json", edit))
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_what_is_no_file_of_ours_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no", encoding="utf-8")
    (tmp_path / "list").write_text("[]", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name, said in (
        ("text", "not JSON"),
        ("list", "not a replay"),
        ("bytes", "not JSON"),
        ("none", "No such file or directory"),
        (".", "Is a directory"),
    ):
        with pytest.raises(BadReplay, match=said):
            read(tmp_path / name)
    done = here(capsys, "replay", tmp_path / "none")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)


def test_safeguards_are_saved_with_the_composition_that_they_were_put_into(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    guards = composed(posture("incident"), ("lock",))
    found = checked(scenario("october-2025"), guards, 3_000, own_bounds=True)
    assert found.traces
    paths = [path for path in save(found, tmp_path) if path.suffix == ".json"]
    replay: Replay = read(paths[0])
    assert (replay.posture, replay.safeguards) == ("incident", ("lock",))
    assert here(capsys, "replay", paths[0]).status == 1
