"""`namelatch up --ray`, `down`, `logs`, the actors in `status`: planner, enactors, collector, probers in a Ray cluster.

The actors are detached: they stay when this program ends. A second `up` changes nothing; a changed configuration, or
another version, replaces them one at a time, and stops at the first that does not reach etcd, also at one that an `up`
before has posted. A version comes to the nodes in one of two ways: it is installed there, which is asked before
anything is touched, or it is sent along.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from actors.on_ray.cluster import Cluster, Unreachable, joined
from actors.on_ray.deployment import LEAVE_S, Name, steps
from coordination.ports import Unavailable
from namelatch import sources
from namelatch.config import Settings
from namelatch.demo.options import Progress
from namelatch.posted import PostedRole, roles
from namelatch.trouble import BadEnvironment, Misuse

WORKS_S = 120.0  # for a post to have reached etcd: a node may have to start a process, and etcd to answer
LOOK_S = 0.2  # between two looks at a post
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
        present = cluster.names()
        digests = {role: one.digest for role, one in wanted.items()}
        todo = steps(digests, present, await _leaving(cluster, present))
        changes = any(step.changes for step in todo)
        if changes and not settings.ray.ship:
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
            if step.awaited is not None:
                told = await _works(cluster, step.awaited)
                if step.posted is not None:
                    show.say(f"posted {step.posted} {_where(told, service.az, settings)}")
        if not changes:
            show.say(f"nothing to do: {len(wanted)} actors are as configured")


async def _leaving(cluster: Cluster, names: Sequence[Name]) -> set[Name]:
    """Those that were told to leave, and are still there: whoever told them was interrupted."""
    told = await asyncio.gather(*(cluster.told(name) for name in names))
    return {name for name, one in zip(names, told, strict=True) if one is not None and one["leaving"]}


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


async def _works(cluster: Cluster, name: Name) -> dict[str, Any]:
    """Wait until a post has reached etcd; what it tells. Raises BadEnvironment."""
    deadline = time.monotonic() + WORKS_S
    told: dict[str, Any] | None = None
    while True:
        told = await cluster.told(name, max(0.1, deadline - time.monotonic())) or told
        if told is not None and told["answers"] and not told["leaving"]:
            return told
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(LOOK_S)
    if told is None:
        trouble = "it does not answer"
    else:
        trouble = told["trouble"] or ("it was told to leave" if told["leaving"] else "etcd has not answered it")
    raise BadEnvironment(f"{name} does not work after {WORKS_S:.0f} s: {trouble}; what follows it was left as it was")


def _where(told: dict[str, Any], az: str, settings: Settings) -> str:
    """Where a post runs that should in `az`, in words."""
    at = told["labels"].get(settings.ray.az_label, "")
    where = f"on a node of {settings.ray.az_label} {at}" if at else "on a node of no az"
    return where + (f": none of {az} takes it" if az and at != az else "")


async def take_down(address: str, settings: Settings, show: Progress) -> None:
    """End every post in its own time, all at once; one that stays keeps none of the others. Raises BadEnvironment."""
    with _cluster(address, settings) as cluster:
        names = cluster.names()
        dismissals = (cluster.dismiss(name, LEAVE_S, show.say) for name in names)
        for outcome in await asyncio.gather(*dismissals, return_exceptions=True):
            if outcome is not None:
                raise outcome
    show.say(f"{len(names)} actors are gone" if names else "nothing to do: there are no actors")


@dataclass(frozen=True, slots=True)
class ActorStatus:
    """One post; `told` is None when it does not answer, `as_configured` whether it is the one that `up` would post.

    Where a role has none there is one that is not `present`: the one that `up` would post.
    """

    role: str
    digest: str
    as_configured: bool
    az: str
    told: dict[str, Any] | None
    present: bool = True

    def line(self) -> str:
        """For people."""
        if not self.present:
            return f"actor     {self.role}: not there"
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
    """What each post does, then those that are missing. Raises Misuse, BadEnvironment."""
    digests = {one.role: one.digest for one in roles(settings)}
    with _cluster(address, settings) as cluster:
        names = cluster.names()
        told = await asyncio.gather(*(cluster.told(name) for name in names))
    found = [
        ActorStatus(
            name.role,
            name.digest,
            digests.get(name.role) == name.digest,
            "" if one is None else one["labels"].get(settings.ray.az_label, ""),
            one,
        )
        for name, one in zip(names, told, strict=True)
    ]
    missing = [name for name in starmap(Name, digests.items()) if name.role not in {one.role for one in names}]
    return (*found, *(ActorStatus(name.role, name.digest, False, "", None, present=False) for name in missing))


async def read_logs(address: str, settings: Settings, role: str | None, most: int, show: Progress) -> list[str]:
    """The last reports of every post, or one role's, in the order of their time. Raises BadEnvironment.

    `show` hears of those that do not answer.
    """
    with _cluster(address, settings) as cluster:
        names = [name for name in cluster.names() if role in (None, name.role)]
        if not names:
            raise BadEnvironment(f"Ray at {address}: there is no actor{f' {role}' if role else ''}")
        found = await asyncio.gather(*(cluster.lines(name, most) for name in names))
    for name in (name for name, told in zip(names, found, strict=True) if told is None):
        show.say(f"{name} does not answer")
    lines = [
        json.loads(line) | {"actor": str(name)} for name, told in zip(names, found, strict=True) for line in told or ()
    ]
    return [json.dumps(line, separators=(",", ":")) for line in sorted(lines, key=lambda line: line["at"])[-most:]]
