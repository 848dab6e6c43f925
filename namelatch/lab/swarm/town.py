"""What a seed draws: who takes part, how the inputs move, what may go wrong and how often. All but the posture.

FoundationDB's swarm: each run has a subset of the faults only, each with a rate of its own, for one fault often hides
what another would show. The posture's thresholds are drawn too, scaled to a few plans.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from actors.roles import Ports
from coordination import limits
from coordination.plan import Generation
from coordination.postures import Posture
from coordination.records import Endpoint
from coordination.safeguards import LagStop
from namelatch.lab.explorer.explore import Start
from namelatch.lab.hands import break_glass
from namelatch.lab.kernel import Begin
from namelatch.lab.processes import Process, collector, enactor, planner, ports_of
from namelatch.lab.scenario import Scenario, scaled
from namelatch.lab.swarm.follower import follower
from namelatch.lab.swarm.simulation import Course
from namelatch.lab.swarm.source import Source
from namelatch.lab.swarm.turns import SLOWS, Turn
from namelatch.lab.swarm.weather import STRIKING
from namelatch.lab.world import Moved, Numbering, Setting, World

AZS = ("a", "b", "c")
NAMES = tuple(Endpoint(f"e{number}.example") for number in (1, 2, 3))
PORTS = ports_of(whole_head=True)
RATES = (0.005, 0.02, 0.08)  # of a call at which a fault could strike
OFTEN = (0.1, 0.4)  # of those few calls that only announcements, renewals and streams have
OFTEN_AT = frozenset({"announcement lost", "announcement twice", "announcements swapped", "stream breaks"})
SELDOM = (0.002, 0.01)  # of any call at all
SELDOM_AT = frozenset({"crash before it", "crash after it", "pause", "lease ends", "log forgets", "plan lost"})
GAPS_S = (0.0, 0.3, 1.5)  # between two moves of the inputs, at most
SLOW = (100, 1000)


@dataclass(frozen=True, slots=True)
class Town:
    """One drawn world. `moves_at`: when the inputs move. `operator`: the plan whose content people pin, if they do.

    `slow`: who is slow, and how many times. `twin`: the az with two enactors. `lifts`: whether people lift their hold;
    `operator_s`: when they begin.
    `strikes`: whom alone faults strike; None: anybody.
    """

    azs: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    moves: tuple[Moved, ...]
    moves_at: tuple[float, ...]
    planners: int
    twin: str | None
    follower: bool
    operator: Generation | None
    lifts: bool
    operator_s: float
    at_once: int
    full_every: int
    keep: int
    keep_last: int
    lag: LagStop
    torn: frozenset[Generation]
    retains: int | None
    slow: tuple[str, int] | None
    rates: Mapping[str, float]
    strikes: tuple[str, ...] | None = None

    def __str__(self) -> str:
        parts = [f"{len(self.azs)} azs", f"{len(self.endpoints)} names", f"{len(self.moves)} moves"]
        parts += [f"twin in {self.twin}"] * (self.twin is not None) + ["two planners"] * (self.planners > 1)
        parts += [f"{self.slow[0]} slow x{self.slow[1]}"] if self.slow else []
        return f"{', '.join(parts)}; {', '.join(self.rates) or 'no faults'}"


def draw(source: Source) -> Town:
    """A town."""
    azs, endpoints = AZS[: source.between(2, 3)], NAMES[: source.between(1, 3)]
    moves = _moves(source, endpoints)
    gap_s = source.pick(GAPS_S)
    moves_at = [0.0]
    for _ in moves[1:]:
        moves_at.append(moves_at[-1] + source.span(0.0, gap_s))
    return Town(
        azs,
        endpoints,
        moves,
        tuple(moves_at),
        planners=1 + source.chance(0.2),
        twin=source.pick(azs) if source.chance(0.15) else None,
        follower=source.chance(0.3),
        operator=Generation(source.between(1, 3)) if source.chance(0.1) else None,
        lifts=source.chance(0.5),
        operator_s=source.span(0.3, 3.0),
        at_once=1 if source.chance(0.5) else limits.READ_ENDPOINTS,
        full_every=source.pick((2, 4, 32)),
        keep=source.below(3),
        keep_last=source.between(2, 3),
        lag=LagStop(alarm=1, stop=source.between(2, 4)) if source.chance(0.5) else LagStop(),
        torn=frozenset({Generation(source.between(1, len(moves)))}) if source.chance(0.1) else frozenset(),
        retains=source.between(1, 2) if source.chance(0.1) else None,
        slow=(source.pick((*azs, "planner", "collector")), source.between(*SLOW)) if source.chance(0.15) else None,
        rates=_rates(source),
    )


def _moves(source: Source, endpoints: tuple[Endpoint, ...]) -> tuple[Moved, ...]:
    """From 3 to 8: first everything, then some or all names, a removal, or inputs that fail empty.

    These are never the last, nor twice running: the lab's inputs come back when they were heard empty once.
    """
    count = source.between(3, 8)
    moves, down = [Moved()], set[Endpoint]()
    while len(moves) < count:
        up = [name for name in endpoints if name not in down]
        if len(up) > 1 and source.chance(0.15):
            down.add(gone := source.pick(up))
            moves.append(Moved((), (gone,)))
        elif len(moves) < count - 1 and not moves[-1].empty and source.chance(0.05):
            moves.append(Moved(empty=True))
        elif source.chance(0.3):
            down.clear()
            moves.append(Moved())
        else:
            changed = source.some(endpoints)
            down -= set(changed)
            moves.append(Moved(changed))
    return tuple(moves)


def _rates(source: Source) -> dict[str, float]:
    rates = {}
    for kind in STRIKING:
        if source.chance(0.4):
            often = OFTEN if kind in OFTEN_AT else SELDOM if kind in SELDOM_AT else RATES
            rates[kind] = source.pick(often)
    return rates


def after(seconds: float, process: Process) -> Process:
    """The same process, which begins so much later."""

    def begin(incarnation: int) -> Begin:
        begun = process.begin(incarnation)

        async def late() -> None:
            await PORTS.clock.sleep(seconds)
            await begun()

        return late

    return replace(process, begin=begin)


# --- a town as a start -------------------------------------------------------------------------------------------


def bound(town: Town, posture: Posture) -> Posture:
    """The posture with the town's thresholds."""
    thresholds = Scenario(
        "town", "", "", town.endpoints, town.moves, {}, keep=town.keep, keep_last=town.keep_last, lag=town.lag
    )
    return scaled(thresholds, posture)


def cast(town: Town, posture: Posture, enactors: Ports = PORTS) -> tuple[Process, ...]:
    """Who takes part, under a posture that is bound to the town. `enactors`: through which ports they act."""
    if posture.plans == "planner":
        names = [("planner", "region"), ("planner-2", "region")][: town.planners]
    else:
        names = [(f"planner-{az}", az) for az in town.azs]
    planners = [planner(name, scope, town.full_every, through=PORTS) for name, scope in names]
    starts = [0.0 if posture.repeats else at / len(town.azs) for at in range(len(town.azs))]
    acting = [
        enactor(az, posture, start, town.at_once, through=enactors) for az, start in zip(town.azs, starts, strict=True)
    ]
    if town.twin is not None:
        acting.append(enactor(town.twin, posture, 0.0, town.at_once, name=f"{town.twin}2", through=enactors))
    others = [collector(posture, through=PORTS)] if posture.sweeps == "collector" else []
    if town.operator is not None:
        pins = break_glass(town.endpoints[0], source=town.operator, lifts=town.lifts)
        others.append(after(town.operator_s, pins))
    others += [follower()] if town.follower else []
    return (*planners, *acting, *others)


def course(town: Town, processes: tuple[Process, ...]) -> Course:
    """The town's world, with nothing in it yet, and these in it."""
    setting = Setting(town.endpoints, town.moves, Numbering.BY_COMMIT, town.torn, town.retains)
    return Course(Start(setting, World(), processes), town.moves_at)


def first(town: Town, processes: tuple[Process, ...]) -> tuple[Turn, ...]:
    """What is so from the beginning: who is slow."""
    slow = [Turn(one.name, SLOWS, float(town.slow[1])) for one in processes if town.slow and one.name == town.slow[0]]
    return tuple(slow)


def without_faults(town: Town) -> Town:
    """The same town where nothing goes wrong."""
    return replace(town, rates={}, slow=None)
