"""The heat map: one HTML file that needs nothing else. `drawing.py` draws; this gives it the cells.

A picture is 64 by 64 squares, one for each subset: six safeguards say in which column a subset stands, six in which
row, and bars along both sides show where each of them is in. Pure: what is stored in, text out.
"""

import json
from collections.abc import Sequence
from typing import Any

from coordination.postures import POSTURES
from namelatch.lab.lattice.cells import BY_REFERENCE, COMPOSITIONS, NAMES, UNKNOWN, subset_of
from namelatch.lab.lattice.drawing import PLACE, TEMPLATE
from namelatch.lab.lattice.harms import HARMS
from namelatch.lab.lattice.page import ABOUT
from namelatch.lab.lattice.stored import Data

# From the widest bar to the narrowest.
COLUMNS = ("spare-referenced", "spare-claimed", "non-empty", "rollback-tolerant", "plan-exists", "lag-stop")
ROWS = ("forward", "recheck", "version", "lock", "fresh-once", "fence")


def heat_map(data: Data) -> str:
    """The file's text."""
    assert TEMPLATE.count(PLACE) == 1, "the template has one place for the cells"
    return TEMPLATE.replace(PLACE, json.dumps(document(data), separators=(",", ":")).replace("<", "\\u003c"))


def document(data: Data) -> dict[str, Any]:
    """What the file draws. Cells are `[searched, mattered, what fell]`: -1 nothing, -2 unknown, else its place."""
    fallen = list(HARMS)
    return {
        "names": list(NAMES),
        "columns": [NAMES.index(one) for one in COLUMNS],
        "rows": [NAMES.index(one) for one in ROWS],
        "fallen": fallen,
        "harms": list(HARMS.values()),
        "named": [
            [one.name, subset_of([guard.name for guard in one.safeguards])]
            for one in POSTURES
            if one.rule == BY_REFERENCE.rule
        ],
        "scenarios": list(data["scenarios"]),
        "compositions": [
            {
                "name": composition.name,
                "about": f"Composition: {ABOUT[composition.name].replace('`', '')}.",
                "cells": [_cells(part["cells"][composition.name], fallen) for part in data["scenarios"].values()],
            }
            for composition in COMPOSITIONS
        ],
    }


def _cells(flat: Sequence[Sequence[Any]], fallen: Sequence[str]) -> list[list[int]]:
    return [[searched, mattered, _place(fell, fallen)] for searched, mattered, fell, *_ in flat]


def _place(fell: str | None, fallen: Sequence[str]) -> int:
    return -1 if fell is None else -2 if fell == UNKNOWN else fallen.index(fell)
