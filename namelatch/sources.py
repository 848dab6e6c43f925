"""What this program is, beyond its version's name: where its sources are, and their digest.

Two processes run the same program when the digests are equal, however it was installed and whatever its version says.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import namelatch

PACKAGES = ("actors", "coordination", "dns_server", "namelatch")
DIGITS = 12


def directories() -> tuple[Path, ...]:
    """The packages that this process imports from."""
    root = Path(namelatch.__file__).resolve().parent.parent
    return tuple(root / package for package in PACKAGES)


@contextmanager
def copied() -> Iterator[Path]:
    """A directory that has them and nothing else, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="namelatch-") as name:
        for package in directories():
            shutil.copytree(package, Path(name) / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        yield Path(name)


def digest() -> str:
    """Of every module's bytes, with its place."""
    return _digest()  # a plain function: Ray carries no other


@cache
def _digest() -> str:
    found = sha256()
    for package in directories():
        for path in sorted(package.rglob("*.py")):
            content = path.read_bytes()
            found.update(f"{path.relative_to(package.parent).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()[:DIGITS]
