"""A local Ray in a process of its own: plays the scene named on each line of its input, answers with one JSON line.

Ray reads its environment when it is imported, and stays in the process that has it: so not in pytest's. Every
scene has a deadline of its own; what a scene found is for the test to judge. Ends at the end of its input.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from actors.on_ray.local import local_ray
from namelatch import log
from tests.ray.toys import Toy

SCENE_S = 30.0
LOOK_S = 0.01
SECRETS = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_USAGE_STATS_ENABLED")


class Scene:
    """A troupe, what it said, and a directory for toys' notes."""

    def __init__(self, directory: Path) -> None:
        from actors.on_ray.troupe import Troupe

        self.directory = directory
        self.said: list[str] = []
        self.troupe = Troupe(self.said.append)

    def toy(self, **more: Any) -> Toy:
        return Toy(self.directory, **more)

    def pids(self, part: str, word: str = "began") -> list[int]:
        path = self.directory / f"{part}.{word}"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait; the scene's own deadline ends it."""
        while not condition():  # noqa: ASYNC110  (files and processes are looked at, nobody signals them)
            await asyncio.sleep(LOOK_S)


async def hosts(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "work")
    await scene.until(lambda: scene.pids("work"))
    return {"pid": await scene.troupe.pid("toy"), "began": scene.pids("work"), "own": os.getpid(), "said": scene.said}


async def calls(scene: Scene) -> dict[str, Any]:
    handle = scene.troupe.host("friend", scene.toy())
    scene.troupe.host("toy", scene.toy(friend=handle))
    await scene.troupe.run("friend", "work")
    counted = [await scene.troupe.call("friend", "count", 2), await scene.troupe.call("toy", "count_at_friend", 3)]
    at_once = await asyncio.gather(*(scene.troupe.call("friend", "count", 1) for _ in range(200)))
    return {"counted": counted, "at_once": sorted(at_once)}


async def restarts(scene: Scene) -> dict[str, Any]:
    handle = scene.troupe.host("friend", scene.toy())
    scene.troupe.host("toy", scene.toy(friend=handle, ballast=b"x" * 40_000))
    await scene.troupe.run("toy", "work")
    await scene.until(lambda: scene.pids("work"))
    before = [await scene.troupe.call("toy", "count", 5), await scene.troupe.call("toy", "count_at_friend", 5)]
    for times in (1, 2):
        os.kill(await scene.troupe.pid("toy"), signal.SIGKILL)
        await scene.until(lambda n=times: len(scene.pids("work")) == n + 1 and len(scene.said) == n)  # type: ignore[misc]
    scene.troupe.check()
    after = [await scene.troupe.call("toy", "count", 1), await scene.troupe.call("toy", "count_at_friend", 1)]
    return {
        "began": scene.pids("work"),
        "pid": await scene.troupe.pid("toy"),
        "before": before,
        "after": after,
        "ballast": await scene.troupe.call("toy", "ballast"),
        "said": scene.said,
    }


async def hosts_too_much(scene: Scene) -> dict[str, Any]:
    try:
        scene.troupe.host("toy", scene.toy(ballast=b"x" * 300_000))
    except AssertionError as error:
        return {"refused": str(error)}
    return {}


async def leaves(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "slow")
    await scene.troupe.run("toy", "work")
    await scene.until(lambda: scene.pids("slow") and scene.pids("work"))
    await scene.troupe.leave("toy", "slow")
    ended = {part: scene.pids(part, "ended") for part in ("slow", "work")}
    await scene.troupe.run("toy", "slow")
    await scene.until(lambda: len(scene.pids("slow")) == 2)
    return {"ended": {part: len(pids) for part, pids in ended.items()}, "said": scene.said}


async def is_deaf(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "deaf")
    await scene.until(lambda: scene.pids("deaf"))
    await scene.troupe.leave("toy", "deaf", within_s=0.2)
    await scene.troupe.run("toy", "work")
    await scene.until(lambda: scene.pids("work"))
    return {"deaf": scene.pids("deaf"), "work": scene.pids("work"), "said": scene.said}


async def is_stopped(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "work")
    await scene.until(lambda: scene.pids("work"))
    os.kill(scene.pids("work")[0], signal.SIGSTOP)
    await scene.troupe.leave("toy", "work", within_s=0.2)
    return {"left": True, "said": scene.said}


async def leaves_at_once(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "work")
    await scene.troupe.leave("toy", "work")
    return {"left": True, "said": scene.said}


async def leaves_while_it_dies(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "work")
    await scene.until(lambda: scene.pids("work"))
    os.kill(await scene.troupe.pid("toy"), signal.SIGKILL)
    await scene.troupe.leave("toy", "work")
    return {"left": True}


async def dies_while_it_leaves(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "slow")
    await scene.until(lambda: scene.pids("slow"))
    pid = await scene.troupe.pid("toy")
    leaving = asyncio.create_task(scene.troupe.leave("toy", "slow"))
    for _ in range(10):
        await asyncio.sleep(LOOK_S)
    os.kill(pid, signal.SIGKILL)
    await leaving
    return {"left": True}


async def ends_by_itself(scene: Scene) -> dict[str, Any]:
    scene.troupe.host("toy", scene.toy())
    await scene.troupe.run("toy", "once")
    await scene.until(lambda: scene.pids("once", "ended"))
    await scene.troupe.call("toy", "count", 1)
    scene.troupe.check()
    await scene.troupe.leave("toy", "once")
    return {"began": len(scene.pids("once")), "said": scene.said}


async def gives_up(scene: Scene) -> dict[str, Any]:
    from actors.on_ray import troupe

    scene.troupe.host("toy", scene.toy())
    scene.troupe.host("other", scene.toy())
    most, troupe.MOST_RESTARTS = troupe.MOST_RESTARTS, 3
    error = ""
    try:
        await scene.troupe.run("other", "work")
        await scene.troupe.run("toy", "fail")
        while not error:
            try:
                scene.troupe.check()
                await asyncio.sleep(LOOK_S)
            except troupe.GaveUp as gave_up:
                error = str(gave_up)
    finally:
        troupe.MOST_RESTARTS = most
    return {"began": len(scene.pids("fail")), "error": error, "said": scene.said, "others": scene.pids("work", "ended")}


async def leaves_nothing(scene: Scene) -> dict[str, Any]:
    for name in ("one", "two", "three"):
        scene.troupe.host(name, scene.toy())
        await scene.troupe.run(name, "work")
    await scene.until(lambda: len(scene.pids("work")) == 3)
    stopped = psutil.Process(scene.pids("work")[0])
    stopped.suspend()
    running = [psutil.Process(pid) for pid in scene.pids("work")]
    await scene.troupe.close()
    await scene.until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in running))
    again = scene.troupe.host("one", scene.toy()) is not None
    return {"ended": len(running), "again": again, "said": scene.said}


async def is_closed_to_strangers(scene: Scene) -> dict[str, Any]:
    return {name: os.environ.get(name, "") for name in SECRETS}


SCENES: tuple[Callable[[Scene], Awaitable[dict[str, Any]]], ...] = (
    hosts,
    calls,
    restarts,
    hosts_too_much,
    leaves,
    is_deaf,
    is_stopped,
    leaves_at_once,
    leaves_while_it_dies,
    dies_while_it_leaves,
    ends_by_itself,
    gives_up,
    leaves_nothing,
    is_closed_to_strangers,
)


@asynccontextmanager
async def staged() -> Any:
    with tempfile.TemporaryDirectory() as directory:
        scene = Scene(Path(directory))
        try:
            yield scene
        finally:
            await scene.troupe.close()


async def played(name: str) -> dict[str, Any]:
    (wanted,) = (one for one in SCENES if one.__name__ == name)
    async with staged() as scene:
        try:
            async with asyncio.timeout(SCENE_S):
                return await wanted(scene)
        except Exception:
            return {"failed": traceback.format_exc(), "said": scene.said}


def main() -> None:
    log.configure("error")  # to standard error: our output is for answers
    with local_ray():
        print(json.dumps({"ready": os.getpid()}), flush=True)
        for line in sys.stdin:
            print(json.dumps(asyncio.run(played(line.strip()))), flush=True)


if __name__ == "__main__":
    main()
