"""The authority stalls and every lease ends: work in progress looks like garbage."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import FIPS, GONE, REGIONAL, STUCK, published, publishing, stands, told, wrote
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
        "d1-before": GONE | STUCK | {"fenced-writes", "rollback-target-exists"},
        "d1-after": GONE | STUCK | {"fenced-writes", "rollback-target-exists"},
        "d2-after": frozenset({"fenced-writes"}),
        "registered-versioned": GONE | STUCK | {"fenced-writes", "rollback-target-exists"},
        "spin-fixed": frozenset({"fenced-writes"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "A write from a claim that has ended is accepted, as none is asked for; here it does no other harm, for"
                " the clean-up is a's own and comes when all is applied."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "When all claims end, nothing speaks for plan 1 any more, which the regional endpoint still follows: "
                "two newer plans are published, and published is all that keep-last counts."
            ),
        ),
        "hardened": (
            "No claim, no write: a is fenced and begins anew. Meanwhile roots speak for what is followed, and "
            "nothing newer than a root is collected."
        ),
    },
    sometimes=("lease ends", "told: fenced", "told: finished"),
)
