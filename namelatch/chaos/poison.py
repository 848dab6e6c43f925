"""What is written into the plans' topic, or done to it, by somebody who is no planner.

A poisoned plan has a manifest: an intruder publishes it, past the planner and without its fence. Enactors have to
refuse it, and the planner has to notice that nobody can follow what it published last, and publish anew.
"""

import os
import time
from dataclasses import replace

from coordination import chunks, codec
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.history import RecordingAuthority, opening
from coordination.intents import Batch, Committed, HeadVersion, Proposal, Publish, Reserve
from coordination.kafka import tampering
from coordination.plan import Entry, Generation, Plan
from coordination.ports import Unavailable
from namelatch.chaos.stage import Stage
from namelatch.compose import Lines
from namelatch.demo.addresses import allocate

WHO = "intruder"
ATTEMPTS = 5  # planners publish meanwhile


async def done(stage: Stage, fault: str) -> str:
    """One of the faults of the topic or the plan; says what came of it. Raises Unavailable."""
    match fault:
        case "truncate":
            return f"offsets begin at {await tampering.truncate(stage.kafka)} now"
        case "duplicate":
            return f"{await tampering.double(stage.kafka)} messages doubled"
        case "litter":
            await tampering.write(stage.kafka, _litter())
            return f"{len(_litter())} messages"
        case _:
            return await _poisoned(stage, fault)


def _litter() -> tuple[bytes, ...]:
    """No envelope, an envelope of another version, a chunk that was altered."""
    chunk = chunks.split(Generation(1), b"namelatch-plan 1 no plan at all\n")[0]
    return b"\x00\xff" + os.urandom(64), chunk.replace(b"chunk 1", b"chunk 7", 1), chunk[:-1] + b"?"


def _data(stage: Stage, generation: Generation, fault: str) -> bytes:
    """The bytes of a full plan that says nothing wrong, or of none."""
    if fault == "poison-bytes":
        return b"\x00\xff" + os.urandom(4_096)
    name = stage.inventory.regional
    plan = codec.encode(Plan(generation, None, (Entry(name, allocate(name, generation, ("A",))),)))
    return plan.replace(b"namelatch-plan 1 ", b"namelatch-plan 2 ", 1) if fault == "poison-version" else plan


async def _poisoned(stage: Stage, fault: str) -> str:
    async with EtcdClient(stage.etcd) as client:
        with Lines(stage.directory / f"{WHO}.history.jsonl") as lines:
            lines.write(opening(WHO, time.monotonic()))
            inner = EtcdAuthority(client)
            authority = RecordingAuthority(inner, WHO, time.monotonic, lines.write, ahead=lines.ahead)
            for _ in range(ATTEMPTS):
                head = await authority.head()
                generation = Generation(max(head.reserved or 0, head.newest or 0) + 1)
                if not isinstance(await authority.commit(Batch((Proposal(Reserve(generation)),))), Committed):
                    continue
                data = _data(stage, generation, fault)
                offset = await tampering.write(stage.kafka, chunks.split(generation, data))
                manifest = chunks.manifest(generation, None, data, offset)
                if fault == "poison-digest":
                    manifest = replace(manifest, digest=codec.digest(b"another"))
                manifest = replace(manifest, inputs_revision=head.inputs_revision, publisher=WHO)
                proposal = Proposal(Publish(manifest), (HeadVersion(head.version),))
                if isinstance(await authority.commit(Batch((proposal,))), Committed):
                    return f"generation {generation}"
            raise Unavailable("a planner was quicker each time")
