"""A thin etcd client: reads go round the endpoints and try again, writes are sent once.

A write is sent only over a connection that is ready, so that "not connected" is certain to be before effect.
After it was sent, only etcd's own refusals (`errors.certain`) say that nothing happened; everything else is
ReplyLost. A stale token is renewed and the request, refused for certain, sent once more. Every call carries
`hasleader`: a member cut off from its leader refuses instead of hanging. gRPC's own retries are off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio
from aetcd.rpc import rpc_pb2

from coordination.etcd.connections import Connection, Connections
from coordination.etcd.errors import Refused, ReplyLost, ReplyTooLong, StaleToken, certain, is_too_long
from coordination.etcd.settings import EtcdSettings
from coordination.limits import CONNECT_TRIES
from coordination.ports import Unavailable

Call = Callable[[Connection, tuple[tuple[str, str], ...]], Awaitable[Any]]


class EtcdClient:
    """One cluster's connections. Belongs to the event loop it is first used in; `close` it there."""

    def __init__(self, settings: EtcdSettings) -> None:
        self.settings = settings
        self._connections = Connections(settings)
        self._token: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; calls in flight end."""
        await self._connections.close()

    # --- reads ---------------------------------------------------------------------------------------------------

    async def range(self, request: Any) -> Any:
        """A RangeResponse, linearizable unless the request says otherwise. Raises Unavailable."""
        return await self._read(lambda at, metadata: at.kv.Range(request, metadata=metadata, timeout=self._timeout))

    async def read(self, request: Any) -> Any:
        """The TxnResponse of a transaction that only reads. Raises Unavailable."""
        return await self._read(lambda at, metadata: at.kv.Txn(request, metadata=metadata, timeout=self._timeout))

    async def _read(self, call: Call) -> Any:
        """Ask one endpoint after the other, CONNECT_TRIES times round."""
        failure = "none of the endpoints is connected"
        for _ in range(CONNECT_TRIES * len(self.settings.endpoints)):
            at = await self._connections.for_read()
            if at is None:
                break
            try:
                return await self._authorised(call, at)
            except grpc.aio.AioRpcError as error:
                failure = _described(at, error)
                if is_too_long(error.code(), error.details() or ""):
                    raise ReplyTooLong(failure) from None
        raise Unavailable(f"etcd does not answer: {failure}")

    async def remaining(self, lease: int) -> int:
        """Whole seconds that a lease has left, -1 when it is gone. Raises Unavailable."""
        request = rpc_pb2.LeaseTimeToLiveRequest(ID=lease)
        response = await self._read(
            lambda at, metadata: at.lease.LeaseTimeToLive(request, metadata=metadata, timeout=self._timeout)
        )
        return int(response.TTL)

    # --- writes --------------------------------------------------------------------------------------------------

    async def write(self, request: Any) -> Any:
        """The TxnResponse of a transaction, sent once. Raises Unavailable (nothing happened) or ReplyLost."""
        return await self._write(lambda at, metadata: at.kv.Txn(request, metadata=metadata, timeout=self._timeout))

    async def grant(self, ttl_s: int) -> Any:
        """A LeaseGrantResponse; etcd may grant a longer TTL. Raises Unavailable: an unheard grant merely expires."""
        request = rpc_pb2.LeaseGrantRequest(TTL=ttl_s)
        try:
            return await self._write(
                lambda at, metadata: at.lease.LeaseGrant(request, metadata=metadata, timeout=self._timeout)
            )
        except ReplyLost as error:
            raise Unavailable(f"etcd granted no lease: {error}") from None

    async def revoke(self, lease: int) -> None:
        """End a lease; the keys on it are deleted. Raises Unavailable, also when it is unknown: it will expire."""
        request = rpc_pb2.LeaseRevokeRequest(ID=lease)
        try:
            await self._write(
                lambda at, metadata: at.lease.LeaseRevoke(request, metadata=metadata, timeout=self._timeout)
            )
        except ReplyLost as error:
            raise Unavailable(f"etcd did not confirm the end of a lease: {error}") from None

    async def _write(self, call: Call) -> Any:
        at = await self._connections.for_write()
        if at is None:
            raise Unavailable("etcd is not connected; nothing was sent")
        try:
            return await self._authorised(call, at)
        except grpc.aio.AioRpcError as error:
            self._connections.distrust(at)
            raise ReplyLost(_described(at, error)) from None

    # --- streams -------------------------------------------------------------------------------------------------

    async def keepalive(self, lease: int) -> int:
        """The lease's new TTL in seconds, 0 when it is gone. Raises Unavailable when nobody knows."""
        request = rpc_pb2.LeaseKeepAliveRequest(ID=lease)

        async def once(at: Connection, metadata: tuple[tuple[str, str], ...]) -> Any:
            stream = at.lease.LeaseKeepAlive(metadata=metadata, timeout=self._timeout)
            try:
                await _send(stream, request)
                return await stream.read()
            finally:
                stream.cancel()

        response = await self._read(once)
        if not isinstance(response, rpc_pb2.LeaseKeepAliveResponse):
            raise Unavailable("etcd ended the keepalive stream without an answer")
        return int(response.TTL)

    async def watch(self, request: Any) -> Any:
        """An open watch stream with the create request sent. Raises Unavailable."""
        at = await self._connections.for_read()
        if at is None:
            raise Unavailable("etcd is not connected")
        try:
            metadata = await self._metadata(at)
            stream = at.watch.Watch(metadata=metadata)
            await _send(stream, rpc_pb2.WatchRequest(create_request=request))
        except grpc.aio.AioRpcError as error:
            raise Unavailable(f"etcd takes no watch: {_described(at, error)}") from None
        return stream

    def forget_token(self) -> None:
        """Ask for a new token before the next call (a watch was refused for its token)."""
        self._token = None

    # --- authentication ------------------------------------------------------------------------------------------

    @property
    def _timeout(self) -> float:
        return self.settings.call_timeout_s

    async def _metadata(self, at: Connection) -> tuple[tuple[str, str], ...]:
        leader = (("hasleader", "true"),)
        if self.settings.username is None:
            return leader
        if self._token is None:
            request = rpc_pb2.AuthenticateRequest(name=self.settings.username, password=self.settings.password)
            response = await at.auth.Authenticate(request, timeout=self._timeout)
            self._token = str(response.token)
        return (*leader, ("token", self._token))

    async def _authorised(self, call: Call, at: Connection) -> Any:
        """The call's answer; refusals before effect become Unavailable; a stale token is renewed once."""
        try:
            return await self._refusing(call, at)
        except StaleToken:
            self._token = None
            return await self._refusing(call, at)

    async def _refusing(self, call: Call, at: Connection) -> Any:
        try:
            metadata = await self._metadata(at)
        except grpc.aio.AioRpcError as error:
            raise certain(error.details() or "") or Refused(f"no token: {_described(at, error)}") from None
        try:
            return await call(at, metadata)
        except grpc.aio.AioRpcError as error:
            refusal = certain(error.details() or "")
            if refusal is None:
                raise
            raise refusal from None


async def _send(stream: Any, request: Any) -> None:
    """Write to a stream; one that has already failed says so when it is read."""
    with suppress(asyncio.InvalidStateError):
        await stream.write(request)


def _described(at: Connection, error: grpc.aio.AioRpcError) -> str:
    return f"{at.address}: {error.code().name}: {(error.details() or '')[:300]}"
