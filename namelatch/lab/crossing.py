"""The fault of October 2025 as an ordering rule over events at the actors' ports. Pure: no time, no chance.

One enactor (`slow`) begins an old plan and gets stuck at one endpoint; the others overtake it with a newer
plan; it comes back only when a clean-up has listed its victims; the clean-up deletes the old generation only
after that (a deletion that arrives earlier waits, and counts as a listing). Where enactors take locks,
`slow` gets stuck as the record says: each of its attempts at the endpoint's lock waits until another holds
that lock, and so really loses; the holder writes only after that. Where there is no lock the rule binds its
next step there, whichever it is. `cause` pause stops the process at that step instead. Everything is released
by an event, once; a rule that never bit says so (`in_force`). An enactor that comes back takes the step it was held
at; one that asks for the head without having taken it has died and started again: it is `gone`, not back.

A `victim` is held in the middle of the newer plan, at the endpoint, until it was killed: when it claims again.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from coordination.intents import (
    Batch,
    DropGeneration,
    DropLock,
    DropTree,
    Enact,
    Finish,
    TakeClaim,
    TakeLock,
)
from coordination.plan import Generation
from coordination.records import Endpoint

Kind = Literal["claim", "lock", "unlock", "enact", "drop", "finish", "list", "head"]
Cause = Literal["order", "pause"]


@dataclass(frozen=True, slots=True)
class Step:
    """One port call as the rule sees it."""

    who: str
    kind: Kind
    generation: Generation | None = None


def steps(who: str, batch: Batch, endpoint: Endpoint) -> tuple[Step, ...]:
    """The steps in one batch that a rule about `endpoint` may care for."""
    found = []
    for proposal in batch.proposals:
        match proposal.change:
            case TakeLock(name) if name == endpoint:
                found.append(Step(who, "lock"))
            case DropLock(name) if name == endpoint:
                found.append(Step(who, "unlock"))
            case Enact(name, generation) if name == endpoint:
                found.append(Step(who, "enact", generation))
            case DropGeneration(generation) | DropTree(generation):
                found.append(Step(who, "drop", generation))
            case Finish(generation):
                found.append(Step(who, "finish", generation))
            case TakeClaim(generation):
                found.append(Step(who, "claim", generation))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Crossing:
    """The rule and how far it has come. `old` and `new` are the two plans that cross."""

    slow: str
    old: Generation
    new: Generation
    cause: Cause = "order"
    victim: str | None = None
    began: bool = False
    reached: bool = False
    holder: str | None = None
    lost_in_hold: bool = False
    locks_lost: int = field(default=0, compare=False)  # only told: two rules that differ in it go on alike
    overtaken: bool = False
    finished: bool = False
    listed: bool = False
    doomed: bool = False
    dropped: bool = False
    returned: bool = False
    back: bool = False
    gone: bool = False
    exposed: bool = False
    struck: bool = False

    @property
    def in_force(self) -> bool:
        """The fault bit: the old plan began, was overtaken at the endpoint, and came back after the listing."""
        return self.began and self.reached and self.overtaken and self.listed and self.back

    @property
    def stops(self) -> bool:
        """Under cause pause: the slow enactor's process is to be stopped now."""
        return self.cause == "pause" and self.reached and not self.listed and not self.gone

    def arrive(self, step: Step) -> "Crossing":
        """The rule after learning that a step is about to be taken."""
        if self._exposes(step):
            return replace(self, exposed=True)
        if not self.began or self.back:
            return self
        if step.who == self.slow and step.kind in {"lock", "enact"}:
            return replace(self, reached=True)
        if step.who != self.slow and step.kind == "drop" and step.generation == self.old:
            return replace(self, doomed=True, listed=self.listed or self.finished)
        return self

    def may(self, step: Step) -> bool:
        """Whether a step may be taken now, or must wait for an event."""
        if self._exposes(step):
            return self.struck
        if not self.began or self.back or self.gone:
            return True
        if step.who == self.slow:
            if step.kind == "lock":
                can_lose = self.holder is not None and not self.lost_in_hold
                return self.listed or (self.cause == "order" and can_lose)
            if step.kind == "enact" and step.generation == self.old:
                return self.listed
            return True
        if step.kind == "drop" and step.generation == self.old:
            return False
        if step.kind == "enact" and self.holder == step.who and self.cause == "order":
            return self.listed or self.lost_in_hold
        return True

    def took(self, step: Step, committed: bool) -> "Crossing":
        """The rule after a step was taken, and whether the authority committed it."""
        if step.who == self.slow:
            return self._slow_took(step, committed)
        match step.kind:
            case "lock" if committed:
                return replace(self, holder=step.who, lost_in_hold=False)
            case "unlock":
                return replace(self, holder=None if self.holder == step.who else self.holder)
            case "enact":
                overtaken = self.overtaken or (committed and self._is_new(step))
                return replace(self, holder=None if self.holder == step.who else self.holder, overtaken=overtaken)
            case "claim" if step.who == self.victim and self.exposed:
                return replace(self, struck=True)
            case "drop" if step.generation == self.old:
                return replace(self, dropped=True)
            case "finish" if committed and self._is_new(step):
                return replace(self, finished=True, listed=self.listed or self.doomed)
            case "list" if self.overtaken and (self.finished or step.who != "collector"):
                return replace(self, listed=True)
            case _:
                return self

    def _is_new(self, step: Step) -> bool:
        return step.generation is not None and step.generation >= self.new

    def _exposes(self, step: Step) -> bool:
        return step.who == self.victim and step.kind == "enact" and self._is_new(step)

    def _slow_took(self, step: Step, committed: bool) -> "Crossing":
        match step.kind:
            case "claim" if committed and step.generation == self.old and not self.back:
                return replace(self, began=True, reached=False, gone=False)
            case _ if self.gone:
                return self
            case "lock" if self.reached:
                lost = not committed
                returned, locks_lost = self.returned or self.listed, self.locks_lost + lost
                return replace(self, returned=returned, lost_in_hold=self.lost_in_hold or lost, locks_lost=locks_lost)
            case "enact" if step.generation == self.old:
                return replace(self, returned=True, back=self.back or committed)
            case "head" | "unlock" if self.returned:
                return replace(self, back=True)
            case "head" if self.reached:
                return replace(self, gone=True)
            case _:
                return self
