"""A plan whose bytes are not what was promised: its sending was cut short, or the log has spoilt it."""

from namelatch.lab.phrases import FIPS, G2, REGIONAL, UNSWEPT, began, everywhere, publishing, told
from namelatch.lab.rules import Wait
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

TORN_PLAN = Scenario(
    id="torn-plan",
    title="A plan's bytes are torn",
    story=(
        "Plan 2 is published, and its bytes in the log are not those of its manifest. Nobody may apply any of it. The "
        "planner finds out by looking at the log and publishes everything anew, though nothing has changed."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 2,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    torn=frozenset({G2}),
    rule=told(Wait(publishing(3), began("a", 2)), UNSWEPT),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "The bytes are checked against the manifest before anything of them is applied, under every posture: a "
        "quarantines the plan, and the planner publishes a full one in its place."
    ),
    sometimes=("told: quarantined", "told: finished"),
)
