"""Backups of etcd: what etcd's own client is told."""

import asyncio
from pathlib import Path

import pytest

from namelatch.backends import backup

pytestmark = pytest.mark.skipif(backup.shutil.which("etcdctl") is None, reason="no etcdctl on PATH (etcd-client)")


def test_variables_for_an_etcd_of_ones_own_have_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETCDCTL_ENDPOINTS", "10.0.0.1:2379")
    monkeypatch.setattr(backup, "COMMAND_S", 1.0)
    with pytest.raises(TimeoutError):  # it asks, and is answered by nobody; a variable in its way ends it at once
        asyncio.run(backup.save("127.0.0.1:1", tmp_path / "backup"))
