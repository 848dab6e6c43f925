"""What a difference to the unmutated protocol means: a kill, and by what; or only other numbers of states."""

from dataclasses import dataclass
from typing import Literal

from namelatch.lab.mutants.bound import Bound, Found

How = Literal["fell", "held", "raised", "unseen", "endless", "effort", "count"]
STRONG: tuple[How, ...] = ("fell", "held", "raised", "unseen", "endless", "effort")
FACTOR = 5  # times the states that the unmutated protocol has: more, and a search does not end
MEANING: dict[How, str] = {
    "fell": "an invariant falls that should not",
    "held": "an invariant falls no longer that must fall under another posture",
    "raised": "the protocol raises what is no answer of the world",
    "unseen": "what must be seen never is, or what must not be is",
    "endless": "the search has no end within five times the states, or the time, that the unmutated one takes",
    "effort": "an undisturbed run makes other calls than it should",
    "count": "only the numbers of states or transitions differ",
}


@dataclass(frozen=True, slots=True)
class Kill:
    """How a mutant was noticed, in which bound, and what it was."""

    how: How
    bound: str
    what: str


def killed(bound: Bound, real: Found, found: Found) -> Kill | None:
    """What the lab says of a mutant that was searched within one bound; None when it is as the real one."""
    if found.error:
        return Kill("raised", bound.name, found.error)
    if more := found.fallen - bound.falls:
        return Kill("fell", bound.name, ", ".join(sorted(more)))
    if real.exhausted and not found.exhausted:
        return Kill("endless", bound.name, f"{found.states} states, {real.states} of the unmutated")
    if other := [one for one in {**bound.effort, **found.effort} if found.effort.get(one) != bound.effort.get(one)]:
        told = f"{other[0]}: {found.effort.get(other[0])}; it should be {bound.effort.get(other[0])}"
        return Kill("effort", bound.name, told)
    if fewer := bound.falls - found.fallen:
        return Kill("held", bound.name, ", ".join(sorted(fewer)))
    if unseen := [one for one in bound.sometimes if one not in found.seen]:
        return Kill("unseen", bound.name, ", ".join(unseen))
    if seen := [one for one in bound.never if one in found.seen]:
        return Kill("unseen", bound.name, ", ".join(seen))
    if real.bit and not found.bit:
        return Kill("unseen", bound.name, "the rule never bit")
    if real.exhausted and (found.states, found.transitions) != (real.states, real.transitions):
        what = f"{found.states} states, {found.transitions} transitions; {real.states} and {real.transitions}"
        return Kill("count", bound.name, what)
    return None


def sound(bound: Bound, found: Found) -> str:
    """What the unmutated protocol fails by within a bound; empty when it passes, as it must."""
    kill = killed(bound, found, found)
    return "" if kill is None else f"{bound.name}: {kill.how}: {kill.what}"
