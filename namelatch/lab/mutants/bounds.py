"""What a mutant has to pass, in this order: the small worlds, then the catalogue's scenarios under their postures."""

from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.small import of_scenario
from namelatch.lab.mutants.worlds import WORLDS
from namelatch.lab.scenarios import SCENARIOS

TRIED = ("hardened", "minimal", "incident", "d1-before", "d1-after", "d2-after", "registered-versioned", "spin-fixed")
# Too large for what they kill: `namelatch lab check` searches them.
LARGE: frozenset[tuple[str, str]] = frozenset(
    {
        *((id, "hardened") for id in ("october-2025", "october-2025-three", "free-two", "free-three")),
        *(("redeliver", name) for name in ("incident", "d2-after", "registered-versioned")),
        *(("cleanup-deletes-active", name) for name in ("d1-before", "d1-after")),
        ("poison-neighbour", "incident"),
    }
)
CATALOGUE = tuple(
    of_scenario(scenario, name)
    for name in TRIED
    for scenario in SCENARIOS
    if (name == "hardened" or name in scenario.expects) and (scenario.id, name) not in LARGE
)
BOUNDS: tuple[Bound, ...] = (*WORLDS, *CATALOGUE)
