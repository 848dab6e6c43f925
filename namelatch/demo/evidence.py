"""What one posture's run left behind, read back: histories, reports and probes; and what they prove.

The history is judged as any other is (`namelatch.lab.histories`). What clients saw is judged from the probes alone.
Both are held against what the record says of the posture (`EXPECTED`). What acquits has to have looked: a history
that is empty, or in which an invariant could not have fallen, proves nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coordination.feed import Listed
from coordination.lines import Line
from coordination.plan import Generation
from coordination.records import Endpoint
from coordination.seen import ClaimSeen
from namelatch.demo.judge import Ack, Verdict
from namelatch.demo.script import OLD
from namelatch.demo.story import LostInvariant
from namelatch.lab.histories.judging import BY_SEARCH
from namelatch.lab.histories.recorded import NoHistory, Recorded, read
from namelatch.lab.histories.rulings import Judgement
from namelatch.resolvers.table import Table
from namelatch.resolvers.table import shortfalls as shortfalls_seen


@dataclass(frozen=True, slots=True)
class Ending:
    """What was found when the story had come to rest. `garbage` is what nobody claims or follows."""

    newest: Generation
    applied: Generation | None
    behind: int
    unanswered: int
    dangling: int
    garbage: int
    in_force: bool
    locks_lost: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What the record says of a posture: the invariants that it loses, at least, and whether it holds altogether."""

    loses: frozenset[str]
    dark: bool
    wedged: bool
    holds: bool = False


EXPECTED: Mapping[str, Expected] = {
    "incident": Expected(frozenset({"never-empty", "never-delete-active", "monotone-generation"}), True, True),
    "d1-after": Expected(frozenset({"monotone-generation"}), False, False),
    "d2-after": Expected(frozenset({"never-empty", "never-delete-active"}), False, False),
    "registered-versioned": Expected(frozenset({"monotone-generation"}), False, False),
    "hardened": Expected(frozenset(), False, False, holds=True),
}


def resolver_shortfalls(posture: str, table: Table | None) -> tuple[str, ...]:
    """In what the clients of resolvers, if any, were told otherwise than the record says of the posture."""
    expected = EXPECTED.get(posture)
    if table is None or expected is None or not (expected.dark or expected.holds):
        return ()
    return shortfalls_seen(table, dark=expected.dark, bounded=True)


def read_reports(directory: Path) -> list[Line]:
    """All roles' reports, in order of time. A line cut by a kill is left out."""
    found: list[Line] = []
    for path in sorted(directory.glob("*.reports.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
    return sorted(found, key=lambda line: float(line["at"]))


def read_history(directory: Path) -> Recorded:
    """All roles' histories. None at all is an empty one, which proves nothing."""
    try:
        return read(directory)
    except NoHistory as reason:
        return Recorded([], (str(reason),))


def acknowledged(history: Iterable[Line], gone: bool = False) -> Iterator[Ack]:
    """Every commit that gave an endpoint addresses, or with `gone` a tombstone, when its writer heard of it."""
    for line in history:
        if line.get("out") != "committed":
            continue
        for change in line["changes"]:
            if change[0] == "enact" and (change[3] is None) == gone:
                yield Ack(Endpoint(change[1]), Generation(change[2]), float(line["answered"]), int(line["revision"]))


def lost_invariants(judgement: Judgement) -> tuple[LostInvariant, ...]:
    """Each safety invariant that fell, how often, and the first time in words; in the order in which they fell."""
    fell = sorted(judgement.fallen, key=lambda ruling: ruling.revision)
    return tuple(
        LostInvariant(one.id, f"{one.fell:,} x, first at {one.first.where}: {one.first.how}")
        for one in fell
        if one.first is not None and one.id not in BY_SEARCH
    )


def garbage(listed: Listed, claims: Iterable[ClaimSeen]) -> int:
    """Trees that nobody claims or follows: below every claim, below their endpoint's root and not its rollback."""
    lowest = min((claim.generation for claim in claims), default=None)
    count = 0
    for generation, endpoint in listed.trees:
        root = listed.roots.get(endpoint)
        if root is None or generation >= root.generation or generation == root.rollback:
            continue
        count += lowest is None or generation < lowest
    return count


def dangling(listed: Listed) -> int:
    """Live roots whose tree is gone."""
    return sum(
        not root.tombstone and (root.generation, name) not in listed.trees for name, root in listed.roots.items()
    )


def passes_needed(history: Iterable[Line]) -> int:
    """How many passes the collector made from when claims were settled until its last deletion of a tree."""
    settled = last = 0.0
    looks: list[float] = []
    for line in history:
        verbs = {change[0] for change in line.get("changes", ())} if line.get("out") == "committed" else set()
        if verbs & {"claim", "unclaim", "finish"}:
            settled = float(line["answered"])
        if verbs & {"drop tree", "drop generation"}:
            last = float(line["answered"])
        if line["call"] == "list" and line["who"] == "collector":
            looks.append(float(line["answered"]))
    return sum(settled < look <= last for look in looks)


def is_wedged(reports: Iterable[Line], azs: Iterable[str], regional: Endpoint, verdict: Verdict) -> bool:
    """Every enactor was refused a later plan at the regional endpoint, and it is still dark to the end."""
    refused = {line["who"] for line in reports if line["event"] == "wedged" and line["endpoint"] == regional}
    return verdict.regional.dark_at_end and refused >= set(azs)


def is_converged(ending: Ending) -> bool:
    """The newest plan is applied, followed and answered everywhere."""
    return ending.applied == ending.newest and not (ending.behind or ending.unanswered or ending.dangling)


def shortfalls(
    posture: str,
    verdict: Verdict,
    judgement: Judgement,
    wedged: bool,
    ending: Ending,
    reports: list[Line],
    passes: int,
    killed: bool = False,
) -> tuple[str, ...]:
    """In which points the run is not as the record says; empty when it is.

    Where a part was `killed` the story may have gone otherwise; what must hold is held all the same.
    """
    missing = [] if ending.in_force else [NOT_IN_FORCE]
    missing += _unheard(verdict, killed)
    missing += _unsound(judgement, killed)
    expected = EXPECTED.get(posture)
    if expected is None:
        return tuple(missing)
    fell = {one.id for one in lost_invariants(judgement)}
    missing += [f"{name} did not fall" for name in sorted(expected.loses - fell)]
    if expected.dark and not (verdict.regional.dark_at_end and verdict.regional.empty_without_soa == 0):
        missing.append("the regional endpoint did not stay NOERROR-empty with an SOA")
    if expected.wedged and not wedged:
        missing.append("the later plans were not refused by every enactor")
    if expected.holds:
        missing += [f"{name} fell" for name in sorted(fell)]
        missing += [f"{one.id} could not have fallen" for one in judgement.rulings if one.is_vacuous]
        missing += _seen_by_clients(verdict, killed)
        missing += [] if is_converged(ending) else [f"not converged: {ending}"]
        missing += [] if not ending.garbage else [f"{ending.garbage} trees that nobody needs are left"]
        missing += [] if passes <= PASSES_MOST else [f"collection took {passes} passes"]
        missing += [] if killed or _alarm_first(reports) else [NO_ALARM]
    return tuple(missing)


NOT_IN_FORCE = "the fault was not in force: the old plan did not come back after the new one"
NO_ALARM = "the lag alarm did not fire before the superseded enactor yielded"
LOST_SHARE = 0.01  # of questions that may go unanswered where nothing was killed


def _unheard(verdict: Verdict, killed: bool) -> list[str]:
    """What acquits has to have looked: answers about the regional endpoint, and few questions lost."""
    missing = [] if verdict.regional.last_answer_at is not None else ["nothing was heard of the regional endpoint"]
    few = killed or verdict.lost <= LOST_SHARE * verdict.probes
    return missing + ([] if few else [f"{verdict.lost} of {verdict.probes} questions were lost"])


def _unsound(judgement: Judgement, killed: bool) -> list[str]:
    """Under every posture the authority keeps its word, and its history is whole but for what a kill cut short."""
    if not judgement.lines:
        return [f"there is no history to judge: {', '.join(judgement.torn)}"]
    missing = [
        f"{one.id} fell at {one.place}: {one.first.how}"
        for one in judgement.fallen
        if one.first is not None and one.id in BY_SEARCH
    ]
    missing += [f"the order of {judgement.undecided} roots was not found in time"] if judgement.undecided else []
    return missing + ([] if killed else [f"cut short: {place}" for place in judgement.torn])


def _seen_by_clients(verdict: Verdict, killed: bool) -> list[str]:
    """While a killed part is being restarted an answer may lag behind what was acknowledged; never be wrong."""
    wrong = verdict.empty + verdict.nxdomain + verdict.errors + verdict.foreign + (0 if killed else verdict.stale)
    return [f"clients saw {verdict.empty} empty, {verdict.stale} stale, {wrong} wrong answers"] if wrong else []


PASSES_MOST = 2  # what nobody needs is gone after so many passes


def _alarm_first(reports: list[Line]) -> bool:
    """Whether the lag of the old plan was told before its enactor gave it up."""
    of_old = [line for line in reports if line["who"] == "a" and line["generation"] == OLD]
    yields = [line["at"] for line in of_old if line["event"] in {"superseded", "fenced", "lag-stop"}]
    alarms = [line["at"] for line in of_old if line["event"] == "lag alarm"]
    return bool(yields) and bool(alarms) and min(alarms) < min(yields)
