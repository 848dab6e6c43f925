"""The incident: a slow enactor's old plan crosses a newer one, and the clean-up deletes what the root follows."""

from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import (
    FIPS,
    G2,
    G4,
    REGIONAL,
    began,
    both,
    cleaned,
    finished,
    published,
    publishing,
    rests,
    sits_out,
)
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

OCTOBER_2025 = Scenario(
    id="october-2025",
    title="The race of 19 October 2025",
    story=(
        "a passes the one-time check for generation 2 and loses the regional endpoint's lock to others who hold it. "
        "b takes generation 4, finishes and lists what is old. Only then a goes on, and writes the old plan over the "
        "new one; the clean-up deletes the old plan's trees. The root follows a tree that is gone. Generation 5 "
        "comes, and no enactor can apply it: the rollback record would point at nothing."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 5,
    published=1,
    keep=1,
    keep_last=2,
    rule=both(
        Crossed(Crossing("a", G2, G4), REGIONAL),
        Ordered(
            (
                Wait(publishing(3), began("a", 2)),
                Wait(When("b"), published(4)),
                Wait(When("planner"), cleaned(2), since=published(4)),
                Wait(When("collector"), finished("b", 4)),
                *sits_out("a", 3, 4, 5),
                rests("planner", published(5)),
            )
        ),
    ),
    passes=1,
    expects={},
    sometimes=("told: superseded", "told: finished"),
)
