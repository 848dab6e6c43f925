"""A supervised program is started, restarted within bounds, stopped, and never left behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from namelatch.backends.part import Part, together
from namelatch.backends.ports import free_ports
from namelatch.backends.process import NotReady, Program
from namelatch.backends.supervised import Event, Restarts, Supervised, kept
from tests.front import toy
from tests.front.waiting import is_running, until


def toy_program(directory: Path, *words: str, ready_s: float = 20.0, stop_s: float = 5.0) -> Program:
    (port,) = free_ports(1)

    async def ready() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = await reader.read()
        writer.close()
        return bool(said)

    argv = (sys.executable, str(Path(toy.__file__)), str(port), *words)
    return Program("toy", argv, directory, directory / "toy.log", ready, ready_s=ready_s, stop_s=stop_s)


class Heard:
    """Events as they come, and a way to wait for one."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, event: Event) -> None:
        task = asyncio.ensure_future(self._add(event.kind))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _add(self, kind: str) -> None:
        async with self._arrived:
            self.kinds.append(kind)
            self._arrived.notify_all()

    async def wait_for(self, kind: str, times: int = 1) -> None:
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: self.kinds.count(kind) >= times)


def test_a_started_program_is_ready_and_a_stopped_one_is_gone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Supervised(toy_program(tmp_path)) as toy:
            assert toy.pid is not None
            pid = toy.pid
            assert is_running(pid)
            assert await toy.program.ready()
        assert not is_running(pid)
        assert toy.pid is None
        assert [event.kind for event in toy.events] == ["started", "stopped"]
        await toy.stop()

    asyncio.run(scenario())


def test_a_killed_program_comes_back_on_the_same_port_and_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        async with Supervised(toy_program(tmp_path), on_event=heard) as toy:
            first = toy.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            await heard.wait_for("restarted")
            assert toy.pid not in {None, first}
            assert await toy.program.ready()
            assert toy.events[1].text == "toy died of signal 9"
            assert toy.events[2].text.startswith("restarted toy after signal 9, attempt 1, ready in ")

    asyncio.run(scenario())


def test_restarts_are_bounded_and_then_it_gives_up_loudly(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        bound = Restarts(most=2, within_s=60, first_s=0.01)
        async with Supervised(toy_program(tmp_path), bound, heard) as toy:
            for times in (1, 2, 3):
                assert toy.pid is not None
                os.kill(toy.pid, signal.SIGKILL)
                await heard.wait_for("died", times)
                if times < 3:
                    await heard.wait_for("restarted", times)
            async with asyncio.timeout(10):
                await toy.given_up.wait()
            assert toy.pid is None
            assert toy.events[-1].text == "gave up on toy after 2 restarts, the last end was signal 9"

    asyncio.run(scenario())


def test_a_restart_that_can_not_even_begin_counts_and_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        async with Supervised(toy_program(tmp_path), Restarts(most=2, within_s=60, first_s=0.01), heard) as toy:
            toy.program.log.unlink()
            toy.program.log.mkdir()  # nothing that starts can write there
            assert toy.pid is not None
            os.kill(toy.pid, signal.SIGKILL)
            async with asyncio.timeout(20):
                await toy.given_up.wait()
            assert [event.kind for event in toy.events] == ["started", "died", "not ready", "not ready", "gave up"]

    asyncio.run(scenario())


def test_old_restarts_are_forgiven(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        async with Supervised(toy_program(tmp_path), Restarts(most=1, within_s=0.0, first_s=0.01), heard) as toy:
            for times in (1, 2, 3):
                assert toy.pid is not None
                os.kill(toy.pid, signal.SIGKILL)
                await heard.wait_for("restarted", times)
        assert "gave up" not in heard.kinds

    asyncio.run(scenario())


def test_a_program_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(NotReady, match="ended with exit status 3 on start: the toy is broken"):
            await Supervised(toy_program(tmp_path, "short")).start()

    asyncio.run(scenario())


def test_a_program_that_never_answers_is_killed_at_the_deadline(tmp_path: Path) -> None:
    async def scenario() -> None:
        toy = Supervised(toy_program(tmp_path, "deaf", "parent", ready_s=1.5))
        with pytest.raises(NotReady, match=r"did not answer within 1\.5 s"):
            await toy.start()
        assert toy.pid is None

    asyncio.run(scenario())
    grandchild = int((tmp_path / "grandchild").read_text())
    until(lambda: not is_running(grandchild), "the end of what the program had started")


def test_a_program_that_ignores_sigterm_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    async def scenario() -> int:
        async with Supervised(toy_program(tmp_path, "stubborn", "parent", stop_s=0.2)) as toy:
            assert toy.pid is not None
            return toy.pid

    pid = asyncio.run(scenario())
    grandchild = int((tmp_path / "grandchild").read_text())
    until(lambda: not is_running(pid) and not is_running(grandchild), "the end of both")


def test_what_a_killed_program_had_started_does_not_outlive_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        async with Supervised(toy_program(tmp_path, "parent"), on_event=heard) as toy:
            grandchild = int((tmp_path / "grandchild").read_text())
            assert toy.pid is not None
            os.kill(toy.pid, signal.SIGKILL)
            await heard.wait_for("died")
            until(lambda: not is_running(grandchild), "the end of what it had started")

    asyncio.run(scenario())


def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        toy = Supervised(toy_program(tmp_path, "deaf", "parent"))
        starting = asyncio.create_task(toy.start())
        await asyncio.to_thread(until, (tmp_path / "grandchild").exists, "the program to run")
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert toy.pid is None
        await toy.stop()

    asyncio.run(scenario())


def test_a_cancelled_stop_kills_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        toy = Supervised(toy_program(tmp_path, "stubborn", stop_s=60))
        await toy.start()
        pid = toy.pid
        assert pid is not None
        stopping = asyncio.create_task(toy.stop())
        await asyncio.wait([stopping], timeout=0.1)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        assert not is_running(pid)

    asyncio.run(scenario())


def test_a_stop_during_a_restart_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        toy = Supervised(toy_program(tmp_path), Restarts(first_s=0.0), heard)
        await toy.start()
        assert toy.pid is not None
        os.kill(toy.pid, signal.SIGKILL)
        await heard.wait_for("died")
        await toy.stop()
        assert toy.pid is None

    asyncio.run(scenario())


def test_an_observer_that_fails_does_not_end_the_supervision(tmp_path: Path) -> None:
    async def scenario() -> None:
        def fails(event: Event) -> None:
            raise RuntimeError("a bug in the observer")

        async with Supervised(toy_program(tmp_path), on_event=fails) as toy:
            assert toy.pid is not None
            os.kill(toy.pid, signal.SIGKILL)
            await asyncio.to_thread(until, lambda: toy.events[-1].kind == "restarted", "the restart")

    asyncio.run(scenario())


def test_a_part_that_runs_is_kept_for_a_block_and_goes_on_after_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        part = Part(toy_program(tmp_path))
        first = await part.start()
        async with kept([part], heard) as (keeper,):
            os.kill(first, signal.SIGKILL)
            await heard.wait_for("restarted")
            second = part.pid
            assert second not in {None, first}
            assert [event.kind for event in keeper.events] == ["died", "restarted"]
        assert part.pid == second
        part.kill()
        await part.ended()
        assert [event.kind for event in keeper.events] == ["died", "restarted"], "nobody keeps it any more"

    asyncio.run(scenario())


def test_a_block_that_ends_during_a_restart_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard = Heard()
        part = Part(toy_program(tmp_path))
        pid = await part.start()
        async with kept([part], heard):
            os.kill(pid, signal.SIGKILL)
            await heard.wait_for("died")
        assert part.pid is None

    asyncio.run(scenario())


def test_of_parts_that_start_together_the_first_that_fails_ends_the_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        good, bad = (tmp_path / name for name in ("good", "bad"))
        good.mkdir()
        bad.mkdir()
        parts = (Part(toy_program(good, "deaf")), Part(toy_program(bad, "short")))
        with pytest.raises(NotReady, match="the toy is broken"):
            async with together(parts):
                raise AssertionError("one of them never started")
        assert [part.pid for part in parts] == [None, None]

    asyncio.run(scenario())


def test_parts_that_ran_together_end_together_and_are_told_of_when_ready(tmp_path: Path) -> None:
    async def scenario() -> None:
        said: list[str] = []
        part = Part(toy_program(tmp_path))
        async with together([part], said.append):
            assert part.pid is not None
            part.suspend()
        assert part.pid is None
        assert [line.partition(" after ")[0] for line in said] == ["toy is ready"]

    asyncio.run(scenario())
