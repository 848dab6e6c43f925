"""The incident as the talk tells it: three enactors, one cleaning up, one installing, one stale."""

from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import G2, G4, REGIONAL, began, both, finished, published, publishing
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

OCTOBER_2025_THREE = Scenario(
    id="october-2025-three",
    title="The race of 19 October 2025, with three enactors",
    story=(
        "a begins generation 2 and gets stuck at the regional endpoint. c installs generation 4, finishes and cleans "
        "up; b comes with generation 5. a goes on only when c has listed its victims: the old plan is written over the "
        "new one, and the clean-up of another enactor than the one that wrote last deletes it."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 5,
    azs=("a", "b", "c"),
    published=1,
    keep=1,
    keep_last=2,
    rule=both(
        Crossed(Crossing("a", G2, G4), REGIONAL),
        Ordered(
            (
                Wait(publishing(3), began("a", 2)),
                Wait(When("c"), published(4)),
                Wait(publishing(5), When(None, "generations")),
                Wait(When("b"), published(5)),
                Wait(When("collector"), finished("c", 4)),
            )
        ),
    ),
    passes=1,
    rounds={"a": 1, "c": 1},
    expects={"hardened": HOLDS},
    sometimes=("told: superseded", "told: finished"),
)
