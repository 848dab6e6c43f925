"""A short run of real writers over the memory authority, recorded; and histories as files."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

from coordination.history import RecordingAuthority, opening
from coordination.intents import Batch, Condition, Enact, Outcome, Proposal, RootOlder, RootVersion, Unknown
from coordination.lines import Line
from coordination.memory import MemoryAuthority, Store
from coordination.plan import Generation
from coordination.records import Endpoint, RRset, Target
from coordination.seen import Reading

ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)
NAMES = tuple(Endpoint(f"e{n}.example") for n in range(3))
WRITERS = ("a", "b", "c")
ROUNDS = 8


class Slow:
    """An authority some way off: calls cross on their way, and some replies are lost, before or after or long before
    what was asked takes effect.
    """

    def __init__(self, inner: MemoryAuthority, random: Random, late: list[Batch]) -> None:
        self._inner, self._random, self._late = inner, random, late

    async def _travel(self) -> None:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        await self._travel()
        reading = await self._inner.read(endpoints)
        await self._travel()
        return reading

    async def commit(self, batch: Batch) -> Outcome:
        await self._travel()
        if self._random.random() < 0.1:
            self._late.append(batch)
            return Unknown("lost")
        if self._late and self._random.random() < 0.3:
            await self._inner.commit(self._late.pop())
        outcome = await self._inner.commit(batch)
        await self._travel()
        return Unknown("lost") if self._random.random() < 0.1 else outcome


def recorded_run(seed: int) -> list[Line]:
    """Some writers write to some roots, reading before and after, under conditions or none."""
    random, store, lines = Random(seed), Store(), list[Line]()
    late: list[Batch] = []
    ticks = iter(range(1_000_000))

    async def writer(who: str) -> None:
        slow = Slow(MemoryAuthority(store), random, late)
        authority = RecordingAuthority(slow, who, lambda: float(next(ticks)), lines.append, frozenset(NAMES))
        for _ in range(ROUNDS):
            names = tuple(random.sample(NAMES, random.randrange(1, 3)))
            seen = (await authority.read(names)).seen
            generation = Generation(max(one.root.generation if one.root else 0 for one in seen) + 1)
            proposals = []
            for one in seen:
                rollback = one.root.generation if one.root else None
                version = RootVersion(one.endpoint, one.root.version if one.root else 0)
                conditions: tuple[Condition, ...] = (version,)
                if one.root is not None and random.random() < 0.5:
                    older = RootOlder(one.endpoint, generation)
                    conditions = random.choice(((older,), (version, older)))
                proposals.append(Proposal(Enact(one.endpoint, generation, ONE, rollback, who), conditions))
            await authority.commit(Batch(tuple(proposals)))

    async def everybody() -> None:
        await asyncio.gather(*map(writer, WRITERS))

    asyncio.run(everybody())
    return json.loads(json.dumps(lines))


def write(path: Path, lines: Iterable[Line], who: str = "a") -> Path:
    """A history file of these lines, each whole."""
    texts = [json.dumps(line) for line in (opening(who, 0.0), *lines)]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path
