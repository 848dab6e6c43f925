"""A budget of faults as names and counts, for options, files and reports."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from namelatch.lab.explorer.explore import Budget

COUNTED = tuple(one.name for one in fields(Budget) if isinstance(one.default, int))


def counts(budget: Budget) -> dict[str, int]:
    """How many of each fault a budget allows."""
    return {name: getattr(budget, name) for name in COUNTED}


def budget_of(document: Mapping[str, Any]) -> Budget:
    """The budget that `asdict` made this of, by way of JSON. Raises ValueError and TypeError; unnamed: the default."""
    named = {one.name: document[one.name] for one in fields(Budget) if one.name in document}
    return Budget(**{name: _value(name, value) for name, value in named.items()})


def _value(name: str, value: Any) -> Any:
    if name in COUNTED:
        return int(value)
    return None if value is None else tuple(map(str, value))
