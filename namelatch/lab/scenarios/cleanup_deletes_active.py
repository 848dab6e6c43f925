"""The incident's second half: the clean-up deletes a plan because it is old, though a root follows it."""

from namelatch.lab.phrases import (
    BACK,
    FIPS,
    GONE,
    REGIONAL,
    STUCK,
    began,
    beginning,
    finished,
    published,
    publishing,
    stands,
    told,
)
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

CLEANUP_DELETES_ACTIVE = Scenario(
    id="cleanup-deletes-active",
    title="The clean-up deletes what is followed",
    story=(
        "a begins generation 2 and stands still before it writes. b enacts generation 3. a writes 2 over 3, which the "
        "one-time check lets through, and the regional endpoint follows 2 again. Generation 4 names the other endpoint "
        "alone: b applies it, and cleans up what has grown old, whether or not a root follows it."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved(), Moved((FIPS,))),
    published=1,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
        Wait(publishing(4), stands("a")),
        Wait(beginning("a", 3), finished("b", 4)),
        Wait(beginning("a", 4), finished("b", 4)),
        Wait(When("collector"), published(4)),
    ),
    passes=1,
    expects={
        "incident": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-before": BACK | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "d1-after": BACK | GONE | STUCK | {"rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": BACK | GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "a's old write passes, as its check was made before. The clean-up goes by age alone and deletes plan 2 "
            "while the regional endpoint follows it."
        ),
        "d1-before": (
            "Nothing stops the old write, and the last two plans are kept whatever else is followed. Where the name"
            " is dark, later plans that name it fail on the rollback record."
        ),
        "d1-after": (
            "The old write passes. The claim on plan 2 protects it only until a claims something else, and the "
            "endpoint follows it longer than that."
        ),
        "d2-after": (
            "Lock and re-check refuse the old write. b has gone from plan 1 to 3 at once, and the clean-up deletes "
            "the plan 1 that its rollback records name."
        ),
        "registered-versioned": (
            "The version is that of plan 3, just read, so the old write passes; the claim protects plan 2 only as "
            "long as a works on it, and not as long as it is followed."
        ),
        "spin-fixed": (
            "Not what was just applied, but what an older write has just brought back: plan 2 is old and not the "
            "one applied, so the same transaction that finishes 4 deletes it."
        ),
        "hardened": (
            "The old write is refused, and a tree is deleted only if neither root nor rollback name it, judged in "
            "the transaction that deletes it."
        ),
    },
    sometimes=("told: superseded",),
)
