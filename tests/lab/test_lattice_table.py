"""What the lattice's page says, from cells made by hand."""

from pathlib import Path

import pytest

from coordination.postures import POSTURES
from namelatch.lab.check import LIVENESS
from namelatch.lab.judged import JUDGED
from namelatch.lab.lattice import heat, page, sources, stored
from namelatch.lab.lattice.cells import (
    COMPOSITIONS,
    NAMES,
    SUBSETS,
    UNKNOWN,
    Cell,
    subset_of,
)
from namelatch.lab.lattice.drawing import PLACE
from namelatch.lab.lattice.harms import BESIDE, HARMS, row, sentence
from namelatch.lab.lattice.table import Backfire, Table, from_json, to_json
from tests.lab.programs import ROOT

EVERY = SUBSETS - 1
FORWARD, LOCK, FENCE = (subset_of((name,)) for name in ("forward", "lock", "fence"))


def cell(searched: int, mattered: int, fell: str | None, steps: int = 0) -> Cell:
    return Cell(searched, mattered, fell, steps, 1, True)


def without(*guards: int) -> int:
    return EVERY & ~sum(guards)


# With forward all is safe; without it something falls, but where lock alone is there.
NEEDS_ONE = [
    cell(EVERY, FORWARD, None),
    cell(without(FORWARD), LOCK, None),
    cell(without(FORWARD, LOCK), 0, "never-empty", 7),
]
# Fence makes everything fall that is safe without it, unless forward is there too.
BACKFIRES = [
    cell(EVERY, FORWARD, None),
    cell(without(FORWARD), FENCE, "not-wedged", 9),
    cell(without(FORWARD, FENCE), 0, None),
]
CUT = [cell(EVERY, FORWARD, UNKNOWN), cell(without(FORWARD), 0, None)]


def test_minimal_are_the_safe_sets_of_which_no_part_is_safe() -> None:
    assert Table({"one": NEEDS_ONE}).minimal() == [LOCK, FORWARD]
    assert Table({"one": NEEDS_ONE, "other": BACKFIRES}).minimal() == [LOCK, FORWARD]
    assert Table({"other": BACKFIRES}).minimal() == [0]


def test_a_safeguard_is_needed_where_every_safe_set_has_it() -> None:
    only = [cell(EVERY, FORWARD, None), cell(without(FORWARD), 0, "never-empty", 3)]
    of = Table({"only": only, "either": NEEDS_ONE})
    assert of.needed("forward") == ["only"]
    assert of.needed("lock") == []
    assert of.falls(LOCK) == [("only", "never-empty")]


def test_a_backfire_is_told_once_with_how_many_sets_it_makes_unsafe_and_the_shortest_of_them() -> None:
    told = Table({"other": BACKFIRES}).backfires("other")
    assert told == [Backfire("fence", "not-wedged", 1024, 0, 0)]
    assert told[0].unsafe == FENCE
    assert Table({"one": NEEDS_ONE}).backfires("one") == []


def test_what_is_unknown_is_not_safe_and_is_no_proof_of_a_backfire() -> None:
    of = Table({"cut": CUT})
    assert not of.safe(EVERY)
    assert of.safe(without(FORWARD))
    assert of.backfires("cut") == []


def test_what_no_cell_answers_for_is_unknown() -> None:
    of = Table({"part": [cell(EVERY, FORWARD, None)]})
    assert of.counts("part") == {None: 2048, UNKNOWN: 2048}


def test_cells_on_file_are_what_they_were() -> None:
    assert from_json(to_json(NEEDS_ONE)) == NEEDS_ONE


def data(**cells: list[Cell]) -> stored.Data:
    parts = {
        id: {
            "sources": "",
            "rows": {},
            "cells": {one.name: to_json(some) for one in COMPOSITIONS},
            "backfires": {one.name: [] for one in COMPOSITIONS},
            "postures": {one.name: ["never-empty"] if one.name == "incident" else [] for one in POSTURES},
        }
        for id, some in cells.items()
    }
    return {"form": stored.FORM, "scenarios": parts}


def test_the_file_s_text_is_read_back_as_it_was_and_has_one_line_a_search(tmp_path: Path) -> None:
    whole = data(one=NEEDS_ONE, other=BACKFIRES)
    (tmp_path / "lattice.json").write_text(stored.text(whole))
    assert stored.read(tmp_path / "lattice.json") == whole
    searches = [line for line in stored.text(whole).splitlines() if line.strip(" ,").startswith("[4095")]
    assert len(searches) == 4
    assert stored.read(tmp_path / "none.json") == stored.empty()
    (tmp_path / "older.json").write_text('{"cells": {}}')
    assert stored.read(tmp_path / "older.json") == stored.empty()


def test_the_page_answers_what_is_enough_and_what_backfires() -> None:
    told = page.page(data(one=NEEDS_ONE, other=BACKFIRES))
    assert "**`hardened`** is safe in all 2 scenarios." in told
    assert "1 of 12, swept by reference: `lock`, the posture `minimal`. All minimal sets: `lock`; or `forward`." in told
    assert "| other | `fence` | not-wedged | 1,024 | 0 | none at all |" in told
    assert "no cell is grey" in told
    alone = page.page(data(one=NEEDS_ONE))
    assert "Nowhere: in none of these scenarios" in alone
    assert "**Is more always safer?**" in alone
    assert "1,024 cells are grey" not in told
    assert "4,096 cells are grey" in page.page(data(cut=CUT))


def test_every_invariant_has_its_harm_in_words() -> None:
    assert set(HARMS) == {one.id for one in JUDGED} | {name for name, _, _ in LIVENESS}
    assert set(HARMS) >= BESIDE


def test_a_posture_s_row_says_in_words_what_it_does_not_stop_and_where_it_is_safe() -> None:
    fell = {"x": ["never-empty", "fenced-writes"], "y": ["fenced-writes"], "z": [UNKNOWN]}
    found = row("some", fell)
    assert (found.holds, found.unknown) == (("y",), ("z",))
    assert sentence(found, 3) == (
        "a name answers with no address (1). *beside that:* a write is accepted from a claim that is lost (2)"
    )
    assert sentence(row("good", {"x": []}), 1) == "nothing that is asked in these 1 scenarios"


# --- the heat map ------------------------------------------------------------------------------------------------


def test_the_heat_map_has_a_place_for_every_subset_and_needs_nothing_else() -> None:
    assert sorted((*heat.COLUMNS, *heat.ROWS)) == sorted(NAMES)
    told = heat.heat_map(data(one=NEEDS_ONE))
    assert PLACE not in told
    assert "http" not in told
    found = heat.document(data(one=NEEDS_ONE))
    assert found["compositions"][0]["cells"][0][-1] == [without(FORWARD, LOCK), 0, list(HARMS).index("never-empty")]
    assert found["named"][0][0] == "hardened"


# --- what a result depends on ------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two modules, in which one imports the other inside a function."""
    (tmp_path / "actors").mkdir()
    (tmp_path / "actors" / "one.py").write_text("import json\n\ndef late():\n    from actors import two\n")
    (tmp_path / "actors" / "two.py").write_text("N = 1\n")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    for kept in (sources._code, sources._executed, sources._imported):
        kept.cache_clear()
    yield tmp_path
    for kept in (sources._code, sources._executed, sources._imported):
        kept.cache_clear()


def test_a_module_depends_on_all_of_the_project_s_that_it_imports_wherever_it_does(tree: Path) -> None:
    assert sources.closure(["actors.one"]) == {"actors.one", "actors.two"}


def test_what_is_executed_changes_the_digest_and_what_is_told_does_not(tree: Path) -> None:
    two = tree / "actors" / "two.py"

    def digest_of(text: str) -> str:
        two.write_text(text)
        sources._code.cache_clear()
        sources._executed.cache_clear()
        return sources.digest(["actors.two"])

    was = digest_of("N = 1\nONE = Scenario(keep=1, why={})\n")
    told = '"""Why."""\n# because\n\nN = 1\nONE = Scenario(\n    why={"incident": "so"}, story="long", keep=1\n)\n'
    assert digest_of(told) == was
    for executed in (
        told.replace("N = 1", "N = 2"),
        told.replace("keep=1", "keep=2"),
        told.replace("Scenario", "Other"),
    ):
        assert digest_of(executed) != was


def test_of_the_catalogue_of_postures_what_runs_counts_and_its_values_do_not(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "VALUES", frozenset({"actors.two"}))
    (tree / "actors" / "two.py").write_text("N = 1\n\ndef lag():\n    return N\n")
    was = sources.digest(["actors.two"])
    for text, same in (
        ("N: int = 2\n\ndef lag():\n    return N\n", True),
        ("N = 1\n\ndef lag():\n    return 0\n", False),
    ):
        (tree / "actors" / "two.py").write_text(text)
        sources._code.cache_clear()
        sources._executed.cache_clear()
        assert (sources.digest(["actors.two"]) == was) is same


def test_the_digest_covers_explorer_protocol_safeguards_and_judges() -> None:
    found = sources.closure(["namelatch.lab.lattice.cells", "namelatch.lab.check"])
    explorer = ("explore", "strides", "recovery", "freeze", "bytecode", "arrays.waves")
    for module in ("world", *(f"explorer.{one}" for one in explorer)):
        assert f"namelatch.lab.{module}" in found
    for path in [*(ROOT / "actors").glob("[a-z]*.py"), *(ROOT / "coordination").glob("[a-z]*.py")]:
        module = f"{path.parent.name}.{path.stem}"
        if module not in {
            "actors.on_asyncio",
            "coordination.memory_log",
            "coordination.history",
            "coordination.lines",
            "coordination.feed",
            "coordination.passing",
        }:  # around the protocol where it is run for real: no search has any of them
            assert module in found, module
