"""The last word of a posture's history: every root as it is once the automation has ended.

It is recorded as a read, so that whoever judges the history later can hold it against what the recorded writes come
to: a write that nobody recorded, or a replay that went astray, shows.
"""

import time
from collections.abc import Callable
from pathlib import Path

from coordination.history import encode_root, opening
from coordination.limits import PAGE_KEYS
from coordination.lines import Line
from coordination.ports import Authority
from coordination.records import Endpoint
from namelatch.compose import Lines

WHO = "demo"


async def record_roots(authority: Authority, directory: Path, now: Callable[[], float] = time.monotonic) -> int:
    """List all roots into a history of their own beside the roles'; returns how many there are."""
    after: Endpoint | None = None
    count = 0
    with Lines(directory / f"{WHO}.history.jsonl") as lines:
        lines.write(opening(WHO, now()))
        while True:
            asked = now()
            page = await authority.roots(after, PAGE_KEYS)
            line: Line = {"asked": asked, "answered": now(), "who": WHO, "call": "roots"}
            lines.write(line | {"roots": [encode_root(seen) for seen in page]})
            count += len(page)
            if len(page) < PAGE_KEYS:
                return count
            after = page[-1].endpoint
