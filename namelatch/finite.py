"""Numbers on the command line: click's ranges let NaN through, since it is neither below nor above anything."""

import math
from typing import Any

import click


class Finite(click.FloatRange):
    """A range of numbers, and nothing that is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Fails as click's types do."""
        if math.isnan(found := float(super().convert(value, param, ctx))):
            self.fail(f"{value!r} is no number.", param, ctx)
        return found
