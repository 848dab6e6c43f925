"""A slice of the kill-point matrix on Apache Kafka and three etcd members: each call of each role, and broken code.

One cell of each call, faults and moments in turn (`namelatch matrix run --backend local --thin`). The whole is run by
hand; `docs/reliability.md` has its table.
"""

import asyncio
import shutil
from collections.abc import Iterator

import pytest

from namelatch.matrix.campaign import Campaign, Layout, Result
from namelatch.matrix.cells import FAULTS, MOMENTS, ROLES, thinned
from namelatch.matrix.grounds import local
from namelatch.matrix.processes import Nursery
from namelatch.matrix.variant import Variant
from tests.cluster.conftest import BACKEND
from tests.matrix.test_real_cells import cell, rules

pytestmark = [
    pytest.mark.skipif(BACKEND != "local", reason="tests/matrix has it on embedded; the matrix knows no others"),
    pytest.mark.usefixtures("local_parts"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
AT_ONCE = 10
SEEDED = {
    "without fence": (Variant(without=("fence",)), "enactor/authority.commit[Enact]/alone/stopped"),
    "incident": (Variant("incident"), "enactor/authority.commit[Enact]/start/stopped"),
}
Told = tuple[Layout, list[Result], dict[str, Result]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What there is, what came of the slice, and of broken code."""
    directory = tmp_path_factory.mktemp("matrix")
    said: list[str] = []

    async def run() -> Told:
        async with local(directory / "parts", said.append) as grounds, Nursery(str(directory / "log")) as nursery:
            campaign = Campaign(grounds, nursery, directory / "cells", Variant(), AT_ONCE)
            layout = await campaign.layout(ROLES)
            results = await campaign.run(thinned(layout.cells), said.append)
            seeded = {}
            for name, (variant, text) in SEEDED.items():
                apart = Campaign(grounds.named(name.replace(" ", "-")), nursery, directory / name, variant, 1)
                (seeded[name],) = await apart.run([cell(text)], said.append)
            return layout, results, seeded

    try:
        yield asyncio.run(run())
    finally:
        print("\n".join(said))
        shutil.rmtree(directory / "parts", ignore_errors=True)


def test_each_call_of_each_role_meets_a_fault_and_holds(told: Told) -> None:
    layout, results, _ = told
    assert [(one.cell.id, one.falls or one.outcome) for one in results if one.outcome != "held"] == []
    assert {one.cell.call for one in results} == {one.call for one in layout.cells}
    assert {one.cell.fault for one in results} == set(FAULTS)
    assert len({one.cell.moment for one in results}) > len(MOMENTS) / 2  # which are reached, the recorded runs decide
    assert layout.unreached == ()


def test_each_was_judged_by_what_three_members_say_was_written(told: Told) -> None:
    _, results, _ = told
    assert all(one.verdict.writes > 0 and one.verdict.publishes > 0 for one in results)
    assert all(one.verdict.exercised["never-empty"] and one.verdict.exercised["fenced-writes"] for one in results)
    assert sum(one.verdict.lost_and_done for one in results) > 0, "a lost reply's write is found in etcd's own history"
    assert sum(one.verdict.expired for one in results) > 0, "who was stopped lost what hung on his lease"


def test_without_the_fence_and_under_the_incident_the_same_judge_finds_it(told: Told) -> None:
    _, _, seeded = told
    assert rules(seeded["without fence"]) == {"fenced-writes"}
    assert rules(seeded["incident"]) >= {"never-empty", "monotone-generation", "never-delete-active"}
