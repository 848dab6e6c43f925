"""What was configured is what the parts get; combinations that protect nothing are refused."""

from pathlib import Path

import pytest

from coordination.postures import POSTURES, posture
from coordination.safeguards import LagStop
from namelatch.config import Dns, Etcd, Kafka, Settings
from namelatch.translate import dns_settings, etcd_settings, kafka_settings, posture_of, server_name
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


# --- posture -----------------------------------------------------------------------------------------------------


def configured(name: str, **sections: object) -> Settings:
    return Settings.model_validate({"posture": name, **sections})


@pytest.mark.parametrize("name", [one.name for one in POSTURES])
def test_a_posture_keeps_its_safeguards_whatever_is_configured(name: str) -> None:
    found = posture_of(configured(name, lag={"alarm": 5, "stop": 9}, collector={"keep": 11}))
    named = posture(name)
    assert [guard.name for guard in found.safeguards] == [guard.name for guard in named.safeguards]
    assert (found.name, found.plans, found.sweeps, found.rule) == (name, named.plans, named.sweeps, named.rule)


def test_the_lag_thresholds_are_the_configured_ones() -> None:
    assert posture_of(configured("hardened", lag={"alarm": 5, "stop": 9})).lag == LagStop(alarm=5, stop=9)


def test_a_posture_that_only_alarms_is_not_made_to_stop() -> None:
    assert posture_of(configured("d1-after", lag={"alarm": 5, "stop": 9})).lag == LagStop(alarm=5, stop=None)


def test_a_posture_without_a_lag_alarm_gets_none() -> None:
    assert posture_of(configured("incident", lag={"alarm": 5, "stop": 9})).lag is None


def test_how_many_plans_are_kept_is_configured_only_where_the_rule_keeps_so_many() -> None:
    kept = {one.name: posture_of(configured(one.name, collector={"keep": 11})).keep for one in POSTURES}
    assert kept == {one.name: 11 if one.rule == "keep last" else one.keep for one in POSTURES}
