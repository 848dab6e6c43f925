"""`namelatch dns serve`: the DNS server over etcd's feed, as one process tree of its own."""

import gc

from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from dns_server.binding import PortTaken
from dns_server.server import serve
from namelatch.config import Settings
from namelatch.hosting import GC_THRESHOLDS
from namelatch.translate import dns_settings, etcd_settings, server_name
from namelatch.trouble import BadEnvironment


async def serve_dns(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or cancellation. Raises Misuse and BadEnvironment."""
    gc.set_threshold(*GC_THRESHOLDS)
    server = dns_settings(settings.dns)
    async with EtcdClient(etcd_settings(settings.etcd)) as client:
        try:
            await serve(server, EtcdFeed(client, server_name(settings.dns)))
        except PortTaken as taken:
            raise BadEnvironment(f"dns.port: {taken}") from None
