"""Ordering rules as the explorer and the simulator ask them: who may go, and how far the story has come."""

from dataclasses import dataclass
from typing import Any, Protocol

from namelatch.lab.kernel import Call


class Rule(Protocol):
    """A fault as an ordering over events. A value: each event gives the rule after it."""

    def arrive(self, who: str, call: Call) -> "Rule":
        """Somebody stands before a call."""
        ...

    def may(self, who: str, call: Call) -> bool:
        """Whether the call may be made now, or must wait for an event."""
        ...

    def took(self, who: str, call: Call, reply: Any) -> "Rule":
        """A call was made, and this was heard."""
        ...


@dataclass(frozen=True, slots=True)
class Free:
    """No rule: every order is allowed."""

    def arrive(self, who: str, call: Call) -> "Rule":  # noqa: ARG002
        return self

    def may(self, who: str, call: Call) -> bool:  # noqa: ARG002
        return True

    def took(self, who: str, call: Call, reply: Any) -> "Rule":  # noqa: ARG002
        return self


FREE = Free()
