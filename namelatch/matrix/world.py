"""The small world that a cell lives in: its names, and what is asked of each. Values only."""

from coordination.plan import Generation
from coordination.records import Endpoint, Records
from namelatch.demo import addresses

ZONE = "matrix.example"
NAMES = tuple(Endpoint(f"e{n:03d}.{ZONE}") for n in range(130))  # more than one read takes: a walk has two batches
ONE, TWO, THREE, FOUR = NAMES[0], NAMES[1], NAMES[60], NAMES[129]  # those that plans change
WATCHED = frozenset({ONE, TWO, THREE, FOUR})  # those whose reads are recorded


def records(endpoint: Endpoint, generation: Generation) -> Records:
    """An address that tells its generation."""
    return addresses.allocate(endpoint, generation, ("AAAA",))
