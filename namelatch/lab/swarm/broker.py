"""The announcements of plans as a broker hands them out: perhaps twice, out of order, again, or never.

Who waits hears the newest of what is untold (`heard`), as `coordination.memory_log` does it. Who consumes takes one
after the other (`poll`) and says himself how far he is (`commit`): that is where he goes on after a crash.
"""

from collections import defaultdict

from coordination.limits import ANNOUNCEMENTS_BACK
from coordination.plan import Generation
from namelatch.lab.swarm.turns import SWAPPED, TWICE, UNHEARD


class Broker:
    """One topic, and where each of its readers stands."""

    def __init__(self) -> None:
        self._told: list[Generation] = []
        self._place: defaultdict[str, int] = defaultdict(int)
        self._committed: defaultdict[str, int] = defaultdict(int)

    def announce(self, generation: Generation, fault: str) -> None:
        """Take an announcement, as the fault has it."""
        if fault != UNHEARD:
            self._told += [generation] * (2 if fault == TWICE else 1)
        if fault == SWAPPED:
            self._told[-2:] = self._told[:-3:-1]

    def news(self, who: str, beyond: Generation | None) -> Generation | None:
        """The newest that this reader was not told, if it is above `beyond`."""
        newest = max(self._told[self._place[who] :], default=None)
        return newest if newest is not None and (beyond is None or newest > beyond) else None

    def heard(self, who: str, beyond: Generation | None) -> Generation | None:
        """The same, and told by now."""
        news, self._place[who] = self.news(who, beyond), len(self._told)
        return news

    def again(self, who: str) -> None:
        """All is untold again for this reader."""
        self._place[who] = 0

    def poll(self, who: str) -> tuple[int, Generation] | None:
        """The next announcement with the offset behind it; None when there is none."""
        at = self._place[who]
        if at >= len(self._told):
            return None
        self._place[who] = at + 1
        return at + 1, self._told[at]

    def commit(self, who: str, offset: int) -> None:
        """This reader goes on from here after a crash."""
        self._committed[who] = offset

    def restarted(self, who: str) -> None:
        """A new life: one that consumes goes on from what it has committed, one that waits from the newest."""
        newest = max(0, len(self._told) - ANNOUNCEMENTS_BACK)
        self._place[who] = self._committed.get(who, newest)

    def forget(self) -> None:
        """Lose everything."""
        self._told.clear()
        self._place.clear()
        self._committed.clear()
