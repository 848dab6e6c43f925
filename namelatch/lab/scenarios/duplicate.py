"""Every enactor does the same work: the plan is delivered to all of them."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, everywhere, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

DUPLICATE = Scenario(
    id="duplicate",
    title="The same plan twice at once",
    story=("a and b enact plan 2 at the same time, one endpoint at a time, in every order."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 2,
    published=1,
    keep=1,
    keep_last=2,
    at_once=1,
    rule=told(Wait(When("collector"), began("a", 2)), Wait(When("b"), began("a", 2))),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "The same change of the same plan, twice, leaves what it leaves once. Who comes second either finds it "
        "done, or does it again."
    ),
    sometimes=("told: finished",),
)
