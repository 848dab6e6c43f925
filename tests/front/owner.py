"""Starts the embedded parts in a directory and keeps them until told to end: owner.py DIRECTORY. Says where it is."""

import asyncio
import sys
from pathlib import Path

from namelatch import interrupts
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd
from namelatch.boundary import exit_status


async def main(directory: Path) -> None:
    try:
        print("starting", flush=True)
        async with (
            EmbeddedEtcd(directory / "etcd", lambda event: print("etcd", event.kind, event.pid, flush=True)),
            EmbeddedBroker(directory / "broker", lambda event: print("broker", event.kind, event.pid, flush=True)),
        ):
            print("ready", flush=True)
            await asyncio.Event().wait()
    finally:
        print("cleaned up", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(lambda: interrupts.run(main(Path(sys.argv[1])))))
