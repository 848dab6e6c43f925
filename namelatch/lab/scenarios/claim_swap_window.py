"""A claim that moves on leaves unprotected what is still followed."""

from namelatch.lab.phrases import FIPS, GONE, REGIONAL, STUCK, published, publishing, told, wrote
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
        "d1-before": GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "d1-after": GONE | STUCK | {"rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": GONE | STUCK | {"rollback-target-exists"},
        "spin-fixed": frozenset({"rollback-target-exists"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "No claim protects anything here, and none needs to: a cleans up after its own plan is applied. It "
                "skips from 2 to 4, and what its rollback records name is deleted."
            ),
        ),
        "d1-before": (
            "One claim an az, and a collector that does not ask for it: plan 2 goes while both endpoints follow it,"
            " and no rollback record can be written any more."
        ),
        "d1-after": (
            "One claim an az: it is on plan 4 before anything follows 4, and plan 2 is free to go while both "
            "endpoints follow it."
        ),
        "registered-versioned": (
            "Claims overlap, but the one on plan 2 is given up when 4 is claimed, not when 4 is applied: what is "
            "followed has no claim."
        ),
        "hardened": "References count besides claims: both roots follow plan 2, so it stays.",
    },
    sometimes=("told: finished",),
)
