"""The lattice on file: `docs/lab/lattice.json`, from which its page is made.

`scenarios`, by id: `sources`, the digest of what was searched; `rows`, by name, that of each posture; `cells`, by
composition, the searches that answer for all subsets; `backfires`, by composition, what safeguard makes which safe set
unsafe, with a schedule; `postures`, by name, what falls for it. One line a search, so that a difference shows what has
changed.
"""

import json
from pathlib import Path
from typing import Any

from namelatch.lab.lattice.table import Table, from_json

FORM = "namelatch lab lattice 2"
Data = dict[str, Any]
States = dict[tuple[str, str, str], int]


def empty() -> Data:
    """Nothing computed yet."""
    return {"form": FORM, "scenarios": {}}


def read(path: Path) -> Data:
    """The data on file; empty where there is no file, or one of another form."""
    try:
        data: Data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty()
    return data if data.get("form") == FORM else empty()


def text(data: Data) -> str:
    """The file's text."""
    return _lines(data, 0) + "\n"


DEEP = 4  # levels that are set out on lines of their own


def _lines(value: Any, depth: int) -> str:
    inner, outer = " " * (depth + 1), " " * depth
    if depth < DEEP and isinstance(value, dict) and value:
        parts = [f"{inner}{json.dumps(key)}: {_lines(one, depth + 1)}" for key, one in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{outer}}}"
    if depth >= DEEP and isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(inner + json.dumps(one) for one in value) + f"\n{outer}]"
    return json.dumps(value)


def tables(data: Data) -> dict[str, Table]:
    """The lattice of each composition."""
    parts = data["scenarios"]
    compositions = dict.fromkeys(name for part in parts.values() for name in part["cells"])
    return {name: Table({id: from_json(part["cells"][name]) for id, part in parts.items()}) for name in compositions}


def states(data: Data) -> States:
    """How many states each task of cells has taken."""
    return {
        ("cells", name, id): sum(cell.states for cell in from_json(flat))
        for id, part in data["scenarios"].items()
        for name, flat in part["cells"].items()
    }
