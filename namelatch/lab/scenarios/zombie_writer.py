"""A lease ends while its holder is paused, and the holder does not know."""

from namelatch.lab.explore import Budget
from namelatch.lab.phrases import REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

ZOMBIE_WRITER = Scenario(
    id="zombie-writer",
    title="A paused holder outlives its lease",
    story=(
        "a begins plan 2 and is paused before it changes the regional endpoint. Its lease may end meanwhile. "
        "b applies plan 3. Then a goes on as if nothing had happened."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    published=1,
    keep=2,
    keep_last=3,
    budget=Budget(expiries=1, of=("a",)),
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
        Wait(When("collector"), finished("b", 3)),
        Wait(When("collector"), stands("a")),
    ),
    passes=1,
    expects={
        "incident": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "d1-before": frozenset({"bounded-staleness", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}),
        "d1-after": frozenset({"bounded-staleness", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}),
        "d2-after": HOLDS,
        "registered-versioned": frozenset(
            {"bounded-staleness", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "spin-fixed": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "fenced-writes", "monotone-generation"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("lease ends", "told: fenced", "told: superseded"),
)
