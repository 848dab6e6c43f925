"""The contrast to `az-offline`: what is slow comes back."""

from namelatch.lab.phrases import BACK, FIPS, GONE, REGIONAL, began, finished, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

AZ_SLOW = Scenario(
    id="az-slow",
    title="One enactor slow",
    story=(
        "a begins plan 2 and is slow where it changes the regional endpoint. b applies plans 2, 3 and 4, one after the "
        "other, and what is old is cleaned up. It is the same story as in az-offline, only that a comes back."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    published=1,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(When("b"), began("a", 2)),
        Wait(publishing(3), finished("b", 2)),
        Wait(publishing(4), finished("b", 3)),
        Wait(stands("a"), finished("b", 4)),
        Wait(When("collector"), finished("b", 4)),
    ),
    passes=1,
    expects={
        "incident": BACK | GONE | {"claimed-plan-exists", "converges"},
        "d1-before": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-after": BACK | GONE | {"converges", "rollback-target-exists"},
        "d2-after": frozenset({"claimed-plan-exists"}),
        "registered-versioned": BACK | GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": BACK | {"claimed-plan-exists", "converges"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "a comes back with a check made long ago, writes plan 2 over 4, and the clean-up deletes plan 2, which "
            "is old, claimed, and followed."
        ),
        "d1-before": (
            "Nothing binds a's write; of the plans the last two are kept, whatever is claimed or followed. What a "
            "then finds gone it writes empty."
        ),
        "d1-after": (
            "The collector waits for a's claim. Then a has written plan 2 over 4 and moves on, its claim goes, and "
            "plan 2 is deleted under the endpoint."
        ),
        "d2-after": (
            "The re-check under the lock finds plan 4, and a yields. The clean-up does delete the plan that a has "
            "claimed, which hurts nobody here: claims are not asked."
        ),
        "registered-versioned": (
            "Leases and versions stop none of it: the version is fresh, the plan is old, and the claim ends when a "
            "is done."
        ),
        "spin-fixed": (
            "The clean-up in b's finish deletes plan 2 under a's claim. a writes it anew after that, over 4: the "
            "name is stale for good, and not dark, as no clean-up comes after it."
        ),
        "hardened": "a meets plan 4 in the root and yields, and its plan stays as long as it claims it.",
    },
    sometimes=("told: finished", "told: superseded"),
)
