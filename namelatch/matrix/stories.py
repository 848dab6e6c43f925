"""What happens in a cell besides its fault: plans that come, names that go and come back, and what a moment needs.

Every story ends alike: once the fault has bitten, everything changes once more, and all has to come to rest.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from coordination.intents import Batch, Committed, DropTree, Proposal, TakeClaim
from coordination.ports import Unavailable
from namelatch.matrix.trial import Stuck, Trial
from namelatch.matrix.world import FOUR, ONE, THREE, TWO

ROUNDS = 12  # of further plans, for a fault that has not come yet
LAGGING = 12  # generations that pass a claim: its alarm comes beyond 2, its end beyond 10


async def tell(trial: Trial) -> None:
    """The story of the trial's moment, to its end. What does not come in time is kept as evidence."""
    began = time.monotonic()
    try:
        await STORIES[trial.asked.moment](trial)
        await _to_its_end(trial)
    except Stuck as stuck:
        trial.evidence.stuck = str(stuck)
    trial.evidence.ended = time.monotonic()
    trial.evidence.seconds = trial.evidence.ended - began


async def _plain(trial: Trial) -> None:
    turned = trial.evidence.turned
    await trial.settled(turned.touch())
    trial.arm()
    await trial.settled(turned.touch(ONE, TWO, FOUR))
    trial.evidence.taken_down.add(THREE)
    turned.remove(THREE)
    await trial.settled(turned.touch(ONE))
    await trial.settled(turned.touch(THREE))
    await trial.settled(turned.touch())


async def _behind(trial: Trial) -> None:
    """A second plan is published before anybody has begun the first: the planner has looked at what enactors need."""
    turned = trial.evidence.turned
    turned.touch()
    await trial.published(1)
    turned.touch(ONE)
    await trial.published(2)
    trial.arm()


async def _short(trial: Trial) -> None:
    turned = trial.evidence.turned
    await trial.settled(turned.touch())
    await trial.settled(turned.touch(ONE, TWO))


async def _harmed(trial: Trial) -> None:
    """A tree is deleted under a root, as an operator's mistake or another program's clean-up would."""
    turned = trial.evidence.turned
    await trial.settled(turned.touch())
    await trial.settled(turned.touch(ONE))
    trial.arm()
    generation = (await trial.authority.read((ONE,))).seen[0].root_generation
    assert generation is not None, "it was just settled"
    trial.evidence.harmed.add(ONE)
    authority, _ = trial.hand(judged=False)
    await authority.commit(Batch((Proposal(DropTree(generation, ONE)),)))
    await trial.settled(turned.touch(ONE))


async def _laggard(trial: Trial) -> None:
    """Another az claims a plan, shows progress and makes none."""
    turned = trial.evidence.turned
    await trial.settled(turned.touch())
    head = await trial.authority.head()
    assert head.applied is not None, "it was just settled"
    _, claims = trial.hand(judged=True)
    key = TakeClaim(head.applied, "z", "z-0")
    assert isinstance(await claims.acquire(key, ()), Committed), "nobody else is called z"

    async def pretend() -> None:
        alive = True
        while alive:
            try:
                alive = await claims.renew(key)
            except Unavailable:
                continue
            await asyncio.sleep(0.3)

    trial.arm()
    pretending = asyncio.create_task(pretend())
    try:
        for _ in range(LAGGING):
            await trial.settled(turned.touch(ONE))
        await asyncio.wait({pretending}, timeout=20.0)
    finally:
        pretending.cancel()


async def _to_its_end(trial: Trial) -> None:
    turned = trial.evidence.turned
    for _ in range(ROUNDS):
        if trial.asked.cell is None or trial.has_struck:
            break
        await trial.settled(turned.touch(ONE, TWO))
    await trial.settled(turned.touch(ONE, FOUR))
    await trial.at_rest()


STORIES: Mapping[str, Callable[[Trial], Awaitable[None]]] = {
    "start": _plain,
    "running": _plain,
    "alone": _plain,
    "rival": _plain,
    "behind": _behind,
    "reborn": _short,
    "unsure": _short,
    "harmed": _harmed,
    "laggard": _laggard,
}
