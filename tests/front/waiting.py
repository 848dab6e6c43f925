"""Waiting for a condition with a deadline, and looking for processes by what they were started with."""

import threading
import time
from collections.abc import Callable
from pathlib import Path


def until(condition: Callable[[], object], what: str, deadline_s: float = 20.0) -> None:
    """Return when `condition` holds; fail after the deadline, naming what was waited for."""
    tick = threading.Event()
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"waited {deadline_s:g} s in vain for {what}"
        tick.wait(0.01)


def processes_naming(text: str) -> list[int]:
    """The ids of running processes with `text` among their arguments; zombies have none and don't count."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes()
            except OSError:
                continue  # ended meanwhile
            if text.encode() in arguments:
                found.append(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie: an orphan's remains are for the system to clear away."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
