"""A misbehaving etcd: a gRPC server on the generated servicers, in front of a real one.

Effects are real, answers are what a test says: `next_write` names what happens to the next write transactions,
`next_read` to the next reads, `watch` may replace the stream, `keepalive_ttl_s` the keepalive's answer. Every
request is kept in `seen`. Nothing misbehaves until told.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from aetcd.rpc import rpc_pb2, rpc_pb2_grpc

from namelatch.backends.ports import free_ports


@dataclass(frozen=True)
class Abort:
    """Answer with this status instead of the request's own; `effect` says whether, and when, it takes effect."""

    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    details: str = "the connection was lost"
    effect: str = "before"


BEFORE = Abort()
AFTER = Abort(effect="after")
LATE = Abort(effect="late")
HANG = Abort(effect="hang")
NO_SPACE = Abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded")

Script = Callable[[Any], AsyncIterator[Any]]


class Proxy:
    """The fake. Start it with `misbehaving`."""

    def __init__(self, backend: str) -> None:
        self._channel: Any = grpc.aio.insecure_channel(backend, options=(("grpc.use_local_subchannel_pool", 1),))
        self.kv = rpc_pb2_grpc.KVStub(self._channel)
        self.lease = rpc_pb2_grpc.LeaseStub(self._channel)
        self.watching = rpc_pb2_grpc.WatchStub(self._channel)
        self.maintenance = rpc_pb2_grpc.MaintenanceStub(self._channel)
        self.next_write: deque[Abort | None] = deque()
        self.next_read: deque[Abort | None] = deque()
        self.always_read: Abort | None = None
        self.watch: Script | None = None
        self.keepalive_ttl_s: int | None = None
        self.seen: list[tuple[str, Any]] = []
        self.metadata: list[dict[str, str]] = []
        self.late: list[Any] = []
        (self.port,) = free_ports(1)
        self.address = f"127.0.0.1:{self.port}"
        self._server = grpc.aio.server()
        rpc_pb2_grpc.add_KVServicer_to_server(_KV(self), self._server)
        rpc_pb2_grpc.add_LeaseServicer_to_server(_Lease(self), self._server)
        rpc_pb2_grpc.add_WatchServicer_to_server(_Watch(self), self._server)
        self._server.add_insecure_port(self.address)

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop(None)
        await self._channel.close()

    def note(self, method: str, request: Any, context: Any) -> None:
        """Keep what was asked, and how."""
        self.seen.append((method, request))
        self.metadata.append({str(key): str(value) for key, value in context.invocation_metadata() or ()})

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.seen)

    async def settle(self) -> None:
        """Let what comes late happen."""
        late, self.late = self.late, []
        for request in late:
            await self.kv.Txn(request)


def _writes(request: Any) -> bool:
    return bool(request.compare) or any(not one.HasField("request_range") for one in request.success)


class _KV(rpc_pb2_grpc.KVServicer):  # type: ignore[misc]
    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def Range(self, request: Any, context: Any) -> Any:
        self._proxy.note("Range", request, context)
        return await self._read(self._proxy.kv.Range, request, context)

    async def Txn(self, request: Any, context: Any) -> Any:
        if not _writes(request):
            self._proxy.note("Read", request, context)
            return await self._read(self._proxy.kv.Txn, request, context)
        self._proxy.note("Txn", request, context)
        rule = self._proxy.next_write.popleft() if self._proxy.next_write else None
        if rule is None:
            return await _forwarded(self._proxy.kv.Txn(request), context)
        if rule.effect == "after":
            await self._proxy.kv.Txn(request)
        if rule.effect == "late":
            self._proxy.late.append(request)
        if rule.effect == "hang":
            await asyncio.Event().wait()
        await context.abort(rule.code, rule.details)

    async def _read(self, stub: Any, request: Any, context: Any) -> Any:
        rule = self._proxy.next_read.popleft() if self._proxy.next_read else self._proxy.always_read
        if rule is not None:
            if rule.effect == "hang":
                await asyncio.Event().wait()
            await context.abort(rule.code, rule.details)
        answer = await _forwarded(stub(request), context)
        await self._proxy.settle()
        return answer


class _Lease(rpc_pb2_grpc.LeaseServicer):  # type: ignore[misc]
    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def LeaseGrant(self, request: Any, context: Any) -> Any:
        self._proxy.note("LeaseGrant", request, context)
        return await _forwarded(self._proxy.lease.LeaseGrant(request), context)

    async def LeaseRevoke(self, request: Any, context: Any) -> Any:
        self._proxy.note("LeaseRevoke", request, context)
        return await _forwarded(self._proxy.lease.LeaseRevoke(request), context)

    async def LeaseKeepAlive(self, requests: Any, context: Any) -> Any:
        async for request in requests:
            self._proxy.note("LeaseKeepAlive", request, context)
            if self._proxy.keepalive_ttl_s is not None:
                yield rpc_pb2.LeaseKeepAliveResponse(ID=request.ID, TTL=self._proxy.keepalive_ttl_s)
                continue
            stream = self._proxy.lease.LeaseKeepAlive()
            await stream.write(request)
            yield await stream.read()
            stream.cancel()


class _Watch(rpc_pb2_grpc.WatchServicer):  # type: ignore[misc]
    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def Watch(self, requests: Any, context: Any) -> Any:
        async for request in requests:
            self._proxy.note("Watch", request.create_request, context)
            script = self._proxy.watch or self._forward
            try:
                async for response in script(request.create_request):
                    yield response
            except _Broken as broken:
                await context.abort(broken.code, str(broken))
            return

    async def _forward(self, create: Any) -> AsyncIterator[Any]:
        stream = self._proxy.watching.Watch()
        await stream.write(rpc_pb2.WatchRequest(create_request=create))
        try:
            while True:
                yield await stream.read()
        finally:
            stream.cancel()


class _Broken(Exception):
    code = grpc.StatusCode.UNAVAILABLE


def broken(text: str = "the connection was lost") -> Exception:
    """What a watch script raises to break the stream with a status."""
    return _Broken(text)


def too_long() -> Exception:
    """What a watch script raises to act as a message that our side refuses."""
    error = _Broken("CLIENT: Received message larger than max (5 vs. 4)")
    error.code = grpc.StatusCode.RESOURCE_EXHAUSTED
    return error


async def _forwarded(call: Any, context: Any) -> Any:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        await context.abort(error.code(), error.details())


@asynccontextmanager
async def misbehaving(backend: str) -> AsyncIterator[Proxy]:
    """A running Proxy."""
    proxy = Proxy(backend)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
