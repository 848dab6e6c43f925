"""What must be there before anything is started, so that a missing part is one line and not half a run."""

import os

from namelatch.backends import choice
from namelatch.backends.embedded import own_directory
from namelatch.backends.packages import require
from namelatch.backends.ports import require_free
from namelatch.config import Settings
from namelatch.demo.options import DemoOptions
from namelatch.resolvers.installed import require as require_resolvers
from namelatch.trouble import BadEnvironment, Misuse

# module, distribution: what the extra `run` brings
_RUN = (("aetcd", "aetcd"), ("aiokafka", "aiokafka"), ("dnslib", "dnslib"), ("grpc", "grpcio"), ("ray", "ray"))


def running_parts() -> None:
    """Raise BadEnvironment unless everything that a deployment imports is installed."""
    for module, distribution in _RUN:
        require(module, distribution, "run")


def dns_port(settings: Settings) -> None:
    """Raise BadEnvironment when the configured DNS port is taken."""
    if settings.dns.port:
        require_free(settings.dns.host, settings.dns.port, "dns.port")


def demo(options: DemoOptions) -> None:
    """Everything that a demo needs; its DNS servers take free ports, whatever is configured."""
    if options.backend == "external":
        raise Misuse("--backend external: the demo breaks its etcd's records on purpose, and yours are not for that")
    require("botocore", "botocore", "embedded")
    choice.require(options.backend)
    running_parts()
    if options.resolvers:
        require_resolvers()
    own_directory(options.run_dir)


def up(settings: Settings, backend: str, ephemeral: bool) -> None:
    """Everything that `up` needs: parts of one's own, or ours, which forget everything, on an explicit word."""
    if backend == "external":
        if ephemeral:
            raise Misuse("--ephemeral is for backends that forget everything: drop it, or --backend external")
        external(settings)
    else:
        if not ephemeral:
            raise Misuse(f"--backend {backend} forgets everything when it ends: add --ephemeral if that is meant")
        if settings.etcd.endpoints or settings.kafka.bootstrap:
            raise Misuse(
                "etcd.endpoints and kafka.bootstrap are set: --ephemeral would ignore them, drop one or the other"
            )
        choice.require(backend)
    running_parts()
    histories(settings)
    dns_port(settings)


def histories(settings: Settings) -> None:
    """Raise BadEnvironment where actors are to record histories and can't."""
    where = settings.log.history
    if where is None:
        return
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadEnvironment(f"log.history: can't write to {where}: {error.strerror}") from None
    if not os.access(where, os.W_OK | os.X_OK):
        raise BadEnvironment(f"log.history: can't write to {where}")


def external(settings: Settings, kafka: bool = True) -> None:
    """Raise Misuse unless the configuration names an etcd (and Kafka)."""
    advice = "name yours, or say 'namelatch up --ephemeral' for embedded ones that forget everything"
    if not settings.etcd.endpoints:
        raise Misuse(f"etcd.endpoints: no etcd is configured: {advice}")
    if kafka and not settings.kafka.bootstrap:
        raise Misuse(f"kafka.bootstrap: no Kafka is configured: {advice}")
