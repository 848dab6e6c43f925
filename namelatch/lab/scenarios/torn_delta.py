"""A delta that can't be read breaks the chain of all that come after it."""

from namelatch.lab.phrases import FIPS, G2, REGIONAL, began, publishing, told
from namelatch.lab.rules import Wait
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

TORN_DELTA = Scenario(
    id="torn-delta",
    title="A torn delta",
    story=("Plan 2 is a delta and arrives torn. Plan 3 is a delta upon it."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved((REGIONAL,)), Moved((FIPS,))),
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    torn=frozenset({G2}),
    rule=told(Wait(publishing(3), began("a", 2))),
    passes=1,
    expects={},
    sometimes=("told: quarantined", "told: finished"),
)
