"""The resolvers: one module each, and this list of them."""

from namelatch.resolvers.kinds.kind import Kind, Place, Rendered
from namelatch.resolvers.kinds.knot import Knot
from namelatch.resolvers.kinds.powerdns import PowerDns
from namelatch.resolvers.kinds.unbound import Unbound

KINDS: tuple[Kind, ...] = (Unbound(), Knot(), PowerDns())


def kind(name: str) -> Kind:
    """The resolver of this name. Raises KeyError."""
    return {one.name: one for one in KINDS}[name]


__all__ = ["KINDS", "Kind", "Place", "Rendered", "kind"]
