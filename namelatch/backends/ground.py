"""On what a cluster of ours stands: which programs it runs, and what starts them (processes, or containers)."""

from dataclasses import dataclass

from namelatch.backends import jars
from namelatch.backends.apache_kafka import Once, here
from namelatch.backends.installed import installed
from namelatch.backends.process import Launch, as_child
from namelatch.trouble import BadEnvironment


@dataclass(frozen=True, slots=True)
class Ground:
    """`java`, `class_path` and `etcd` as the programs' arguments name them; `etcd_says` and `kafka_says`: versions."""

    words: str
    java: str
    class_path: str
    etcd: str
    etcd_says: str
    kafka_says: str
    launch: Launch = as_child
    once: Once = here

    def banner(self, members: int, kafka: bool) -> str:
        """One line for people: what runs, and what must not be concluded from it."""
        etcd = f"etcd {self.etcd_says} ({members} members)" if members else "no etcd"
        broker = f"Apache Kafka {self.kafka_says} (one broker, KRaft)" if kafka else "no Kafka"
        return f"{self.words}: {etcd}, {broker}"


def machine(members: int, kafka: bool) -> Ground:
    """What is installed here. Raises BadEnvironment with the first thing that is wanted and missing."""
    found = installed()
    for part, wanted in ((found.java, kafka), (found.kafka, kafka), (found.etcd, members > 0)):
        if wanted and part.missing:
            raise BadEnvironment(part.missing)
    return Ground(
        "local parts, real ones on this machine alone",
        found.java.path,
        jars.class_path() if kafka else "",
        found.etcd.path,
        f"{found.etcd.version} from {found.etcd.path}",
        f"{found.kafka.version} on Java {found.java.version}",
    )
