"""A claim that moves on leaves unprotected what is still followed."""

from namelatch.lab.phrases import FIPS, REGIONAL, published, publishing, told, wrote
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

CLAIM_SWAP_WINDOW = Scenario(
    id="claim-swap-window",
    title="Between two claims",
    story=(
        "a follows plan 2 under its claim and takes plan 4. Before it has changed anything, the collector "
        "looks: it sees a claim on 4 and deletes what is old, and every root still follows 2."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    azs=("a",),
    published=1,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(3), wrote("a", 2)),
        Wait(When("a", "Finish", 2), published(4)),
        Wait(When("a", "Enact", 4), When("collector", "generations"), since=When("collector", "head")),
        Wait(When("collector"), published(4)),
    ),
    passes=1,
    expects={
        "incident": frozenset({"rollback-target-exists"}),
        "d1-before": frozenset(
            {
                "claimed-plan-exists",
                "converges",
                "never-delete-active",
                "never-empty",
                "not-wedged",
                "rollback-target-exists",
            }
        ),
        "d1-after": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "spin-fixed": frozenset({"rollback-target-exists"}),
        "hardened": HOLDS,
    },
    sometimes=("told: finished",),
)
