"""The negative control: a canary that looks at what plans contain passes the run that takes the name dark."""

from dataclasses import replace

from namelatch.lab.hands import canary
from namelatch.lab.phrases import both, published
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenarios.az_slow import AZ_SLOW

looked = When("canary", "manifests")

CONTENT_CANARY = replace(
    AZ_SLOW,
    id="content-canary",
    title="A canary that looks at content only",
    story=(
        "As az-slow, with a canary beside it that reads plans 2 and 4 before anybody enacts them and finds them "
        "complete. It passes every time: what goes wrong is in the order of writes, and never in a plan's content."
    ),
    others=lambda _: (canary(),),
    rule=both(
        AZ_SLOW.rule,
        Ordered(
            (
                Wait(When("a"), looked),
                Wait(When("canary"), published(4), since=looked),
                Wait(When("b"), looked, since=published(4)),
            )
        ),
    ),
    sometimes=("told: canary passed",),
    never=("told: canary failed",),
    why={posture: f"The canary has passed both plans. {why}" for posture, why in AZ_SLOW.why.items()},
)
