"""A running backend: where its etcd and Kafka are, and what of it can be harmed.

Parts are processes (`etcd-1`, `kafka`), links are ways between them (`client>etcd-1`, `etcd-1>etcd-2`). A backend
that is not ours (`external`) has neither.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends.part import Part
from namelatch.backends.relay import Link

DATA = "data"  # where each part has its data, below its own directory
CLIENT = "client"  # the caller's name in links of everybody who is no part


@dataclass(frozen=True, slots=True)
class Running:
    """`banner` is one line for people: versions and limits. `directory` has the parts' logs; None when not ours."""

    banner: str
    etcd: EtcdSettings
    kafka: KafkaSettings
    parts: Mapping[str, Part] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    directory: Path | None = None

    def members(self) -> tuple[Part, ...]:
        """The members of the etcd cluster."""
        return tuple(part for name, part in self.parts.items() if name.startswith("etcd-"))

    def isolated(self, name: str) -> tuple[Link, ...]:
        """Every link between a part and other parts, both directions: cut them and it is alone, but for clients."""
        ends = {link: link.name.split(">") for link in self.links.values()}
        return tuple(link for link, (caller, target) in ends.items() if name in {caller, target} and caller != CLIENT)

    def forget(self) -> None:
        """Remove the data of parts that have ended, some 80 MB a member of etcd; their logs stay."""
        for part in self.parts.values():
            shutil.rmtree(part.program.directory / DATA, ignore_errors=True)

    def heal(self) -> None:
        """All links as new."""
        for link in self.links.values():
            link.heal()
