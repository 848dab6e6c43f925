"""The backend `docker`: the cluster of the backend `local`, each program in a container instead of a process.

Parts, links, faults and files are the same. Images are pinned by the digests of their indexes, which hold for every
platform. `NAMELATCH_ETCD_IMAGE` and `NAMELATCH_KAFKA_IMAGE` name others: any image with `etcd` on its path, any with
`java` on its path and Kafka's jars in /opt/kafka/libs.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from namelatch.backends.contained import Image
from namelatch.backends.ground import Ground
from namelatch.backends.local import MEMBERS, local
from namelatch.backends.packages import require
from namelatch.backends.part import silence
from namelatch.backends.process import Program
from namelatch.backends.running import Running
from namelatch.backends.secured import Secured
from namelatch.trouble import BadEnvironment

ETCD_IMAGE = "quay.io/coreos/etcd:v3.5.25@sha256:52f17f7e56e4f7239f0320dbfcbcc24721163d7d78ae710b466af3254ccf6366"
KAFKA_IMAGE = (  # of the version of the jars that `local` runs
    "apache/kafka:4.3.1@sha256:77e3df9054047a88b520d0cc46e16696d3b22022e1d580aeccd2632df6532837"
)
ETCD_VARIABLE, KAFKA_VARIABLE = "NAMELATCH_ETCD_IMAGE", "NAMELATCH_KAFKA_IMAGE"
_CLASS_PATH = "/opt/kafka/libs/*"
_ASK_S = 5


@asynccontextmanager
async def docker(
    directory: Path | None = None,
    *,
    members: int = MEMBERS,
    kafka: bool = True,
    secured: Secured | None = None,
    quota_bytes: int = 0,
    say: Callable[[str], None] = silence,
) -> AsyncIterator[Running]:
    """As `local`. Raises BadEnvironment when no engine answers or an image can't be had; `say` hears of pulls, too."""
    engine = await asyncio.to_thread(answering)
    own = directory is None
    directory = directory or Path(tempfile.mkdtemp(prefix="namelatch-docker-"))
    try:
        await asyncio.to_thread(_pull_all, engine, members, kafka, say)
        options: dict[str, Any] = {"members": members, "kafka": kafka, "secured": secured, "quota_bytes": quota_bytes}
        async with local(directory, ground=ground(_shared(directory, secured)), say=say, **options) as running:
            yield running
    finally:
        if own:
            shutil.rmtree(directory, ignore_errors=True)


def answering() -> Any:
    """A client of this machine's Docker engine. Raises BadEnvironment when none answers."""
    require("testcontainers", "testcontainers", "dev")
    import docker as sdk  # noqa: PLC0415  (comes with testcontainers)

    try:
        client = sdk.from_env(timeout=_ASK_S)
        client.ping()
    except sdk.errors.DockerException:
        where = os.environ.get("DOCKER_HOST", "/var/run/docker.sock")
        raise BadEnvironment(
            f"backend docker: no Docker engine answers at {where}, start one, set DOCKER_HOST or take another backend"
        ) from None
    client.close()
    return sdk.from_env()


def _shared(directory: Path, secured: Secured | None) -> tuple[Path, ...]:
    """What containers have to see: the run's directory, and the certificates where they lie elsewhere."""
    files = () if secured is None else (secured.ca, secured.cert, secured.key)
    others = {file.parent for file in files if directory not in file.parents}
    return (directory, *sorted(others))


def ground(shared: tuple[Path, ...] = ()) -> Ground:
    """What the images give, wherever they are; containers see `shared`."""
    etcd, broker = (Image(name, shared) for name in _images())

    def launch(program: Program) -> Any:
        return (broker if program.name == "kafka" else etcd).launch(program)

    return Ground(
        "containers on this machine", "java", _CLASS_PATH, "etcd", f"as {etcd.name}", f"as {broker.name}", launch,
        broker.once,
    )  # fmt: skip


def _images() -> tuple[str, str]:
    """The names of etcd's and of Kafka's."""
    return os.environ.get(ETCD_VARIABLE) or ETCD_IMAGE, os.environ.get(KAFKA_VARIABLE) or KAFKA_IMAGE


def _pull_all(engine: Any, members: int, kafka: bool, say: Callable[[str], None]) -> None:
    for name, wanted in zip(_images(), (members > 0, kafka), strict=True):
        if wanted:
            _pull(engine, name, say)


def _pull(engine: Any, name: str, say: Callable[[str], None]) -> None:
    """See that the image is here. Raises BadEnvironment."""
    from docker.errors import DockerException, ImageNotFound  # noqa: PLC0415

    try:
        engine.images.get(name)
    except ImageNotFound:
        say(f"pulling {name}")
        try:
            engine.images.pull(name)
        except DockerException as error:
            raise BadEnvironment(f"backend docker: {name} can't be pulled: {error}") from None
