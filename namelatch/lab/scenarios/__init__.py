"""The catalogue: one file a scenario, one entry each here, in the order of `namelatch lab list`."""

from namelatch.lab.scenario import Scenario
from namelatch.lab.scenarios.october_2025 import OCTOBER_2025

SCENARIOS: tuple[Scenario, ...] = (OCTOBER_2025,)


def scenario(id: str) -> Scenario:
    """The scenario of that id. Raises KeyError, whose text lists the ids there are."""
    for one in SCENARIOS:
        if one.id == id:
            return one
    raise KeyError(f"no scenario {id!r}: there are {', '.join(one.id for one in SCENARIOS)}")
