"""Each endpoint changes in one transaction, a plan does not."""

from namelatch.lab.explore import Budget
from namelatch.lab.phrases import FIPS, REGIONAL, began, told, wrote
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

MIXED_GENERATIONS = Scenario(
    id="mixed-generations",
    title="A crash in the middle of a plan",
    story=(
        "a changes one endpoint at a time and dies somewhere in plan 2. Some names follow plan 2 and some "
        "plan 1. a comes back without any memory, b takes over."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 2,
    published=1,
    keep=1,
    keep_last=1,
    at_once=1,
    budget=Budget(crashes=1, of=("a",)),
    rule=told(
        Wait(When("b"), wrote("a", 2, FIPS)),
        Wait(When("collector"), began("b", 2)),
    ),
    passes=1,
    expects={
        "incident": HOLDS,
        "d2-after": HOLDS,
        "registered-versioned": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "spin-fixed": HOLDS,
        "hardened": HOLDS,
    },
    sometimes=("crash after it", "told: finished"),
)
