"""Apache Kafka as jars of Maven Central: which they are, with their checksums (jars.txt), and where they lie.

A jar counts as present when its bytes have the pinned checksum; a repository that serves other bytes under the
name is refused. The cache is shared by all runs on a machine and may be deleted at any time between them.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from namelatch.trouble import BadEnvironment

_PINNED = Path(__file__).with_name("jars.txt")
CACHE = "NAMELATCH_CACHE"
FETCH = "namelatch backend fetch"


@dataclass(frozen=True, slots=True)
class Jar:
    """One artifact: Maven's coordinates, its size in bytes, the SHA-256 of its bytes in hexadecimal."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Where a Maven repository has it, below its root."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.name}"

    def is_in(self, directory: Path) -> bool:
        """Whether its very bytes are there."""
        file = directory / self.name
        return file.is_file() and file.stat().st_size == self.size and self.fits(file.read_bytes())

    def fits(self, content: bytes) -> bool:
        """Whether this is its content."""
        return hashlib.sha256(content).hexdigest() == self.sha256


def pinned(text: str | None = None) -> tuple[Jar, ...]:
    """The jars in the order of the file, which is the class path's."""
    lines = (text if text is not None else _PINNED.read_text("ascii")).splitlines()
    return tuple(_jar(*line.split()) for line in lines if line and not line.startswith("#"))


def _jar(digest: str, size: str, where: str) -> Jar:
    group, artifact, version = where.split(":")
    return Jar(group, artifact, version, int(size), digest)


def kafka_version() -> str:
    """The pinned version of Apache Kafka."""
    return next(jar.version for jar in pinned() if jar.artifact == "kafka-server")


def cache_directory() -> Path:
    """Where the jars belong: $NAMELATCH_CACHE, else $XDG_CACHE_HOME/namelatch, else ~/.cache/namelatch, by version."""
    own, xdg = os.environ.get(CACHE), os.environ.get("XDG_CACHE_HOME")
    base = Path(own) if own else (Path(xdg) if xdg else Path.home() / ".cache") / "namelatch"
    return base.absolute() / f"kafka-{kafka_version()}"


def class_path() -> str:
    """What java takes after -cp. Raises BadEnvironment unless every jar is there as it was pinned."""
    directory = cache_directory()
    lacking = [jar for jar in pinned() if not jar.is_in(directory)]
    if lacking:
        raise BadEnvironment(
            f"Apache Kafka {kafka_version()} is not fetched: {len(lacking)} of {len(pinned())} jars are missing in "
            f"{directory}, run '{FETCH}'"
        )
    return os.pathsep.join(str(directory / jar.name) for jar in pinned())
