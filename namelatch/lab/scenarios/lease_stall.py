"""The authority stalls and every lease ends: work in progress looks like garbage."""

from namelatch.lab.explore import Budget
from namelatch.lab.phrases import FIPS, REGIONAL, published, publishing, stands, told, wrote
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LEASE_STALL = Scenario(
    id="lease-stall",
    title="All leases end at once",
    story=(
        "a is in the middle of plan 2, one endpoint at a time. Its claims end, all of them, and the collector "
        "looks at a world in which nobody claims anything."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=1,
    keep_last=2,
    at_once=1,
    budget=Budget(expiries=1, of=("a",)),
    rule=told(
        Wait(publishing(3), wrote("a", 2, FIPS)), Wait(When("collector"), published(3)), Wait(stands("a"), published(3))
    ),
    passes=1,
    expects={
        "incident": frozenset({"fenced-writes"}),
        "d1-before": frozenset(
            {"converges", "fenced-writes", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d1-after": frozenset(
            {"converges", "fenced-writes", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d2-after": frozenset({"fenced-writes"}),
        "registered-versioned": frozenset(
            {"converges", "fenced-writes", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "spin-fixed": frozenset({"fenced-writes"}),
        "hardened": HOLDS,
    },
    sometimes=("lease ends", "told: fenced", "told: finished"),
)
