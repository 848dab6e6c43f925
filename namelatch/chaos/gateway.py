"""What an operator does to an etcd member, over its own JSON gateway (grpc-gateway, /v3 since etcd 3.4).

Members are asked for by address. Raises Unavailable when one does not answer or refuses.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coordination.ports import Unavailable

TIMEOUT_S = 5.0
DEFRAGMENT_S = 60.0
AGAIN_S = 0.3
_NOSPACE = "NOSPACE"


@dataclass(frozen=True, slots=True)
class Status:
    """What a member says of itself; numbers as etcd's JSON has them, in texts."""

    member: str
    leader: str
    revision: int
    size: int


async def status(address: str) -> Status:
    """The member's own word."""
    told = await _post(address, "maintenance/status", {})
    header = told.get("header", {})
    return Status(
        str(header.get("member_id", "")),
        str(told.get("leader", "")),
        int(header.get("revision", 0)),
        int(told.get("dbSize", 0)),
    )


async def leader(addresses: Sequence[str]) -> int | None:
    """The place of the leader's address, None when nobody says."""
    for at, address in enumerate(addresses):
        try:
            told = await status(address)
        except Unavailable:
            continue
        if told.member == told.leader and told.member:
            return at
    return None


async def move_leader(addresses: Sequence[str]) -> str:
    """Hand leadership to another member; says to which."""
    at = await leader(addresses)
    if at is None:
        raise Unavailable("nobody leads")
    for step in range(1, len(addresses)):
        heir = (at + step) % len(addresses)
        try:
            target = await status(addresses[heir])
        except Unavailable:
            continue
        await _post(addresses[at], "maintenance/transfer-leadership", {"targetID": target.member})
        return addresses[heir]
    raise Unavailable("there is no other member")


async def compact(addresses: Sequence[str], revision: int) -> None:
    """Forget the history before `revision`."""
    await _any(addresses, "kv/compaction", {"revision": str(revision), "physical": True})


async def alarm(addresses: Sequence[str]) -> None:
    """Raise NOSPACE, which holds for the whole cluster, in the name of the first member that answers."""
    for address in addresses:
        try:
            member = (await status(address)).member
        except Unavailable:
            continue
        await _post(address, "maintenance/alarm", {"action": "ACTIVATE", "memberID": member, "alarm": _NOSPACE})
        return
    raise Unavailable("no member of etcd answers")


async def disarm(addresses: Sequence[str], within_s: float) -> None:
    """Clear NOSPACE, in whosever name it was raised; return once it is. Raises Unavailable when that takes longer."""
    try:
        async with asyncio.timeout(within_s):
            while not await _disarmed(addresses):  # noqa: ASYNC110  (another process says)
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        raise Unavailable(f"etcd's alarm could not be cleared within {within_s:g} s") from None


async def _disarmed(addresses: Sequence[str]) -> bool:
    """Clear what is raised; whether nothing was. Not as far as anybody knows, when nobody says."""
    try:
        told = await _any(addresses, "maintenance/alarm", {"action": "GET"})
        raised = [one for one in told.get("alarms", ()) if one.get("alarm") == _NOSPACE]
        for one in raised:
            await _any(addresses, "maintenance/alarm", {**one, "action": "DEACTIVATE"})
    except Unavailable:
        return False
    return not raised


async def defragment(address: str) -> None:
    """Rebuild one member's file."""
    await _post(address, "maintenance/defragment", {}, DEFRAGMENT_S)


async def _any(addresses: Sequence[str], path: str, body: dict[str, Any]) -> dict[str, Any]:
    failure: Unavailable | None = None
    for address in addresses:
        try:
            return await _post(address, path, body)
        except Unavailable as unavailable:
            failure = unavailable
    raise failure or Unavailable("there are no members")


async def _post(address: str, path: str, body: dict[str, Any], timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    return await asyncio.to_thread(_posted, f"http://{address}/v3/{path}", json.dumps(body).encode(), timeout_s)


def _posted(url: str, body: bytes, timeout_s: float) -> dict[str, Any]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310  (http, ours)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as reply:  # noqa: S310
            return dict(json.loads(reply.read()))
    except urllib.error.HTTPError as error:
        raise Unavailable(f"{url}: {error.read()[:200].decode(errors='replace')}") from None
    except (OSError, ValueError) as error:
        raise Unavailable(f"{url}: {error}") from None
