"""A slice of the kill-point matrix on Apache Kafka and three etcd members: each call of each role, and broken code.

One cell of each call, faults and moments in turn (`namelatch matrix run --backend local --thin`). The whole is run by
hand; `docs/reliability.md` has its table.
"""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from namelatch.matrix.campaign import Campaign, Layout, Result
from namelatch.matrix.cells import FAULTS, MOMENTS, ROLES, thinned
from namelatch.matrix.grounds import local
from namelatch.matrix.processes import Nursery
from namelatch.matrix.variant import Variant
from tests.cluster.conftest import BACKEND
from tests.matrix.test_real_cells import cell, rules

pytestmark = [
    pytest.mark.minutes,
    pytest.mark.skipif(BACKEND != "local", reason="tests/matrix has it on embedded; the matrix knows no others"),
    pytest.mark.usefixtures("local_parts"),
    pytest.mark.slow,
    pytest.mark.timeout(1_200),  # the slice, before the first test; whatever else the machine does
]
AT_ONCE = 10
# The cells that the table of faults in docs/reliability.md names, besides those of the slice.
NAMED = [
    "enactor/authority.commit[Enact]/alone/die-before",
    "enactor/authority.commit[Enact]/alone/die-after",  # of two transactions the first: between it and the next
    "enactor/authority.commit[Finish]/alone/die-after",
    "enactor/authority.commit[Enact]/alone/stopped",
    "enactor/authority.commit[Enact]/alone/reply-lost",
    "planner/authority.commit[Publish]/running/reply-lost",
    "planner/log.append/running/die-after",
    "planner/authority.commit[Publish]/rival/stopped",
    "collector/authority.commit[DropTree]/rival/stopped",
    "collector/authority.commit[DropTree]/running/late",
]
SEEDED = {
    "without fence": (Variant(without=("fence",)), "enactor/authority.commit[Enact]/alone/stopped"),
    "incident": (Variant("incident"), "enactor/authority.commit[Enact]/start/stopped"),
}


@dataclass(frozen=True)
class Told:
    """What there is, what came of the slice, of the named cells, and of broken code."""

    layout: Layout
    results: list[Result]
    named: dict[str, Result]
    seeded: dict[str, Result]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    directory = tmp_path_factory.mktemp("matrix")
    said: list[str] = []

    async def run() -> Told:
        async with local(directory / "parts", said.append) as grounds, Nursery(str(directory / "log")) as nursery:
            campaign = Campaign(grounds, nursery, directory / "cells", Variant(), AT_ONCE)
            layout = await campaign.layout(ROLES)
            thin = thinned(layout.cells)
            results = await campaign.run([*thin, *map(cell, NAMED)], said.append)
            named = dict(zip(NAMED, results[len(thin) :], strict=True))
            seeded = {}
            for name, (variant, text) in SEEDED.items():
                apart = Campaign(grounds.named(name.replace(" ", "-")), nursery, directory / name, variant, 1)
                (seeded[name],) = await apart.run([cell(text)], said.append)
            return Told(layout, results[: len(thin)], named, seeded)

    try:
        yield asyncio.run(run())
    finally:
        print("\n".join(said))
        shutil.rmtree(directory / "parts", ignore_errors=True)


def test_each_call_of_each_role_meets_a_fault_and_holds(told: Told) -> None:
    layout, results = told.layout, told.results
    assert [(one.cell.id, one.falls or one.outcome) for one in results if one.outcome != "held"] == []
    assert {one.cell.call for one in results} == {one.call for one in layout.cells}
    assert {one.cell.fault for one in results} == set(FAULTS)
    assert len({one.cell.moment for one in results}) > len(MOMENTS) / 2  # which are reached, the recorded runs decide
    assert layout.unreached == ()


@pytest.mark.parametrize("name", NAMED)
def test_a_named_cell_is_reached_and_holds(told: Told, name: str) -> None:
    result = told.named[name]
    assert (result.outcome, result.falls) == ("held", ())
    assert result.verdict.exercised["never-empty"] > 0


def test_each_was_judged_by_what_three_members_say_was_written(told: Told) -> None:
    results = told.results
    assert all(one.verdict.writes > 0 and one.verdict.publishes > 0 for one in results)
    assert all(one.verdict.exercised["never-empty"] and one.verdict.exercised["fenced-writes"] for one in results)
    assert sum(one.verdict.lost_and_done for one in results) > 0, "a lost reply's write is found in etcd's own history"
    assert sum(one.verdict.expired for one in results) > 0, "who was stopped lost what hung on his lease"


def test_without_the_fence_and_under_the_incident_the_same_judge_finds_it(told: Told) -> None:
    assert rules(told.seeded["without fence"]) == {"fenced-writes"}
    assert rules(told.seeded["incident"]) >= {"never-empty", "monotone-generation", "never-delete-active"}
