"""What a mutant has to pass: the small worlds, of the catalogue what tells mutants apart, and the undisturbed runs.

Of the catalogue's scenarios those are searched that are small and in which some mutant fell that had passed everything
smaller; `namelatch lab check` searches all of them. Fewer searches can only let more mutants live.
"""

from dataclasses import replace

from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.efforts import EFFORTS
from namelatch.lab.mutants.rare import WORLDS
from namelatch.lab.mutants.small import of_scenario
from namelatch.lab.scenarios import SCENARIOS

MOST_STATES = 600  # of a scenario that is searched for every mutant: 20 ms, and a survivor has to pass them all
TELLING = {
    "hardened": (
        *("az-offline", "claim-swap-window", "empty-source", "half-collected", "new-number-old-inputs", "retention"),
        "wedged-rollback-pointer",
    ),
    "incident": (
        *("claim-swap-window", "half-collected", "lock-starvation", "resurrection", "rollback-then-cleanup"),
        *("stale-check-overwrite", "wedged-rollback-pointer"),
    ),
    "d1-before": ("torn-plan", "wedged-rollback-pointer"),
    "d1-after": ("az-offline", "claim-swap-window"),
    "d2-after": (
        *("az-slow", "claim-swap-window", "lock-starvation", "unchanged-endpoint", "wedged-rollback-pointer"),
        "zombie-writer",
    ),
    "registered-versioned": ("gc-then-write-empty", "unchanged-endpoint", "wedged-rollback-pointer"),
    "spin-fixed": ("gc-then-write-empty", "half-collected"),
}
CATALOGUE = tuple(
    replace(of_scenario(scenario, name), states=MOST_STATES, spare=True)
    for name, ids in TELLING.items()
    for scenario in SCENARIOS
    if scenario.id in ids
)
BOUNDS: tuple[Bound, ...] = (*WORLDS, *CATALOGUE, *EFFORTS)
