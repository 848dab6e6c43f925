"""An outage without a race: old is not unused."""

from namelatch.lab.phrases import FIPS, GONE, REGIONAL, STUCK, finished, published, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

UNCHANGED_ENDPOINT = Scenario(
    id="unchanged-endpoint",
    title="Unchanged for long",
    story=(
        "The regional endpoint has not changed since plan 1. Three small plans for its neighbour come, one "
        "after the other is applied, and what is old is cleaned up."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved((FIPS,)), Moved((FIPS,)), Moved((FIPS,))),
    azs=("a",),
    keep=1,
    keep_last=2,
    rule=told(Wait(When("a"), published(2)), Wait(When("collector"), finished("a", 3))),
    passes=1,
    expects={
        "incident": GONE | STUCK | {"rollback-target-exists"},
        "d1-before": GONE | STUCK | {"rollback-target-exists"},
        "d1-after": GONE | STUCK | {"rollback-target-exists"},
        "d2-after": GONE | STUCK | {"rollback-target-exists"},
        "registered-versioned": GONE | STUCK | {"rollback-target-exists"},
        "spin-fixed": GONE | STUCK | {"rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "Plan 1 is older than what the clean-up keeps, and the regional endpoint follows it still. Nobody "
                "raced; later plans that name it can't write their rollback record."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "Plan 1 is not among the last plans, and nobody claims it any more: nobody has worked on that endpoint "
                "since. It goes dark, and stays so at the rollback record."
            ),
        ),
        "hardened": "The root refers to plan 1: that is what counts, and not its age.",
    },
    sometimes=("told: finished",),
)
