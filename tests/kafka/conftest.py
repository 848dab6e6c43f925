"""Fixtures: one broker for the whole session with fresh topics for each test, and one of a test's own."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from coordination.kafka.settings import KafkaSettings
from tests.kafka.broker import Broker

_numbers = itertools.count()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A running broker, shared: no test may kill it."""
    broker = Broker(tmp_path_factory.mktemp("kafka")).start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def settings(broker: Broker) -> KafkaSettings:
    """The shared broker with topics that nobody else uses."""
    return broker.settings(f"t{os.getpid()}-{next(_numbers)}.")


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that the test may kill."""
    broker = Broker(tmp_path).start()
    try:
        yield broker
    finally:
        broker.kill()
