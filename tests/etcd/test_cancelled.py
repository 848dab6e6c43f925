"""Who is cancelled while a message of the watch arrives ends, and does not go on watching."""

import asyncio
from typing import Any

from aetcd.rpc import rpc_pb2

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Span
from coordination.etcd.settings import EtcdSettings
from coordination.etcd.watch import Watch
from coordination.feed import Position
from tests.bounded import run


def test_a_cancel_that_meets_a_message_is_not_lost() -> None:
    async def scenario() -> None:
        message: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        messages = iter((message, asyncio.get_running_loop().create_future()))

        class Stream:
            async def read(self) -> Any:
                return await next(messages)

        client = EtcdClient(EtcdSettings(("127.0.0.1:1",)))  # asked for its settings only
        watch, stream = Watch(client, Span(b"a", b"b"), Position(1, 1), str), Stream()

        async def watched() -> None:
            while True:
                await watch._next(stream)

        watching = asyncio.create_task(watched())
        for _ in range(3):  # turns of the loop: until it waits for the message
            await asyncio.sleep(0)
        message.set_result(rpc_pb2.WatchResponse())
        await asyncio.sleep(0)  # the message has arrived, and whoever reads may not have heard of it yet
        watching.cancel()
        ended, _ = await asyncio.wait((watching,), timeout=2.0)
        watching.cancel()
        assert ended, "it goes on watching"

    run(scenario())
