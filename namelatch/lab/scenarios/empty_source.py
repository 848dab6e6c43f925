"""The commonest real accident of DNS controllers: what should exist is read as nothing at all."""

from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, publishing, starved, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

EMPTY_SOURCE = Scenario(
    id="empty-source",
    title="The source fails empty",
    story=(
        "Plan 2 is made from a source that gives the regional endpoint no address. Then the source lists "
        "nothing at all. Then it is well again."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved(empty=True), Moved()),
    azs=("a",),
    keep=9,
    keep_last=9,
    gives=starved(REGIONAL, 2),
    rule=told(Wait(publishing(3), When("a", "read")), UNSWEPT),
    passes=1,
    expects={
        "incident": frozenset({"never-empty"}),
        "d1-before": frozenset({"never-empty"}),
        "d1-after": frozenset({"never-empty"}),
        "d2-after": HOLDS,
        "registered-versioned": frozenset({"never-empty"}),
        "spin-fixed": frozenset({"never-empty"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d1-before", "d1-after", "registered-versioned", "spin-fixed"),
            (
                "The plan gives the name nothing, and what a plan says is written. That the source then lists nothing "
                "at all is caught by the planner: empty inputs are no inputs."
            ),
        ),
        "d2-after": (
            "A change that leaves a live name without an address is refused; the plan stays incomplete until the "
            "source is well again."
        ),
        "hardened": "As d2-after: the enactor refuses the empty record, the planner the empty source.",
    },
    sometimes=("told: refused", "told: empty inputs", "told: incomplete"),
)
