"""From what was configured to what each part takes. Parts never read configuration themselves.

A combination that a part refuses is a Misuse that names the section; the part's own rule is the text.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings, SecurityProtocol
from coordination.postures import Posture, posture
from coordination.safeguards import LagStop
from dns_server.settings import DnsSettings
from namelatch.config import Dns, Etcd, Kafka, Settings
from namelatch.trouble import Misuse


@contextmanager
def _refusing(section: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise Misuse(f"{section}: {error}") from None


def _text(path: Path | None) -> str | None:
    return str(path) if path else None


def etcd_settings(section: Etcd) -> EtcdSettings:
    """The authority's address and credentials. Raises Misuse."""
    with _refusing("etcd"):
        return EtcdSettings(
            endpoints=section.endpoints,
            prefix=section.prefix,
            username=section.username,
            password=section.password.get_secret_value() if section.password else None,
            ca_file=_text(section.ca_file),
            cert_file=_text(section.cert_file),
            key_file=_text(section.key_file),
            connect_timeout_s=section.connect_timeout_s,
            call_timeout_s=section.call_timeout_s,
            lease_ttl_s=section.lease_ttl_s,
        )


def kafka_settings(section: Kafka, client: str = "namelatch") -> KafkaSettings:
    """The brokers' addresses and credentials; `client` names us in their logs. Raises Misuse."""
    if (section.sasl_mechanism != "") != (section.sasl_username is not None and section.sasl_password is not None):
        raise Misuse("kafka: sasl_mechanism, sasl_username and sasl_password go together")
    if (section.cert_file is None) != (section.key_file is None):
        raise Misuse("kafka: cert_file and key_file go together")
    if section.ca_file is not None and not section.tls:
        raise Misuse("kafka: ca_file is given, yet tls is false: nothing would be encrypted")
    with _refusing("kafka"):
        return KafkaSettings(
            bootstrap=",".join(section.bootstrap),
            topic_prefix=f"{section.topic_prefix}.",
            client_id=client,
            replication_factor=section.replication_factor,
            security_protocol=_PROTOCOLS[section.tls, section.sasl_mechanism != ""],
            ssl_cafile=_text(section.ca_file),
            ssl_certfile=_text(section.cert_file),
            ssl_keyfile=_text(section.key_file),
            sasl_mechanism=section.sasl_mechanism or "PLAIN",
            sasl_username=section.sasl_username,
            sasl_password=section.sasl_password.get_secret_value() if section.sasl_password else None,
        )


def dns_settings(section: Dns) -> DnsSettings:
    """What the DNS server serves, and where. Raises Misuse."""
    with _refusing("dns"):
        return DnsSettings(
            zones=section.zones,
            host=section.host,
            port=section.port,
            workers=section.workers,
            answers=section.answers,
            nameservers=section.nameservers,
            soa_ttl_s=section.soa_ttl_s,
            soa_minimum_s=section.soa_minimum_s,
            snapshot_path=section.snapshot,
            snapshot_every_s=section.snapshot_every_s,
            status_path=section.status,
        )


def server_name(section: Dns) -> str:
    """What tells this DNS server's heartbeat from the others': its host and port."""
    return f"{socket.gethostname()}-{section.port}".lower()


_PROTOCOLS: dict[tuple[bool, bool], SecurityProtocol] = {
    (False, False): "PLAINTEXT",
    (True, False): "SSL",
    (False, True): "SASL_PLAINTEXT",
    (True, True): "SASL_SSL",
}


def posture_of(settings: Settings) -> Posture:
    """The named posture under the configured lag thresholds and retention."""
    named = posture(settings.posture)
    lag = settings.lag
    safeguards = tuple(
        replace(guard, alarm=lag.alarm, stop=None if guard.stop is None else lag.stop)
        if isinstance(guard, LagStop)
        else guard
        for guard in named.safeguards
    )
    keep = settings.collector.keep if named.rule == "keep last" else named.keep
    return replace(named, safeguards=safeguards, keep=keep)
