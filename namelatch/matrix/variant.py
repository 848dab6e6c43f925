"""What is under test: a posture, less some safeguards, with or without a bug put in to see whether it is found."""

from dataclasses import dataclass, replace
from typing import Any

from coordination.intents import Batch, Committed, Outcome, Unknown
from coordination.ports import Authority, Claims
from coordination.postures import Posture, posture

BUGS = {"believes": "a write whose reply was lost is taken for done"}


@dataclass(frozen=True, slots=True)
class Variant:
    """`name` of a posture, `without` names of its safeguards, `bug` one of BUGS."""

    name: str = "hardened"
    without: tuple[str, ...] = ()
    bug: str = ""

    def posture(self) -> Posture:
        """The posture as it is to run. Raises KeyError for a name that there is not."""
        found = posture(self.name)
        have = {guard.name for guard in found.safeguards}
        for name in self.without:
            if name not in have:
                raise KeyError(f"{self.name} has no safeguard {name!r}: it has {', '.join(sorted(have))}")
        return replace(found, safeguards=tuple(one for one in found.safeguards if one.name not in self.without))

    def wrap(self, authority: Authority, claims: Claims) -> tuple[Authority, Claims]:
        """The ports, with the bug."""
        return (_Believing(authority) if self.bug == "believes" else authority), claims


class _Believing:
    """An authority's client that hears nothing and takes it for success."""

    def __init__(self, inner: Authority) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def commit(self, batch: Batch) -> Outcome:
        outcome = await self._inner.commit(batch)
        return Committed(0) if isinstance(outcome, Unknown) else outcome
