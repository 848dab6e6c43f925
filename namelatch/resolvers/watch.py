"""From a dark authority to the last resolver's light: how long the outage lasts, who comes late, who is waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from namelatch.resolvers.bench import LATE_S, POLL_S, WARM_S, Bench
from namelatch.trouble import BadEnvironment

PATIENCE_S = 30.0  # for light everywhere, beyond the largest MINIMUM
TELL_EVERY_S = 30.0
BEGIN_S = 30.0  # for the authorities to be seen dark, or lit again, once it was made so

Say = Callable[[str], None]
Act = Callable[[], Awaitable[None]]


async def dark(bench: Bench) -> None:
    """Wait until the authorities are seen to be dark. Raises BadEnvironment."""
    await _until(bench, lambda: bench.outage is not None, "the authorities never went dark")


async def lit(bench: Bench) -> None:
    """Watch a little longer where there is nothing to repair: what was cached meanwhile has expired then."""
    await _sleep(bench, time.monotonic() + WARM_S)


async def through(bench: Bench, dark_s: float, repair: Act, patience_s: float, say: Say) -> None:
    """Let an outage that has begun last `dark_s`, repair it, and wait for light everywhere, or as long as it may take.

    A resolver may keep an empty answer for MINIMUM, so the wait is that and `patience_s`.
    """
    over = bench.outage
    assert over is not None
    say(f"the name is dark at the authority; it will be for {dark_s:g} s")
    await _sleep(bench, over.began + dark_s - LATE_S)
    bench.come_late()
    await _sleep(bench, over.began + dark_s)
    await repair()
    await _until(bench, _ended(bench), "the authorities stayed dark")
    ended = time.monotonic()
    longest = max(bench.asked.minimums_s) + patience_s
    say(f"repaired; resolvers may keep the empty answer for as long as MINIMUM, up to {max(bench.asked.minimums_s)} s")
    told = ended
    while not bench.lit_for(WARM_S) and time.monotonic() < ended + longest:
        if time.monotonic() - told > TELL_EVERY_S:
            told += TELL_EVERY_S
            say(f"{told - ended:.0f} s after the repair: {bench.dark} of {len(bench.asked.cells)} clients are dark")
        await _sleep(bench, time.monotonic() + POLL_S)


def _ended(bench: Bench) -> Callable[[], bool]:
    return lambda: bench.outage is not None and bench.outage.ended is not None


async def _until(bench: Bench, reached: Callable[[], bool], failing: str) -> None:
    deadline = time.monotonic() + BEGIN_S
    while not reached():
        if time.monotonic() > deadline:
            raise BadEnvironment(failing)
        await _sleep(bench, time.monotonic() + POLL_S)


async def _sleep(bench: Bench, until: float) -> None:
    """Until then, and at least a turn; a part that dies meanwhile is noticed."""
    while True:
        bench.check()
        left = until - time.monotonic()
        await asyncio.sleep(max(0.0, min(left, 1.0)))
        if left <= 1.0:
            return
