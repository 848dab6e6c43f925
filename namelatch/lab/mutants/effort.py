"""What an undisturbed run costs: how often each process calls which port, in two fixed orders and with no fault.

A promise of its own. Whoever reads what nobody asked for, tries again what was done, or leaves for later what could be
done at once, breaks no invariant and comes to rest all the same; here it shows.
"""

from collections import Counter
from collections.abc import Mapping

from namelatch.lab.explorer.explore import Explorer, Start
from namelatch.lab.explorer.numbers import WORLD_MASK
from namelatch.lab.explorer.strides import GO
from namelatch.lab.kernel import ENDED

FREE = frozenset({"report", "sleep", "heard"})  # calls that cost nothing
MOST_CALLS = 3_000  # an undisturbed run of a few plans takes some hundred


class NoEnd(Exception):
    """A run that does not come to rest."""


def effort(start: Start) -> Mapping[str, str]:
    """By order and process what it calls, in words: `a, in turns` -> `acquire 2, commit 5, head 4`."""
    found = {}
    for order in ("one by one", "in turns"):
        explorer = Explorer(start)
        for name, calls in _run(explorer, in_turns=order == "in turns").items():
            found[f"{name}, {order}"] = ", ".join(f"{call} {count}" for call, count in sorted(calls.items()))
        explorer.close()
    return found


def _run(explorer: Explorer, in_turns: bool) -> dict[str, Counter[str]]:
    calls = {process.name: Counter[str]() for process in explorer.start.processes}
    key, before = explorer.first(), -1
    while key & WORLD_MASK != before & WORLD_MASK:
        before = key
        for index, (name, count) in enumerate(calls.items()):
            key = _alone(explorer, key, index, count, in_turns)
            if count.total() > MOST_CALLS:
                raise NoEnd(f"{name} makes more than {MOST_CALLS:,} calls")
    return calls


def _alone(explorer: Explorer, key: int, index: int, count: Counter[str], in_turns: bool) -> int:
    """One process goes on alone until it idles; `in_turns`: or until the world has changed."""
    passed: set[tuple[int, int]] = set()
    at = key & WORLD_MASK, explorer.place(key, index)
    while at not in passed and explorer.strides.pending(index, at[1]) is not ENDED and count.total() <= MOST_CALLS:
        passed.add(at)
        stride = explorer.strides.of(GO, index, *at)
        count.update(call.name for call, _ in stride.calls if call.name not in FREE)
        key += stride.delta
        at = key & WORLD_MASK, explorer.place(key, index)
        if in_turns and stride.delta & WORLD_MASK:
            break
    return key
