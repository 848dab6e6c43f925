"""An actor is restarted and its old self goes on: two processes, one az, one plan."""

from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, began, finished, publishing, stands, told
from namelatch.lab.processes import enactor
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

OLD_INCARNATION = Scenario(
    id="old-incarnation",
    title="The old self of a restarted enactor",
    story=(
        "a begins plan 2 and is thought dead. It is begun anew, takes the plan from its old self, and applies plan 3. "
        "Then the old self goes on with plan 2 where it stood."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    others=lambda posture: (enactor("a", posture, name="anew"),),
    rule=told(
        Wait(When("anew"), began("a", 2)),
        Wait(publishing(3), began("anew", 2)),
        Wait(stands("anew"), When(None, "Publish", 3, committed=True)),
        Wait(stands("a"), finished("anew", 3)),
        UNSWEPT,
    ),
    passes=1,
    expects={
        "incident": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "d1-before": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "d1-after": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "d2-after": HOLDS,
        "registered-versioned": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "spin-fixed": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("told: claim revoked", "told: fenced", "told: finished"),
)
