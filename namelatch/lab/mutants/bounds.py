"""What a mutant has to pass: the small worlds, and the catalogue's scenarios under the postures that they speak of.

Of the catalogue those are searched that are small enough; `namelatch lab check` searches the others.
"""

from dataclasses import replace

from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.small import of_scenario
from namelatch.lab.mutants.worlds import WORLDS
from namelatch.lab.scenarios import SCENARIOS

TRIED = ("hardened", "minimal", "incident", "d1-before", "d1-after", "d2-after", "registered-versioned", "spin-fixed")
MOST_STATES = 600  # of a scenario that is searched for every mutant: 20 ms, and a survivor has to pass them all
CATALOGUE = tuple(
    replace(of_scenario(scenario, name), states=MOST_STATES, spare=True)
    for name in TRIED
    for scenario in SCENARIOS
    if name == "hardened" or name in scenario.expects
)
BOUNDS: tuple[Bound, ...] = (*WORLDS, *CATALOGUE)
