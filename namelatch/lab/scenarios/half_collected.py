"""A plan is begun while the collection of old plans is under way."""

from namelatch.lab.phrases import BACK, GONE, REGIONAL, beginning, finished, published, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

HALF_COLLECTED = Scenario(
    id="half-collected",
    title="Half of it is gone when somebody begins",
    story=(
        "a means to begin plan 3, the newest it has heard of. Meanwhile plans 4 and 5 come, b applies 5, and "
        "old plans are collected one after the other. When the second of them is gone, a registers for the "
        "third."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 5,
    published=2,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(4), When("a", "head")),
        Wait(When("b"), published(5)),
        Wait(beginning("a", 3), When(None, None, 2)),
        Wait(When("collector"), finished("b", 5)),
    ),
    passes=1,
    expects={
        "incident": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-before": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-after": BACK | GONE | {"converges", "rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": BACK | GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": BACK | {"converges", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "a registers for a plan that is about to be deleted, and nobody asks: its own check was made when the "
            "plan was new. Then it is taken over 5, deleted, and dark."
        ),
        "d1-before": (
            "A claim keeps nobody from deleting. a writes plan 3 over 5 while its plan is collected, and writes "
            "empty what it finds gone."
        ),
        "d1-after": (
            "A claim that comes in time spares the plan until a is done; the endpoint, taken back to it, follows it"
            " longer."
        ),
        "d2-after": (
            "a finds plan 5 under the lock and yields. b has skipped from 1 to 5, and its rollback record names a "
            "plan that is deleted."
        ),
        "registered-versioned": (
            "a may register for a plan of which half the neighbours are gone, writes it over 5, and when its claim "
            "ends it is deleted."
        ),
        "spin-fixed": (
            "Collected in one step, so nothing is half gone; and a goes on with plan 3 over 5 for good. b's "
            "rollback record names plan 1, which is deleted."
        ),
        "hardened": (
            "A plan is retired before anything of it is deleted, and a retired plan can't be begun; one that is "
            "begun can't be retired."
        ),
    },
    sometimes=("told: retired", "told: collected"),
)
