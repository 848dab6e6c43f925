"""What goes wrong, and how often: a set of faults with a rate each, drawn for one run and struck turn by turn.

A rate is a chance at each call at which the fault could strike. `Caps` bound how many there may be in one run: a
scenario's own budget, and always the crashes, for a process that dies at every step proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from coordination.promises import OPERATOR
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.kernel import Call
from namelatch.lab.swarm.source import Source
from namelatch.lab.swarm.turns import (
    AFTER_READ,
    AGAIN,
    AT_ONCE,
    BREAKS,
    DIES,
    DIES_BEFORE,
    EXPIRES,
    FORGETS,
    KILLS,
    LATER,
    LOG,
    LOSES,
    LOST_DIES,
    NEVER,
    PAUSES,
    PLAN_LOST,
    SWAPPED,
    TWICE,
    UNAVAILABLE,
    UNHEARD,
    UNRENEWED,
    Turn,
)

MOST_CRASHES = 8
BACK_S, LATE_S, PAUSE_TTLS = 2.0, 3.0, 3.0

_ANYWHERE = (DIES_BEFORE, DIES, PAUSES, EXPIRES, FORGETS, PLAN_LOST)
_WRITE = (NEVER, AT_ONCE, AFTER_READ, LATER, LOST_DIES)
_READ = (UNAVAILABLE,)
_AT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("commit", "acquire", "release"), _WRITE),
    **dict.fromkeys(("head", "read", "survivor", "generations", "trees", "roots", "manifests", "claims"), _READ),
    **dict.fromkeys(("append", "fetch", "holds", "inputs"), _READ),
    "renew": (UNRENEWED,),
    "announce": (UNHEARD, TWICE, SWAPPED),
    "heard": (AGAIN,),
    "next": (BREAKS,),
}
STRIKING = tuple(dict.fromkeys((*_ANYWHERE, *(kind for kinds in _AT.values() for kind in kinds))))
CAPPED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(LOSES, ("lost",)),
    **dict.fromkeys(KILLS, ("crashes",)),
    LOST_DIES: ("lost", "crashes"),
    EXPIRES: ("expiries",),
    FORGETS: ("forgets",),
}


@dataclass(slots=True)
class Caps:
    """How many of each there may still be."""

    crashes: int = MOST_CRASHES
    lost: int = 1_000
    expiries: int = 1_000
    forgets: int = 1_000

    @classmethod
    def of(cls, budget: Budget) -> "Caps":
        """A scenario's budget."""
        return cls(**{one.name: getattr(budget, one.name) for one in fields(cls)})

    def spend(self, kind: str) -> bool:
        """Whether there may be one more of this kind; it counts."""
        names = CAPPED.get(kind, ())
        if any(getattr(self, name) == 0 for name in names):
            return False
        for name in names:
            setattr(self, name, getattr(self, name) - 1)
        return True


class Weather:
    """Faults struck by chance. `only`: whom alone they strike; None: anybody."""

    def __init__(
        self, source: Source, rates: Mapping[str, float], ttl_s: float, caps: Caps, only: tuple[str, ...] | None = None
    ) -> None:
        self._source, self._ttl_s, self._caps, self._only = source, ttl_s, caps, only
        everywhere = tuple((kind, rates[kind]) for kind in _ANYWHERE if rates.get(kind))
        self._everywhere = everywhere, sum(rate for _, rate in everywhere)
        self._by_call = {}
        for name, kinds in _AT.items():
            here = tuple((kind, rates[kind]) for kind in kinds if rates.get(kind)) + everywhere
            self._by_call[name] = here, sum(rate for _, rate in here)

    def turn(self, who: str, call: Call, lease: str | None) -> Turn:
        """How this process goes on with this call."""
        kinds, together = self._by_call.get(call.name, self._everywhere)
        at = self._source.unit()
        if at >= together:
            return Turn(who)
        for kind, rate in kinds:
            if at < rate:
                return self._struck(kind, who, lease)
            at -= rate
        return Turn(who)

    def _struck(self, kind: str, who: str, lease: str | None) -> Turn:
        spared = self._only is not None and who not in self._only
        spared = spared or (kind == UNAVAILABLE and who == OPERATOR)  # people look again, which is no step
        if spared or (kind == EXPIRES and lease is None) or not self._caps.spend(kind):
            return Turn(who)
        source = self._source
        if kind in KILLS:
            return Turn(who, kind, source.span(0.0, BACK_S))
        if kind == LATER:
            return Turn(who, kind, source.span(0.0, LATE_S))
        if kind == PAUSES:
            return Turn(who, kind, PAUSE_TTLS * self._ttl_s)
        if kind == PLAN_LOST:
            return Turn(LOG, kind, float(source.below(64)))
        return Turn(LOG if kind == FORGETS else who, kind)


class Calm:
    """Nothing goes wrong."""

    def turn(self, who: str, call: Call, lease: str | None) -> Turn:  # noqa: ARG002 (one shape with Weather)
        return Turn(who)
