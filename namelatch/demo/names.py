"""The real endpoint names that the installed botocore ships, in all its partitions.

botocore's `data/endpoints.json` says for every partition, service and region which host answers: a host
name, or a template such as `{service}.{region}.{dnsSuffix}`, refined by service defaults and by variants
(FIPS, dual-stack). The file is read from the package itself, never through botocore's loader, which would
let a model in somebody's home directory change the inventory. Hosts that are no host names are counted.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module, resources
from typing import Any

from coordination.records import BadRecords, Endpoint, endpoint


class MissingPackage(RuntimeError):
    """A package that the demo needs is not installed, or not whole. The text says which, and what to install."""


@dataclass(frozen=True, slots=True)
class RealName:
    """One host name: its partition, the region it is keyed by, and which variants it is, if any."""

    endpoint: Endpoint
    partition: str
    region: str
    fips: bool
    dualstack: bool


@dataclass(frozen=True, slots=True)
class RealNames:
    """All names, each once, in the file's order; the DNS suffixes they end in; how many hosts were no host names."""

    names: tuple[RealName, ...]
    suffixes: tuple[str, ...]
    skipped: int


def real_names() -> RealNames:
    """What the installed botocore ships. Raises MissingPackage without it."""
    return resolve(_shipped())


def resolve(partitions: list[dict[str, Any]]) -> RealNames:
    """The host names of `endpoints.json`'s partitions; a name that two partitions share belongs to the first."""
    names: dict[Endpoint, RealName] = {}
    suffixes: dict[str, None] = {}
    skipped = 0
    for partition in partitions:
        for host, region, tags in _hosts(partition):
            try:
                name = endpoint(host)
            except BadRecords:
                skipped += 1
                continue
            fips = "fips" in tags or _says_fips(name)
            names.setdefault(name, RealName(name, partition["partition"], region, fips, "dualstack" in tags))
        suffixes |= dict.fromkeys(_suffixes(partition))
    suffixes |= dict.fromkeys(_stray_suffix(real) for real in names.values() if not _under(real.endpoint, suffixes))
    return RealNames(tuple(names.values()), tuple(suffixes), skipped)


def _under(name: str, suffixes: Iterable[str]) -> bool:
    return name.endswith(tuple(f".{suffix}" for suffix in suffixes))


def _stray_suffix(real: RealName) -> str:
    """The suffix of a host that spells its own instead of its partition's: what follows the region."""
    _, region, rest = real.endpoint.partition(f".{real.region}.")
    return rest if region else real.endpoint.partition(".")[2]


def _shipped() -> list[dict[str, Any]]:
    try:
        import_module("botocore")
        text = resources.files("botocore").joinpath("data", "endpoints.json").read_text(encoding="utf-8")
        found: list[dict[str, Any]] = json.loads(text)["partitions"]
    except ImportError:
        raise MissingPackage("botocore is not installed: pip install 'namelatch[embedded]'") from None
    except (OSError, ValueError, LookupError) as error:
        raise MissingPackage(f"botocore ships no readable data/endpoints.json ({error}): reinstall it") from None
    return found


def _suffixes(partition: Mapping[str, Any]) -> Iterator[str]:
    yield partition["dnsSuffix"]
    for variant in partition["defaults"].get("variants", ()):
        yield variant["dnsSuffix"]


def _hosts(partition: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every (host, region, variant tags). A level overrides the one before: partition, service, endpoint."""
    regions = partition["regions"]
    for service, listed in partition["services"].items():
        levels = (partition["defaults"], listed.get("defaults", {}))
        for region, entry in listed["endpoints"].items():
            words = {"service": service, "region": region, "dnsSuffix": partition["dnsSuffix"]}
            if region in regions or "hostname" in entry:  # else a pseudo-region whose template would be no name
                merged = levels[0] | levels[1] | entry
                yield merged["hostname"].format(**words), region, ()
            for variant in _variants(levels[0], levels[1], entry):
                host = variant["hostname"].format(
                    **(words | {"dnsSuffix": variant.get("dnsSuffix", words["dnsSuffix"])})
                )
                yield host, region, tuple(variant["tags"])


def _says_fips(name: str) -> bool:
    """FIPS hosts are also listed under pseudo-regions such as `fips-us-east-1`, from before there were variants."""
    return any("fips" in label.split("-") for label in name.split("."))


def _variants(*levels: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The variants that the service or the endpoint itself lists, completed from the partition's template."""
    merged: dict[tuple[str, ...], dict[str, Any]] = {}
    for depth, level in enumerate(levels):
        for variant in level.get("variants", ()):
            tags = tuple(sorted(variant["tags"]))
            merged[tags] = merged.get(tags, {}) | variant | ({"listed": True} if depth else {})
    return (variant for variant in merged.values() if "listed" in variant and "hostname" in variant)
