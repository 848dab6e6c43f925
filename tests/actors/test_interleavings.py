"""The known interleavings of this field: hardened survives each of them."""

import asyncio

import pytest

from tests.actors.scenarios import SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_hardened_survives(scenario: Scenario) -> None:
    from coordination.postures import HARDENED

    asyncio.run(scenario(HARDENED))
