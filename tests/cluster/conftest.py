"""Which backend these tests run on: TEST_BACKEND, by default `local`; skipped with the reason where it can't be had."""

import itertools
import os
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends.choice import opened
from namelatch.backends.docker import answering, docker
from namelatch.backends.installed import installed
from namelatch.backends.local import local
from namelatch.backends.running import Running
from namelatch.loading import load
from namelatch.trouble import BadEnvironment
from tests.cluster.hosted import Hosted

BACKEND = os.environ.get("TEST_BACKEND", "local")
PATIENT_S = 20.0  # what is meant is judged here, not how fast: two cores may have other things to do
_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)  # a stable sort: else as collected


@pytest.fixture(scope="module")
def backend() -> Iterator[Running]:
    """The chosen backend, running, shared by one file: no test may harm it."""
    if BACKEND == "local":
        _require_local()
    hosted = Hosted(opened(BACKEND, load()))
    try:
        running = hosted.start()
    except BadEnvironment as error:
        if BACKEND == "docker" and "engine" in str(error):
            pytest.skip(str(error))
        raise
    print(running.banner)
    try:
        yield running
    finally:
        hosted.close()


@pytest.fixture
def etcd(backend: Running) -> EtcdSettings:
    """The backend's etcd under a prefix that nobody else uses."""
    prefix = f"t{os.getpid()}-{next(_numbers)}"
    return replace(backend.etcd, prefix=prefix, connect_timeout_s=PATIENT_S, call_timeout_s=PATIENT_S)


@pytest.fixture
def kafka(backend: Running) -> KafkaSettings:
    """The backend's Kafka with topics that nobody else uses."""
    return replace(backend.kafka, topic_prefix=f"t{os.getpid()}-{next(_numbers)}.")


def cluster(directory: Path | None = None, **options: Any) -> AbstractAsyncContextManager[Running]:
    """A backend of a test's own, to be harmed: `local`, or `docker` where that is the chosen one."""
    return (docker if BACKEND == "docker" else local)(directory, **options)


@pytest.fixture(scope="session")
def local_parts() -> None:
    """For tests that harm a backend of their own; skipped where it can't be had, and where another is asked for."""
    if BACKEND == "docker":
        try:
            answering().close()
        except BadEnvironment as error:
            pytest.skip(str(error))
    elif BACKEND == "local":
        _require_local()
    else:
        pytest.skip(f"backend {BACKEND}: faults are tried on local and docker")


def _require_local() -> None:
    try:
        installed().require()
    except BadEnvironment as error:
        pytest.skip(str(error))
