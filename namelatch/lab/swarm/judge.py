"""The lab's judge, for one who sees a whole run: what a lifted hold is owed is no skew.

A held endpoint is not brought along, and counts as done. When its hold is lifted a full plan is owed to it, and until
that one is applied it may follow what it was given by hand. No state says since when that is, and a search meets states
in any order; a run knows.
"""

from collections.abc import Iterator

from coordination.intents import Lift
from coordination.invariants import Fall
from coordination.plan import Generation
from coordination.promises import applied_in_full
from coordination.records import Endpoint
from namelatch.lab.judged import Judging
from namelatch.lab.world import Transition

SKEW = "cross-endpoint-skew"


class RunJudge(Judging):
    """Judges the transitions of one run, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._owed: dict[Endpoint, Generation] = {}

    def __call__(self, transition: Transition) -> Iterator[Fall]:
        for proposal in transition.batch.proposals:
            if isinstance(proposal.change, Lift):  # what was published by then was planned under the hold
                self._owed[proposal.change.endpoint] = transition.before.newest or Generation(0)
        for fall in super().__call__(transition):
            if fall.invariant != SKEW or not self._is_owed(Endpoint(fall.where), transition):
                yield fall

    def _is_owed(self, endpoint: Endpoint, transition: Transition) -> bool:
        """Whether no full plan that was published after its hold was lifted is applied yet."""
        full = applied_in_full(transition.after)
        return endpoint in self._owed and (full is None or full <= self._owed[endpoint])
