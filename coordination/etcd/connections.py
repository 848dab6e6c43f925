"""One gRPC channel for each endpoint, and which of them to use next.

Only endpoints that are connected now are handed out. Reads move on at each call (round robin); writes stay
where they are until that endpoint is distrusted. A channel is made at first use, inside the running loop.
"""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from aetcd.rpc import rpc_pb2_grpc

from coordination.etcd.settings import EtcdSettings
from coordination.limits import REPLY_BYTES


def _options(settings: EtcdSettings) -> tuple[tuple[str, int], ...]:
    attempt_ms = int(settings.connect_timeout_s * 1_000)
    return (
        ("grpc.enable_retries", 0),  # a retry of a write is never the transport's decision
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.max_receive_message_length", REPLY_BYTES),
        ("grpc.keepalive_time_ms", 10_000),  # etcd's default minimum is 5 s: more often and it hangs up
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.min_reconnect_backoff_ms", attempt_ms),  # despite its name: how long one attempt may take
    )


class Connection:
    """One endpoint: its channel and the stubs over it."""

    def __init__(self, address: str, credentials: Any, options: tuple[tuple[str, int], ...]) -> None:
        self.address = address
        self._channel: Any = (
            grpc.aio.insecure_channel(address, options=options)
            if credentials is None
            else grpc.aio.secure_channel(address, credentials, options=options)
        )
        self.kv = rpc_pb2_grpc.KVStub(self._channel)
        self.lease = rpc_pb2_grpc.LeaseStub(self._channel)
        self.watch = rpc_pb2_grpc.WatchStub(self._channel)
        self.auth = rpc_pb2_grpc.AuthStub(self._channel)

    @property
    def is_ready(self) -> bool:
        """Connected now; asking starts a connection when there is none."""
        return bool(self._channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY)

    async def wait(self) -> "Connection":
        """Return once connected."""
        await self._channel.channel_ready()
        return self

    async def close(self) -> None:
        await self._channel.close()


class Connections:
    """The endpoints' connections, in the order of the settings."""

    def __init__(self, settings: EtcdSettings) -> None:
        self._settings = settings
        self._all: list[Connection] = []
        self._next_read = 0
        self._write_at = 0

    def _open(self) -> list[Connection]:
        if not self._all:
            credentials = _credentials(self._settings)
            options = _options(self._settings)
            self._all = [Connection(address, credentials, options) for address in self._settings.endpoints]
        return self._all

    async def for_read(self) -> Connection | None:
        """A connected endpoint, the next in turn if it can be; None when none connects within the timeout."""
        first, self._next_read = self._next_read, (self._next_read + 1) % len(self._settings.endpoints)
        return await self._ready(first)

    async def for_write(self) -> Connection | None:
        """A connected endpoint, the last one used if it can be; None when none connects within the timeout."""
        return await self._ready(self._write_at)

    def distrust(self, connection: Connection) -> None:
        """Begin elsewhere with the next write: this endpoint lost an answer."""
        self._write_at = (self._all.index(connection) + 1) % len(self._all) if self._all else 0

    async def _ready(self, first: int) -> Connection | None:
        every = self._open()
        turn = [every[(first + step) % len(every)] for step in range(len(every))]
        for one in turn:
            if one.is_ready:
                return one
        waiting = [asyncio.ensure_future(one.wait()) for one in turn]
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=self._settings.connect_timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return next((task.result() for task in waiting if task in done and not task.exception()), None)

    async def close(self) -> None:
        every, self._all = self._all, []
        for one in every:
            await one.close()


def _credentials(settings: EtcdSettings) -> Any:
    if settings.ca_file is None:
        return None
    certificate = Path(settings.cert_file).read_bytes() if settings.cert_file else None
    key = Path(settings.key_file).read_bytes() if settings.key_file else None
    return grpc.ssl_channel_credentials(Path(settings.ca_file).read_bytes(), key, certificate)
