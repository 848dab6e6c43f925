"""A part answers, or does not: also one that takes every connection and says nothing."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from namelatch.backends.part import Part
from namelatch.backends.ports import LOOPBACK
from namelatch.backends.probes import broker_is_ready, etcd_is_healthy
from namelatch.backends.process import NotReady, Program
from namelatch.chaos import stage


@pytest.mark.parametrize("ask", [etcd_is_healthy, broker_is_ready])
def test_one_that_accepts_and_says_nothing_is_not_ready_and_found_out_in_time(
    ask: Callable[[str, int], Awaitable[bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "READY_S", 0.1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(silent, LOOPBACK, 0) as server:
            port = server.sockets[0].getsockname()[1]
            argv = (str(shutil.which("sleep")), "60")
            part = Part(Program("etcd-1", argv, tmp_path, tmp_path / "log", lambda: ask(LOOPBACK, port)))
            try:
                await part.start(ready=False)
                async with asyncio.timeout(20):
                    assert not await part.is_ready()
                    with pytest.raises(NotReady, match=r"^etcd-1 does not answer 0\.1 s after everything was healed"):
                        await stage._until(part.is_ready, part.name)
            finally:
                part.kill()

    asyncio.run(scenario())
