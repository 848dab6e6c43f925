"""Safeguards under observation: which of a posture's ever changed what was done. Their judgement is untouched.

A safeguard mattered in a search if it ever refused, asked for a first step or amended, or if a condition that it asked
for was ever lost, by its own word or by that of another who asked for the same. One that did not matter can be taken
out without changing what anybody did in that search: that is how one search answers for many subsets (`lattice.py`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from coordination.intents import Change, Condition
from coordination.postures import Posture
from coordination.safeguards import Allow, Context, Safeguard, Verdict
from coordination.seen import Seen


class Watch:
    """What the safeguards of one posture asked for, and which of them mattered."""

    def __init__(self) -> None:
        self.mattered: set[str] = set()
        self._asked: dict[Condition, set[str]] = defaultdict(set)
        self._lost: set[Condition] = set()

    def posture(self, posture: Posture) -> Posture:
        """The same posture with every safeguard under observation."""
        return replace(posture, safeguards=tuple(self._watched(guard) for guard in posture.safeguards))

    @property
    def spoke(self) -> set[str]:
        """Those that mattered, and all that ever asked for a condition."""
        return self.mattered.union(*self._asked.values())

    def lost(self, conditions: Iterable[Condition]) -> None:
        """These conditions did not hold when a batch was judged."""
        for condition in conditions:
            self._lost.add(condition)
            self.mattered |= self._asked.get(condition, set())

    def _watched(self, guard: Safeguard) -> Safeguard:
        plain = type(guard)

        def judge(self_: Any, change: Change, seen: Seen, context: Context) -> Verdict:
            verdict = plain.judge(self_, change, seen, context)
            self._judged(guard.name, verdict)
            return verdict

        def shared(self_: Any, context: Context) -> tuple[Condition, ...]:
            conditions = plain.shared(self_, context)
            self._ask(guard.name, conditions)
            return conditions

        # A subclass, so that whoever asks what kind of safeguard it is hears the truth.
        kind = type(plain.__name__, (plain,), {"__slots__": (), "judge": judge, "shared": shared})
        watched: Any = object.__new__(kind)
        for name in plain.__dataclass_fields__:  # type: ignore[attr-defined]
            object.__setattr__(watched, name, getattr(guard, name))
        guarded: Safeguard = watched
        return guarded

    def _judged(self, name: str, verdict: Verdict) -> None:
        if isinstance(verdict, Allow):
            self._ask(name, verdict.conditions)
        else:
            self.mattered.add(name)

    def _ask(self, name: str, conditions: tuple[Condition, ...]) -> None:
        for condition in conditions:
            self._asked[condition].add(name)
            if condition in self._lost:  # lost elsewhere before: whose it was then is not known
                self.mattered.add(name)
