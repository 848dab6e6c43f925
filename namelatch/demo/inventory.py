"""What the demo plans for: exactly N RRsets over real endpoint names, account and cell endpoints.

Every endpoint has an A and most have an AAAA RRset. The real names come first: all of them when N allows,
else a subset in which the regional DynamoDB endpoint and its siblings always are. The rest are account
endpoints, in the form that DynamoDB's own rule set gives them, and cell endpoints, whose form is ours.
The walk goes by blast radius, smallest first: cells, accounts, FIPS and dual-stack names, plain names;
the most depended-upon name comes last. Same botocore, same N: same inventory.
"""

from collections import Counter
from dataclasses import dataclass
from zlib import crc32

from coordination.limits import PLAN_ENTRIES
from coordination.records import Endpoint, RRType
from namelatch.demo.names import MissingPackage, RealName, RealNames, real_names

REGIONAL = Endpoint("dynamodb.us-east-1.amazonaws.com")
RECORDS_MOST = PLAN_ENTRIES  # one plan names every endpoint, and there are never more endpoints than RRsets

_REGION = "us-east-1"
_SUFFIX = "us-east-1.amazonaws.com"
_DUAL_PERCENT = 40  # of N at least is AAAA, so that dual-stack is never an afterthought to fitting all real names
_EXTRA_ONE_IN = 20  # endpoints at least are accounts and cells, also where the real names alone would fill N
_CELL_ONE_IN = 8  # of those are cells: a region has many more accounts than cells
_ACCOUNT_FIRST = 100_000_000_000  # twelve digits, the first not zero
_ACCOUNTS = 900_000_000_000
_ACCOUNT_STEP = 618_033_988_741  # coprime to _ACCOUNTS (odd, no factor 3 or 5): a full cycle, so no account repeats


class BadInventory(ValueError):
    """No inventory can be made of what was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Endpoints in walk order; those in `ipv4_only` have no AAAA RRset.

    `zones` are the apexes that every endpoint lies under, `partitions` the number of real names of each
    partition, `skipped` the hosts in botocore's data that are no host names, `regional` the name to watch.
    """

    endpoints: tuple[Endpoint, ...]
    ipv4_only: frozenset[Endpoint]
    zones: tuple[str, ...]
    partitions: tuple[tuple[str, int], ...]
    accounts: int
    cells: int
    skipped: int
    regional: Endpoint = REGIONAL

    @property
    def records(self) -> int:
        """The number of RRsets."""
        return 2 * len(self.endpoints) - len(self.ipv4_only)

    def types(self, endpoint: Endpoint) -> tuple[RRType, ...]:
        """The types that the endpoint has RRsets of."""
        return ("A",) if endpoint in self.ipv4_only else ("A", "AAAA")


def inventory(records: int) -> Inventory:
    """Exactly `records` RRsets. Raises BadInventory outside 1 to RECORDS_MOST, MissingPackage without botocore."""
    if not 1 <= records <= RECORDS_MOST:
        raise BadInventory(f"{records} records cannot be laid out: give 1 to {RECORDS_MOST}")
    return lay_out(records, real_names())


def lay_out(records: int, shipped: RealNames) -> Inventory:
    """The inventory of `records` RRsets over the names that botocore shipped: pure."""
    ranked = sorted(shipped.names, key=_precedence)
    if not ranked or ranked[0].endpoint != REGIONAL:
        raise MissingPackage(f"botocore's endpoints.json has no {REGIONAL}: install another version")
    count = _endpoints(records, len(ranked))
    extras = max(count - len(ranked), count // _EXTRA_ONE_IN)
    chosen = ranked[: count - extras]
    cells = extras // _CELL_ONE_IN
    walk = (
        *(Endpoint(f"cell-{number:05d}.ddb.{_SUFFIX}") for number in range(cells)),
        *sorted(_account(number) for number in range(extras - cells)),
        *(real.endpoint for real in sorted(chosen, key=_blast_radius)),
    )
    return Inventory(
        endpoints=walk,
        ipv4_only=frozenset(_ipv4_only(walk, chosen, 2 * count - records)),
        zones=shipped.suffixes,
        partitions=tuple(sorted(Counter(real.partition for real in chosen).items())),
        accounts=extras - cells,
        cells=cells,
        skipped=shipped.skipped,
    )


def _endpoints(records: int, real: int) -> int:
    """How many endpoints: as few as hold the RRsets, or more where that lets every real name in."""
    wanted = real + real // (_EXTRA_ONE_IN - 1) + 1
    return max(-(-records // 2), min(wanted, records * (100 - _DUAL_PERCENT) // 100))


def _account(number: int) -> Endpoint:
    return Endpoint(f"{_ACCOUNT_FIRST + number * _ACCOUNT_STEP % _ACCOUNTS:012d}.ddb.{_SUFFIX}")


def _ipv4_only(walk: tuple[Endpoint, ...], chosen: list[RealName], count: int) -> list[Endpoint]:
    """`count` names to go without AAAA: in walk order, dual-stack names and the regional one only at the last."""
    if not count:
        return []
    spared = {real.endpoint for real in chosen if real.dualstack} | {REGIONAL}
    first = [name for name in walk if name not in spared]
    return [*first, *(name for name in walk if name in spared)][:count]


def _precedence(real: RealName) -> tuple[int, int, str]:
    """Who is in a small inventory: the regional name, DynamoDB in its region, then elsewhere, its region, the rest."""
    name = real.endpoint
    here = f".{_REGION}." in name
    ours = "dynamodb" in name
    rank = 0 if name == REGIONAL else 1 if here and ours else 2 if ours else 3 if here else 4
    return rank, crc32(name.encode()), name


def _blast_radius(real: RealName) -> tuple[int, str]:
    return 2 if real.endpoint == REGIONAL else 0 if real.fips or real.dualstack else 1, real.endpoint
