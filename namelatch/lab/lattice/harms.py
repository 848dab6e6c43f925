"""What each invariant's fall means, in plain words; and what a posture does not stop, told by these.

The order is that of harm: what people notice first stands first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coordination.promises import APART
from namelatch.lab.lattice.cells import UNKNOWN

HARMS: dict[str, str] = {
    "never-empty": "a name answers with no address",
    "not-wedged": "no later plan can be applied any more",
    "converges": "a name stays dark, or on an old plan, for good",
    "monotone-generation": "an older plan is written over a newer one",
    "never-delete-active": "a tree is deleted that a root follows",
    "rollback-target-exists": "the plan to go back to is deleted",
    "claimed-plan-exists": "a plan is deleted under somebody who works on it",
    "one-plan-a-number": "two plans get one number",
    "inputs-only-grow": "a plan is made from older inputs than the one before",
    "held-by-hand": "automation changes what a person holds",
    "fenced-writes": "a write is accepted from a claim that is lost",
    "bounded-staleness": "something older than an applied full plan is written",
    "cross-endpoint-skew": "a name is behind a plan that counts as applied",
}
BESIDE = frozenset(one.id for one in APART)  # asked of named postures, and no part of what makes a subset safe


@dataclass(frozen=True, slots=True)
class Row:
    """A named posture against all scenarios. `harms`: in which scenarios each invariant falls, by harm.

    `holds`: where nothing falls of what makes a subset safe. `unknown`: where the search was not exhausted.
    """

    posture: str
    harms: dict[str, tuple[str, ...]]
    holds: tuple[str, ...]
    unknown: tuple[str, ...]


def row(posture: str, fell: Mapping[str, Collection[str]]) -> Row:
    """The row of a posture, from what fell by scenario."""
    harms = {one: tuple(id for id, what in fell.items() if one in what) for one in HARMS}
    unknown = tuple(id for id, what in fell.items() if UNKNOWN in what)
    holds = tuple(id for id, what in fell.items() if not set(what) - BESIDE)
    return Row(posture, {one: where for one, where in harms.items() if where}, holds, unknown)


def sentence(found: Row, of: int) -> str:
    """What a posture does not stop, in words, with how many scenarios each is about."""
    told = [f"{HARMS[one]} ({len(where)})" for one, where in found.harms.items() if one not in BESIDE]
    beside = [f"{HARMS[one]} ({len(where)})" for one, where in found.harms.items() if one in BESIDE]
    parts = ["; ".join(told) if told else f"nothing that is asked in these {of} scenarios"]
    if beside:
        parts.append(f"*beside that:* {'; '.join(beside)}")
    return ". ".join(parts)
