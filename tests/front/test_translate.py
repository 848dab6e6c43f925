"""What was configured is what the parts get; combinations that protect nothing are refused."""

from pathlib import Path

import pytest

from namelatch.config import Dns, Etcd, Kafka
from namelatch.translate import dns_settings, etcd_settings, kafka_settings, server_name
from namelatch.trouble import Misuse


def test_etcd_gets_addresses_credentials_and_times() -> None:
    section = Etcd.model_validate(
        {"endpoints": ["10.0.0.1:2379"], "username": "u", "password": "hunter22", "ca_file": "/ca", "lease_ttl_s": 3}
    )
    settings = etcd_settings(section)
    assert (settings.endpoints, settings.username, settings.password) == (("10.0.0.1:2379",), "u", "hunter22")
    assert (settings.ca_file, settings.cert_file, settings.lease_ttl_s) == ("/ca", None, 3)
    assert "hunter22" not in repr(settings)


@pytest.mark.parametrize(
    ("fields", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({"tls": True}, "SSL"),
        ({"sasl_mechanism": "PLAIN", "sasl_username": "u", "sasl_password": "p"}, "SASL_PLAINTEXT"),
        ({"tls": True, "sasl_mechanism": "PLAIN", "sasl_username": "u", "sasl_password": "p"}, "SASL_SSL"),
    ],
)
def test_kafka_gets_the_protocol_that_was_asked_for(fields: dict[str, object], protocol: str) -> None:
    settings = kafka_settings(Kafka.model_validate({"bootstrap": ["a:1", "b:2"], "topic_prefix": "x", **fields}))
    assert settings.security_protocol == protocol
    assert (settings.bootstrap, settings.plans) == ("a:1,b:2", "x.plans")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"sasl_mechanism": "PLAIN", "sasl_username": "u"},
            "kafka: sasl_mechanism, sasl_username and sasl_password go",
        ),
        ({"sasl_password": "p", "sasl_username": "u"}, "kafka: sasl_mechanism, sasl_username and sasl_password go"),
        ({"ca_file": "/ca"}, "kafka: ca_file is given, yet tls is false"),
        ({"tls": True, "cert_file": "/c"}, "kafka: cert_file and key_file go together"),
    ],
)
def test_a_combination_that_kafka_would_take_for_less_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(Misuse, match=said):
        kafka_settings(Kafka.model_validate({"bootstrap": ["a:1"], **fields}))


def test_a_part_s_own_rule_is_told_with_its_section() -> None:
    with pytest.raises(Misuse, match="etcd: etcd username and password go together"):
        etcd_settings(Etcd(endpoints=("a:1",), username="u"))
    with pytest.raises(Misuse, match="dns: 'localhost' does not appear to be an IPv4 or IPv6 address"):
        dns_settings(Dns(host="localhost"))


def test_the_dns_server_gets_zones_and_files() -> None:
    settings = dns_settings(Dns(zones=("example.com",), port=5353, soa_minimum_s=7, snapshot=Path("/s")))
    assert (settings.zones, settings.port, settings.soa_minimum_s) == (("example.com",), 5353, 7)
    assert settings.snapshot_path == Path("/s")


def test_two_servers_of_one_host_have_two_names() -> None:
    assert server_name(Dns(port=53)) != server_name(Dns(port=5353))
