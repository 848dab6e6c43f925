"""The postures are what the design's table says, word for word."""

import pytest

from coordination import safeguards
from coordination.postures import HARDENED, POSTURES, posture

TABLE = {
    "incident": ("planner", "each enactor", "older than applied", "fresh-once lock"),
    "d1-before": ("each enactor", "collector", "keep last", ""),
    "d1-after": ("each enactor", "collector", "keep last", "lag-stop spare-claimed"),
    "d2-after": ("planner", "each enactor", "older than applied", "lock recheck version non-empty"),
    "registered-versioned": ("planner", "collector", "keep last", "version spare-claimed"),
    "spin-fixed": ("planner", "each enactor", "older than applied", "fresh-once lock"),
    "hardened": (
        "planner",
        "collector",
        "by reference",
        "fresh-once lag-stop version forward fence plan-exists non-empty rollback-tolerant spare-claimed"
        " spare-referenced",
    ),
    "minimal": (
        "planner",
        "collector",
        "by reference",
        "forward non-empty rollback-tolerant spare-claimed spare-referenced",
    ),
}
FLAGS = {
    "incident": {"repeats"},
    "d1-before": {"one_claim", "writes_empty"},
    "d1-after": {"one_claim"},
    "spin-fixed": {"repeats", "sweeps_at_once"},
}


@pytest.mark.parametrize("name", TABLE)
def test_a_posture_is_its_row_of_the_table(name: str) -> None:
    one = posture(name)
    plans, sweeps, rule, guards = TABLE[name]
    assert (one.plans, one.sweeps, one.rule) == (plans, sweeps, rule)
    assert sorted(guard.name for guard in one.safeguards) == sorted(guards.split())
    flags = {flag for flag in ("one_claim", "repeats", "writes_empty", "sweeps_at_once") if getattr(one, flag)}
    assert flags == FLAGS.get(name, set())
    assert one.story.endswith(".")


def test_there_is_no_posture_beside_the_table() -> None:
    assert [one.name for one in POSTURES] == list(TABLE)
    with pytest.raises(KeyError, match="there are incident, "):
        posture("safe")


def test_the_exceptions_in_the_table_are_set() -> None:
    assert posture("d1-after").lag == safeguards.LagStop(stop=None)
    assert posture("hardened").lag == safeguards.LagStop(alarm=2, stop=10)
    assert posture("incident").lag is None
    assert posture("d2-after").safeguards[-1] == safeguards.NonEmpty(deletions=False)
    assert posture("hardened").safeguards[6] == safeguards.NonEmpty(deletions=True)
    assert all(one.keep > 0 for one in POSTURES if one.rule != "by reference")


def test_every_safeguard_is_in_some_posture_and_no_two_share_a_name() -> None:
    used = {type(guard) for one in POSTURES for guard in one.safeguards}
    written = {
        value
        for value in vars(safeguards).values()
        if isinstance(value, type) and issubclass(value, safeguards._Quiet) and value is not safeguards._Quiet
    }
    assert used == written
    assert len({one().name for one in written}) == len(written)


def test_hardened_takes_no_lock_and_does_not_recheck() -> None:
    assert not {guard.name for guard in HARDENED.safeguards} & {"lock", "recheck"}
