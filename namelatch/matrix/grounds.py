"""Where the matrix runs: an etcd and a Kafka-protocol broker, shared by all cells, each of which has its own prefixes.

Another backend is one more entry in BACKENDS: what it opens says where etcd and the brokers are, and no more.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd, banner
from namelatch.backends.local import local as local_parts
from namelatch.backends.supervised import Event, Restarts

TTL_S = 2  # of every lease: etcd takes whole seconds, and one would be lost to any hiccup of a busy machine
STALL_S = 3.0
# The embedded etcd panics when a client dies in the middle of a transaction that only reads (its issue 14110, mended by
# its pull request 14178), and clients die here all the time. It is started again: the cells under way meet that, too.
# But etcd 3.5.0 to 3.5.2 may lose acknowledged writes when it dies (its advisory of 2022): see `campaign`.
DEATHS = Restarts(most=60, within_s=60.0)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where etcd and the brokers are, and one line on what they are."""

    etcd: EtcdSettings
    kafka: KafkaSettings
    story: str
    name: str = "matrix"
    deaths: Callable[[], int] = int  # of etcd, so far

    def named(self, name: str) -> "Grounds":
        """The same, its cells apart from another campaign's."""
        return replace(self, name=name)

    def of_cell(self, name: str) -> "Grounds":
        """The same under prefixes of its own, with leases and patience as short as a cell wants them."""
        prefix = f"{self.name}-{name}"
        etcd = replace(self.etcd, prefix=prefix, lease_ttl_s=TTL_S, beat_s=0.5, stall_s=STALL_S)
        return replace(self, etcd=etcd, kafka=replace(self.kafka, topic_prefix=f"{prefix}."))


@asynccontextmanager
async def embedded(directory: Path, say: Say) -> AsyncIterator[Grounds]:
    """One etcd and one broker out of PyPI packages, for the time of the block. What happens to them is said."""

    def tell(event: Event) -> None:
        say(event.text)

    etcd, broker = EmbeddedEtcd(directory / "etcd", tell, DEATHS), EmbeddedBroker(directory / "broker", tell)

    def deaths() -> int:
        return sum(event.kind == "died" for event in etcd.events)

    async with etcd, broker:
        yield Grounds(EtcdSettings((etcd.endpoint,)), KafkaSettings(broker.endpoint), banner(), deaths=deaths)


@asynccontextmanager
async def local(directory: Path, say: Say) -> AsyncIterator[Grounds]:
    """Three etcd members and an Apache Kafka broker, for the time of the block.

    Nothing of it may die, and what does is not started again. So no run is void here: these keep what they acknowledge.
    """
    async with local_parts(directory) as running:
        yield Grounds(running.etcd, running.kafka, running.banner)
        for part in running.parts.values():
            if part.pid is None:
                say(f"{part.name} died, and nobody had asked it to (log: {part.program.log})")


BACKENDS: Mapping[str, Callable[[Path, Say], AbstractAsyncContextManager[Grounds]]] = {
    "embedded": embedded,
    "local": local,
}
