"""Small scenarios that are searched in a moment, with every kind of fault."""

from dataclasses import replace

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

E1, E2 = Endpoint("e1.example"), Endpoint("e2.example")

TOWN = Scenario(
    id="town",
    title="Two names, two plans",
    story="Two enactors, two plans.",
    endpoints=(E1, E2),
    moves=(Moved(),) * 3,
    expects={},
    published=1,
)
FAULTY = replace(TOWN, budget=Budget(crashes=1, lost=1, expiries=1, forgets=1))
RULED = replace(
    TOWN,
    rule=Ordered((Wait(When("b", "Enact"), When("a", "Finish", Generation(2), committed=True)),)),
)
