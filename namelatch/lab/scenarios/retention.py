"""The log keeps the newest plan only, and a delta needs the one before."""

from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

RETENTION = Scenario(
    id="retention",
    title="Retention removes a plan in use",
    story=(
        "Plans 2 and 3 are deltas. When plan 3 is written, the log drops the bytes of plan 2, which nobody "
        "has applied yet."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved((REGIONAL,)), Moved((FIPS,))),
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    retains=1,
    rule=told(Wait(publishing(3), When("a", "head")), UNSWEPT),
    passes=1,
    expects={
        "incident": HOLDS,
        "d1-before": frozenset({"converges"}),
        "d1-after": HOLDS,
        "d2-after": HOLDS,
        "registered-versioned": HOLDS,
        "spin-fixed": HOLDS,
        "hardened": HOLDS,
    },
    why={
        "d1-before": (
            "It goes on without plan 2's bytes: what that plan changed is never applied, and plan 3 is called finished."
        ),
        **dict.fromkeys(
            ("incident", "d1-after", "d2-after", "registered-versioned", "spin-fixed", "hardened"),
            (
                "A chain with a gap is not begun. The planner sees that the log has lost what is needed and publishes "
                "everything anew."
            ),
        ),
    },
    sometimes=("told: plan lost", "told: finished"),
)
