"""The incident's trigger alone: mutual exclusion works as designed, and the loser's check grows old."""

from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import FIPS, G2, G4, REGIONAL, began, both, finished, published, publishing
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LOCK_STARVATION = Scenario(
    id="lock-starvation",
    title="One that loses the lock every time",
    story=(
        "a passes every check for plan 2. Whenever it tries the regional endpoint's lock, another holds it. "
        "When it gets it at last, plan 4 is applied. Nothing is cleaned up. Where there is no lock, a is "
        "stuck at its change instead."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    published=1,
    keep=9,
    keep_last=9,
    rule=both(
        Crossed(Crossing("a", G2, G4), REGIONAL),
        Ordered(
            (
                Wait(publishing(3), began("a", 2)),
                Wait(When("b"), published(4)),
                Wait(When("collector"), finished("b", 4)),
            )
        ),
    ),
    passes=1,
    expects={
        "incident": frozenset({"bounded-staleness", "converges", "cross-endpoint-skew", "monotone-generation"}),
        "d1-before": frozenset({"bounded-staleness", "cross-endpoint-skew", "monotone-generation"}),
        "d1-after": frozenset({"bounded-staleness", "cross-endpoint-skew", "monotone-generation"}),
        "d2-after": HOLDS,
        "registered-versioned": frozenset({"bounded-staleness", "cross-endpoint-skew", "monotone-generation"}),
        "spin-fixed": frozenset({"bounded-staleness", "converges", "cross-endpoint-skew", "monotone-generation"}),
        "hardened": HOLDS,
    },
    sometimes=("told: superseded",),
)
