"""`namelatch dns serve`: the DNS server over etcd's feed, as one process tree of its own."""

from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from dns_server.binding import PortTaken
from dns_server.server import serve
from namelatch import wiring
from namelatch.config import Settings
from namelatch.trouble import BadEnvironment


async def serve_dns(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or cancellation. Raises Misuse and BadEnvironment."""
    server = wiring.dns(settings)
    async with EtcdClient(wiring.etcd(settings)) as client:
        try:
            await serve(server, EtcdFeed(client, wiring.server_name(settings)))
        except PortTaken as taken:
            raise BadEnvironment(f"dns.port: {taken}") from None
