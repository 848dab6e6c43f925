"""Lease without fence: claims are taken and renewed as ever, and no write says under which of them it was made."""

from dataclasses import replace

from coordination.postures import HARDENED
from coordination.safeguards import Fence

UNFENCED = replace(
    HARDENED,
    name="hardened:no fence",
    safeguards=tuple(guard for guard in HARDENED.safeguards if not isinstance(guard, Fence)),
)
