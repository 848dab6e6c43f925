"""How many endpoints one batch of a walk takes is a setting; what becomes of them is the same."""

import asyncio
from dataclasses import replace

import pytest

from actors.enactor import enact
from actors.roles import EnactorSettings
from coordination.intents import Enact
from tests.actors.town import NAMES, Town


@pytest.mark.parametrize(("batch", "batches"), [(1, 4), (3, 2), (4, 1), (120, 1)])
def test_a_walk_takes_so_many_endpoints_at_once_and_ends_the_same(batch: int, batches: int) -> None:
    town = Town()
    manifest = town.publish()

    async def story() -> None:
        settings = replace(EnactorSettings("a", "a-1", town.posture), batch=batch)
        ports = town.ports("a")
        ended = await enact(ports, settings, manifest.generation, await ports.authority.head(), None)
        assert ended.status == "finished"

    asyncio.run(story())
    enacting = [one for one in town.store.batches if any(isinstance(p.change, Enact) for p in one.proposals)]
    assert len(enacting) == batches
    assert {name: town.state.roots[name].generation for name in NAMES} == dict.fromkeys(NAMES, 1)
