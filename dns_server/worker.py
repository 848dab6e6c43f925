"""One worker process: reads frames on stdin, answers on its sockets, writes lines about itself on stdout.

It binds only after its first whole snapshot: no NXDOMAIN out of ignorance. It ends with its parent (end of
stdin, or the kernel's signal): the parent starts again from disk at once, orphans would hold the port.
Its dictionaries are frozen out of garbage collection after loading.
"""

import asyncio
import ctypes
import gc
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from typing import Any

from dns_server.codes import RCODES
from dns_server.frames import CHUNK, FrameReader, read_position, unpack_changes
from dns_server.limits import FRAME_OCTETS, REPORT_OCTETS, WORKER_REPORT_S
from dns_server.responder import Responder
from dns_server.snapshot import nothing
from dns_server.tcp import Connection, Connections, open_tcp
from dns_server.udp import open_udp, serve_udp
from dns_server.wire import make_zone

PORT_TAKEN = 3  # exit code
_PR_SET_PDEATHSIG = 1


class Worker:
    """State of one process. `settings` as `workers.worker_settings` packs them."""

    def __init__(self, settings: dict[str, Any]) -> None:
        zones = tuple(
            make_zone(zone, tuple(settings["nameservers"]), settings["soa_ttl_s"], settings["soa_minimum_s"])
            for zone in settings["zones"]
        )
        self._settings = settings
        self._responder = Responder(nothing(zones), settings["answers"], random.SystemRandom().getrandbits)
        self._frames = FrameReader()
        self._draft = self._responder.snapshot  # ahead of it while a revision's chunks arrive
        self._serving = False
        self._connections: Connections | None = None
        self.ended = asyncio.Event()

    def read(self) -> None:
        """Take what the parent has sent; end with it."""
        octets = os.read(0, FRAME_OCTETS)
        if not octets:
            self.ended.set()
            return
        for kind, payload in self._frames.feed(octets):
            if kind == CHUNK:
                self._draft = self._draft.changed(dict(unpack_changes(payload)))
                continue
            self._draft = self._draft.moved(read_position(payload), serial=True)
            self._responder.snapshot = self._draft
            if not self._serving:
                self._open()

    def _open(self) -> None:
        gc.collect()
        gc.freeze()
        host, port = self._settings["host"], self._settings["port"]
        loop = asyncio.get_running_loop()
        udp = open_udp(host, port)
        tcp = open_tcp(host, port)
        idle_s, most = self._settings["tcp_idle_s"], self._settings["tcp_connections"]
        connections = Connections(self._responder.respond, most, idle_s, loop.time)
        serve_udp(loop, udp, self._responder.respond)
        self._tasks = (
            loop.create_task(loop.create_server(lambda: Connection(connections), sock=tcp)),
            loop.create_task(connections.sweep()),
        )
        self._connections = connections
        self._serving = True
        self.report()

    def report(self) -> None:
        """One line of JSON to the parent; skipped when it does not read."""
        responder = self._responder
        line = {
            "serving": self._serving,
            "revision": responder.snapshot.position.revision if responder.snapshot.position else None,
            "rcodes": {name: count for name, count in zip(RCODES, responder.rcodes, strict=True) if count},
            "dangling": responder.dangling,
            "silent": responder.silent,
            "faults": responder.faults,
            "first_fault": responder.first_fault,
            "tcp": len(self._connections or ()),
        }
        octets = json.dumps(line).encode() + b"\n"
        assert len(octets) <= REPORT_OCTETS
        try:
            os.write(1, octets)
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.ended.set()


async def run(settings: dict[str, Any]) -> None:
    """Serve until the parent ends. Raises OSError when the port is another program's."""
    loop = asyncio.get_running_loop()
    worker = Worker(settings)
    failed: asyncio.Future[Any] = loop.create_future()

    def guarded(step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            loop.remove_reader(0)
            if not failed.done():
                failed.set_exception(error)

    ended: asyncio.Future[Any] = loop.create_task(worker.ended.wait())
    os.set_blocking(0, False)
    os.set_blocking(1, False)
    loop.add_reader(0, guarded, worker.read)
    loop.add_signal_handler(signal.SIGTERM, worker.ended.set)
    while not worker.ended.is_set():
        worker.report()
        await asyncio.wait({failed, ended}, timeout=WORKER_REPORT_S, return_when=asyncio.FIRST_COMPLETED)
        if failed.done():
            failed.result()


def die_with(parent: int) -> None:
    """Ask the kernel for a SIGKILL when the parent's spawning thread ends; leave at once if it already did."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def main() -> None:
    """`python -m dns_server.worker SETTINGS` with SETTINGS as JSON."""
    settings = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches the parent too, which decides
    die_with(settings["parent"])
    try:
        asyncio.run(run(settings))
    except OSError as error:
        sys.stderr.write(f"dns_server.worker: {error}\n")
        sys.exit(PORT_TAKEN)


if __name__ == "__main__":
    main()
