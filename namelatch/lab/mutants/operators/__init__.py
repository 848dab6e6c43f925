"""All operators, one entry each, in the order of the printed table. Of two that make the same text the first counts."""

from namelatch.lab.mutants.operator import Operator
from namelatch.lab.mutants.operators.arguments import KEEP_FIELD
from namelatch.lab.mutants.operators.branches import ALWAYS_BRANCH, NEGATE_BRANCH, NEVER_BRANCH
from namelatch.lab.mutants.operators.choices import CALCULATION, LEAST_MOST
from namelatch.lab.mutants.operators.comparisons import BOUNDARY, OFF_BY_ONE, OPPOSITE
from namelatch.lab.mutants.operators.conditions import AND_OR, DROP_CONDITION, FORGET_CONDITIONS
from namelatch.lab.mutants.operators.loops import FIRST_ONLY, LEAVE_LOOP, SKIP_LOOP
from namelatch.lab.mutants.operators.outcomes import IGNORE_CASE, MISTAKE_OUTCOME
from namelatch.lab.mutants.operators.returns import RETURN_EARLY, RETURN_NOTHING, TRUTH
from namelatch.lab.mutants.operators.statements import DROP_ASSIGNMENT, DROP_STATEMENT, KEEP_HOLD, SWAP_STATEMENTS
from namelatch.lab.mutants.operators.stops import ALLOW_REFUSED, DROP_STOP, LET_THROUGH

OPERATORS: tuple[Operator, ...] = (
    DROP_CONDITION,
    FORGET_CONDITIONS,
    AND_OR,
    BOUNDARY,
    OPPOSITE,
    OFF_BY_ONE,
    DROP_STATEMENT,
    DROP_ASSIGNMENT,
    SWAP_STATEMENTS,
    KEEP_HOLD,
    KEEP_FIELD,
    NEGATE_BRANCH,
    NEVER_BRANCH,
    ALWAYS_BRANCH,
    MISTAKE_OUTCOME,
    IGNORE_CASE,
    DROP_STOP,
    ALLOW_REFUSED,
    LET_THROUGH,
    RETURN_EARLY,
    RETURN_NOTHING,
    TRUTH,
    LEAST_MOST,
    CALCULATION,
    SKIP_LOOP,
    FIRST_ONLY,
    LEAVE_LOOP,
)
