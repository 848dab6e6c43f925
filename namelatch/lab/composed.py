"""A posture composed for a question: one composition of who plans and who sweeps, under just these safeguards."""

from collections.abc import Collection
from dataclasses import replace

from coordination.postures import Posture
from coordination.safeguards import SAFEGUARDS, Safeguard

NAMES = tuple(guard.name for guard in SAFEGUARDS)


class UnknownSafeguard(ValueError):
    """A name that no safeguard has. The text lists those there are."""


def composed(like: Posture, names: Collection[str]) -> Posture:
    """`like` under just these safeguards. Those it has stay as it has them, in its order; others join by the table's.

    Raises UnknownSafeguard.
    """
    unknown = next((name for name in names if name not in NAMES), None)
    if unknown is not None:
        raise UnknownSafeguard(f"no safeguard {unknown!r}: there are {', '.join(NAMES)}")
    guards: list[Safeguard] = [guard for guard in like.safeguards if guard.name in names]
    for guard in SAFEGUARDS:
        if guard.name in names and all(one.name != guard.name for one in guards):
            guards.insert(_place(guard, guards), guard)
    told = "+".join(guard.name for guard in guards) or "none"
    return replace(like, name=f"{like.name}:{told}", safeguards=tuple(guards))


def parts(posture: Posture) -> tuple[str, tuple[str, ...] | None]:
    """The name of the posture in the catalogue; and the safeguards that it was composed of, if it was."""
    like, colon, _ = posture.name.partition(":")
    return like, tuple(guard.name for guard in posture.safeguards) if colon else None


def _place(guard: Safeguard, guards: list[Safeguard]) -> int:
    """Before the first that stands below it in the table."""
    mine = NAMES.index(guard.name)
    below = (at for at, one in enumerate(guards) if NAMES.index(one.name) > mine)
    return next(below, len(guards))
