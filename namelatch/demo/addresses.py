"""Addresses that tell their generation: what an endpoint answers is a function of (endpoint, generation).

    A     10.0.0.0/8       12 bits of generation, 9 of the endpoint's hash, 3 of the target's index
    AAAA  fd00::/8         fd00::<generation, 32 bits>:<hash, 32 bits>:0:<index>

So a probe reads from one packet which generation it was served, and that the address is that endpoint's
own. Indices count from 1, so no address is its network's. The hash is CRC-32: the same in every process,
unlike `hash`. Texts are canonical as `ipaddress` prints them, mostly without its cost.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from zlib import crc32

from coordination.plan import Generation
from coordination.records import Endpoint, Records, RRset, RRType, Target

TTL_S = 5  # as DynamoDB's own regional names answer
WEIGHTS = (50, 30, 20)  # one target each; the sum is 100, so that shares of answers read as per cent

_A_GENERATIONS = 1 << 12
_AAAA_GENERATIONS = 1 << 32
_V6_NET = 0xFD00 << 112


class ForeignAddress(ValueError):
    """An address that this module never gives out."""


def allocate(endpoint: Endpoint, generation: Generation, types: tuple[RRType, ...]) -> Records:
    """The endpoint's RRsets under this generation: pure, as many targets a type as there are WEIGHTS."""
    mark = crc32(endpoint.encode("ascii"))
    rrsets = []
    for type_ in types:
        texts = _v4(mark, generation) if type_ == "A" else _v6(mark, generation)
        rrsets.append(RRset(type_, TTL_S, tuple(map(Target, texts, WEIGHTS))))
    return tuple(rrsets)


def generation_of(address: str, near: Generation) -> Generation:
    """The generation an address tells: of an A the one nearest to `near` (its 12 bits wrap). Raises ForeignAddress."""
    told, _, modulus = _read(address)
    if modulus == _AAAA_GENERATIONS:
        return Generation(told)
    half = modulus // 2
    nearest = near + (told - near + half - 1) % modulus - half + 1
    return Generation(nearest if nearest >= 0 else nearest + modulus)


def belongs(endpoint: Endpoint, address: str) -> bool:
    """Whether the address carries this endpoint's hash (an A: 9 bits of it). Raises ForeignAddress."""
    _, told, modulus = _read(address)
    mark = crc32(endpoint.encode("ascii"))
    return told == (mark if modulus == _AAAA_GENERATIONS else mark >> 23)


def _v4(mark: int, generation: int) -> list[str]:
    value = (generation % _A_GENERATIONS) << 12 | (mark >> 23) << 3
    prefix = f"10.{value >> 16}.{value >> 8 & 255}."
    return [f"{prefix}{(value & 255) + index}" for index in range(1, len(WEIGHTS) + 1)]


def _v6(mark: int, generation: int) -> list[str]:
    generation %= _AAAA_GENERATIONS
    if generation >> 16 or not generation or not mark:  # RFC 5952 shortens another run of zeros then
        value = _V6_NET | generation << 64 | mark << 32
        return [str(IPv6Address(value | index)) for index in range(1, len(WEIGHTS) + 1)]
    prefix = f"fd00::{generation:x}:{mark >> 16:x}:{mark & 0xFFFF:x}:0:"
    return [f"{prefix}{index:x}" for index in range(1, len(WEIGHTS) + 1)]


def _read(address: str) -> tuple[int, int, int]:
    """Generation and hash as far as the address tells them, and the number of generations it tells apart."""
    try:
        parsed = ip_address(address)
    except ValueError:
        raise ForeignAddress(f"{address[:60]!r} is not an IP address") from None
    value = int(parsed)
    if isinstance(parsed, IPv4Address):
        if value >> 24 != 10 or not 1 <= value & 7 <= len(WEIGHTS):
            raise ForeignAddress(f"{address} is not one of ours")
        return value >> 12 & 0xFFF, value >> 3 & 0x1FF, _A_GENERATIONS
    if value >> 96 != 0xFD00 << 16 or not 1 <= value & 0xFFFFFFFF <= len(WEIGHTS):
        raise ForeignAddress(f"{address} is not one of ours")
    return value >> 64 & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF, _AAAA_GENERATIONS
