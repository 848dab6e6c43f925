"""An enactor is begun anew and its old process was not stopped: two of one az."""

from namelatch.lab.phrases import REGIONAL, began, finished, publishing, stands, told
from namelatch.lab.processes import enactor
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

OLD_INCARNATION = Scenario(
    id="old-incarnation",
    title="The old process lives on",
    story=(
        "a's old process stands before its change of the regional endpoint to plan 2 when a new one is begun "
        "in its place. The new one enacts plan 2 and plan 3. Then the old one goes on."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    others=lambda posture: (enactor("a", posture, name="old"),),
    rule=told(
        Wait(When("a"), began("old", 2)),
        Wait(publishing(3), finished("a", 2)),
        Wait(stands("old"), finished("a", 3)),
    ),
    passes=1,
    expects={},
    sometimes=("told: fenced",),
)
