"""The words that scenarios are told in: the endpoints of the story, and what comes before what.

An event is a `When`; an order is a `Wait`. `stands` is somebody's next step at an endpoint, whichever it is, so that
the fault binds alike where a lock comes first and where none does.
"""

from typing import TypeVar

from coordination.plan import Generation
from coordination.postures import POSTURES
from coordination.records import Endpoint, Records
from namelatch.lab.rules import Both, Either, Ordered, Rule, Wait, When
from namelatch.lab.world import Gives, allocate

T = TypeVar("T")

REGIONAL, FIPS = Endpoint("dynamodb.example"), Endpoint("fips.example")
G1, G2, G3, G4, G5, G6 = (Generation(number) for number in range(1, 7))


def told(*waits: Wait) -> Rule:
    """These waits."""
    return Ordered(waits)


def both(*rules: Rule) -> Rule:
    """These rules."""
    return Both(rules)


def publishing(generation: int) -> When:
    """Somebody is about to publish a plan."""
    return When(None, "Publish", generation)


def published(generation: int) -> When:
    """A plan is published."""
    return When(None, "Publish", generation, committed=True)


def beginning(who: str, generation: int) -> When:
    """An enactor is about to register for a plan."""
    return When(who, "TakeClaim", generation)


def began(who: str, generation: int) -> When:
    """An enactor has registered for a plan."""
    return When(who, "TakeClaim", generation, committed=True)


def stands(who: str, endpoint: Endpoint = REGIONAL) -> When:
    """Somebody's next step at an endpoint: its lock where one is taken, else its change."""
    return When(who, endpoint=endpoint)


def wrote(who: str, generation: int, endpoint: Endpoint = REGIONAL) -> When:
    """An endpoint was pointed at a plan."""
    return When(who, "Enact", generation, endpoint, committed=True)


def cleaned(generation: int) -> Either:
    """Somebody is at deleting a plan, or at retiring it."""
    return Either((When(None, "DropGeneration", generation), When(None, "Retire", generation)))


# What falls, where several fall together.
BACK = frozenset({"bounded-staleness", "cross-endpoint-skew", "monotone-generation"})  # taken back to an old plan
GONE = frozenset({"never-delete-active", "never-empty"})  # followed, and deleted
STUCK = frozenset({"converges", "not-wedged"})  # and nothing helps any more


def everywhere(same: T) -> dict[str, T]:
    """The same of every posture that has a history: those that the lab's lattice has found are for the lattice."""
    return dict.fromkeys((one.name for one in POSTURES if one.name != "minimal"), same)


UNSWEPT = Wait(When("collector"), None)  # nothing is collected as long as the story lasts


def finished(who: str | None, generation: int) -> When:
    """A plan is applied everywhere, by the word of this enactor."""
    return When(who, "Finish", generation, committed=True)


def starved(endpoint: Endpoint, *generations: int) -> Gives:
    """Plans give every endpoint its address, but this one none in these plans."""

    def gives(name: Endpoint, generation: Generation) -> Records:
        return () if name == endpoint and generation in generations else allocate(name, generation)

    return gives
