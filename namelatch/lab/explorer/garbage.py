"""A search keeps all that it makes: looking through it for cycles again and again takes a third of its time."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def keeps_everything(search: Callable[P, R]) -> Callable[P, R]:
    """The same with Python's search for cyclic garbage put off until it is over."""

    @wraps(search)
    def undisturbed(*given: P.args, **named: P.kwargs) -> R:
        was = gc.isenabled()
        gc.disable()
        try:
            return search(*given, **named)
        finally:
            if was:
                gc.enable()

    return undisturbed
