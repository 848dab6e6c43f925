"""Composition: from settings to the ports that one role sees, and the services that run where an actor lives.

The only place that knows every adapter. A `Wiring` is a frozen value that travels to where the role runs; what
it describes is opened there and closed with the block. Nothing in it is read from configuration later.
"""

import fcntl
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Container
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from actors.on_asyncio import AllAtOnce, MonotonicClock
from actors.roles import Ports
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.history import NOTHING, RecordingAuthority, RecordingClaims, opening
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.settings import KafkaSettings
from coordination.lines import Line
from coordination.passing import PassingLog
from coordination.ports import Authority, Claims, PlanLog, Report
from coordination.records import Endpoint
from namelatch import log
from namelatch.trouble import BadEnvironment

WRITERS = (
    100  # of one role's history at a time, beside the first: there are two, while a node that was given up lives on
)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where a role's world is, and where it leaves its traces: `directory` None for none but the log's."""

    etcd: EtcdSettings
    kafka: KafkaSettings
    directory: Path | None = None
    log_level: str = "info"


Wrap = Callable[[Authority, Claims], tuple[Authority, Claims]]


@asynccontextmanager
async def open_ports(
    wiring: Wiring,
    who: str,
    wrap: Wrap | None = None,
    watched: Container[Endpoint] = NOTHING,
    *,
    client: Callable[[EtcdSettings], EtcdClient] = EtcdClient,
    plan_log: Callable[[KafkaSettings], KafkaPlanLog] = KafkaPlanLog,
) -> AsyncIterator[Ports]:
    """One role's ports for the time of the block: recorded, told, and wrapped as asked (outermost).

    Where histories are recorded, they have the reads of `watched` roots, too. `client` and `plan_log` are what speaks
    to etcd and to Kafka: others where the wire itself is to fail.
    """
    async with AsyncExitStack() as stack:
        etcd = await stack.enter_async_context(client(wiring.etcd))
        on_etcd = EtcdAuthority(etcd)
        stack.push_async_callback(on_etcd.close)
        on_kafka = await stack.enter_async_context(plan_log(wiring.kafka))
        authority: Authority = on_etcd
        claims: Claims = EtcdClaims(etcd)
        told: PlanLog = ToldLog(on_kafka, None)
        if wiring.directory is not None:
            wiring.directory.mkdir(parents=True, exist_ok=True)
            history = stack.enter_context(Lines(wiring.directory / f"{who}.history.jsonl"))
            reports = stack.enter_context(Lines(wiring.directory / f"{who}.reports.jsonl"))
            history.write(opening(who, time.monotonic()))
            authority = RecordingAuthority(authority, who, time.monotonic, history.write, watched, history.ahead)
            claims = RecordingClaims(claims, who, time.monotonic, history.write, history.ahead)
            told = ToldLog(on_kafka, reports)
        if wrap is not None:
            authority, claims = wrap(authority, claims)
        yield Ports(authority, claims, told, MonotonicClock(), AllAtOnce())


class Lines:
    """A file of JSON lines, each handed to the operating system at once: a kill loses at most the last.

    What a kill cut short is ended by whoever goes on in the same file, so that it costs no line but itself. A file has
    one writer at a time: while another one has `b.history.jsonl` open, this one's is `b.2.history.jsonl`. A role that
    was frozen with its node, and is back beside the one that took its place, mixes nothing up.
    """

    def __init__(self, path: Path) -> None:
        self._file, path = _alone(path)
        self._number = 0
        if _is_cut(path):
            self._file.write("\n")

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, line: Line) -> None:
        """Append one line."""
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()

    def ahead(self, line: Line) -> int:
        """Append a line that a later one will name by the number returned: unique in this writer's life."""
        self._number += 1
        self.write({"n": self._number} | line)
        return self._number


def _alone(path: Path) -> tuple[TextIO, Path]:
    """The file, or the next one that nobody writes, to append to."""
    who, dot, kind = path.name.partition(".")
    for life in range(2, WRITERS + 2):
        file = path.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            path = path.with_name(f"{who}.{life}{dot}{kind}")
        except OSError:
            return file, path  # a file system without locks
        else:
            return file, path
    raise BadEnvironment(f"{path}: {WRITERS} files are locked, each by another writer; does the file system lock?")


def _is_cut(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) not in {b"", b"\n"}


class ToldLog(PassingLog):
    """A plan log whose reports are also logged, one line a decision, and kept in a file if there is one."""

    def __init__(self, inner: PlanLog, lines: Lines | None) -> None:
        super().__init__(inner)
        self._lines = lines

    async def report(self, report: Report) -> None:
        log.decided(report)
        if self._lines is not None:
            self._lines.write({"at": time.monotonic()} | asdict(report))
        await super().report(report)
