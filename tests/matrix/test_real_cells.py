"""Cells of every fault on real processes, a real etcd and a real broker; and broken code, which the matrix has to find.

All runs of this file share one etcd and one broker, and go on at once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from namelatch.matrix.campaign import Campaign, Result
from namelatch.matrix.cells import Call, Cell
from namelatch.matrix.grounds import embedded
from namelatch.matrix.processes import Nursery
from namelatch.matrix.variant import Variant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
AT_ONCE = 6


def cell(text: str) -> Cell:
    role, call, moment, fault = text.split("/")
    port, _, rest = call.partition(".")
    method, _, kind = rest.partition("[")
    return Cell(Call(role, port, method, kind.rstrip("]")), moment, fault.replace("-", " "))  # type: ignore[arg-type]


# One of each fault for each role, and the dearest of each: what is decided, stopped, and done when it is too late.
SLICE = [
    "planner/authority.commit[Publish]/start/die-after",
    "planner/authority.commit[Publish]/rival/stopped",
    "planner/log.append/running/late",
    "planner/log.holds/behind/reply-lost",
    "planner/claims.acquire[TakeLeadership]/start/die-before",
    "enactor/authority.commit[Enact]/alone/stopped",
    "enactor/authority.commit[Enact]/start/late",
    "enactor/authority.commit[Finish]/running/reply-lost",
    "enactor/authority.commit[DropClaim]/reborn/die-after",
    "enactor/authority.survivor/harmed/die-before",
    "collector/authority.commit[Retire]/running/die-after",
    "collector/authority.commit[DropTree]/rival/stopped",
    "collector/authority.commit[DropClaim]/laggard/late",
    "collector/authority.roots/running/reply-lost",
    "collector/authority.generations/running/die-before",
    "follower/feed.follow[Changed]/running/late",
    "follower/feed.follow[Changed]/start/die-after",
    "follower/feed.follow[Beat]/running/stopped",
    "follower/feed.follow[Listed]/start/reply-lost",
    "follower/feed.follow[Beat]/running/die-before",
]
FULL_PLAN_COMMITS = range(4, 9)  # among these is the last one of the full plan: the one that nothing follows but Finish


@dataclass(frozen=True)
class Ask:
    """Cells under one variant."""

    variant: Variant
    cells: Sequence[str]
    skip: int = 0


ASKS = {
    "hardened": Ask(Variant(), SLICE),
    "without fence": Ask(Variant(without=("fence",)), ["enactor/authority.commit[Enact]/alone/stopped"]),
    "incident": Ask(Variant("incident"), ["enactor/authority.commit[Enact]/start/stopped"]),
    **{
        f"believes {skip}": Ask(Variant(bug="believes"), ["enactor/authority.commit[Enact]/alone/late"], skip)
        for skip in FULL_PLAN_COMMITS
    },
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Result]]:
    directory = tmp_path_factory.mktemp("matrix")
    said: list[str] = []

    async def run() -> dict[str, list[Result]]:
        async with embedded(directory / "parts", said.append) as grounds, Nursery(str(directory / "log")) as nursery:
            found = {}
            for at, (name, ask) in enumerate(ASKS.items()):
                grounds_of = grounds.named(f"v{at}")
                campaign = Campaign(grounds_of, nursery, directory / str(at), ask.variant, AT_ONCE, ask.skip)
                found[name] = asyncio.create_task(campaign.run([cell(one) for one in ask.cells], said.append))
            return {name: await task for name, task in found.items()}

    return asyncio.run(run())


def rules(result: Result) -> set[str]:
    return {fall.partition(":")[0] for fall in result.falls}


@pytest.mark.parametrize("name", SLICE)
def test_a_cell_is_reached_and_holds_under_hardened(results: dict[str, list[Result]], name: str) -> None:
    result = results["hardened"][SLICE.index(name)]
    assert (result.outcome, result.falls) == ("held", ())
    assert result.verdict.exercised["never-empty"] > 0
    assert result.verdict.exercised["fenced-writes"] > 0
    assert result.verdict.publishes > 0


def test_without_the_fence_a_stopped_enactor_that_comes_back_writes_from_a_lost_claim(
    results: dict[str, list[Result]],
) -> None:
    (result,) = results["without fence"]
    assert rules(result) == {"fenced-writes"}


def test_under_the_incidents_posture_an_enactor_that_was_stopped_takes_names_dark(
    results: dict[str, list[Result]],
) -> None:
    (result,) = results["incident"]
    assert rules(result) >= {"never-empty", "monotone-generation", "never-delete-active"}
    assert any("as shown" in fall and fall.startswith("never-empty") for fall in result.falls), "customers saw it too"


def test_taking_a_lost_reply_for_success_is_found(results: dict[str, list[Result]]) -> None:
    fell = [one for skip in FULL_PLAN_COMMITS for one in results[f"believes {skip}"] if one.outcome == "fell"]
    assert fell, "no last commit among them"
    assert all("cross-endpoint-skew" in rules(one) for one in fell)


def test_a_write_whose_reply_was_lost_is_found_in_etcds_own_history(results: dict[str, list[Result]]) -> None:
    late = results["hardened"][SLICE.index("collector/authority.commit[DropClaim]/laggard/late")]
    assert late.verdict.lost_and_done == 1
    assert late.verdict.unknown == 1


def test_a_claim_that_was_stopped_through_is_taken_away_by_its_lease(results: dict[str, list[Result]]) -> None:
    stopped = results["hardened"][SLICE.index("enactor/authority.commit[Enact]/alone/stopped")]
    assert stopped.verdict.expired >= 1
    assert stopped.verdict.seconds > 6.0


def test_files_of_a_cell_that_held_are_gone_and_those_of_one_that_fell_are_kept(
    results: dict[str, list[Result]],
) -> None:
    (fell,) = results["without fence"]
    assert sorted(path.name for path in Path(fell.kept).glob("*.history.jsonl"))
    assert all(not one.kept for one in results["hardened"])
