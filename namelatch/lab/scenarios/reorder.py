"""An older plan is begun after a newer one is finished, by the word of a check that was made before."""

from namelatch.lab.phrases import FIPS, REGIONAL, beginning, finished, published, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

REORDER = Scenario(
    id="reorder",
    title="Plans out of order",
    story=("a has looked and means to begin plan 2. Before it registers, b begins plan 3 and finishes it."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    published=1,
    keep=9,
    keep_last=9,
    rule=told(
        Wait(publishing(3), When("a", "head")),
        Wait(When("b"), published(3)),
        Wait(beginning("a", 2), finished("b", 3)),
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
