"""What the server says of itself: one JSON object, the same in the status file and for whoever asks in-process.

Ages and staleness in seconds; counts of answers since the server started, those of ended workers as of their last
line. `state` is starting (nothing to serve yet), serving or stopped.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from dns_server.codes import RCODES
from dns_server.follower import Follower
from dns_server.workers import COUNTED, Workers


def describe(state: str, where: tuple[str, int], follower: Follower, workers: Workers, saved_at: float | None) -> Any:
    """The status as plain JSON values."""
    snapshot, position = follower.snapshot, follower.snapshot.position
    staleness_s = follower.staleness_s()
    totals = dict.fromkeys(COUNTED, 0)
    rcodes: dict[str, int] = {}
    for seen in workers.seen:
        now = {**seen.line.get("rcodes", {}), **{name: seen.line.get(name, 0) for name in COUNTED}}
        for counts in (seen.past, now):
            for name, count in counts.items():
                into = rcodes if name in RCODES else totals
                into[name] = into.get(name, 0) + count
    return {
        "state": state,
        "pid": os.getpid(),
        "host": where[0],
        "port": where[1],
        "position": {"cluster": position.cluster, "revision": position.revision} if position else None,
        "staleness_s": None if staleness_s is None else round(staleness_s, 3),
        "alarm": follower.alarm,
        "streams": follower.streams,
        "endpoints": len(snapshot.entries) - snapshot.tombstones,
        "dangling": snapshot.dangling,
        "tombstones": snapshot.tombstones,
        "unreadable": len(follower.view.unreadable),
        "outside": len(follower.view.outside),
        "snapshot_age_s": None if saved_at is None else round(time.time() - saved_at, 3),
        "workers": [
            {
                "pid": seen.pid,
                "restarts": seen.restarts,
                "serving": bool(seen.line.get("serving")),
                "revision": seen.line.get("revision"),
            }
            for seen in workers.seen
        ],
        "answers": rcodes,
        "dangling_answers": totals["dangling"],
        "dropped": totals["silent"],
        "faults": totals["faults"],
    }


def write(path: Path, status: Any) -> None:
    """Replace the status file: a reader sees one whole or the other. Raises OSError."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(status) + "\n")
    beside.replace(path)
