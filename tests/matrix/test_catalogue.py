"""What there is to strike at is read off the ports and off the roles' own code, and nothing of it is dropped."""

import ast
import gc
import sys
from pathlib import Path
from typing import Protocol

import pytest

from coordination import ports
from coordination.postures import HARDENED, INCIDENT
from namelatch.matrix import catalogue
from namelatch.matrix.campaign import laid_out
from namelatch.matrix.cells import FAULTS, MOMENTS, ROLES, Call
from namelatch.matrix.table import written
from namelatch.matrix.variant import Variant


@pytest.fixture(autouse=True)
def fresh() -> None:
    catalogue.methods.cache_clear()
    catalogue._reached.cache_clear()


class Grown(ports.Authority, Protocol):
    async def surprise(self) -> None: ...


def test_a_method_that_a_port_gains_is_asked_about_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.PORTS, "clock", Grown)
    with pytest.raises(catalogue.Unclassified, match=r"clock\.surprise"):
        catalogue.methods()


def test_a_call_that_a_role_gains_is_a_call_of_the_matrix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "gained.py").write_text(
        "async def serve(ports):\n    await inner(ports)\n\n\n"
        "async def inner(ports):\n    await ports.authority.survivor('x')\n    return Finish(1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(catalogue.BEGINNINGS, "planner", ("gained", "serve"))
    assert catalogue.calls("planner", HARDENED) == {Call("planner", "authority", "survivor")}
    sys.modules.pop("gained")


def test_every_role_calls_something_and_only_what_ports_have() -> None:
    known = set(catalogue.methods())
    for role in ROLES:
        found = catalogue.calls(role, HARDENED)
        assert found
        assert {(call.port, call.method) for call in found} <= known


def test_what_a_role_writes_is_told_by_kind() -> None:
    kinds = {role: {c.kind for c in catalogue.calls(role, HARDENED) if c.method == "commit"} for role in ROLES}
    assert kinds["planner"] == {"DropLeadership", "Publish", "Reserve"}
    assert kinds["enactor"] == {"DropClaim", "Enact", "Finish"}
    assert kinds["collector"] == {"DropClaim", "DropTree", "Forget", "Retire"}
    assert {c.kind for c in catalogue.calls("follower", HARDENED)} == {"Listed", "Changed", "Beat"}


def test_a_posture_with_locks_and_sweeping_enactors_has_their_calls_too() -> None:
    kinds = {c.kind for c in catalogue.calls("enactor", INCIDENT) if c.method == "commit"}
    assert kinds >= {"DropLock", "DropGeneration"}


def test_a_call_that_no_story_reaches_is_reported_and_not_dropped() -> None:
    layout = laid_out("enactor", {"running": frozenset({"authority.head"})}, Variant())
    assert {str(cell.call) for cell in layout.cells} == {"authority.head"}
    assert {*layout.unreached, Call("enactor", "authority", "head")} == catalogue.calls("enactor", HARDENED)


def test_a_call_that_only_a_run_shows_is_laid_out_as_well() -> None:
    layout = laid_out("planner", {"running": frozenset({"authority.commit[TakeLock]"})}, Variant())
    assert {str(cell.call) for cell in layout.cells} == {"authority.commit[TakeLock]"}


def test_a_call_has_a_cell_for_each_fault_that_means_something_in_each_plain_moment_it_is_in() -> None:
    reached = {
        "start": frozenset({"authority.commit[Finish]"}),
        "running": frozenset({"authority.commit[Finish]", "clock.sleep"}),
        "reborn": frozenset({"authority.commit[Finish]", "authority.claims"}),
    }
    cells = laid_out("enactor", reached, Variant()).cells
    assert len({cell.id for cell in cells}) == len(cells)
    commits = {(cell.moment, cell.fault) for cell in cells if cell.call.method == "commit"}
    assert commits == {(moment, fault) for moment in ("start", "running", "alone", "rival") for fault in FAULTS}
    assert {c.fault for c in cells if c.call.method == "sleep"} == {"die before", "die after", "stopped"}
    claims = {(c.moment, c.fault) for c in cells if c.call.method == "claims"}
    assert claims == {("reborn", fault) for fault in ("die before", "die after", "reply lost", "stopped")}


def test_nothing_is_classified_that_no_port_has() -> None:
    assert set(catalogue.EFFECTS) == {f"{port}.{method}" for port, method in catalogue.methods()}


PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def test_the_page_has_a_row_for_every_call_and_for_every_moment() -> None:
    page = PAGE.read_text(encoding="utf-8")
    wanted = [f"| {role} | `{written(str(call))}` |" for role in ROLES for call in catalogue.calls(role, HARDENED)]
    assert [row for row in wanted if row not in page] == []
    assert [moment for moment, story in MOMENTS.items() if f"| {moment} | {story} |" not in page] == []


def test_a_finaliser_that_parses_disturbs_no_parse() -> None:
    class Dying:
        def __init__(self) -> None:
            self.itself = self  # a cycle: only a collection ends it

        def __del__(self) -> None:
            ast.parse("a + b * c")

    source = Path(catalogue.__file__).read_text(encoding="utf-8")
    before = gc.get_threshold()
    gc.set_threshold(5)
    try:
        for _ in range(50):
            Dying()
            assert catalogue._parsed(source).body
    finally:
        gc.set_threshold(*before)
        gc.collect()  # or the last of them disturb whoever parses next
