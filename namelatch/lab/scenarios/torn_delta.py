"""A torn plan in the middle of a chain: what comes after it is whole, and still must not be applied alone."""

from namelatch.lab.phrases import FIPS, G2, REGIONAL, UNSWEPT, began, everywhere, publishing, told
from namelatch.lab.rules import Wait
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

TORN_DELTA = Scenario(
    id="torn-delta",
    title="A torn delta below a whole one",
    story=(
        "Plan 2 changes the regional endpoint and its bytes are torn; plan 3 changes the neighbour and is whole. Plan "
        "3 alone would lose what plan 2 changed. The planner publishes everything anew."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved((REGIONAL,)), Moved((FIPS,))),
    azs=("a",),
    published=2,
    keep=9,
    keep_last=9,
    torn=frozenset({G2}),
    rule=told(Wait(publishing(4), began("a", 2)), UNSWEPT),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "A chain is applied whole or not at all: with plan 2 torn, plan 3 is not begun either, and the planner "
        "publishes everything anew."
    ),
    sometimes=("told: quarantined", "told: finished"),
)
