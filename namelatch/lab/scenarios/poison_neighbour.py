"""One endpoint of the batch is held by another hand: the rest must go through."""

from coordination.intents import Hold
from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, everywhere, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

POISON_NEIGHBOUR = Scenario(
    id="poison-neighbour",
    title="A pinned neighbour",
    story=("The regional endpoint is held by an operator. Plans 2 and 3 name it together with its neighbour."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    given=(Hold(REGIONAL, "operator"),),
    keep=9,
    keep_last=9,
    rule=told(Wait(publishing(3), When("a", "read")), UNSWEPT),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "Only the held endpoint's change is refused, by the authority's law; the rest of the batch is proposed "
        "again at once, and the plan counts as applied."
    ),
    sometimes=("told: held", "told: finished"),
)
