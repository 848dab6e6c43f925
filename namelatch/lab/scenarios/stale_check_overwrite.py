"""The first half of the incident: an old plan over a newer one, and no clean-up."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

STALE_CHECK_OVERWRITE = Scenario(
    id="stale-check-overwrite",
    title="An old plan over a newer one",
    story=(
        "a passes every check for plan 2 and gets stuck before it changes the regional endpoint. b takes plan 3 and "
        "finishes. Then a goes on. Nothing is cleaned up: the name is never dark, only back on an old plan, for good."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    published=1,
    keep=9,
    keep_last=9,
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
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
