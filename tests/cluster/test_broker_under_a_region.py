"""What a broker, and a stranger on its topics, can do to a region at work: real processes, Apache Kafka, etcd."""

import time
from pathlib import Path

import pytest

from namelatch.matrix.world import FOUR, ONE, TWO
from tests.cluster.conftest import cluster
from tests.cluster.region import grounds_of, judged, region
from tests.etcd.server import run

pytestmark = [pytest.mark.usefixtures("local_parts"), pytest.mark.slow, pytest.mark.timeout(400)]
ENOUGH_S = 380.0
AWAY_S = 60.0


def test_while_every_broker_is_away_for_a_minute_the_dns_server_answers_and_afterwards_all_converges(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with cluster() as running:
            grounds = grounds_of(running.etcd, running.kafka, "away")
            async with region(grounds, tmp_path) as town:
                broker = running.parts["kafka"]
                broker.kill()
                before, newest = time.monotonic(), await town.newest()
                due = town.turned(ONE, TWO)
                while time.monotonic() - before < AWAY_S:
                    await town.asking.more()
                assert await town.newest() == newest, "a plan that nobody can read was published"
                await broker.start()
                await town.settled(due)
                await town.settled(town.turned(ONE, FOUR))
                await town.at_rest()
                await town.serving(ONE, await town.newest())
                assert town.asking.dark() == []
                assert town.asking.back() == []
                assert [line for line in town.told("unavailable") if line["at"] < before + AWAY_S], "nobody noticed"
            assert await judged(town) == []

    run(scenario(), ENOUGH_S)
