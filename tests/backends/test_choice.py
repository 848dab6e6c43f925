"""What a backend of ours takes from anybody's settings: nothing that would keep it from being reached."""

from pathlib import Path

import pytest

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch import translate
from namelatch.backends import apache_kafka
from namelatch.backends.choice import addressed
from namelatch.backends.running import Running
from namelatch.config import Settings, defaults
from namelatch.trouble import BadEnvironment

RUNNING = Running("ours", EtcdSettings(("127.0.0.1:1",)), KafkaSettings("127.0.0.1:2"), {})


def test_what_lets_one_in_at_ones_own_cluster_is_not_taken_along() -> None:
    etcd = {"endpoints": ("10.0.0.1:2379",), "username": "u", "password": "p", "ca_file": "/ca", "lease_ttl_s": 7}
    kafka = {"bootstrap": ("10.0.0.4:9092",), "tls": True, "replication_factor": 3, "topic_prefix": "mine"}
    kafka |= {"sasl_mechanism": "PLAIN", "sasl_username": "u", "sasl_password": "p"}
    ours = addressed(Settings.model_validate({"etcd": etcd, "kafka": kafka}), RUNNING)
    assert translate.etcd_settings(ours.etcd) == translate.etcd_settings(
        defaults().etcd.model_copy(update={"endpoints": ("127.0.0.1:1",), "lease_ttl_s": 7})
    )
    assert translate.kafka_settings(ours.kafka) == translate.kafka_settings(
        defaults().kafka.model_copy(update={"bootstrap": ("127.0.0.1:2",), "topic_prefix": "mine"})
    )


def test_the_defaults_alone_hear_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    before = defaults()
    monkeypatch.setenv("NAMELATCH_DNS__PORT", "abc")
    monkeypatch.setenv("NAMELATCH_KAFKA__REPLICATION_FACTOR", "3")
    assert defaults() == before
    assert defaults().kafka.replication_factor == 1


@pytest.mark.parametrize("name", ["a,b", "a\\b", "a\u00fc", "a\tb"])
def test_a_directory_that_kafkas_settings_can_not_name_is_refused_before_it_is_made(tmp_path: Path, name: str) -> None:
    ports = apache_kafka.BrokerPorts(1, 2, 3)
    with pytest.raises(BadEnvironment, match="take a path of ASCII without commas and backslashes"):
        apache_kafka.program("java", "", ports, tmp_path / name / "kafka", None)
    assert list(tmp_path.iterdir()) == []
