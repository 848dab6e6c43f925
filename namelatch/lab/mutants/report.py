"""What a run is told as: two tables, each survivor with its reason, and the same for machines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from namelatch.lab.mutants.campaign import Ended
from namelatch.lab.mutants.kills import MEANING, STRONG
from namelatch.lab.mutants.operators import OPERATORS
from namelatch.lab.mutants.reasons import reason
from namelatch.lab.mutants.scope import FILES, RULES
from namelatch.lab.mutants.trial import Tried

COLUMNS = (*STRONG, "count", "alive")
WIDTH = 26


def lines(ended: Ended) -> Iterator[str]:
    """All of it, for people."""
    yield from table("file", FILES, ended.tried, lambda one: one.mutant.file)
    yield ""
    yield from table("operator", [one.name for one in OPERATORS], ended.tried, lambda one: one.mutant.operator)
    yield ""
    yield from (f"{how:8} {MEANING[how]}" for how in (*STRONG, "count"))
    yield ""
    yield "left out by rule:"
    yield from (f"{ended.left_out[rule.name]:6}  {rule.name}: {rule.why}" for rule in RULES)
    for one in ended.survivors:
        yield ""
        yield from survivor(ended, one)
    yield ""
    yield summary(ended)


def summary(ended: Ended) -> str:
    """The one line that counts."""
    made, alive = len(ended.tried), len(ended.survivors)
    share = 100 * (made - alive) / made if made else 100.0
    told = f"{made - alive:,} of {made:,} mutants killed by the lab alone ({share:.1f} %), {alive} alive"
    work = f"{ended.bounds} searches each at most, {ended.cpu_s:,.0f} s of CPU"
    return f"{told}, {len(ended.unexplained)} without a reason; {work}"


def table(head: str, names: Sequence[str], tried: Sequence[Tried], of: Any) -> Iterator[str]:
    """One row a name, one for all: how many were made, how they ended."""
    counts = {name: Counter(_column(one) for one in tried if of(one) == name) for name in names}
    yield f"{head:{WIDTH}}" + "".join(f"{name:>9}" for name in ("made", *COLUMNS, "killed"))
    for name, count in (*counts.items(), ("all", Counter(_column(one) for one in tried))):
        made = sum(count.values())
        if not made:
            continue
        killed = sum(count[how] for how in STRONG)
        cells = "".join(f"{number:>9,}" for number in (made, *(count[column] for column in COLUMNS)))
        yield f"{name:{WIDTH}}{cells}{100 * killed / made:>7.1f} %"


def _column(one: Tried) -> str:
    return one.kill.how if one.kill is not None else "count" if one.count is not None else "alive"


def survivor(ended: Ended, one: Tried) -> Iterator[str]:
    """One survivor: where, what, why."""
    mutant, why = one.mutant, reason(one.mutant, ended.reasons)
    yield f"{mutant.file}:{mutant.line} {mutant.function} ({mutant.operator})"
    yield from (f"    {line}" for line in mutant.diff.splitlines())
    if one.count is not None:
        yield f"    noticed by count alone: {one.count.bound}: {one.count.what}"
    covered = f" [{why.covered}]" if why is not None and why.covered else ""
    yield "    NO REASON GIVEN" if why is None else f"    {why.kind}: {why.why}{covered}"


def document(ended: Ended) -> dict[str, Any]:
    """The same for machines."""
    return {
        "made": len(ended.tried),
        "killed": len(ended.tried) - len(ended.survivors),
        "noticed_by_count_alone": sum(one.count is not None for one in ended.survivors),
        "unexplained": len(ended.unexplained),
        "left_out": {rule.name: ended.left_out[rule.name] for rule in RULES},
        "bounds": ended.bounds,
        "seconds": round(ended.seconds, 1),
        "cpu_s": round(ended.cpu_s, 1),
        "mutants": [_one(ended, one) for one in ended.tried],
    }


def _one(ended: Ended, one: Tried) -> dict[str, Any]:
    mutant, why = one.mutant, reason(one.mutant, ended.reasons) if one.kill is None else None
    return {
        "file": mutant.file,
        "line": mutant.line,
        "function": mutant.function,
        "operator": mutant.operator,
        "diff": mutant.diff,
        "ended": _column(one),
        "bound": one.kill.bound if one.kill else one.count.bound if one.count else None,
        "what": one.kill.what if one.kill else one.count.what if one.count else None,
        "reason": f"{why.kind}: {why.why}" if why else None,
        "cpu_s": round(one.cpu_s, 2),
    }
