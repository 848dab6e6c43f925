"""Each endpoint changes in one transaction, a plan does not."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import FIPS, GONE, REGIONAL, STUCK, began, told, wrote
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
        "d1-before": GONE | STUCK | {"rollback-target-exists"},
        "d1-after": GONE | STUCK | {"rollback-target-exists"},
        "d2-after": HOLDS,
        "registered-versioned": GONE | STUCK | {"rollback-target-exists"},
        "spin-fixed": HOLDS,
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "Each endpoint changes whole, and who comes after does the plan again. By age nothing is deleted that "
                "is just one plan older than the applied one."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "Of the plans only the last one is kept, and the regional endpoint still follows the one before: "
                "published is not applied. It goes dark, and its rollback record wedges it. Claims are on plan 2, not "
                "on what is followed."
            ),
        ),
        "hardened": (
            "What a root follows is not collected, in whatever generation it was left; both enactors bring the rest in."
        ),
    },
    sometimes=("crash after it", "told: finished"),
)
