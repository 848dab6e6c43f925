"""Parts that failed on Ray, where nothing else tells of them: as the post itself writes it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from actors.on_ray.post import _Post
from namelatch import log
from namelatch.chaos.failures import failures


class _Raises:
    """A part that fails twice, and then ends."""

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, running: Callable[[], bool]) -> None:
        self.runs += 1
        if self.runs < 3:
            raise ValueError("no such root")

    def told(self) -> dict[str, Any]:
        return {}

    def lines(self, most: int) -> list[str]:
        return []


@pytest.fixture
def actors_log(tmp_path: Path):
    path = tmp_path / "actors.log"
    log.configure("warning", "json", path)
    yield path
    log.configure("error")  # lets go of the file
    structlog.reset_defaults()


async def _kept(service: _Raises) -> None:
    await _Post(service)._kept


def test_an_exception_that_leaves_a_part_is_found_in_the_log_of_its_post(actors_log: Path) -> None:
    asyncio.run(_kept(_Raises()))
    assert list(failures(actors_log.read_text().splitlines())) == ["a part on Ray failed 2 x: ValueError: no such root"]


def test_what_else_is_in_the_log_is_no_failure() -> None:
    lines = [
        json.dumps({"event": "quarantined", "reason": "poison"}),
        '{"event": "part failed", "rea',
        "(raylet) a warning",
        "3",
    ]
    assert list(failures(lines)) == []
