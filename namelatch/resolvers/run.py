"""`namelatch resolvers run`: one accident on a real etcd and real DNS servers, as clients of real resolvers see it.

The actors are left out: what they leave in etcd is made by the transactions of the incident alone. `namelatch demo
--resolvers` plays the whole race before the same resolvers.
"""

import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.records import Endpoint
from namelatch import translate
from namelatch.backends.embedded import EmbeddedEtcd
from namelatch.backends.supervised import Event
from namelatch.config import Settings, defaults
from namelatch.resolvers import watch
from namelatch.resolvers.accidents import Accident, bring_in
from namelatch.resolvers.bench import Asked, Bench
from namelatch.resolvers.installed import versions
from namelatch.resolvers.table import Table, shortfalls, tabulate

NAME = Endpoint("dynamodb.us-east-1.amazonaws.com")
ZONE = "amazonaws.com"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One run."""

    accident: Accident
    dark_s: float
    minimums_s: tuple[int, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it. `missing`: in what it is not as it should be."""

    table: Table
    missing: tuple[str, ...]


async def run(wanted: Wanted, say: watch.Say) -> Found:
    """The accident from its first second to the last resolver's light. Stops whatever it started."""

    def tell(event: Event) -> None:
        if event.kind in {"died", "not ready", "gave up"}:
            say(event.text)

    asked = Asked(NAME, ZONE, wanted.minimums_s, wanted.kinds)
    accident = wanted.accident
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="namelatch-resolvers-")))
        etcd = await stack.enter_async_context(EmbeddedEtcd(directory / "etcd", tell))
        settings = settings_for(etcd.endpoint)
        client = await stack.enter_async_context(EtcdClient(translate.etcd_settings(settings.etcd)))
        authority = EtcdAuthority(client)
        stack.push_async_callback(authority.close)
        await bring_in(authority, NAME)
        bench = await stack.enter_async_context(Bench(asked, settings, directory, tell))
        await bench.open_servers()
        say(f"{len(bench.servers)} DNS servers are up; {len(asked.cells)} resolvers and their clients are starting")
        await bench.open_resolvers()
        say("every client has had addresses; the accident begins")
        await accident.begin(bench, authority)
        await watch.dark(bench)
        await watch.through(bench, wanted.dark_s, lambda: accident.end(bench, authority), accident.patience_s, say)
        table = tabulate(accident.name, accident.story, bench.seen(), bench.outage, versions(wanted.kinds))
        return Found(table, shortfalls(table, dark=True, bounded=accident.name == "empty"))


def settings_for(etcd: str) -> Settings:
    """Defaults, but for the one etcd and the one zone: no file and no variable of anybody's has a say in the table."""
    base = defaults()
    return base.model_copy(
        update={
            "etcd": base.etcd.model_copy(update={"endpoints": (etcd,)}),
            "dns": base.dns.model_copy(update={"zones": (ZONE,)}),
        }
    )
