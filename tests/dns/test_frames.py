"""Frames: whatever the stream is cut into, the same changes come out."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dns_server.frames
from coordination.feed import Position
from dns_server.frames import CHUNK, COMMIT, BadFrame, FrameReader, read_position, revision_frames, unpack_changes

CHANGES = st.dictionaries(st.binary(min_size=1, max_size=255), st.none() | st.binary(min_size=1, max_size=90))
POSITION = Position(2**64 - 1, 2**63 - 1)


@given(CHANGES, st.integers(1, 64), st.integers(1, 300))
def test_a_revision_survives_any_cutting_and_ends_with_its_position(changes: dict, pieces: int, chunk: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns_server.frames, "FRAME_OCTETS", chunk)
        stream = b"".join(revision_frames(changes.items(), POSITION))
    reader = FrameReader()
    frames = [frame for at in range(0, len(stream), pieces) for frame in reader.feed(stream[at : at + pieces])]
    *chunks, (kind, where) = frames
    assert (kind, read_position(where)) == (COMMIT, POSITION)
    assert all(kind == CHUNK for kind, _ in chunks)
    assert dict(item for _, payload in chunks for item in unpack_changes(payload)) == changes


def test_a_frame_over_its_bounds_is_refused_before_it_is_read():
    with pytest.raises(BadFrame):
        list(FrameReader().feed(b"\xff\xff\xff\xff\x01"))


@given(st.binary(max_size=60))
def test_any_octets_are_changes_or_refused(noise: bytes):
    with contextlib.suppress(BadFrame):
        assert all(key for key, _ in unpack_changes(noise))
