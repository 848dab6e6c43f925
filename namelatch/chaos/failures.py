"""What posts on Ray wrote of parts that failed. Pure.

As a process of its own, a role ends by an exception that leaves it, and has fallen. As a post it is begun again in the
same process: only its log knows.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from actors.on_ray.deployment import FAILED


def failures(lines: Iterable[str]) -> Iterator[str]:
    """A sentence for each reason by which parts failed, from the actors' log. What is no line of theirs is left out."""
    reasons: Counter[str] = Counter()
    for text in lines:
        try:
            told = json.loads(text)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("event") == FAILED:
            reasons[str(told.get("reason"))] += 1
    yield from (f"a part on Ray failed {count} x: {reason}" for reason, count in reasons.items())
