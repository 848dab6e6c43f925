"""The bytes are there and are not what the manifest promised."""

from namelatch.lab.phrases import FIPS, G2, REGIONAL, began, published, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

TORN_PLAN = Scenario(
    id="torn-plan",
    title="A torn plan",
    story=("Plan 2 arrives torn, whoever fetches it. Plan 3 is a full plan."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    published=1,
    keep=9,
    keep_last=9,
    torn=frozenset({G2}),
    rule=told(Wait(publishing(3), began("a", 2)), Wait(When("b"), published(3))),
    passes=1,
    expects={},
    sometimes=("told: quarantined", "told: finished"),
)
