"""At least once: replies are lost, the worker dies, and takes the plan again as if it had never seen it."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import BACK, REGIONAL, STUCK, finished, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

REDELIVER = Scenario(
    id="redeliver",
    title="The same plan again",
    story=(
        "a enacts plan 2. One of its replies is lost, and what it asked for may still happen later; a may die "
        "and begin anew. Plan 3 comes."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=1,
    keep_last=2,
    budget=Budget(crashes=1, lost=1, of=("a",)),
    rule=told(Wait(publishing(3), stands("a")), Wait(When("collector"), finished("a", 3))),
    passes=1,
    expects={
        "incident": STUCK | {"fenced-writes", "monotone-generation", "rollback-target-exists"},
        "d1-before": BACK | {"converges", "fenced-writes", "rollback-target-exists"},
        "d1-after": BACK | {"converges", "fenced-writes", "rollback-target-exists"},
        "d2-after": STUCK | {"fenced-writes", "rollback-target-exists"},
        "registered-versioned": frozenset({"fenced-writes", "rollback-target-exists"}),
        "spin-fixed": STUCK | {"fenced-writes", "monotone-generation", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "spin-fixed"),
            (
                "What a asked for in its earlier life arrives in its next one, under a lock taken for another plan, and"
                " plan 2 is back over 3. A lock that arrives late is held for good by one who does not know of it."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after"),
            (
                "The lost write of plan 2 arrives when 3 is applied, and nothing in it says that it is late. It is "
                "found neither by its writer nor by anybody else."
            ),
        ),
        "d2-after": (
            "A late write carries the version it had seen, and is refused. A lock that arrives late is held for "
            "good by one who does not know of it, and its name is closed to everybody. One write comes from a claim"
            " that has ended."
        ),
        "registered-versioned": (
            "The late write carries the version that it had seen, and is refused once something newer is there. If "
            "it comes before that, it is accepted though its writer's claim is gone. a skips from 1 to 3, and plan "
            "1, which the rollback record names, is deleted."
        ),
        "hardened": (
            "A late write carries fence, version and generation: it comes in time, or not at all. There is no lock "
            "that could arrive late."
        ),
    },
    sometimes=("crash after it", "reply lost", "late effect", "told: finished"),
    core=False,  # minutes for some of the lattice's searches: each redelivery doubles what may come
)
