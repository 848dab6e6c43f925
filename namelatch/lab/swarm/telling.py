"""What seeds came to, and the table of known bugs, in lines and as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from coordination.records import Endpoint
from namelatch.lab.explorer.explore import Step
from namelatch.lab.judged import JUDGED
from namelatch.lab.swarm.asked import course, trial
from namelatch.lab.swarm.pool import Hunt, Named
from namelatch.lab.swarm.schedulers.twice import SAME
from namelatch.lab.swarm.tally import Tally
from namelatch.lab.swarm.trial import AT_REST, FOLLOWS, HEAL_STEPS, SAFETY_STEPS, Trial
from namelatch.lab.swarm.turns import KINDS
from namelatch.lab.telling.table import document as rows_document
from namelatch.lab.telling.table import rows, table

SENTENCES: dict[str, str] = {one.id: one.sentence for one in JUDGED} | dict(AT_REST) | dict([SAME])
# What a swarm under `hardened` must have seen, or it proves less than it seems to.
SOMETIMES = (
    *KINDS,
    *(f"told: {event}" for event in ("began", "finished", "published", "leads", "collected", "forgotten")),
    *(f"told: {event}" for event in ("superseded", "fenced", "replaced", "retired", "not fresh", "lag-stop")),
    *(f"told: {event}" for event in ("lag alarm", "claim revoked", "unavailable", "plan lost", "quarantined")),
    *(f"told: {event}" for event in ("empty inputs", "pinned", "held")),
    *(f"lost: {name}" for name in ("ClaimFence", "ClaimFree", "RootOlder", "RootVersion", "TreeExists", "Unheld")),
    *(f"lost: {name}" for name in ("Unclaimed", "LeaderFence", "LeaderFree", "HeadVersion", "ManifestLive")),
    *(f"lost: {name}" for name in ("ReservedBelow", "AppliedBelow")),
)


def again(named: Named, seed: int) -> str:
    """The line that plays one seed again."""
    options = f" --scenario {named.scenario}" if named.scenario else ""
    options += f" --posture {named.posture}" if named.posture != "hardened" else ""
    options += f" --scheduler {named.scheduler}" if named.scheduler else ""
    return f"namelatch lab run --seeds {seed}..{seed}{options} --trace"


# --- a run -------------------------------------------------------------------------------------------------------


def vacuous(named: Named, tally: Tally) -> list[str]:
    """Invariants that nothing exercised; and what a swarm wants seen and has not."""
    elsewhere = {SAME[0]} if named.scenario is None else {SAME[0], FOLLOWS[0]}  # no scenario has a follower
    idle = [name for name in SENTENCES if not tally.exercised[name] and not tally.fell[name] and name not in elsewhere]
    if named.scenario is not None or named.posture != "hardened":
        return idle
    return [*idle, *(one for one in SOMETIMES if not tally.faults[one] and not tally.seen[one])]


def lines(named: Named, tally: Tally, seconds: float) -> Iterator[str]:
    """A run in lines."""
    what = named.scenario or "drawn towns"
    rate = 1000 * seconds / max(1, tally.seeds)
    counted = f"{tally.seeds:,} seeds, {tally.steps:,} steps, {seconds:.1f} s, {rate:.1f} ms a seed"
    yield f"{what} under {named.posture}: {counted}"
    told = " ".join(f"{name}={count}" for name, count in sorted(tally.schedulers.items()))
    yield f"schedulers: {told}"
    yield (
        f"bounds: {SAFETY_STEPS} steps under faults, {HEAL_STEPS:,} after; "
        f"the slowest was at rest {tally.healed:,} steps after healing"
    )
    yield ""
    yield from _counted("faults", {kind: tally.faults[kind] for kind in KINDS if tally.faults[kind]})
    yield ""
    yield f"{'invariant':{_WIDTH}}  {'ending':24}  exercised"
    for name in SENTENCES:
        if name == SAME[0] and named.scheduler != "twice":
            continue
        yield f"{name:{_WIDTH}}  {_ending(tally, name):24}  {tally.exercised[name]:9,}"
    if unseen := vacuous(named, tally):
        yield f"vacuous, for never seen: {'; '.join(unseen)}"
    for name in SENTENCES:
        if name in tally.first:
            seed, fell = tally.first[name]
            yield ""
            yield f"{name} fell under seed {seed} at step {fell.step}: {fell.where}: {fell.how}"
            yield f"  {again(named, seed)}"


_WIDTH = max(map(len, SENTENCES))


def _ending(tally: Tally, name: str) -> str:
    if tally.fell[name]:
        return f"fell under {tally.fell[name]:,} seeds"
    return "held" if tally.exercised[name] else "vacuous"


def _counted(title: str, counts: dict[str, int]) -> Iterator[str]:
    width = max(map(len, counts), default=0)
    yield f"{title}:" if counts else f"{title}: none"
    for name, count in counts.items():
        yield f"  {name:{width}}  {count:9,}"


def document(named: Named, tally: Tally, seconds: float) -> dict[str, Any]:
    """A run for machines."""
    return {
        "posture": named.posture,
        "scenario": named.scenario,
        "scheduler": named.scheduler,
        "schedulers": dict(sorted(tally.schedulers.items())),
        "seeds": tally.seeds,
        "steps": tally.steps,
        "seconds": round(seconds, 3),
        "bounds": {"safety": SAFETY_STEPS, "heal": HEAL_STEPS},
        "slowest_rest": tally.healed,
        "faults": dict(sorted(tally.faults.items())),
        "seen": dict(sorted(tally.seen.items())),
        "vacuous": vacuous(named, tally),
        "invariants": [
            {
                "id": name,
                "sentence": sentence,
                "exercised": tally.exercised[name],
                "fell": tally.fell[name],
                "first": _first(named, tally, name),
            }
            for name, sentence in SENTENCES.items()
        ],
    }


def _first(named: Named, tally: Tally, name: str) -> dict[str, Any] | None:
    if name not in tally.first:
        return None
    seed, fell = tally.first[name]
    return {"seed": seed, **asdict(fell), "again": again(named, seed)}


# --- one seed's trace --------------------------------------------------------------------------------------------


def trace_lines(trial: Trial, steps: Sequence[Step], endpoints: Sequence[Endpoint]) -> Iterator[str]:
    """One seed, step by step."""
    yield f"seed {trial.seed}, {trial.scheduler}: {trial.told}"
    yield ""
    shown, left = until_rest(folded(steps))
    yield from table(rows(shown, endpoints), endpoints)
    if left:
        yield f"and {left} steps more in which nothing changed"
    yield ""
    for one in trial.fell:
        yield f"{one.invariant} fell: {one.where}: {one.how}"
    if not trial.fell:
        yield f"nothing fell; at rest {trial.healed:,} steps after healing"


def trace_document(trial: Trial, steps: Sequence[Step], endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The same for machines."""
    return {
        "seed": trial.seed,
        "scheduler": trial.scheduler,
        "town": trial.told,
        "fell": [asdict(one) for one in trial.fell],
        "steps": rows_document(rows(folded(steps), endpoints)),
    }


def folded(steps: Iterable[Step]) -> list[Step]:
    """The steps that somebody else could notice, each with what its caller did after it that nobody else could."""
    kept: list[Step] = []
    last: dict[str, int] = {}
    for step in steps:
        if step.fault or step.falls or not _is_unnoticed(step):
            last[step.who] = len(kept)
            kept.append(step)
        elif step.who in last:
            before = kept[last[step.who]]
            kept[last[step.who]] = replace(before, calls=(*before.calls, *step.calls))
    return kept


def until_rest(steps: list[Step]) -> tuple[list[Step], int]:
    """The steps up to the last that changed something, or was a fault; and how many there are after it."""
    last = 0
    for at, step in enumerate(steps):
        before = steps[at - 1].world.authority if at else None
        if step.fault or step.falls or step.world.authority is not before:
            last = at + 1
    return steps[:last], len(steps) - last


def _is_unnoticed(step: Step) -> bool:
    return bool(step.calls) and (step.calls[0][0].port in {"clock", "log", "feed"} or step.calls[0][0].name == "renew")


# --- known bugs --------------------------------------------------------------------------------------------------


def command(hunted: Hunt) -> str:
    """The line that finds a bug."""
    return f"namelatch lab bugs --bug {hunted.bug.id} --seeds {hunted.tried}"


def bug_lines(found: Sequence[Hunt]) -> Iterator[str]:
    """The table, as Markdown has tables."""
    yield "| bug | must fall | seeds until found | without it | found by |"
    yield "|---|---|---|---|---|"
    for one in found:
        seeds = f"{one.tried:,}" if one.found else f"not in {one.tried:,}"
        clean = f"{one.control:,} seeds clean" if not one.without else f"falls under {one.without} of {one.control}"
        yield f"| {one.bug.id} | {one.bug.falls} | {seeds} | {clean} | `{command(one)}` |"
    yield ""
    for one in found:
        yield f"- **{one.bug.id}**: {one.bug.story} ({one.bug.history})"


def hunt_lines(hunted: Hunt) -> Iterator[str]:
    """The run that found a bug, step by step."""
    if hunted.found is None:
        return
    steps: list[Step] = []
    found = trial(hunted.bug.on, hunted.found.seed, steps.append)
    yield ""
    yield from trace_lines(found, steps, course(hunted.bug.on, found.seed).start.setting.endpoints)


def bug_document(found: Sequence[Hunt]) -> list[dict[str, Any]]:
    """The table for machines."""
    return [
        {
            "id": one.bug.id,
            "story": one.bug.story,
            "history": one.bug.history,
            "falls": one.bug.falls,
            "seeds": one.tried,
            "found": one.found is not None,
            "fell": [asdict(fell) for fell in one.found.fell] if one.found else [],
            "without": {"seeds": one.control, "fell": one.without},
            "command": command(one),
        }
        for one in found
    ]
