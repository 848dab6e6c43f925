"""A plan's bytes as messages of a log, and back from whatever the log holds now. Pure.

A chunk is one envelope line (magic, format version, generation, digest of the whole plan, index, count,
digest of this chunk) and a piece of the bytes; never longer than CHUNK_BYTES, envelope included.

A log duplicates, reorders, loses, and mixes several plans' chunks: `Assembly` takes what it holds from the
manifest's offset on, and keeps what the manifest asks for. Another plan's chunk is no error; a chunk of
ours that was altered is kept out, and is an error only when no unharmed copy turns up. It amounts to one of
three things: the plan, PlanLost (nothing of it is here) or PlanTorn (something is here, and it is wrong).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from coordination import codec
from coordination.limits import CHUNK_BYTES, CHUNK_ENVELOPE_BYTES, GENERATION_DIGITS, PLAN_BYTES
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import PlanLost, PlanTorn

FORMAT = 1
MAGIC = "namelatch-chunk"
PIECE_BYTES = CHUNK_BYTES - CHUNK_ENVELOPE_BYTES

_ENVELOPE = re.compile(
    rf"{MAGIC} (0|[1-9][0-9]{{0,8}}) (0|[1-9][0-9]{{0,{GENERATION_DIGITS - 1}}})"
    r" ([0-9a-f]{64}) (0|[1-9][0-9]{0,8}) (0|[1-9][0-9]{0,8}) ([0-9a-f]{64})"
)


class NotAChunk(ValueError):
    """A message that is no chunk of this format; the text says why."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a plan: `index` of `count`, of the plan of this generation whose bytes have digest `plan`."""

    generation: Generation
    plan: str
    index: int
    count: int
    digest: str
    piece: bytes


def split(generation: Generation, data: bytes) -> tuple[bytes, ...]:
    """The messages that carry a plan's bytes, in order; at least one."""
    whole = codec.digest(data)
    pieces = [data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)] or [b""]
    return tuple(
        f"{MAGIC} {FORMAT} {generation} {whole} {index} {len(pieces)} {codec.digest(piece)}\n".encode() + piece
        for index, piece in enumerate(pieces)
    )


def manifest(generation: Generation, base: Generation | None, data: bytes, offset: int) -> Manifest:
    """The manifest of bytes stored from `offset` on; inputs_revision and publisher are left for the planner."""
    chunks = max(1, -(-len(data) // PIECE_BYTES))
    return Manifest(generation, base, codec.digest(data), len(data), chunks, offset, inputs_revision=0, publisher="")


def parse(message: bytes | None) -> Chunk:
    """The chunk in a message; its digest is not judged here. Raises NotAChunk."""
    if message is None or len(message) > CHUNK_BYTES:
        raise NotAChunk("an empty message" if message is None else f"{len(message)} bytes, the most is {CHUNK_BYTES}")
    line, _, piece = message.partition(b"\n")
    match = _ENVELOPE.fullmatch(line.decode("ascii", "replace"))
    if match is None:
        raise NotAChunk("no chunk envelope")
    version, generation, plan, index, count, digest = match.groups()
    if int(version) != FORMAT:
        raise NotAChunk(f"unknown chunk format {version}; this reader knows {FORMAT}")
    return Chunk(Generation(int(generation)), plan, int(index), int(count), digest, piece)


class Assembly:
    """The chunks of one manifest, gathered message by message. Raises PlanTorn at once for an impossible manifest."""

    def __init__(self, manifest: Manifest) -> None:
        if not 0 <= manifest.size <= PLAN_BYTES:
            raise PlanTorn(f"the manifest announces {manifest.size} bytes, the most is {PLAN_BYTES}")
        if manifest.chunks != max(1, -(-manifest.size // PIECE_BYTES)):
            raise PlanTorn(f"the manifest announces {manifest.chunks} chunks for {manifest.size} bytes")
        self._manifest = manifest
        self._pieces: dict[int, bytes] = {}
        self._trouble: str | None = None
        self._offered = 0
        self._begins = False

    @property
    def complete(self) -> bool:
        """True once every chunk was seen unharmed."""
        return len(self._pieces) == self._manifest.chunks

    def is_sound(self) -> bool:
        """Whether the first message offered was the first chunk, and all chunks together are what was promised."""
        if not self._begins or not self.complete:
            return False
        data = b"".join(self._pieces[index] for index in range(self._manifest.chunks))
        return len(data) == self._manifest.size and codec.digest(data) == self._manifest.digest

    def offer(self, message: bytes | None) -> None:
        """Keep the message if it is a chunk that is still missing. Strangers matter only at its beginning."""
        self._offered += 1
        try:
            chunk = parse(message)
        except NotAChunk as error:
            if self._offered == 1:
                self._note(f"where it should begin: {error}")
            return
        if chunk.generation != self._manifest.generation:
            return
        if chunk.plan != self._manifest.digest:
            self._note(f"generation {chunk.generation} is here with digest {chunk.plan[:12]}")
        elif chunk.count != self._manifest.chunks or chunk.index >= chunk.count:
            self._note(f"a chunk says {chunk.index} of {chunk.count}, the plan has {self._manifest.chunks}")
        elif codec.digest(chunk.piece) != chunk.digest:
            self._note(f"chunk {chunk.index} was altered")
        else:
            self._begins = self._begins or (self._offered == 1 and chunk.index == 0)
            self._pieces.setdefault(chunk.index, chunk.piece)

    def plan(self) -> Plan:
        """The plan, verified against its manifest. Raises PlanLost, PlanTorn."""
        manifest = self._manifest
        if not self.complete:
            if not self._pieces and self._trouble is None:
                raise PlanLost(f"generation {manifest.generation} is not in the log at offset {manifest.offset}")
            missing = next(index for index in range(manifest.chunks) if index not in self._pieces)
            trouble = f"; {self._trouble}" if self._trouble else ""
            raise PlanTorn(f"chunk {missing} of {manifest.chunks} is missing{trouble}")
        data = b"".join(self._pieces[index] for index in range(manifest.chunks))
        if len(data) != manifest.size or codec.digest(data) != manifest.digest:
            raise PlanTorn("the chunks together are not the bytes that the manifest promised")
        try:
            plan = codec.decode(data)
        except codec.BadPlan as error:
            raise PlanTorn(str(error)) from None
        if (plan.generation, plan.base) != (manifest.generation, manifest.base):
            raise PlanTorn(f"the bytes are generation {plan.generation} on {plan.base}, the manifest says otherwise")
        return plan

    def _note(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble


def assemble(manifest: Manifest, messages: Iterable[bytes]) -> Plan:
    """The manifest's plan out of messages in any order. Raises PlanLost, PlanTorn."""
    assembly = Assembly(manifest)
    for message in messages:
        assembly.offer(message)
    return assembly.plan()
