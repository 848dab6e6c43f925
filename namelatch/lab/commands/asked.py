"""What was asked for, as values; what can't be is a click.ClickException of one line."""

from dataclasses import replace

import click

from coordination.postures import HARDENED, Posture, posture
from namelatch.lab.bounds import COUNTED
from namelatch.lab.check import MOST_STATES
from namelatch.lab.composed import UnknownSafeguard, composed
from namelatch.lab.scenario import Scenario
from namelatch.lab.scenarios import scenario

MOST_FAULTS = 9  # of one kind: a state's number has room for 16,384 budgets, ten of each of four kinds
STATES = "states"
LARGEST_SEARCH = 16_000_000  # states: their worlds' numbers have 24 bits
MOST_SEEDS = 10_000_000  # in one run: a day
NO_SAFEGUARD = "none"


def scenario_asked(id: str) -> Scenario:
    """The scenario of that id."""
    try:
        return scenario(id)
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from None


def posture_asked(name: str | None, safeguards: str | None, like: str | None) -> Posture:
    """The posture of that name, or one composed of safeguards (names with commas between) after `like`."""
    if safeguards is None and like is not None:
        raise click.ClickException("--like says whose composition --safeguards are put into: give both")
    if safeguards is not None and name is not None:
        raise click.ClickException("--posture and --safeguards exclude each other: --like composes after a posture")
    try:
        if safeguards is None:
            return HARDENED if name is None else posture(name)
        named = [one.strip() for one in safeguards.split(",") if one.strip() not in {"", NO_SAFEGUARD}]
        return composed(HARDENED if like is None else posture(like), named)
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from None
    except UnknownSafeguard as error:
        raise click.ClickException(str(error)) from None


def seeds_asked(text: str) -> range:
    """The seeds of `A..B`, both included; `A` alone is one."""
    first, dots, last = text.partition("..")
    numbers = [first, last if dots else first]
    if not all(one.isascii() and one.isdecimal() and len(one) < 16 for one in numbers):
        raise click.ClickException(f"--seeds is A..B, two numbers, not {text!r}")
    seeds = range(int(numbers[0]), int(numbers[1]) + 1)
    if not 0 < len(seeds) <= MOST_SEEDS:
        raise click.ClickException(f"--seeds {text}: from 1 up to {MOST_SEEDS:,} seeds, not {len(seeds):,}")
    return seeds


def bounds_asked(scenario: Scenario, text: str | None) -> tuple[Scenario, int]:
    """The scenario within the bounds given (`crashes=1,states=200000`; others stay its own), and the most states."""
    given: dict[str, int] = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, _, number = (piece.strip() for piece in part.partition("="))
        if name not in {*COUNTED, STATES}:
            raise click.ClickException(f"no bound {name!r}: there are {', '.join((*COUNTED, STATES))}")
        if name in given:
            raise click.ClickException(f"the bound {name!r} is given twice")
        most = LARGEST_SEARCH if name == STATES else MOST_FAULTS
        if not (number.isascii() and number.isdecimal() and len(number) < 10 and int(number) <= most):
            raise click.ClickException(f"the bound {name!r} is a number up to {most}, not {number!r}")
        given[name] = int(number)
    states = given.pop(STATES, MOST_STATES)
    return replace(scenario, budget=replace(scenario.budget, **given)), states  # type: ignore[arg-type]  # all that is COUNTED
