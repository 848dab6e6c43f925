"""What code and model are both asked about: a bound as a value, as a scenario of the lab, as definitions of the model.

Nothing of the code's answers is in here: the model gets who takes part, how many plans there are, and the posture's
name. What the posture means it says itself.
"""

from dataclasses import dataclass, replace

from coordination.intents import Change, DropTree
from coordination.plan import Generation
from coordination.postures import Posture, posture
from coordination.records import Endpoint
from namelatch.lab.explorer.explore import Start
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.world import Moved

NAMES = (Endpoint("e1.example"), Endpoint("e2.example"))
AZS = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of what. `plans`: all that will ever be; one is applied at the start, `published` more are there.

    `at_once`: endpoints of one round of a walk. `passes`: of the collector, 0 for ever. `dark`: the tree that the first
    name's root follows is gone at the start. `without`: safeguards that only the model is told to leave out.
    """

    posture: str
    endpoints: int = 1
    enactors: int = 2
    plans: int = 2
    published: int = 0
    at_once: int = 2
    keep: int = 1
    keep_last: int = 2
    passes: int = 0
    dark: bool = False
    without: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [
            self.posture,
            f"{self.enactors} enactors" if self.enactors > 1 else "1 enactor",
            f"{self.endpoints} names{' one by one' if self.at_once < self.endpoints else ''}"
            if self.endpoints > 1
            else "1 name",
            f"{self.plans} plans, {1 + self.published} of them there",
        ]
        parts += [f"{self.passes} passes"] if self.passes else []
        parts += ["a tree gone"] if self.dark else []
        parts += [f"model without {name}" for name in self.without]
        return ", ".join(parts)


def scenario(bound: Bound) -> Scenario:
    """Every schedule of a bound, no rule, no fault."""
    given: tuple[Change, ...] = (DropTree(Generation(1), NAMES[0]),) if bound.dark else ()
    return Scenario(
        "bound",
        "Any schedule",
        str(bound),
        NAMES[: bound.endpoints],
        (Moved(),) * bound.plans,
        {},
        AZS[: bound.enactors],
        published=bound.published,
        passes=bound.passes or None,
        keep=bound.keep,
        keep_last=bound.keep_last,
        at_once=bound.at_once,
        given=given,
    )


def posture_of(bound: Bound) -> Posture:
    """The posture of the code."""
    return posture(bound.posture)


def start(bound: Bound) -> Start:
    """Where the code begins."""
    return begin(scenario(bound), posture_of(bound))


def defines(bound: Bound) -> tuple[str, ...]:
    """The same for spin."""
    keep = bound.keep_last if bound.posture == "registered-versioned" else bound.keep
    return (
        f"-D{_constant(bound.posture)}",
        f"-DENACTORS={bound.enactors}",
        f"-DENDPOINTS={bound.endpoints}",
        f"-DPLANS={bound.plans}",
        f"-DPUBLISHED={bound.published}",
        f"-DAT_ONCE={min(bound.at_once, bound.endpoints)}",
        f"-DKEEP={keep}",
        f"-DPASSES={bound.passes}",
        f"-DDARK={int(bound.dark)}",
        *(f"-D{_constant(name)}=0" for name in bound.without),
    )


def without(bound: Bound, *safeguards: str) -> Bound:
    """The same bound, the model being told to leave safeguards out: it must not agree with the code any more."""
    return replace(bound, without=safeguards)


def _constant(name: str) -> str:
    return name.upper().replace("-", "_")


# What is counted: each search ends within seconds, and holds every transition that the model is asked about.
COUNTED = (
    Bound("incident", endpoints=2, at_once=1, plans=3, published=1),
    Bound("d2-after", endpoints=2, at_once=1, plans=3, published=1),
    Bound("registered-versioned", endpoints=2, at_once=1, plans=3, published=1),
    Bound("hardened", endpoints=2, at_once=1, plans=3, published=1),
    Bound("hardened", endpoints=2, at_once=2, dark=True),
    Bound("incident", enactors=3),
)
# What is walked at random: more than a search of theirs would end in.
WALKED = (
    Bound("incident", endpoints=2, at_once=1, enactors=3, plans=5, published=1),
    Bound("incident", endpoints=2, enactors=3, plans=5, published=1, dark=True),
    Bound("d2-after", endpoints=2, at_once=1, enactors=3, plans=5, published=1),
    Bound("registered-versioned", endpoints=2, at_once=1, enactors=3, plans=5, published=1),
    Bound("hardened", endpoints=2, at_once=1, enactors=3, plans=5, published=1),
    Bound("hardened", endpoints=2, enactors=3, plans=5, published=1, dark=True),
)
