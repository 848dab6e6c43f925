"""A prober: asks DNS servers again and again, as resolvers do, and says who is dark and since when.

It knows nothing of etcd and of plans: what it sees is what customers see, from where it runs. A server holds when it
answers its zone's SOA over UDP and TCP, and each of the names with an address. What changes is told once.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from dns_server.codes import AAAA, A
from namelatch.probing import Bounds, Question, look
from namelatch.watching import LINES

TIMEOUT_S = 2.0  # of one question over one transport; resolvers ask elsewhere sooner
FELL = 5  # of the things that do not hold, told of one server


@dataclass(slots=True)
class Sight:
    """One server as it was seen: `since` when it is as it is, `darkest_s` the longest time that it did not hold."""

    looks: int = 0
    fallen: int = 0
    at: float = 0.0
    since: float = 0.0
    darkest_s: float = 0.0
    fell: tuple[str, ...] = ()

    def take(self, fell: tuple[str, ...], now: float) -> bool:
        """Note one look; whether the server has turned dark or bright by it. Bright is what nothing is known of."""
        turned = bool(fell) != bool(self.fell)
        if self.fell:
            self.darkest_s = max(self.darkest_s, now - self.since)
        if turned or not self.looks:
            self.since = self.at if fell and self.looks else now  # dark since the last look that held
        self.looks, self.fallen, self.at, self.fell = self.looks + 1, self.fallen + bool(fell), now, fell
        return turned

    def told(self, now: float) -> dict[str, Any]:
        """For JSON. Ages and times in seconds; `looked_s` is None before the first look."""
        return {
            "holds": bool(self.looks) and not self.fell,
            "looked_s": round(now - self.at, 1) if self.looks else None,
            "dark_s": round(now - self.since, 1) if self.fell else 0.0,
            "darkest_s": round(max(self.darkest_s, now - self.since if self.fell else 0.0), 1),
            "looks": self.looks,
            "fallen": self.fallen,
            "fell": list(self.fell[:FELL]),
        }


class Prober:
    """What one prober sees. `who` is its name in what it tells."""

    def __init__(self, who: str, servers: tuple[str, ...], zone: str, names: tuple[str, ...], every_s: float) -> None:
        self._who, self._zone, self._names, self._every_s = who, zone, names, every_s
        self._sights = {server: Sight() for server in servers}
        self._refusal: dict[str, Any] | None = None
        self._lines: deque[str] = deque(maxlen=LINES)
        self._log = structlog.get_logger("namelatch")

    async def run(self, running: Callable[[], bool]) -> None:
        """Look at every server, wait, again and again."""
        while running():
            await asyncio.gather(*map(self._look_at, self._sights))
            await asyncio.sleep(self._every_s)

    def told(self) -> dict[str, Any]:
        """What an actor tells, for JSON: `answers` counts the looks, `refusal` is what fell last."""
        now = time.monotonic()
        sights = [{"server": server} | sight.told(now) for server, sight in self._sights.items()]
        looks = sum(sight.looks for sight in self._sights.values())
        return {"answers": looks, "in_hand": None, "finished": None, "refusal": self._refusal, "sights": sights}

    def lines(self, most: int) -> list[str]:
        """Who turned dark and bright, as JSON lines, the newest at the end."""
        return list(self._lines)[-most:]

    async def _look_at(self, server: str) -> None:
        fell = await asyncio.to_thread(self._fell, server)
        sight = self._sights[server]
        dark_s = time.monotonic() - sight.since
        if not sight.take(fell, time.monotonic()):
            return
        event, detail = ("dark", "; ".join(fell[:FELL])) if fell else ("bright", f"after {dark_s:.1f} s")
        line = {"at": round(time.time(), 3), "who": self._who, "event": event, "detail": f"{server}: {detail}"}
        self._lines.append(json.dumps(line, separators=(",", ":")))
        self._refusal = line if fell else self._refusal
        (self._log.warning if fell else self._log.info)(event, prober=self._who, server=server, detail=detail)

    def _fell(self, server: str) -> tuple[str, ...]:
        host, _, port = server.rpartition(":")
        at = (host.strip("[]"), int(port))
        fell = list(look(Question(*at, self._zone, ("udp", "tcp"), TIMEOUT_S), Bounds()).fell)
        for name in self._names:
            found = [look(Question(*at, name, timeout_s=TIMEOUT_S, type=type_), Bounds()).fell for type_ in (A, AAAA)]
            fell += found[0] if all(found) else ()
        return tuple(fell)
