"""Postures composed of single safeguards."""

import pytest

from coordination.postures import D2_AFTER, HARDENED, INCIDENT, POSTURES, Posture
from coordination.safeguards import SAFEGUARDS, LagStop, NonEmpty
from namelatch.lab.composed import NAMES, UnknownSafeguard, composed, parts


def names(posture: Posture) -> list[str]:
    return [guard.name for guard in posture.safeguards]


@pytest.mark.parametrize("posture", POSTURES, ids=lambda one: one.name)
def test_a_postures_own_safeguards_are_itself(posture: Posture) -> None:
    again = composed(posture, names(posture))
    assert again.safeguards == posture.safeguards
    assert (again.plans, again.sweeps, again.rule, again.keep) == (
        posture.plans,
        posture.sweeps,
        posture.rule,
        posture.keep,
    )


def test_what_the_posture_has_not_joins_where_the_table_has_it() -> None:
    assert names(composed(HARDENED, ("lock", "recheck", *names(HARDENED))))[:5] == [
        "fresh-once",
        "lock",
        "recheck",
        "lag-stop",
        "version",
    ]
    assert names(composed(INCIDENT, NAMES)) == list(NAMES)


def test_a_safeguard_is_as_the_posture_has_it() -> None:
    assert composed(D2_AFTER, ("non-empty",)).safeguards == (NonEmpty(deletions=False),)
    assert composed(INCIDENT, ("non-empty", "lag-stop")).safeguards == (NonEmpty(), LagStop())


def test_the_name_says_what_it_is_made_of() -> None:
    made = composed(HARDENED, ("fence", "forward"))
    assert made.name == "hardened:forward+fence"
    assert parts(made) == ("hardened", ("forward", "fence"))
    assert parts(composed(HARDENED, ())) == ("hardened", ())
    assert parts(HARDENED) == ("hardened", None)


def test_an_unknown_safeguard_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(UnknownSafeguard, match=r"no safeguard 'forwards': there are fresh-once, lock, .*lag-stop$"):
        composed(HARDENED, ("forwards",))


def test_every_safeguard_of_every_posture_is_in_the_table_once() -> None:
    assert len(set(NAMES)) == len(SAFEGUARDS)
    assert {guard.name for posture in POSTURES for guard in posture.safeguards} <= set(NAMES)
