"""Who takes part in a run: each role's loop from `actors.service`, unchanged, over the lab's ports.

A process is begun by incarnation: a restarted one has another token and has forgotten everything.
"""

from collections.abc import Callable
from dataclasses import dataclass

from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from actors.service import serve_collector, serve_enactor, serve_planner
from coordination import limits
from coordination.postures import Posture
from namelatch.lab.kernel import Ask, Begin
from namelatch.lab.ports import AskingAuthority, AskingClaims, AskingClock, AskingHealth, AskingLog, Hidden
from namelatch.lab.world import Gives, allocate

# What all histories of one process have in common.
CONSTANT = (
    *(Ask, Hidden, AskingAuthority, AskingClaims, AskingClock, AskingHealth, AskingLog),
    *(Ports, PlannerPorts, EnactorSettings, CollectorSettings, PlannerSettings),
)


@dataclass(frozen=True, slots=True)
class Process:
    """One actor. `name` is who it is in histories; `lease` whose claims and locks hang on its lease, if any."""

    name: str
    begin: Callable[[int], Begin]
    lease: str | None = None


def timeless() -> float:
    """What time it is where there is only order."""
    return 0.0


def ports_of(whole_head: bool = False, now: Callable[[], float] = timeless) -> Ports:
    """The lab's ports. Only with `whole_head` the numbers that a planner steers by can be looked at."""
    return Ports(AskingAuthority(whole_head), AskingClaims(), AskingLog(), AskingClock(now))


def _always() -> bool:
    return True


def enactor(
    az: str,
    posture: Posture,
    start: float = 0.0,
    at_once: int = limits.READ_ENDPOINTS,
    name: str = "",
    rounds: int | None = None,
    through: Ports | None = None,
) -> Process:
    """One enactor. `name`: where it is not the only one of its az. `rounds`: after so many it leaves; None: never.

    `through`: its ports, where they are not the lab's own.
    """
    ports = through or ports_of()

    def begin(incarnation: int) -> Begin:
        settings = EnactorSettings(az, f"{name or az}-{incarnation}", posture, start, batch=at_once)
        return lambda: serve_enactor(ports, settings, _running(rounds))

    return Process(name or az, begin, az)


def _running(rounds: int | None) -> Callable[[], bool]:
    return _always if rounds is None else _Countdown(rounds)


def planner(
    name: str, scope: str = "region", full_every: int = 32, gives: Gives = allocate, through: Ports | None = None
) -> Process:
    """One planner. Two with one scope compete for its leadership."""
    world = PlannerPorts(through or ports_of(whole_head=True), AskingHealth(gives))

    def begin(incarnation: int) -> Begin:
        settings = PlannerSettings(scope, f"{name}-{incarnation}", full_every, log_rounds=1, backlog_rounds=1)
        return lambda: serve_planner(world, settings, _always)

    return Process(name, begin, scope)


def collector(posture: Posture, passes: int | None = None, through: Ports | None = None) -> Process:
    """The collector, which in the lab never puts a pass off. `passes`: after so many it rests; None: never."""
    ports = through or ports_of()

    def begin(_: int) -> Begin:
        settings = CollectorSettings(posture, busy_passes=1)
        return lambda: serve_collector(ports, settings, _running(passes))

    return Process("collector", begin)


@dataclass(slots=True)
class _Countdown:
    """True so many times."""

    left: int

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0
