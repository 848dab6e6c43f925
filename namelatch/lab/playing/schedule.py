"""Schedules played: from the explorer's steps to a schedule, from a schedule to its steps, and what falls on the way.

Safety falls at a step. Liveness falls at the first step after which no way leads to a good rest; that is asked of the
explorer, led along the same schedule.
"""

from collections.abc import Callable, Iterator, Sequence

from namelatch.lab.check import LIVENESS
from namelatch.lab.explorer import explore
from namelatch.lab.explorer.explore import Explorer, Start, Step
from namelatch.lab.explorer.recovery import Recovery
from namelatch.lab.playing.asks import asks, late
from namelatch.lab.playing.files import Fell
from namelatch.lab.playing.stage import EXPIRES, FORGETS, LATE, WORDS, Act, Stage, Unplayable
from namelatch.lab.world import World, arrive

Watch = Callable[[Explorer], None]
LIVE = frozenset(name for name, _, _ in LIVENESS)


def acts(start: Start, steps: Sequence[Step]) -> tuple[Act, ...]:
    """An explorer's steps as a schedule."""
    before = start.world
    found = []
    for step in steps:
        found.append(Act(step.who, step.fault, _asked(start, before, step)))
        before = step.world
    return tuple(found)


def _asked(start: Start, before: World, step: Step) -> str:
    if step.fault in {EXPIRES, FORGETS}:
        return ""
    if step.fault != LATE:
        return asks(step.calls[0][0])
    for at, (who, line) in enumerate(late(before)):
        if who == step.who and arrive(start.setting, before, at).world == step.world:
            return line
    raise AssertionError("a late effect that nothing in the world explains")


def play(start: Start, schedule: Sequence[Act]) -> Iterator[Step]:
    """The schedule's steps, taken one by one. Raises Unplayable, whose text says at which step."""
    stage = Stage(start, schedule)
    for number, act in enumerate(schedule, start=1):
        try:
            yield stage.take(act)
        except Unplayable as reason:
            raise Unplayable(f"step {number}: {reason}") from None


# --- what falls --------------------------------------------------------------------------------------------------


def fallen(steps: Sequence[Step]) -> Iterator[Fell]:
    """Every safety invariant that falls on the way, once, where it falls first."""
    known: set[str] = set()
    for number, step in enumerate(steps, start=1):
        for fall in step.falls:
            if fall.invariant not in known:
                known.add(fall.invariant)
                yield Fell(fall.invariant, number, fall.where, fall.how)


def lost(start: Start, schedule: Sequence[Act], name: str, watch: Watch | None = None) -> Fell | None:
    """The first step after which no way leads to the good rest that a liveness invariant asks for, if there is one."""
    good = next(good for one, _, good in LIVENESS if one == name)
    explorer = Explorer(start)
    if watch is not None:
        watch(explorer)
    recovery = Recovery(explorer, lambda world: good(start.setting, world))
    stage, key = Stage(start, schedule), explorer.first()
    for number, act in enumerate(schedule, start=1):
        stride, _ = explorer.follow(key, _numbered(stage, act))
        assert not stride.calls or asks(stride.calls[0][0]) == act.asks, f"step {number}: {act.asks}"
        stage.take(act)
        key += stride.delta
        if not recovery.possible(key):
            return stuck(name, number)
    return None


def stuck(name: str, number: int) -> Fell:
    """The fall of a liveness invariant: no step does it, the state after one is it."""
    return Fell(name, number, "rest", "no way leads from here to a good one")


def _numbered(stage: Stage, act: Act) -> explore.Act:
    kind = WORDS.index(act.fault)
    if act.fault == LATE:
        return explore.Act(kind, late(stage.world).index((act.who, act.asks)))
    names = [process.name for process in stage.start.processes]
    return explore.Act(kind, 0 if act.fault == FORGETS else names.index(act.who))
