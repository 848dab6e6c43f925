"""Backups of etcd: what etcd's own client is told, and who runs when one could not be put back."""

import asyncio
import sys
from pathlib import Path

import pytest

from namelatch.backends import backup
from namelatch.backends.part import Part
from namelatch.backends.process import NotReady, Program
from tests.etcd.conftest import own_etcd  # noqa: F401  (a fixture)
from tests.etcd.server import Etcd

pytestmark = pytest.mark.skipif(backup.shutil.which("etcdctl") is None, reason="no etcdctl on PATH (etcd-client)")


def test_variables_for_an_etcd_of_ones_own_have_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETCDCTL_ENDPOINTS", "10.0.0.1:2379")
    monkeypatch.setattr(backup, "COMMAND_S", 1.0)
    with pytest.raises(TimeoutError):  # it asks, and is answered by nobody; a variable in its way ends it at once
        asyncio.run(backup.save("127.0.0.1:1", tmp_path / "backup"))


def test_a_member_that_is_late_leaves_nobody_behind_who_would_be_killed_later(
    own_etcd: Etcd,  # noqa: F811  (the fixture)
    tmp_path: Path,
) -> None:
    """The others' starts end with it: each would end its member when its own time was over, and nobody knew why."""

    async def scenario() -> None:
        await backup.save(own_etcd.address, tmp_path / "backup")
        members = [_never_ready(name, tmp_path / name, ready_s) for name, ready_s in (("m1", 0.3), ("m2", 30.0))]
        try:
            with pytest.raises(NotReady, match=r"^m1 did not answer within 0\.3 s"):
                await backup.put_back(members, tmp_path / "backup", "another")
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert [member.pid for member in members] == [None, None]
            assert all((tmp_path / member.name / "data" / "member" / "snap").is_dir() for member in members)
        finally:
            for member in members:
                member.kill()

    asyncio.run(scenario())


def _never_ready(name: str, directory: Path, ready_s: float) -> Part:
    """With an etcd member's arguments, which is all that is asked of it."""
    (directory / "data").mkdir(parents=True)
    flags = {
        "name": name,
        "data-dir": directory / "data",
        "initial-cluster": "m1=http://127.0.0.1:1,m2=http://127.0.0.1:2",
        "initial-cluster-token": "one",
        "initial-advertise-peer-urls": f"http://127.0.0.1:{name[1:]}",
    }
    words = (f"--{flag}={value}" for flag, value in flags.items())

    async def never() -> bool:
        return False

    argv = (sys.executable, "-c", "import signal; signal.pause()", *words)
    return Part(Program(name, argv, directory, directory / "log", never, ready_s=ready_s))
