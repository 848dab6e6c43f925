"""`namelatch up --ray`, `down`, `logs`, the actors in `status`: planner, enactors, collector, probers in a Ray cluster.

The actors are detached: they stay when this program ends. A second `up` changes nothing; a changed configuration, or
another version, replaces them one at a time, and stops at the first that does not reach etcd. A version comes to the
nodes in one of two ways: it is installed there, which is asked before anything is touched, or it is sent along.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from actors.on_ray.cluster import Cluster, Unreachable, joined
from actors.on_ray.deployment import LEAVE_S, Name, steps
from coordination.ports import Unavailable
from namelatch import sources
from namelatch.config import Settings
from namelatch.demo.options import Progress
from namelatch.posted import PostedRole, roles
from namelatch.trouble import BadEnvironment, Misuse

WORKS_S = 120.0  # for a new post to have reached etcd: a node may have to start a process, and etcd to answer
LOOK_S = 0.2  # between two looks at a new post
NODE_S = 60.0  # for a node to say what is installed there: it may have to start a process


@contextmanager
def _cluster(address: str, settings: Settings, ship: bool = False) -> Iterator[Cluster]:
    """Raises BadEnvironment for whatever the cluster can't do."""
    try:
        with ExitStack() as stack:
            code = stack.enter_context(sources.copied()) if ship else None
            yield stack.enter_context(joined(address, settings.ray.namespace, code))
    except Unreachable as unreachable:
        raise BadEnvironment(f"Ray at {address}: {unreachable}") from None


async def deploy(
    address: str, settings: Settings, show: Progress, posts: Callable[[Settings], Sequence[PostedRole]] = roles
) -> None:
    """Bring the cluster's posts to what is configured; `posts` says which. Raises Misuse, BadEnvironment."""
    wanted = {one.role: one for one in posts(settings)}
    await _inputs_are_readable(wanted["planner"], settings)
    with _cluster(address, settings, settings.ray.ship) as cluster:
        todo = steps({role: one.digest for role, one in wanted.items()}, cluster.names())
        if not todo:
            show.say(f"nothing to do: {len(wanted)} actors are as configured")
        elif not settings.ray.ship:
            await _is_installed_everywhere(cluster, show)
        for step in todo:
            for name in step.dismissed:
                await cluster.dismiss(name, LEAVE_S, show.say)
                show.say(f"dismissed {name}")
            if step.posted is not None:
                service = wanted[step.posted.role]
                # A head has no az, and what lives on it dies with it: who has no az of its own goes to any.
                azs = (service.az,) if service.az else tuple(settings.enactors.azs)
                cluster.post(step.posted, service, settings.ray.az_label, azs)
                show.say(await _works(cluster, step.posted, service, settings))


async def _inputs_are_readable(planner: PostedRole, settings: Settings) -> None:
    """Raises Misuse for a file that makes no plan. One that only nodes can read is the planner's to read and tell."""
    path = settings.planner.inputs
    if path is None or not await asyncio.to_thread(os.access, path, os.R_OK):
        return
    try:
        await planner.health(settings).open("").inputs(0)
    except Unavailable as unavailable:
        raise Misuse(f"planner.inputs: {str(unavailable).removeprefix('inputs ')}") from None


async def _is_installed_everywhere(cluster: Cluster, show: Progress) -> None:
    """Raises BadEnvironment where a node has another program than this one: an actor there would be another, too."""
    found = await cluster.everywhere(sources.digest, NODE_S)
    others = [node for node, told in found.items() if told not in {None, sources.digest()}]
    if others:
        raise BadEnvironment(
            f"{len(others)} of {len(found)} nodes have another version of this program, {others[0][:12]} among them: "
            "nothing was changed; install this one there, or send it along (ray.ship)"
        )
    for node in (node for node, told in found.items() if told is None):
        show.say(f"node {node[:12]} does not say which version it has")


async def _works(cluster: Cluster, name: Name, service: PostedRole, settings: Settings) -> str:
    """Wait until a new post has reached etcd; where it runs, in words. Raises BadEnvironment."""
    deadline = time.monotonic() + WORKS_S
    told: dict[str, Any] | None = None
    while time.monotonic() < deadline:
        told = await cluster.told(name, max(0.1, deadline - time.monotonic())) or told
        if told is not None and told["answers"]:
            at = told["labels"].get(settings.ray.az_label, "")
            strayed = service.az and at != service.az
            where = f"a node of {settings.ray.az_label} {at}" if at else "a node of no az"
            return f"posted {name} on {where}" + (f": none of {service.az} takes it" if strayed else "")
        await asyncio.sleep(LOOK_S)
    trouble = "it does not answer" if told is None else told["trouble"] or "etcd has not answered it"
    raise BadEnvironment(f"{name} does not work after {WORKS_S:.0f} s: {trouble}; what follows it was left as it was")


async def take_down(address: str, settings: Settings, show: Progress) -> None:
    """End every post in its own time, all at once. Raises BadEnvironment."""
    with _cluster(address, settings) as cluster:
        names = cluster.names()
        await asyncio.gather(*(cluster.dismiss(name, LEAVE_S, show.say) for name in names))
    show.say(f"{len(names)} actors are gone" if names else "nothing to do: there are no actors")


@dataclass(frozen=True, slots=True)
class ActorStatus:
    """One post; `told` is None when it does not answer, `as_configured` whether it is the one that `up` would post."""

    role: str
    digest: str
    as_configured: bool
    az: str
    told: dict[str, Any] | None

    def line(self) -> str:
        """For people."""
        head = f"actor     {self.role}" + ("" if self.as_configured else " (not as configured)")
        if self.told is None:
            return f"{head}: no answer"
        told = self.told
        words = [f"{_doing(told)} in process {told['pid']}" + (f", az {self.az}" if self.az else "")]
        if told.get("code") != sources.digest():
            words.append(f"another program than this one, version {told.get('version') or 'unknown'}")
        if told["leaving"]:
            words.append("leaving")
        if told["finished"] is not None:
            words.append(f"last finished generation {told['finished']}")
        words += [_dark(sight) for sight in told.get("sights", ()) if sight["fell"]]
        if not told["answers"]:
            words.append("etcd has not answered it yet")
        if told["failures"]:
            words.append(f"failed {told['failures']} times, last {told['trouble']}")
        if told["refusal"] and "sights" not in told:
            refusal = told["refusal"]
            where = f" {refusal['endpoint']}" if "endpoint" in refusal else ""
            words.append(f"last refusal: {refusal['event']}{where} {refusal.get('detail', '')}".rstrip())
        return f"{head}: {', '.join(words)}"


def _doing(told: dict[str, Any]) -> str:
    if "sights" in told:
        holding, looked_s = (sum(s["holds"] for s in told["sights"]), [s["looked_s"] or 0.0 for s in told["sights"]])
        return f"{holding} of {len(looked_s)} servers answer, last looked {max(looked_s):g} s ago,"
    return "idle" if told["in_hand"] is None else f"generation {told['in_hand']} in hand"


def _dark(sight: dict[str, Any]) -> str:
    return f"{sight['server']} dark for {sight['dark_s']:g} s: {sight['fell'][0]}"


async def ask(address: str, settings: Settings) -> tuple[ActorStatus, ...]:
    """What each post does. Raises Misuse, BadEnvironment."""
    digests = {one.role: one.digest for one in roles(settings)}
    with _cluster(address, settings) as cluster:
        names = cluster.names()
        told = await asyncio.gather(*(cluster.told(name) for name in names))
    return tuple(
        ActorStatus(
            name.role,
            name.digest,
            digests.get(name.role) == name.digest,
            "" if one is None else one["labels"].get(settings.ray.az_label, ""),
            one,
        )
        for name, one in zip(names, told, strict=True)
    )


async def read_logs(address: str, settings: Settings, role: str | None, most: int) -> list[str]:
    """The last reports of every post, or one role's, in the order of their time. Raises BadEnvironment."""
    with _cluster(address, settings) as cluster:
        names = [name for name in cluster.names() if role in (None, name.role)]
        if not names:
            raise BadEnvironment(f"Ray at {address}: there is no actor{f' {role}' if role else ''}")
        found = await asyncio.gather(*(cluster.lines(name, most) for name in names))
    lines = [
        json.loads(line) | {"actor": str(name)} for name, told in zip(names, found, strict=True) for line in told or ()
    ]
    return [json.dumps(line, separators=(",", ":")) for line in sorted(lines, key=lambda line: line["at"])[-most:]]
