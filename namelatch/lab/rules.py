"""Faults as orderings over events: who must wait before what, until somebody else has done what. Never a time.

A rule is a value; every event gives the rule after it. The explorer and the simulator ask it before each call (`may`)
and tell it of each call made (`took`). A wait is released once, by an event, and binds nobody after that. A rule that
never bit proves nothing: `bit` says whether anybody ever stood waiting.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

from coordination.intents import Batch, Committed, Proposal
from namelatch.lab.crossing import Crossing, Step, steps
from namelatch.lab.kernel import Call


class Rule(Protocol):
    """A fault as an ordering over events. A hashable value."""

    @property
    def bit(self) -> bool:
        """Whether the fault was ever in force."""
        ...

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

    bit: bool = True

    def arrive(self, who: str, call: Call) -> "Rule":  # noqa: ARG002
        return self

    def may(self, who: str, call: Call) -> bool:  # noqa: ARG002
        return True

    def took(self, who: str, call: Call, reply: Any) -> "Rule":  # noqa: ARG002
        return self


FREE = Free()


@dataclass(frozen=True, slots=True)
class When:
    """A call as an ordering speaks of it. `does` is a change's class name ("Enact") or a call's ("generations").

    What is None matches anything; `who` also names a family ("planner" is planner-a too). With `committed`, only a call
    that the authority committed counts.
    """

    who: str | None = None
    does: str | None = None
    generation: int | None = None
    endpoint: str | None = None
    committed: bool = False

    def matches(self, who: str, call: Call, reply: Any = None) -> bool:
        """Whether that was it."""
        if not self._is_who(who) or (self.committed and not isinstance(reply, Committed)):
            return False
        if self.does in {None, call.name} and self.generation is None and self.endpoint is None:
            return True
        return any(self._is(change) for change in _changes(call))

    def _is_who(self, who: str) -> bool:
        return self.who is None or who == self.who or who.startswith(f"{self.who}-")

    def _is(self, change: Any) -> bool:
        return (
            self.does in {None, type(change).__name__}
            and self.generation in {None, getattr(getattr(change, "manifest", change), "generation", None)}
            and self.endpoint in {None, getattr(change, "endpoint", None)}
        )


def _changes(call: Call) -> tuple[Any, ...]:
    match call:
        case Call("authority", "commit", (batch,)):
            return tuple(proposal.change for proposal in batch.proposals)
        case Call("claims", "acquire", (key, _)):
            return (key,)
    return ()


@dataclass(frozen=True, slots=True)
class Either:
    """Any of these."""

    whens: tuple[When, ...]

    def matches(self, who: str, call: Call, reply: Any = None) -> bool:
        """Whether that was one of them."""
        return any(when.matches(who, call, reply) for when in self.whens)


@dataclass(frozen=True, slots=True)
class Wait:
    """Whoever stands before `before` waits there until `until` has happened; None: for the rest of the story.

    With `since`, only from that event on.
    """

    before: When | Either
    until: When | Either | None
    since: When | Either | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """Some waits. `released` are the places of those whose event has come, `begun` of those that are in force since one
    came, `waited` whether anybody ever stood waiting.

    It has bitten when somebody waited and every event came: the story was told to its end. A wait that never began,
    because its `since` never came, is no part of that story.
    """

    waits: tuple[Wait, ...]
    released: frozenset[int] = frozenset()
    begun: frozenset[int] = frozenset()
    waited: bool = False

    @property
    def bit(self) -> bool:
        told = {at for at, wait in self._begun() if wait.until is not None}
        return self.waited and self.released >= told

    def arrive(self, who: str, call: Call) -> "Rule":
        return self if self.waited or self.may(who, call) else replace(self, waited=True)

    def may(self, who: str, call: Call) -> bool:
        return not any(wait.before.matches(who, call) for _, wait in self._in_force())

    def took(self, who: str, call: Call, reply: Any) -> "Rule":
        released = {
            at for at, wait in self._in_force() if wait.until is not None and wait.until.matches(who, call, reply)
        }
        begun = {
            at
            for at, wait in enumerate(self.waits)
            if wait.since is not None and at not in self.begun and wait.since.matches(who, call, reply)
        }
        if not released and not begun:
            return self
        return replace(self, released=self.released | released, begun=self.begun | begun)

    def _in_force(self) -> list[tuple[int, Wait]]:
        return [(at, wait) for at, wait in self._begun() if at not in self.released]

    def _begun(self) -> list[tuple[int, Wait]]:
        return [(at, wait) for at, wait in enumerate(self.waits) if wait.since is None or at in self.begun]


@dataclass(frozen=True, slots=True)
class Crossed:
    """The rule of October 2025, the same as in the demo, asked as the demo's gate asks it."""

    crossing: Crossing
    endpoint: Any

    @property
    def bit(self) -> bool:
        return self.crossing.in_force

    def arrive(self, who: str, call: Call) -> "Rule":
        crossing = self.crossing
        for step in self._gated(who, call):
            crossing = crossing.arrive(step)
        return self._with(crossing)

    def may(self, who: str, call: Call) -> bool:
        return all(self.crossing.may(step) for step in self._gated(who, call))

    def took(self, who: str, call: Call, reply: Any) -> "Rule":
        crossing = self.crossing
        committed = isinstance(reply, Committed) or call.name in {"generations", "head"}
        for step in self._told(who, call):
            crossing = crossing.took(step, committed)
        return self._with(crossing)

    def _with(self, crossing: Crossing) -> "Rule":
        if crossing.back:  # it binds nobody any more: how it came about is all one
            crossing = replace(crossing, holder=None, lost_in_hold=False, doomed=False, dropped=False)
        return self if crossing == self.crossing else replace(self, crossing=crossing)

    def _gated(self, who: str, call: Call) -> tuple[Step, ...]:
        return steps(who, call.arguments[0], self.endpoint) if call.name == "commit" else ()

    def _told(self, who: str, call: Call) -> tuple[Step, ...]:
        match call:
            case Call("claims", "acquire", (key, _)):
                return steps(who, Batch((Proposal(key),)), self.endpoint)
            case Call("authority", "generations"):
                return (Step(who, "list"),)
            case Call("authority", "head") if who == self.crossing.slow:
                return (Step(who, "head"),)
        return self._gated(who, call)


@dataclass(frozen=True, slots=True)
class Both:
    """Several rules at once: what any of them holds back waits."""

    rules: tuple[Rule, ...]

    @property
    def bit(self) -> bool:
        return all(rule.bit for rule in self.rules)

    def arrive(self, who: str, call: Call) -> "Rule":
        return self._with(tuple(rule.arrive(who, call) for rule in self.rules))

    def may(self, who: str, call: Call) -> bool:
        return all(rule.may(who, call) for rule in self.rules)

    def took(self, who: str, call: Call, reply: Any) -> "Rule":
        return self._with(tuple(rule.took(who, call, reply) for rule in self.rules))

    def _with(self, rules: tuple[Rule, ...]) -> "Rule":
        return self if rules == self.rules else replace(self, rules=rules)
