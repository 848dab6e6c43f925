"""The authoritative DNS server as a process of its own: it keeps serving when Ray, Kafka, etcd or we are stuck.

It gets its settings through the environment, never through arguments: those are for everybody to see. It is
ready when its own status says that all workers serve: the first one's answer would come too early.
"""

import json
import os
import sys
from pathlib import Path

import namelatch
from namelatch.backends.embedded import own_directory
from namelatch.backends.ports import free_ports, require_free
from namelatch.backends.probes import dns_answers
from namelatch.backends.process import Program
from namelatch.backends.supervised import RESTARTS, OnEvent, Restarts, Supervised
from namelatch.config import PREFIX, Settings
from namelatch.loading import as_environment

_READY_S = 60.0  # at 300,000 records the first listing takes some seconds, on a busy machine more


class EmbeddedDns(Supervised):
    """`namelatch dns serve` under supervision. `settings.dns.port` 0: a free port, the same after restarts."""

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        on_event: OnEvent | None = None,
        restarts: Restarts = RESTARTS,
    ) -> None:
        own_directory(directory)
        if settings.dns.port:
            require_free(settings.dns.host, settings.dns.port, "dns.port")
        self.host = settings.dns.host
        self.port = settings.dns.port or free_ports(1)[0]
        self.status = (settings.dns.status or directory / "status.json").absolute()
        self._zone = settings.dns.zones[0] if settings.dns.zones else ""
        own = settings.dns.model_copy(update={"port": self.port, "status": self.status})
        super().__init__(
            Program(
                "dns server",
                (sys.executable, "-m", "namelatch", "dns", "serve"),
                directory,
                directory / "dns.log",
                self._is_serving,
                _environment(settings.model_copy(update={"dns": own})),
                ready_s=_READY_S,
            ),
            restarts,
            on_event,
        )

    async def _is_serving(self) -> bool:
        if not says_serving(self.status, self.pid):
            return False
        return await dns_answers(self.host, self.port, self._zone)


def says_serving(status: Path, pid: int | None) -> bool:
    """Whether this very process, not one before it, wrote that it serves."""
    try:
        told = json.loads(status.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("pid") == pid and told.get("state") == "serving"


def _environment(settings: Settings) -> dict[str, str]:
    """Ours, but for settings: those are exactly the ones given."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    root = str(Path(namelatch.__file__).parent.parent)
    path = os.pathsep.join(part for part in (root, inherited.get("PYTHONPATH")) if part)
    return {**inherited, "PYTHONPATH": path, **as_environment(settings)}
