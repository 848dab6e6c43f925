"""A running Ray cluster, joined for a while: which posts there are, posting one, dismissing one, asking one.

A post's name is its role and the digest of what it was made from: whether it is the one that is wanted shows in the
list of names, also while it is between two nodes and answers nothing. Roles have no dot.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from actors.on_ray.deployment import BACK_S, Name

AGAIN_S = 0.2  # between two looks at names; Ray tells nobody of a change
ANSWER_S = 10.0  # for a post to answer; one that is being restarted does not
NOWHERE = "nowhere"  # no az of this name: whatever is not there is anywhere
JOIN_S = 60  # for a cluster to answer at all
# A head's server of clients starts a process for each, which dies at once now and then: on a busy machine 4 of 13 did
# (2.60, tried), without a word. The next one lives.
JOIN_TRIES = 3
LOST = "has already been disconnected"  # what Ray says when that process died a little later


class Unreachable(Exception):
    """No cluster, or none that lets us in. The text is one line."""


@contextmanager
def joined(address: str, namespace: str, code: Path | None = None) -> Iterator["Cluster"]:
    """The cluster at `address` (host:port, ray://host:port, auto) for the time of the block. Raises Unreachable.

    What is posted imports from a copy of the directory `code`, which Ray keeps and hands to whichever node it runs on,
    before it imports from the node.
    Its token is Ray's own business: RAY_AUTH_MODE and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", str(JOIN_S))
    import ray  # noqa: PLC0415  (after the environment that it reads when imported)

    # What it says of dead nodes goes to our standard output, which may be for programs: see local.py.
    ray._private.worker._worker_logs_enabled = False
    try:
        for left in reversed(range(JOIN_TRIES)):
            try:
                ray.init(
                    address=address,
                    namespace=namespace,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                    configure_logging=False,
                    runtime_env={"working_dir": str(code)} if code else None,
                )
                break
            except ConnectionError as error:
                ray.shutdown()
                if not left or not (isinstance(error, ConnectionAbortedError) or LOST in str(error)):
                    raise
    except Exception as error:  # Ray raises whatever its parts do: grpc's, its own, RuntimeError, ConnectionError
        raise Unreachable(" ".join(f"{type(error).__name__}: {error}".split())[:300]) from None
    try:
        yield Cluster(namespace)
    finally:
        ray.shutdown()


class Cluster:
    """The posts of one namespace."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def names(self) -> tuple[Name, ...]:
        """The posts that are there, or on their way back, in the order of their names."""
        import ray  # noqa: PLC0415

        listed = ray.util.list_named_actors(all_namespaces=True)
        ours = sorted(one["name"] for one in listed if one["namespace"] == self._namespace)
        return tuple(name for text in ours if (name := Name.read(text)) is not None)

    def post(self, name: Name, service: Any, label: str, values: tuple[str, ...]) -> None:
        """Make the post, unless there is one of that name: where `label` has one of `values`, else anywhere.

        Ray's NodeLabelSchedulingStrategy has a soft part, too, which it does not keep for actors (tried with 2.60).
        """
        from actors.on_ray.post import Post  # noqa: PLC0415

        options: dict[str, Any] = {
            "name": str(name),
            "namespace": self._namespace,
            "lifetime": "detached",
            "get_if_exists": True,
            "num_cpus": 0,
            "max_restarts": -1,
            "label_selector": {label: f"in({', '.join(values)})"},
            "fallback_strategy": [{"label_selector": {label: f"!{NOWHERE}"}}],
        }
        Post.options(**options).remote(service)

    async def everywhere(self, question: Callable[[], str], within_s: float) -> dict[str, str | None]:
        """Each living node's answer, by its id: empty where it can't be asked that, None where nothing came."""
        import ray  # noqa: PLC0415
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415

        asked = ray.remote(num_cpus=0, max_retries=0)(question)

        async def at(node: str) -> str | None:
            there = asked.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))
            try:
                async with asyncio.timeout(within_s):
                    answer: str | None = await _ended(there.remote())
                    return answer
            except ray.exceptions.RayTaskError:  # it ran, and failed: this program is not there, or is another
                return ""
            except (ray.exceptions.RayError, TimeoutError):
                return None

        nodes = sorted(one["NodeID"] for one in ray.nodes() if one["Alive"])
        return dict(zip(nodes, await asyncio.gather(*map(at, nodes)), strict=True))

    async def told(self, name: Name, within_s: float = ANSWER_S) -> dict[str, Any] | None:
        """What the post does now; None when it does not answer."""
        return await self._asked(name, "told", within_s=within_s)  # type: ignore[no-any-return]

    async def lines(self, name: Name, most: int) -> list[str] | None:
        """What it decided last; None when it does not answer."""
        return await self._asked(name, "lines", most)  # type: ignore[no-any-return]

    async def _asked(self, name: Name, method: str, *args: Any, within_s: float = ANSWER_S) -> Any:
        import ray  # noqa: PLC0415

        try:
            handle = ray.get_actor(str(name), namespace=self._namespace)
            async with asyncio.timeout(within_s):
                return await _ended(getattr(handle, method).remote(*args))
        except (ray.exceptions.RayError, TimeoutError, ValueError):
            return None

    async def dismiss(self, name: Name, within_s: float, say: Callable[[str], None]) -> None:
        """Let it end in its own time, at most `within_s`, and take it away. Returns when its name is free."""
        import ray  # noqa: PLC0415

        try:
            handle = ray.get_actor(str(name), namespace=self._namespace)
        except ValueError:
            return  # somebody else was faster
        try:
            async with asyncio.timeout(within_s):
                await _ended(handle.leave.remote())
        except (ray.exceptions.RayError, TimeoutError) as error:
            say(f"{name.role} did not leave in its own time ({type(error).__name__}): it is ended")
        deadline = time.monotonic() + BACK_S
        while name in self.names():
            if time.monotonic() > deadline:
                raise Unreachable(f"{name} is still there {BACK_S:.0f} s after it was ended")
            ray.kill(handle, no_restart=True)  # again and again: one that comes while it is being restarted may be lost
            await asyncio.sleep(AGAIN_S)


async def _ended(reference: Any) -> Any:
    return await reference
