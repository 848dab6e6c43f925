"""Fixtures: one etcd for the whole session under a fresh prefix for each test, and one of a test's own."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from coordination.etcd.settings import EtcdSettings
from tests.etcd.server import Etcd

_numbers = itertools.count()


@pytest.fixture(scope="session")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Etcd]:
    """A running etcd, shared: no test may stop, compact or fill it."""
    server = Etcd(tmp_path_factory.mktemp("etcd")).start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def settings(etcd: Etcd) -> EtcdSettings:
    """The shared etcd under a prefix that nobody else uses."""
    return etcd.settings(f"t{os.getpid()}-{next(_numbers)}")


@pytest.fixture
def own_etcd(tmp_path: Path) -> Iterator[Etcd]:
    """An etcd that the test may kill, compact or replace."""
    server = Etcd(tmp_path / "etcd").start()
    try:
        yield server
    finally:
        server.kill()
