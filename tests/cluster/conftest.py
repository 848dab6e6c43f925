"""Which backend these tests run on: TEST_BACKEND, by default `local`; skipped with the reason where it can't be had."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends.choice import opened
from namelatch.backends.installed import installed
from namelatch.backends.running import Running
from namelatch.loading import load
from namelatch.trouble import BadEnvironment
from tests.cluster.hosted import Hosted

BACKEND = os.environ.get("TEST_BACKEND", "local")
_numbers = itertools.count()


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
    return replace(backend.etcd, prefix=f"t{os.getpid()}-{next(_numbers)}")


@pytest.fixture
def kafka(backend: Running) -> KafkaSettings:
    """The backend's Kafka with topics that nobody else uses."""
    return replace(backend.kafka, topic_prefix=f"t{os.getpid()}-{next(_numbers)}.")


@pytest.fixture(scope="session")
def local_parts() -> None:
    """For tests that harm a local backend of their own; skipped where its parts are not installed."""
    _require_local()


def _require_local() -> None:
    try:
        installed().require()
    except BadEnvironment as error:
        pytest.skip(str(error))
