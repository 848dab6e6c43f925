"""What the backend docker does where no engine answers. Where one does, tests/cluster runs on it (TEST_BACKEND)."""

import asyncio
import re
from pathlib import Path

import pytest

from namelatch.backends import docker as backend
from namelatch.backends.choice import banner
from namelatch.backends.docker import ETCD_IMAGE, ETCD_VARIABLE, KAFKA_IMAGE, KAFKA_VARIABLE, docker
from namelatch.backends.jars import kafka_version
from namelatch.backends.secured import Secured
from namelatch.loading import load
from namelatch.trouble import BadEnvironment

ROOT = Path(__file__).parents[2]


def test_without_an_engine_it_is_one_line_with_the_next_step_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def scenario() -> None:
        with pytest.raises(BadEnvironment, match=r"no Docker engine answers at unix://.*nobody\.sock, start one"):
            async with docker():
                raise AssertionError("there is no engine")

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


def test_images_are_pinned_and_those_named_in_the_environment_are_no_unknown_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert KAFKA_IMAGE.startswith(f"apache/kafka:{kafka_version()}@")
    for image in (KAFKA_IMAGE, ETCD_IMAGE):
        assert re.fullmatch(r"[a-z./]+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}", image)
    assert ETCD_IMAGE in (ROOT / "k8s/base/etcd.yaml").read_text(), "one etcd, wherever it runs in a container"
    monkeypatch.setenv(ETCD_VARIABLE, "mirror.example/etcd@sha256:0")
    monkeypatch.setenv(KAFKA_VARIABLE, "mirror.example/kafka@sha256:0")
    load(None)


def test_containers_see_certificates_that_lie_outside_the_runs_directory(tmp_path: Path) -> None:
    run, keys = tmp_path / "run", tmp_path / "keys"
    outside = Secured(keys / "ca", keys / "cert", keys / "key", "u", "p")
    inside = Secured(run / "tls" / "ca", run / "tls" / "cert", run / "tls" / "key", "u", "p")
    assert backend._shared(run, outside) == (run, keys)
    assert backend._shared(run, inside) == (run,)
    assert backend._shared(run, None) == (run,)


def test_what_would_run_is_told_without_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    monkeypatch.setenv(ETCD_VARIABLE, "mirror.example/etcd:1")
    assert banner("docker") == (
        f"containers on this machine: etcd as mirror.example/etcd:1 (3 members), "
        f"Apache Kafka as {KAFKA_IMAGE} (one broker, KRaft)"
    )
