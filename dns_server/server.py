"""The DNS server: one process follows the feed, several answer. `serve` runs until a signal or cancellation.

It starts from its snapshot on disk when there is one, before the feed has said anything; what the feed says then
replaces it, as `follower` allows. Without either it stays silent rather than deny names it does not know.
"""

import asyncio
import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

import structlog

from coordination.feed import Feed
from dns_server import disk, status
from dns_server.binding import Reservation, reserve
from dns_server.follower import Follower
from dns_server.limits import STATUS_EVERY_S
from dns_server.settings import DnsSettings
from dns_server.snapshot import Snapshot, nothing
from dns_server.wire import make_zone
from dns_server.workers import Workers

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """Every worker answers on this port."""

    host: str
    port: int


def announce(ready: Ready) -> None:
    """One JSON line on stdout."""
    sys.stdout.write(json.dumps({"ready": True, **asdict(ready)}) + "\n")
    sys.stdout.flush()


async def serve(settings: DnsSettings, feed: Feed, ready: Callable[[Ready], None] = announce) -> None:
    """Serve `settings.zones` as `feed` says, until SIGTERM or SIGINT (in a main thread) or cancellation.

    `ready` is called once, when all workers answer. Raises binding.PortTaken.
    """
    reservation = reserve(settings.host, settings.port)
    try:
        server = _Server(settings, feed, reservation)
        await server.run(ready)
    finally:
        reservation.close()


class _Server:
    def __init__(self, settings: DnsSettings, feed: Feed, reservation: Reservation) -> None:
        self._settings = settings
        self._reservation = reservation
        self._saved_at: float | None = None
        self._saved: Snapshot | None = None
        self._state = "starting"
        self._writing = threading.Lock()  # the last save may meet one in a thread that cancellation left running
        loaded = self._load()
        self._workers = Workers(settings, reservation.port, loaded)
        self._follower = Follower(feed, loaded, self._workers.publish, settings.stall_s)

    async def run(self, ready: Callable[[Ready], None]) -> None:
        tasks = [
            asyncio.create_task(coroutine)
            for coroutine in (
                _signalled(),
                self._follower.run(),
                *(self._workers.run(index) for index in range(self._settings.workers)),
                self._say_ready(ready),
                self._tell(),
                self._keep(),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._state = "stopped"
            self._save(self._follower.snapshot)
            self._write_status()
        for task in done:
            task.result()

    def _load(self) -> Snapshot:
        settings = self._settings
        empty = nothing(
            tuple(
                make_zone(zone, settings.nameservers, settings.soa_ttl_s, settings.soa_minimum_s)
                for zone in settings.zones
            )
        )
        if settings.snapshot_path is None:
            return empty
        try:
            saved = disk.load(settings.snapshot_path)
        except (disk.BadSnapshot, OSError) as error:
            log.error("dns_snapshot_refused", path=str(settings.snapshot_path), reason=str(error))
            return empty
        if saved is None:
            return empty
        self._saved_at = saved.saved_at
        self._saved = disk.restore(saved, empty)
        log.info("dns_snapshot_loaded", entries=len(saved.entries), age_s=round(time.time() - saved.saved_at, 1))
        return self._saved

    async def _say_ready(self, ready: Callable[[Ready], None]) -> None:
        await self._workers.ready.wait()
        self._reservation.udp.close()
        self._state = "serving"
        self._write_status()
        ready(Ready(self._settings.host, self._reservation.port))
        await asyncio.Event().wait()

    async def _tell(self) -> None:
        while True:
            self._write_status()
            await asyncio.sleep(STATUS_EVERY_S)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._settings.snapshot_every_s)
            snapshot = self._follower.snapshot
            await asyncio.to_thread(self._save, snapshot)

    def _save(self, snapshot: Snapshot) -> None:
        """Keep what changed since the last time; at the end, a mere move too: it is a younger proof.

        A disk that fails is no reason to stop answering.
        """
        path = self._settings.snapshot_path
        if path is None or snapshot.position is None:
            return
        with self._writing:
            kept = self._saved
            moved = kept is None or kept.position != snapshot.position
            if kept is not None and kept.entries is snapshot.entries and not (moved and self._state == "stopped"):
                return
            try:
                disk.save(path, snapshot)
            except OSError as error:
                log.error("dns_snapshot_not_written", path=str(path), reason=str(error))
                return
            self._saved, self._saved_at = snapshot, time.time()

    def _write_status(self) -> None:
        path = self._settings.status_path
        if path is None:
            return
        with suppress(OSError):
            found = status.describe(
                self._state,
                (self._settings.host, self._reservation.port),
                self._follower,
                self._workers,
                self._saved_at,
            )
            status.write(path, found)


async def _signalled() -> None:
    """Returns at SIGTERM or SIGINT; in another thread than the main one, never."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    handled = (signal.SIGTERM, signal.SIGINT) if threading.current_thread() is threading.main_thread() else ()
    for number in handled:
        loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
