"""Seeded random: any of the ready, each as likely."""

from collections.abc import Sequence

from namelatch.lab.swarm.source import Source


class Uniform:
    """Chance alone."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def pick(self, ready: Sequence[str]) -> str:
        return ready[0] if len(ready) == 1 else self._source.pick(ready)
