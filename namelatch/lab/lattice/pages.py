"""The lattice's pages, by name: what `--write` leaves beside the stored cells, and what tests make again from these."""

from collections.abc import Iterator

from namelatch.lab.lattice import heat, page, traced
from namelatch.lab.lattice.stored import Data


def pages(data: Data) -> Iterator[tuple[str, str]]:
    """Each file's name and text."""
    yield "lattice.md", page.page(data)
    yield "lattice-backfires.md", traced.page(data)
    yield "lattice.html", heat.heat_map(data)
