"""An outage without a race: old is not unused."""

from namelatch.lab.phrases import FIPS, REGIONAL, finished, published, told
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
        "incident": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d1-before": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d1-after": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d2-after": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "registered-versioned": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "spin-fixed": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("told: finished",),
)
