"""The adapters over a wire that fails: what goes wrong with a message, just above gRPC and the Kafka client.

The effect is real, and so is the failure: an etcd reply is lost by a call that passes its deadline in gRPC itself, a
broker's by a timeout where the client waits for it. Everything from there on is the adapters' own: what they take for
certain, repeat, give up, and call Unknown. Only the messages of a port call that was struck are touched.
"""

from collections.abc import Callable
from typing import Any

from coordination.etcd.client import Call, EtcdClient
from coordination.etcd.connections import Connection
from coordination.etcd.requests import Read, range_request
from coordination.etcd.settings import EtcdSettings
from coordination.kafka.log import KafkaPlanLog
from coordination.kafka.sender import Sender
from coordination.kafka.settings import KafkaSettings
from coordination.ports import Report
from namelatch.matrix.strike import CURRENT, Late, Strike

_NOTHING = range_request(Read(b"\0", keys_only=True, limit=1))
Metadata = tuple[tuple[str, str], ...]


def _due() -> Strike | None:
    strike = CURRENT.get()
    return None if strike is None or strike.spent else strike


async def _deadline(at: Connection, metadata: Metadata) -> Any:
    """gRPC's own DEADLINE_EXCEEDED, of a deadline that was past before anything could be sent."""
    return await at.kv.Range(_NOTHING, metadata=metadata, timeout=-1)


class LossyClient(EtcdClient):
    """An etcd client. Of a struck call, the transaction that it sends is hit, or else what it asks first."""

    def __init__(self, settings: EtcdSettings, late: Late) -> None:
        super().__init__(settings)
        self._late = late

    async def write(self, request: Any) -> Any:
        strike = _due()
        if strike is None:
            return await super().write(request)

        async def lossy(at: Connection, metadata: Metadata) -> Any:
            if strike.fault == "late":
                self._late.add(lambda: EtcdClient.write(self, request))
            else:
                reply = await at.kv.Txn(request, metadata=metadata, timeout=self._timeout)
                if not reply.succeeded:
                    return reply  # nothing took effect: it waits for a write that does
            if strike.fault == "die after":
                strike.die()
            strike.fire()
            return await _deadline(at, metadata)

        return await self._write(lossy)

    async def keepalive(self, lease: int) -> int:
        strike = _due()
        if strike is not None and strike.fault == "late":
            self._late.add(lambda: EtcdClient.keepalive(self, lease))
        return await super().keepalive(lease)

    async def _read(self, call: Call) -> Any:
        strike = _due()
        if strike is None or strike.sends or strike.fault == "die after":
            return await super()._read(call)

        async def lossy(at: Connection, metadata: Metadata) -> Any:
            if strike.fault == "reply lost":
                await call(at, metadata)
            if not strike.spent:
                strike.fire()
            return await _deadline(at, metadata)

        return await super()._read(lossy)


class LossySender(Sender):
    """A sender of messages to the broker. `due` says which strike is to hit the next one."""

    def __init__(self, settings: KafkaSettings, late: Late, due: Callable[[], Strike | None]) -> None:
        super().__init__(settings)
        self._late, self._due = late, due

    async def send(self, topic: str, value: bytes) -> int:
        strike = self._due()
        if strike is None:
            return await super().send(topic, value)
        producer: Any = await self._connected()
        sends = producer.send_and_wait

        async def lossy(*args: Any, **options: Any) -> Any:
            producer.send_and_wait = sends
            if strike.fault == "late":
                self._late.add(lambda: Sender.send(self, topic, value))
            else:
                await sends(*args, **options)
            if strike.fault == "die after":
                strike.die()
            strike.fire()
            raise TimeoutError

        producer.send_and_wait = lossy
        return await super().send(topic, value)


class LossyPlanLog(KafkaPlanLog):
    """A plan log. A report's message is sent by another task than the one that reports: its strike waits here."""

    def __init__(self, settings: KafkaSettings, late: Late) -> None:
        super().__init__(settings)
        self._reporting: Strike | None = None
        self._sender = LossySender(settings, late, _due)
        self._reporter._sender = LossySender(self._reporter._sender._settings, late, self._due_report)

    def _due_report(self) -> Strike | None:
        return None if self._reporting is None or self._reporting.spent else self._reporting

    async def report(self, report: Report) -> None:
        self._reporting = self._reporting or _due()
        await super().report(report)
