"""The incident: a slow enactor's old plan crosses a newer one, and the clean-up deletes what the root follows."""

from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import (
    BACK,
    FIPS,
    G2,
    G4,
    GONE,
    REGIONAL,
    STUCK,
    began,
    both,
    finished,
    published,
    publishing,
)
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

OLD, NEW = G2, G4

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
        Crossed(Crossing("a", OLD, NEW), REGIONAL),
        Ordered(
            (
                Wait(When("b"), published(NEW)),
                Wait(publishing(OLD + 1), began("a", OLD)),
                Wait(publishing(NEW + 1), finished("b", NEW)),
                Wait(When("collector"), finished("b", NEW)),
            )
        ),
    ),
    passes=1,
    expects={
        "incident": BACK | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "d1-before": BACK | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "d1-after": BACK | GONE | STUCK | {"rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": BACK | GONE | STUCK | {"rollback-target-exists"},
        "spin-fixed": (BACK - {"bounded-staleness"}) | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "The nine steps of the record: check, locks lost, the old plan over the new one, the clean-up by age, "
            "and a rollback record that can't be written any more."
        ),
        "d1-before": (
            "No lock and no check at all: the old write passes, plan 2 is collected while it is followed, and "
            "whatever then must name it as its rollback is refused."
        ),
        "d1-after": (
            "The claim holds plan 2 only until a claims the next one: the endpoint still follows it when the "
            "collector comes. The lag alarm tells, and stops nobody."
        ),
        "d2-after": (
            "The re-check under the lock refuses the old write: the incident does not happen. What falls is less: b"
            " skips from 1 to 4, and the clean-up deletes the plan that its rollback records name."
        ),
        "registered-versioned": (
            "Leases and versions, the obvious fix, let it happen: the version that a compares is the one it has "
            "just read, and its claim ends before the endpoint stops following its plan."
        ),
        "spin-fixed": (
            "The plan just applied is spared, plan 2 is not: with finish and clean-up in one step, the next one to "
            "finish deletes what a has written in between, and the rollback record wedges it."
        ),
        "hardened": (
            "a's plan meets a root that is newer, and yields. Nothing is deleted that a root or a rollback names; a"
            " rollback that is gone would be replaced by what survives."
        ),
    },
    sometimes=("told: superseded", "told: finished"),
)
