"""`namelatch lab check`, `list` and `explain`, run as people run them."""

import json
import stat
from pathlib import Path

import pytest

from coordination.postures import POSTURES
from coordination.safeguards import SAFEGUARDS
from namelatch.lab.bounds import counts
from namelatch.lab.check import MOST_STATES
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.playing.traces import SENTENCES
from namelatch.lab.scenarios import SCENARIOS
from tests.lab.programs import HEAVY, ROOT, Done, blocked, here, lab

CPU_S = 3.0
INCIDENT = ("check", "october-2025", "--posture", "incident")
FEW = ("check", "october-2025", "--bounds", "states=500")


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return lab(*INCIDENT, "--save", tmp_path_factory.mktemp("saved"))


def document(done: Done) -> dict[str, object]:
    found: dict[str, object] = json.loads(done.out)
    return found


def endings(done: Done) -> dict[str, str]:
    """The column of endings, by invariant."""
    lines = [line.split("  ") for line in done.out.splitlines()]
    return {line[0]: next(cell for cell in line[1:] if cell).strip() for line in lines if line[0] in SENTENCES}


def test_the_incident_is_found_within_three_seconds_of_cpu_from_the_start_of_the_process(incident: Done) -> None:
    assert incident.status == 1, incident.err
    ended = endings(incident)
    assert set(ended) == set(SENTENCES)
    for invariant in ("monotone-generation", "never-empty", "not-wedged"):
        assert ended[invariant] == "fell"
    assert incident.cpu_s < CPU_S, f"{incident.cpu_s:.2f} s of CPU"


def test_the_search_says_what_it_covered_and_how(incident: Done) -> None:
    first, bounds, reductions, *_ = incident.out.splitlines()
    assert first.startswith("october-2025 under incident: ")
    assert bounds.startswith("bounds: crashes=0 lost=0 ")
    assert bounds.endswith("states=5000000: exhausted")
    assert reductions.startswith("reductions: frames, local calls, ")


def test_the_first_trace_is_printed_in_full_and_the_others_are_counted(incident: Done) -> None:
    lines = incident.out.splitlines()
    (at,) = (index for index, line in enumerate(lines) if line.startswith("the shortest trace to the fall of "))
    assert lines[at].startswith("the shortest trace to the fall of never-empty, ")
    table = lines[at + 2 : lines.index("", at + 2)]
    assert table[0].split()[:6] == ["#", "who", "does", "gen", "endpoints", "outcome"]
    assert table[-1].endswith("! never-empty; ! never-delete-active; ! claimed-plan-exists")
    assert "2 gone" in table[-1]
    assert [int(line.split()[0]) for line in table[1:]] == list(range(1, len(table)))


def test_all_traces_are_printed_when_asked_for_each_once(capsys: pytest.CaptureFixture[str], incident: Done) -> None:
    done = here(capsys, *INCIDENT, "--all-traces")
    shown = [line for line in done.out.splitlines() if line.startswith("the shortest trace to the fall of ")]
    assert f"{len(shown) - 1} more with --all-traces" in incident.out.splitlines()
    named = ", ".join(line.removeprefix("the shortest trace to the fall of ").rstrip(":") for line in shown).split(", ")
    assert sorted(named) == sorted(name for name, ending in endings(done).items() if ending == "fell")


def test_for_machines_there_is_one_object_with_every_trace(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, *INCIDENT, "--json")
    found = document(done)
    assert done.status == 1
    assert found["exhausted"] is True
    assert found["vacuous"] == []
    assert found["bounds"] == counts(Budget()) | {"states": MOST_STATES}
    rulings = {one["id"]: one for one in found["invariants"]}  # type: ignore[attr-defined]
    assert rulings["never-empty"]["trace"][-1]["roots"] == ["2 gone", "2 gone"]
    assert rulings["inputs-only-grow"] == {
        "id": "inputs-only-grow",
        "sentence": SENTENCES["inputs-only-grow"],
        "ending": "held",
    }


def test_what_holds_has_status_0_and_a_search_that_was_cut_short_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, *FEW)
    assert done.status == 0, done.err
    assert "states=500: not exhausted" in done.out
    assert {endings(done)[name] for name in ("never-empty", "monotone-generation")} == {"held so far"}
    assert {endings(done)[name] for name in ("not-wedged", "converges")} == {"not judged"}


def test_what_was_to_be_seen_and_never_was_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = here(capsys, *FEW[:2], "--bounds", "states=5").out.splitlines()
    assert "vacuous: never seen: told: superseded" in lines
    assert "vacuous: the scenario's rule never bit" in lines


def test_safeguards_are_put_into_the_composition_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(here(capsys, *FEW, "--safeguards", "forward, lock", "--like", "incident", "--json"))
    assert found["safeguards"] == ["lock", "forward"]
    assert found["posture"] == "incident:lock+forward"
    assert document(here(capsys, *FEW, "--safeguards", "none", "--json"))["safeguards"] == []


# --- misuse ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "october"), f"no scenario 'october': there are {', '.join(one.id for one in SCENARIOS)}"),
        (("explain", "october"), "no scenario 'october': there are "),
        (("check", "october-2025", "--posture", "safe"), "Invalid value for '--posture': 'safe' is not one of "),
        (("check", "october-2025", "--like", "safe"), "Invalid value for '--like': 'safe' is not one of 'incident', "),
        (
            ("check", "october-2025", "--safeguards", "forward,fences"),
            f"no safeguard 'fences': there are {', '.join(one.name for one in SAFEGUARDS)}",
        ),
        (("check", "october-2025", "--like", "incident"), "--like says whose composition --safeguards are put into"),
        ((*INCIDENT, "--safeguards", "lock"), "--posture and --safeguards exclude each other"),
        ((*FEW[:2], "--bounds", "crash=1"), "no bound 'crash': there are crashes, lost, "),
        ((*FEW[:2], "--bounds", "crashes=one"), "the bound 'crashes' is a number up to 9, not 'one'"),
        ((*FEW[:2], "--bounds", "crashes=-1"), "the bound 'crashes' is a number up to 9, not '-1'"),
        ((*FEW[:2], "--bounds", "crashes=10"), "the bound 'crashes' is a number up to 9, not '10'"),
        ((*FEW[:2], "--bounds", "states=99999999"), "the bound 'states' is a number up to 16000000"),
        ((*FEW[:2], "--bounds", "lost=1,lost=2"), "the bound 'lost' is given twice"),
        ((*FEW[:2], "--save", "/proc/nowhere"), "--save: can't write to /proc/nowhere"),
        (("check",), "Missing argument 'SCENARIO'"),
        (("explain", "october-2025", "--markdown", "--json"), "--markdown and --json exclude each other"),
        (("chek", "october-2025"), "No such command 'chek'"),
    ],
)
def test_misuse_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    done = here(capsys, *arguments)
    assert done.status == 2
    assert done.out == ""
    assert said in done.err
    assert done.err.count("\n") == 1, done.err


def test_misuse_is_status_2_of_the_process_too() -> None:
    done = lab("check", "october-2025", "--safeguards", "locks")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("namelatch: no safeguard 'locks': there are fresh-once, ")


def test_a_directory_that_takes_no_files_is_refused_before_the_search(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = lab(*INCIDENT, "--save", tmp_path / "file")
    assert (done.status, done.out) == (2, "")
    assert "--save: can't write to" in done.err
    assert done.cpu_s < CPU_S / 2, f"{done.cpu_s:.2f} s of CPU"
    assert stat.S_ISREG((tmp_path / "file").stat().st_mode)


# --- light -------------------------------------------------------------------------------------------------------


def test_the_lab_runs_where_neither_ray_nor_kafka_nor_grpc_is_installed(tmp_path: Path) -> None:
    path = blocked(tmp_path, HEAVY)
    listed = lab("list", path=path)
    assert (listed.status, listed.err) == (0, "")
    done = lab(*INCIDENT, path=path)
    assert done.status == 1, done.err
    assert endings(done)["never-empty"] == "fell"


def test_the_block_of_these_packages_blocks(tmp_path: Path) -> None:
    done = lab("list", path=blocked(tmp_path, ("namelatch",)))
    assert done.status != 0
    assert "namelatch" in done.err


def test_listing_and_checking_need_neither_settings_nor_logging_nor_an_event_loop(tmp_path: Path) -> None:
    path = blocked(tmp_path, ("pydantic", "structlog", "rich", "asyncio"))
    assert lab("list", path=path).status == 0
    assert lab(*FEW, path=path).status == 0


# --- list and explain --------------------------------------------------------------------------------------------


def test_the_list_has_every_scenario_with_what_must_fall_under_which_posture(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed = json.loads(here(capsys, "list", "--json").out)
    assert [one["id"] for one in listed] == [one.id for one in SCENARIOS]
    for told, scenario in zip(listed, SCENARIOS, strict=True):
        assert {name: set(falls) for name, falls in told["expects"].items()} == scenario.expects
        assert told["core"] is scenario.core
    text = here(capsys, "list").out
    assert "october-2025: The race of 19 October 2025 (core, has a script)" in text
    assert "    hardened              holds\n" in text


def test_a_scenario_is_told_with_its_rule_and_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "explain", "october-2025")
    assert done.status == 0
    assert "  everybody waits before publish 3 until a has committed claim 2\n" in done.out
    assert "  hardened holds\n" in done.out
    assert (
        "  [5] Meanwhile a wins the regional endpoint's lock and writes the old plan over the newer one.\n" in done.out
    )
    assert "! never-empty" in done.out
    told = json.loads(here(capsys, "explain", "october-2025", "--json").out)
    assert set(told["expects"]) <= {one.name for one in POSTURES}
    assert len(told["script"]["chapters"]) == 9


def test_the_page_of_the_script_is_as_fresh_as_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "explain", "october-2025", "--markdown")
    assert done.out == (ROOT / "docs/lab/october-2025.md").read_text(encoding="utf-8")
