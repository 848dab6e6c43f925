"""Why each survivor lives: one entry a mutant or some that live for one reason. A survivor without one is an error.

The entries stand by the protocol's file that they speak of.
"""

from namelatch.lab.mutants.mutant import Mutant
from namelatch.lab.mutants.reasons.authority import AUTHORITY
from namelatch.lab.mutants.reasons.collector import COLLECTOR
from namelatch.lab.mutants.reasons.enactor import ENACTOR
from namelatch.lab.mutants.reasons.planner import PLANNER
from namelatch.lab.mutants.reasons.reason import KINDS, Kind, Reason
from namelatch.lab.mutants.reasons.safeguards import SAFEGUARDS
from namelatch.lab.mutants.reasons.walk import WALK

__all__ = ["KINDS", "REASONS", "Kind", "Reason", "reason"]

REASONS: tuple[Reason, ...] = (*ENACTOR, *WALK, *COLLECTOR, *PLANNER, *SAFEGUARDS, *AUTHORITY)


def reason(mutant: Mutant, reasons: tuple[Reason, ...] = REASONS) -> Reason | None:
    """The first that fits; None when there is none."""
    return next((one for one in reasons if one.fits(mutant)), None)
