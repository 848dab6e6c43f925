"""A plan's faults come at their times and heal, also when something goes wrong or the run is interrupted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from coordination.ports import Unavailable
from namelatch.chaos.plan import Planned
from namelatch.chaos.schedule import run

PLAN = (Planned(0.0, "kill", "a", 0.05), Planned(0.02, "stop", "b", 0.2), Planned(0.04, "stop", "planner", 0.05))


class Struck:
    def __init__(self, impossible: str = "") -> None:
        self.log: list[tuple[str, str]] = []
        self.impossible = impossible

    @asynccontextmanager
    async def __call__(self, planned: Planned) -> AsyncIterator[str]:
        if planned.target == self.impossible:
            raise Unavailable("nobody leads")
        self.log.append(("struck", planned.target))
        try:
            yield "told"
        finally:
            self.log.append(("healed", planned.target))


def test_each_fault_strikes_in_its_turn_and_heals_after_its_time() -> None:
    struck, said = Struck(), list[str]()
    done = asyncio.run(run(PLAN, struck, said.append))
    assert struck.log[:1] == [("struck", "a")]
    assert struck.log.index(("struck", "b")) < struck.log.index(("healed", "a")) < struck.log.index(("healed", "b"))
    assert sorted(struck.log) == sorted((word, one.target) for one in PLAN for word in ("struck", "healed"))
    assert all(one.until - one.since >= one.planned.for_s and not one.failed for one in done)
    assert len(said) == len(PLAN)


def test_a_fault_that_can_not_be_done_is_kept_as_failed_and_the_others_go_on() -> None:
    struck = Struck(impossible="b")
    done = asyncio.run(run(PLAN, struck, lambda _: None))
    assert {one.planned.target: one.failed for one in done} == {"a": "", "b": "nobody leads", "planner": ""}
    assert ("healed", "planner") in struck.log


def test_an_interrupted_run_heals_what_it_struck() -> None:
    struck = Struck()

    async def interrupted() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await run((Planned(0.0, "stop", "etcd-1", 60.0),), struck, lambda _: None)

    asyncio.run(interrupted())
    assert struck.log == [("struck", "etcd-1"), ("healed", "etcd-1")]


def test_a_restore_waits_until_nothing_else_is_broken_and_puts_off_what_comes_later() -> None:
    plan = (Planned(0.0, "stop", "a", 0.3), Planned(0.1, "restore", "etcd", 0.2), Planned(0.5, "kill", "b", 0.0))
    struck = Struck()
    done = asyncio.run(run(plan, struck, lambda _: None))
    assert struck.log == [
        *(("struck", "a"), ("healed", "a")),
        *(("struck", "etcd"), ("healed", "etcd")),
        *(("struck", "b"), ("healed", "b")),
    ]
    assert all(not one.failed for one in done)
