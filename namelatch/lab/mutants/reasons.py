"""Why each survivor lives: one entry a mutant or a family of them. A survivor without one is an error.

`covered` names the tests that see what the lab has nothing for.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from namelatch.lab.mutants.mutant import Mutant

Kind = Literal["equivalent", "work only", "not modelled"]
KINDS: dict[Kind, str] = {
    "equivalent": "No run of the protocol can tell these from the original.",
    "work only": "These do more or less work, or the same in another order, and nothing else.",
    "not modelled": "The lab has nothing in which these could show.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Which mutants of one function, by the text of the lines they remove and add (`*` for any text), and why."""

    file: str
    function: str
    minus: str
    plus: str
    kind: Kind
    why: str
    covered: str = ""

    def fits(self, mutant: Mutant) -> bool:
        """Whether it speaks of that mutant."""
        if (mutant.file, mutant.function) != (self.file, self.function):
            return False
        lines = (" | ".join(mutant.minus), self.minus), (" | ".join(mutant.plus), self.plus)
        return all(text == pattern or fnmatchcase(text, pattern) for text, pattern in lines)


ENACTOR, WALK, COLLECTOR = "actors/enactor.py", "actors/walk.py", "actors/collector.py"
PLANNER, SERVICE, WALKERS = "actors/planner.py", "actors/service.py", "actors/walkers.py"
GUARDS, AUTHORITY, INTENTS = "coordination/safeguards.py", "coordination/authority.py", "coordination/intents.py"

REASONS: tuple[Reason, ...] = (
    # --- enactor -------------------------------------------------------------------------------------------------
    Reason(
        ENACTOR,
        "GIVES_UP",
        "*",
        "*",
        "work only",
        "the claim goes a round later all the same: when it next begins, or finds the newest plan applied",
        "tests/actors/test_roles.py",
    ),
    Reason(
        ENACTOR,
        "enact",
        "held = None",
        "*",
        "work only",
        "it holds a claim that it has given up: the next beginning finds it gone and takes another",
    ),
    Reason(
        ENACTOR,
        "enact",
        "if walked.ended is not None: | if walked.undone:",
        "*",
        "work only",
        "what is told is the other reason; in either case it is not finished, and the claim that was lost is gone",
    ),
    # --- walk ----------------------------------------------------------------------------------------------------
    # --- planner -------------------------------------------------------------------------------------------------
    Reason(
        PLANNER,
        "lead",
        "case Committed(revision):",
        "*",
        "equivalent",
        "the next round renews before it does anything, and finds that it does not lead",
    ),
    Reason(PLANNER, "lead", "case _: | return None", "*", "equivalent", "a function that ends returns None"),
    # --- collector -----------------------------------------------------------------------------------------------
    Reason(
        COLLECTOR,
        "_victims",
        "oldest_kept = plans[[]-posture.keep] if len(plans) >= posture.keep else 0",
        "*",
        "equivalent",
        "nothing is older than the oldest plan, nor than 1: trees go with their plan, in one deletion",
    ),
    Reason(
        COLLECTOR,
        "_drop_generation",
        "*",
        "outcome = await ports.authority.commit(Batch((Proposal(verdict.change, verdict.conditions),), ()))",
        "equivalent",
        "no safeguard has a shared condition for one who has neither claim nor plan",
    ),
    # --- safeguards ----------------------------------------------------------------------------------------------
    Reason(
        GUARDS,
        "FreshOnce.judge",
        "if isinstance(change, TakeClaim) and generation is not None*",
        "if isinstance(change, TakeClaim) and applied is not None*",
        "equivalent",
        "who registers always has a plan",
    ),
    Reason(
        GUARDS,
        "FreshOnce.judge",
        "return Refuse(*, True)",
        "return Refuse(*, False)",
        "equivalent",
        "whoever begins asks only whether to stop: what is not fresh is never walked",
    ),
    Reason(
        GUARDS,
        "Lock.judge",
        "if not seen.locked: | if not change.unlock:",
        "*",
        "equivalent",
        "both are done before it is allowed, in one order or the other",
    ),
    Reason(
        GUARDS,
        "Recheck.judge",
        "if isinstance(change, Enact) and seen.root is not None*",
        "if seen.root is not None*",
        "equivalent",
        "only a change of a root comes with a root that was seen where plans are swept whole",
    ),
    Reason(
        GUARDS,
        "Recheck.judge",
        "* (seen.root.generation > change.generation):",
        "* (seen.root.generation >= change.generation):",
        "equivalent",
        "what is at its generation already is skipped before it is judged",
    ),
    Reason(
        GUARDS,
        "Forward.judge",
        "if seen.root.generation >= change.generation:",
        "if seen.root.generation > change.generation:",
        "equivalent",
        "what is at its generation already is skipped before it is judged, and the condition says it again",
    ),
    Reason(
        GUARDS,
        "Forward.judge",
        "*",
        "return Allow((RootOlder(change.endpoint, change.generation + 1),))",
        "equivalent",
        "a generation is written twice at most, by two who both saw the root before, and both write the same",
    ),
    Reason(
        GUARDS,
        "PlanExists.judge",
        "if isinstance(change, TakeClaim) and context.generation is not None:",
        "*",
        "work only",
        "more conditions than are needed: each is true wherever the others are, or the plan is retired anyway",
    ),
    Reason(
        GUARDS,
        "PlanExists.judge",
        "return Allow((ManifestLive(context.generation), ManifestLive(change.generation)))",
        "*",
        "equivalent",
        "older plans are retired first: a chain whose newest plan is retired has its oldest retired, and one whose "
        "oldest is retired is applied",
    ),
    Reason(
        GUARDS,
        "NonEmpty.judge",
        "if isinstance(change, Enact)* | if self.deletions*",
        "*",
        "equivalent",
        "no change is both a write and a deletion",
    ),
    Reason(
        GUARDS,
        "NonEmpty.judge",
        "if self.deletions and isinstance(change, DropTree) and (seen.root is not None):",
        "if self.deletions and*",
        "equivalent",
        "a tree has a root, and a write at its root's generation is skipped before it is judged",
    ),
    Reason(
        GUARDS,
        "NonEmpty.judge",
        "if not seen.root.tombstone and*",
        "if seen.root.generation == change.generation:",
        "equivalent",
        "the plan that takes a name down builds no tree for it",
    ),
)


def reason(mutant: Mutant, reasons: tuple[Reason, ...] = REASONS) -> Reason | None:
    """The first that fits; None when there is none."""
    return next((one for one in reasons if one.fits(mutant)), None)
