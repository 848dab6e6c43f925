"""A turn: who goes on, and what goes wrong there. A schedule is a list of turns, and nothing else is left to chance."""

from typing import NamedTuple

from namelatch.lab.playing.stage import DIES, EXPIRES, FORGETS, GOES_ON, LATE, LOG, LOST_DIES

DIES_BEFORE = "crash before it"
NEVER = "reply lost, no effect"
AT_ONCE = "reply lost, effect at once"
AFTER_READ = "reply lost, effect after the next read"
LATER = "reply lost, effect later"
UNAVAILABLE = "no answer"
UNRENEWED = "renewal fails"
LAPSES = "lease lapses"
PAUSES = "pause"
SLOWS = "slow"
PLAN_LOST = "plan lost"
UNHEARD = "announcement lost"
TWICE = "announcement twice"
SWAPPED = "announcements swapped"
AGAIN = "announcements again"
BREAKS = "stream breaks"

LOSES = frozenset({NEVER, AT_ONCE, AFTER_READ, LATER, LOST_DIES})
KILLS = frozenset({DIES, DIES_BEFORE, LOST_DIES})
OF_WORLD = frozenset({EXPIRES, FORGETS, PLAN_LOST})  # no call is answered
KINDS = (
    *(DIES_BEFORE, DIES, LOST_DIES, NEVER, AT_ONCE, AFTER_READ, LATER, UNAVAILABLE),
    *(EXPIRES, UNRENEWED, LAPSES, PAUSES, SLOWS),
    *(FORGETS, PLAN_LOST, UNHEARD, TWICE, SWAPPED, AGAIN, BREAKS, LATE),
)


class Turn(NamedTuple):
    """One step of a schedule: a process and a fault, if there is one.

    `amount`: of a crash, the seconds until the process is back; of a pause, its length; of a slow process, how many
    times longer its calls take; of a late effect, the seconds until it comes.
    """

    who: str
    fault: str = GOES_ON
    amount: float = 0.0


__all__ = ["DIES", "EXPIRES", "FORGETS", "GOES_ON", "KILLS", "KINDS", "LATE", "LOG", "LOSES", "LOST_DIES", "Turn"]
