"""The story of 19 October 2025, as a script over a stage. The same under every posture, on any stage.

Generation 1 is in place. Enactor a takes generation 2, which names the regional endpoint, and gets stuck there.
The planner goes on: c enacts 3; 5 names everything, b takes it. Whoever sweeps lists its victims, a comes back,
the old generation is deleted. Then three small plans follow that name the regional endpoint and some siblings,
and all three enactors try them: whether they repair it is the question. What is dark, stale or wedged in the
end is for the judges to say: the script only makes the events happen in this order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from coordination.plan import Generation
from coordination.ports import Report
from coordination.postures import Posture
from coordination.records import Endpoint
from coordination.seen import Head
from namelatch.lab.crossing import Crossing

OLD, NEW = Generation(2), Generation(5)
LATER_PLANS = 3
LATER_ENDPOINTS = 5  # that the later plans name: the regional one and some siblings
# When the stage may have something up its sleeve: once generation 1 is in place, before b takes the newer plan, while
# it does, and once a is back.
Moment = Literal["loaded", "published", "overtaking", "back"]
SETTLED = frozenset({"finished", "incomplete", "not fresh", "superseded", "refused", "wedged"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the stage knows now."""

    head: Head
    rule: Crossing
    reports: Sequence[Report]

    def told(self, event: str, who: str | None = None, generation: int | None = None) -> bool:
        """Whether somebody reported this event."""
        return any(
            report.event == event
            and (who is None or report.who == who)
            and (generation is None or report.generation == generation)
            for report in self.reports
        )


class Stage(Protocol):
    """Where the story is played: in memory, or on Ray, Kafka, etcd and DNS."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """All endpoints in walk order; the last is the regional one."""
        ...

    async def start(self, role: str) -> None:
        """Start an actor, if it does not run yet: planner, collector, or an az."""
        ...

    async def pause(self, role: str) -> None:
        """Let an actor finish what it does and stop it."""
        ...

    async def touch(self, endpoints: Sequence[Endpoint] | None, by: str) -> None:
        """Change the inputs of these endpoints (None: of all); `by` is who plans them where enactors plan."""
        ...

    async def until(self, reached: Callable[[Facts], bool], what: str) -> Facts:
        """Wait for facts. Raises when they do not come about within the stage's deadline, saying `what`."""
        ...

    async def moment(self, now: Moment) -> None:
        """The story has come so far: whatever the stage has up its sleeve for this moment happens now."""
        ...

    def say(self, text: str) -> None:
        """One line for whoever watches."""
        ...


async def play(stage: Stage, posture: Posture) -> Facts:
    """The whole story; returns the facts in which it came to rest."""
    await _load(stage)
    await stage.moment("loaded")
    await _old_plan_gets_stuck(stage, posture)
    await _newer_plans_overtake(stage, posture)
    await _crossing(stage)
    return await _later_plans(stage)


async def _publish(stage: Stage, endpoints: Sequence[Endpoint] | None, by: str) -> Generation:
    before = (await stage.until(lambda _: True, "the head")).head.newest or 0
    await stage.touch(endpoints, by)
    facts = await stage.until(lambda facts: (facts.head.newest or 0) > before, f"a plan after generation {before}")
    assert facts.head.newest is not None
    return facts.head.newest


async def _load(stage: Stage) -> None:
    stage.say(f"generation 1: a full plan for {len(stage.endpoints):,} endpoints; enactor b brings it in")
    await stage.touch(None, "b")
    await stage.start("planner")
    await stage.start("b")
    await stage.until(lambda facts: facts.head.applied == 1, "generation 1 applied")
    await stage.pause("b")


async def _old_plan_gets_stuck(stage: Stage, posture: Posture) -> None:
    regional = stage.endpoints[-1:]
    step = "a lock that others hold" if _locks(posture) else "its next step"
    generation = await _publish(stage, regional, "a")
    stage.say(f"generation {generation}: enactor a begins it and gets stuck at {regional[0]}, on {step}")
    await stage.start("a")
    await stage.until(lambda facts: facts.rule.reached, "a at the regional endpoint")


async def _newer_plans_overtake(stage: Stage, posture: Posture) -> None:
    regional = stage.endpoints[-1:]
    generation = await _publish(stage, regional, "c")
    stage.say(f"generation {generation}: the planner goes on; c enacts it")
    await stage.start("c")
    await stage.until(lambda facts: facts.told("finished", "c", generation), f"generation {generation} finished")
    await stage.pause("c")
    while generation < NEW - 1:
        generation = await _publish(stage, regional, "c")
    generation = await _publish(stage, None, "b")
    await stage.moment("published")
    stage.say(f"generation {generation}: a full plan; b takes it")
    await stage.start("b")
    if posture.sweeps == "collector":
        await stage.start("collector")
    await stage.moment("overtaking")
    await stage.until(lambda facts: facts.rule.overtaken, "a overtaken at the regional endpoint")


async def _crossing(stage: Stage) -> None:
    await stage.until(lambda facts: facts.rule.listed, "a clean-up that has listed its victims")
    stage.say("a clean-up has listed its victims; a comes back with generation 2")
    facts = await stage.until(lambda facts: facts.rule.back or facts.rule.gone, "a back at the regional endpoint")
    if facts.rule.gone:
        stage.say("a was started anew and does not come back with generation 2")
    await stage.moment("back")
    await stage.until(lambda facts: not facts.rule.doomed or facts.rule.dropped, "the clean-up of the old generation")


async def _later_plans(stage: Stage) -> Facts:
    await stage.start("c")
    some = stage.endpoints[-LATER_ENDPOINTS:]
    for _ in range(LATER_PLANS):
        generation = await _publish(stage, some, "b")
        stage.say(f"generation {generation}: a later plan names the regional endpoint and {len(some) - 1} siblings")
        await stage.until(
            lambda facts, g=generation: all(_settled(facts, az, g) for az in "abc"),  # type: ignore[misc]
            f"every enactor has tried generation {generation}",
        )
    return await stage.until(lambda _: True, "the end")


def _settled(facts: Facts, az: str, generation: Generation) -> bool:
    """Whether this enactor has tried that plan, or one that replaced it because its bytes were lost."""
    return any(
        report.who == az and report.event in SETTLED and (report.generation or 0) >= generation
        for report in facts.reports
    )


def _locks(posture: Posture) -> bool:
    return any(safeguard.name == "lock" for safeguard in posture.safeguards)
