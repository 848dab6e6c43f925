"""A role as a post in a Ray cluster: settings travel, secrets don't.

What goes through Ray is kept by it, in its head's memory and in whatever stores that. So a post carries the settings
without their secrets, and takes those from the environment of the node that it runs on, where it also finds the files
that the settings name. Its digest is of the settings that its role depends on and of the version of this program.
What travels is plain data: a post that one version made may be restarted where another one is installed.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from coordination.records import endpoint
from namelatch import sources, translate
from namelatch.backends import packages
from namelatch.compose import Wiring
from namelatch.config import PREFIX, Settings
from namelatch.hosting import HealthSource, RoleService
from namelatch.inputs import FileInputs
from namelatch.loading import FILE_VARIABLE, as_environment, load, secrets
from namelatch.log import configure
from namelatch.prober import Prober
from namelatch.trouble import Misuse
from namelatch.watching import Watch

DIGEST_DIGITS = 12
_COMMON = ("POSTURE", "ETCD", "KAFKA", "LAG", "LOG")
_OF_PART = {
    "planner": (*_COMMON, "PLANNER"),
    "collector": (*_COMMON, "COLLECTOR"),
    "enactor": (*_COMMON, "ENACTORS", "COLLECTOR__KEEP"),
    "prober": ("PROBER", "DNS__ZONES", "LOG"),
}


@dataclass(slots=True)
class PostedRole:
    """`post.Posted`: one role with the variables that its settings are made from, and the version that made it so.

    `az` is empty for those of whom there is one in all.
    """

    part: str
    variables: dict[str, str]
    az: str = ""
    version: str = ""
    _watch: Watch | Prober = field(default_factory=Watch)

    def __reduce__(self) -> tuple[Any, ...]:
        made = {"part": self.part, "variables": self.variables, "az": self.az, "version": self.version}
        return read_post, (made,)

    @property
    def role(self) -> str:
        """Its name in the cluster."""
        return f"{self.part}-{self.az}" if self.az else self.part

    @property
    def digest(self) -> str:
        """Another one means that it has to be replaced."""
        lines = (f"{key}={value}" for key, value in sorted(self.variables.items()))
        return sha256("\n".join((self.version, self.part, self.az, *lines)).encode()).hexdigest()[:DIGEST_DIGITS]

    async def run(self, running: Callable[[], bool]) -> None:
        """The role, until told to leave."""
        settings = _settings_here(self.variables)
        configure(settings.log.level, settings.log.format, settings.log.file, secrets(settings))
        if self.part == "prober":
            asked = settings.prober
            self._watch = Prober(self.role, asked.servers, settings.dns.zones[0], asked.names, asked.every_s)
            await self._watch.run(running)
        else:
            self._watch = Watch()
            service = _service(self.part, self.az, settings, self.health(settings))
            await service.run(self.part, running, self._watch)

    def health(self, settings: Settings) -> HealthSource:
        """Where the planner's inputs come from."""
        return FileInputs(settings.planner.inputs or Path())  # none but the planner opens it, which has one

    def told(self) -> dict[str, Any]:
        """What it does now, which version made it, and which code it runs."""
        return {"version": self.version, "code": sources.digest(), **self._watch.told()}

    def lines(self, most: int) -> list[str]:
        """Its last reports."""
        return self._watch.lines(most)


def roles(settings: Settings) -> tuple[PostedRole, ...]:
    """The posts of a deployment, in the order to replace them by: see actors.on_ray.deployment. Raises Misuse."""
    if settings.planner.inputs is None:
        raise Misuse("planner.inputs: name the file that lists your endpoints, as the planner's node has it")
    translate.posture_of(settings)
    azs = settings.enactors.azs
    parts = [*(("enactor", az) for az in azs), ("collector", ""), ("planner", "")]
    if settings.prober.servers:
        parts += [("prober", az) for az in azs]
    version = packages.version("namelatch") or ""
    return tuple(PostedRole(part, _variables(settings, part), az, version) for part, az in parts)


def read_post(made: dict[str, Any]) -> PostedRole:
    """The post that travelled; what another version added is left out."""
    return PostedRole(made["part"], made["variables"], made["az"], made.get("version", ""))


def _variables(settings: Settings, part: str) -> dict[str, str]:
    """What this part is configured by, without secrets: those that it finds on its node stand."""
    wanted = tuple(PREFIX + section for section in _OF_PART[part])
    hidden = {
        f"{PREFIX}{section}__{key}".upper()
        for section, table in ((name, getattr(settings, name)) for name in type(settings).model_fields)
        for key, about in getattr(type(table), "model_fields", {}).items()
        if "SecretStr" in repr(about.annotation)
    }
    found = as_environment(settings).items()
    return {key: value for key, value in found if key.startswith(wanted) and key not in hidden}


def _settings_here(variables: dict[str, str]) -> Settings:
    """The settings as this process, which is the post's own, finds them. Raises Misuse."""
    os.environ.pop(FILE_VARIABLE, None)
    os.environ.update(variables)
    return load()


def _service(part: str, az: str, settings: Settings, health: HealthSource) -> RoleService:
    etcd, kafka = translate.etcd_settings(settings.etcd), translate.kafka_settings(settings.kafka)
    wiring = Wiring(etcd, kafka, settings.log.history, settings.log.level)
    polls = {"planner": settings.planner.poll_s, "collector": settings.collector.poll_s}
    azs = settings.enactors.azs
    return RoleService(
        name=az or part,
        wiring=wiring,
        posture=translate.posture_of(settings),
        health=health,
        start=azs.index(az) / len(azs) if az else 0.0,
        poll_s=polls.get(part, settings.enactors.poll_s),
        full_every=settings.planner.full_every,
        walkers=settings.enactors.walkers,
        configured=True,
        watched=tuple(map(endpoint, settings.log.watched)),
    )
