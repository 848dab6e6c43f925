"""What a role does now, seen at its ports: for whoever asks the actor. Nothing is decided by it, nothing is kept.

It counts what the authority answered and remembers what the role reported: the plan in hand, the last one finished,
the last refusal, and the last lines. All of it is gone with the process.
"""

import json
import time
from collections import deque
from collections.abc import Awaitable
from dataclasses import asdict, replace
from typing import Any, TypeVar

from actors.roles import Ports
from coordination.intents import Unknown
from coordination.passing import PassingAuthority, PassingLog
from coordination.plan import Generation
from coordination.ports import Authority, PlanLog, Report

T = TypeVar("T")

LINES = 500  # kept for whoever asks; the log on the node has the rest
# What a role reports when something was not done, and why; what an enactor stopped for comes by its generation.
REFUSALS = {
    "refused",
    "held",
    "wedged",
    "fenced",
    "unplannable",
    "backlog",
    "old inputs",
    "empty inputs",
    "unavailable",
}


class Watch:
    """One role's doings, as far as its ports tell."""

    def __init__(self) -> None:
        self.answers = 0  # of the authority: above 0 the role has reached it
        self._answered = 0.0
        self._in_hand: Generation | None = None
        self._finished: Generation | None = None
        self._refusal: dict[str, Any] | None = None
        self._lines: deque[str] = deque(maxlen=LINES)

    def over(self, ports: Ports) -> Ports:
        """The same ports, watched."""
        return replace(ports, authority=_Authority(ports.authority, self), log=_Log(ports.log, self))

    def told(self) -> dict[str, Any]:
        """For JSON. Ages in seconds."""
        return {
            "answers": self.answers,
            "answered_s": round(time.monotonic() - self._answered, 1) if self.answers else None,
            "in_hand": self._in_hand,
            "finished": self._finished,
            "refusal": self._refusal,
        }

    def lines(self, most: int) -> list[str]:
        """The last reports, as JSON lines, the newest at the end."""
        return list(self._lines)[-most:]

    def answered(self) -> None:
        """The authority said something."""
        self.answers += 1
        self._answered = time.monotonic()

    def reported(self, report: Report) -> None:
        """Take one report in."""
        line = {"at": round(time.time(), 3)} | {key: value for key, value in asdict(report).items() if value}
        self._lines.append(json.dumps(line, separators=(",", ":")))
        if report.event == "began":
            self._in_hand = report.generation
        elif report.event in REFUSALS:
            self._refusal = line
        elif report.event == "finished":
            self._in_hand, self._finished = None, report.generation
        elif report.endpoint is None and report.generation == self._in_hand is not None and report.detail:
            self._in_hand, self._refusal = None, line  # it stopped, and says for what


class _Authority(PassingAuthority):
    """`ports.Authority`, counted."""

    def __init__(self, inner: Authority, watch: Watch) -> None:
        super().__init__(inner)
        self._watch = watch

    async def _passed(self, call: Awaitable[T]) -> T:
        found = await call
        if not isinstance(found, Unknown):
            self._watch.answered()
        return found


class _Log(PassingLog):
    """`ports.PlanLog` whose reports are seen."""

    def __init__(self, inner: PlanLog, watch: Watch) -> None:
        super().__init__(inner)
        self._watch = watch

    async def report(self, report: Report) -> None:
        self._watch.reported(report)
        await super().report(report)
