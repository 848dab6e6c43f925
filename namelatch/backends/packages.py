"""The packages that the embedded parts come in: found without importing them, versions for the banner.

A missing one is a fact about the machine, told in one line with the command that mends it.
"""

import importlib.metadata
import importlib.util
import os
from pathlib import Path

from namelatch.trouble import BadEnvironment


def require(module: str, distribution: str, extra: str) -> Path:
    """The directory of an installed package. Raises BadEnvironment when it is missing."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None or not found.submodule_search_locations:
        raise BadEnvironment(f"{distribution} is not installed: pip install 'namelatch[{extra}]'")
    return Path(next(iter(found.submodule_search_locations)))


def program(module: str, distribution: str, inside: str) -> Path:
    """An executable shipped in an installed package."""
    path = require(module, distribution, "embedded") / inside
    if not os.access(path, os.X_OK):
        raise BadEnvironment(f"{distribution} has no program for this machine ({path} is missing or not executable)")
    return path


def version(distribution: str) -> str | None:
    """The installed version, None when it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
