"""Small things to explore, for tests of the explorer itself."""

from coordination.postures import HARDENED, Posture
from coordination.records import Endpoint
from namelatch.lab.explorer.explore import NO_FAULTS, Budget, Start
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.world import Moved

E1, E2 = Endpoint("e1.example"), Endpoint("e2.example")


def free(
    posture: Posture = HARDENED,
    azs: tuple[str, ...] = ("a", "b"),
    moves: int = 2,
    endpoints: tuple[Endpoint, ...] = (E1,),
    budget: Budget = NO_FAULTS,
    passes: int | None = None,
    published: int = 0,
    applied: int = 1,
) -> Scenario:
    """No rule: every schedule of so many plans, the first of which is in place."""
    return Scenario(
        "free",
        "Any schedule",
        "",
        endpoints,
        (Moved(),) * moves,
        {},
        azs,
        budget=budget,
        passes=passes,
        published=published,
        applied=applied,
    )


def start(posture: Posture = HARDENED, **given: object) -> Start:
    return begin(free(posture, **given), posture)  # type: ignore[arg-type]
