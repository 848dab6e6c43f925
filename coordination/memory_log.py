"""A plan log in memory: for tests, the simulator and one-process runs. It holds the same bytes as a real one.

`MemoryLog` is the shared store, `MemoryPlanLog` one actor's view of it. While a `Mishap` is set, what is
stored goes wrong in its way, deterministically; `forget` is the broker that was killed, `up` the one that
does not answer. Nothing awaits anything but the injected clock, in `heard`, and what its callers hand in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from coordination import chunks, codec
from coordination.limits import ANNOUNCEMENTS_BACK, FETCH_SPAN_EXTRA, FETCH_SPAN_FACTOR, HEARD_POLL_S
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import Clock, PlanLost, PlanTorn, Progress, Report, Unavailable, silent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mishap:
    """What happens to everything that is stored now: plans chunk by chunk, announcements one by one.

    `duplicate` stores all twice; `reorder` turns round all but a plan's first chunk, and swaps an announcement
    with the one before it; `lose` drops a plan's last chunk, and announcements; `tear` alters a plan's last chunk.
    """

    duplicate: bool = False
    reorder: bool = False
    lose: bool = False
    tear: bool = False


class MemoryLog:
    """What the log holds. `epoch` counts how often it forgot everything."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.announcements: list[Generation] = []
        self.reports: list[Report] = []
        self.mishap = Mishap()
        self.up = True
        self.epoch = 0

    def forget(self) -> None:
        """Lose plans, announcements and reports; offsets begin at 0 again."""
        self.messages.clear()
        self.announcements.clear()
        self.reports.clear()
        self.epoch += 1

    def put_plan(self, messages: Sequence[bytes]) -> int:
        """Store a plan's chunks as the mishap has it; the offset of the first."""
        offset, kept = len(self.messages), list(messages)
        if self.mishap.tear:
            kept[-1] = kept[-1][:-1] + bytes([kept[-1][-1] ^ 1])
        if self.mishap.lose:
            kept.pop()
        if self.mishap.reorder:
            kept[1:] = kept[:0:-1]
        self.messages.extend(self._repeated(kept))
        return offset

    def put_announcement(self, generation: Generation) -> None:
        """Store an announcement as the mishap has it."""
        if not self.mishap.lose:
            self.announcements.extend(self._repeated([generation]))
        if self.mishap.reorder:
            self.announcements[-2:] = self.announcements[:-3:-1]

    def _repeated(self, items: list[T]) -> list[T]:
        return [item for item in items for _ in range(1 + self.mishap.duplicate)]


class MemoryPlanLog:
    """`ports.PlanLog` over a MemoryLog: one actor's view, with its own place among the announcements."""

    def __init__(self, store: MemoryLog, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._epoch: int | None = None
        self._position = 0

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        self._check_up()
        data = codec.encode(plan)
        messages = chunks.split(plan.generation, data)
        for _ in messages:
            await progress()
        return chunks.manifest(plan.generation, plan.base, data, self._store.put_plan(messages))

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        self._check_up()
        kept = len(self._store.messages)
        if not 0 <= manifest.offset < kept:
            raise PlanLost(f"generation {manifest.generation}: the log holds offsets 0 to {kept - 1}")
        return (await self._gathered(manifest, progress)).plan()

    async def holds(self, manifest: Manifest) -> bool:
        self._check_up()
        try:
            there = 0 <= manifest.offset < len(self._store.messages)
            return there and (await self._gathered(manifest, silent)).is_sound()
        except PlanTorn:
            return False

    async def _gathered(self, manifest: Manifest, progress: Progress) -> chunks.Assembly:
        assembly, offset = chunks.Assembly(manifest), manifest.offset
        for message in self._store.messages[offset : offset + manifest.chunks * FETCH_SPAN_FACTOR + FETCH_SPAN_EXTRA]:
            assembly.offer(message)
            await progress()
            if assembly.complete:
                break
        return assembly

    async def announce(self, generation: Generation) -> None:
        self._check_up()
        self._store.put_announcement(generation)

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        polls = math.ceil(timeout_s / HEARD_POLL_S)
        for poll in range(polls):
            told = self._newest(beyond)
            if told is not None:
                return told
            await self._clock.sleep(min(HEARD_POLL_S, timeout_s - poll * HEARD_POLL_S))
        return self._newest(beyond)

    async def report(self, report: Report) -> None:
        if self._store.up:
            self._store.reports.append(report)

    def _newest(self, beyond: Generation | None) -> Generation | None:
        """The newest announcement not yet told to this view, if it is above `beyond`. Each is told once."""
        said = self._store.announcements
        if not self._store.up:
            return None
        if self._epoch != self._store.epoch:
            self._epoch, self._position = self._store.epoch, max(0, len(said) - ANNOUNCEMENTS_BACK)
        untold, self._position = said[self._position :], len(said)
        newest = max(untold, default=None)
        return newest if newest is not None and (beyond is None or newest > beyond) else None

    def _check_up(self) -> None:
        if not self._store.up:
            raise Unavailable("the plan log is switched off")
