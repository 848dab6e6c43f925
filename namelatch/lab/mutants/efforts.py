"""The small worlds once more, as undisturbed runs: what each must cost stands in a file that `--pin` writes anew.

Like any pinned count it changes when the protocol is meant to do more or less; the difference of the file says what.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from namelatch.lab.mutants.bound import Bound, searched
from namelatch.lab.mutants.rare import WORLDS

FILE = Path(__file__).with_suffix(".json")
UNKNOWN = {"": "not pinned yet"}


def undisturbed(world: Bound, costs: Mapping[str, str]) -> Bound:
    """A world as an undisturbed run that costs so much."""
    return Bound(f"{world.name}, undisturbed", world.begin, limits=world.limits, effort=costs)


def pins(worlds: Sequence[Bound] = WORLDS) -> dict[str, Mapping[str, str]]:
    """What an undisturbed run of each world costs now; of worlds that are alike in this the first."""
    found: dict[str, Mapping[str, str]] = {}
    for world in worlds:
        costs = searched(undisturbed(world, UNKNOWN), 1).effort
        if costs and costs not in found.values():
            found[world.name] = costs
    return found


def written(found: Mapping[str, Mapping[str, str]]) -> str:
    """The file."""
    return json.dumps(found, indent=1) + "\n"


def _pinned() -> tuple[Bound, ...]:
    known = {one.name: one for one in WORLDS}
    stored: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(undisturbed(known[name], costs) for name, costs in stored.items())


EFFORTS = _pinned()
