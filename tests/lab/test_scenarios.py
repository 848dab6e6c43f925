"""The catalogue: under every posture that a scenario speaks of, just what it expects falls; hardened holds."""

import pytest

from coordination.postures import HARDENED, posture
from namelatch.lab.check import check
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.scenarios import SCENARIOS

MOST_STATES = 30_000  # of a search in this file: larger scenarios are for `namelatch lab check`
SMALL = tuple(one for one in SCENARIOS if one.core and not one.id.startswith("october-2025"))
SPOKEN_OF = [(one, name) for one in SMALL for name in ("incident", "registered-versioned") if name in one.expects]


def test_ids_are_unique_and_told() -> None:
    assert len({one.id for one in SCENARIOS}) == len(SCENARIOS)
    assert all(one.story and one.title for one in SCENARIOS)


@pytest.mark.parametrize("scenario", SMALL, ids=lambda one: one.id)
def test_hardened_holds_over_every_schedule(scenario: Scenario) -> None:
    verdict = check(scenario, HARDENED, MOST_STATES)
    assert verdict.exhausted
    assert verdict.fallen == scenario.expects["hardened"] == HOLDS
    assert not verdict.vacuous
    assert verdict.bit


@pytest.mark.parametrize(("scenario", "name"), SPOKEN_OF, ids=lambda one: getattr(one, "id", one))
def test_what_is_expected_falls_and_nothing_else(scenario: Scenario, name: str) -> None:
    verdict = check(scenario, posture(name), MOST_STATES)
    assert verdict.exhausted
    assert verdict.fallen == scenario.expects[name]
