"""What a run needs is asked before anything is started."""

import pytest

from namelatch.backends import ray_nodes
from namelatch.chaos import grounds
from namelatch.chaos.catalogue import HEAD, RAYLETS
from namelatch.trouble import BadEnvironment


def test_the_head_may_be_harmed_where_a_redis_remembers_what_it_knew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounds, "RAY_BYTES", 0)
    found = {}
    for program in ("/usr/bin/redis-server", None):
        monkeypatch.setattr(ray_nodes.shutil, "which", lambda _, program=program: program)
        found[program is not None] = grounds.raylets()
    assert found == {True: RAYLETS, False: tuple(name for name in RAYLETS if name != HEAD)}


def test_too_little_memory_for_raylets_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounds, "RAY_BYTES", 10**15)
    with pytest.raises(
        BadEnvironment, match=r"^--ray: 3 raylets .* need 1000000\.0 GB of memory, [0-9.]+ GB are free$"
    ):
        grounds.raylets()
