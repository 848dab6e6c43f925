"""The snapshot on disk: what was saved comes back, and nothing else does."""

import hashlib
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.feed import Position
from dns_server import disk
from dns_server.disk import BadSnapshot, load, restore, save
from dns_server.names import to_wire
from dns_server.snapshot import nothing
from dns_server.wire import make_zone
from tests.dns.world import NAMES, snapshot_of

WORLD = snapshot_of(NAMES, revision=77)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dns.snapshot"


def forged(body: bytes) -> bytes:
    return body + hashlib.blake2b(body).digest()


def test_what_was_saved_comes_back_with_its_position(path: Path):
    save(path, WORLD)
    saved = load(path)
    assert (saved.position, saved.entries) == (Position(1, 77), dict(WORLD.entries.items()))
    again = restore(saved, nothing(tuple(WORLD.zones.values())))
    assert (again.position, again.serial, again.dangling, again.tombstones) == (Position(1, 77), 77, 1, 1)
    assert dict(again.ancestors.items()) == dict(WORLD.ancestors.items())


def test_a_second_save_replaces_the_first_and_leaves_nothing_beside_it(path: Path):
    save(path, WORLD)
    save(path, WORLD.moved(Position(1, 78), serial=False))
    assert load(path).position.revision == 78
    assert os.listdir(path.parent) == [path.name]


def test_a_save_that_fails_leaves_the_old_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch):
    save(path, WORLD)

    def full(fd: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        save(path, WORLD.moved(Position(1, 78), serial=False))
    assert load(path).position.revision == 77


def test_no_file_is_no_snapshot(path: Path):
    assert load(path) is None


def test_entries_outside_the_zones_now_served_are_left_out(path: Path):
    save(path, WORLD)
    zones = nothing((make_zone("eu.example.com", ("localhost",), 900, 900),))
    assert [key for key, _ in restore(load(path), zones).entries.items()] == [to_wire("api.eu.example.com")]


def test_a_file_cut_anywhere_is_refused(path: Path):
    save(path, WORLD)
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(BadSnapshot):
            load(path)


def test_a_file_with_one_octet_altered_is_refused(path: Path):
    save(path, WORLD)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
        with pytest.raises(BadSnapshot):
            load(path)


@pytest.mark.parametrize(
    ("octets", "count", "announced", "why"),
    [
        (b"\x03\x00\x01\x01a\x00\x01", 1, 7, None),
        (b"\x03\x00\x01\x01a\x00\x01", 2, 7, "disagree"),
        (b"\x03\x00\x01\x01a\x00\x01", 1, 6, "disagree"),
        (b"\x03\x00\x01\x01a\x00\x01", 1, 8, "disagree"),
        (b"\x03\x00\x01\x01A\x00\x01", 1, 7, "no name"),
        (b"\x03\x00\x01\x02a\x00\x01", 1, 7, "no name"),
        (b"\x03\x00\x01\x01a\x00\x07", 1, 7, "state"),
        (b"\x03\x00\x00\x01a\x00", 1, 6, "state"),
        (b"\x03\x00\x02\x01a\x00\x01", 1, 7, "cut"),
        (b"\x03\x00", 1, 2, "cut"),
        (b"\x00\x00\x01\x01", 1, 4, "cut"),
        (b"\0" * 1_000_000, 1, 9, "cut"),
        (b"", 1, 1 << 50, "announces"),
    ],
)
def test_a_right_digest_does_not_excuse_wrong_content(path: Path, octets: bytes, count: int, announced: int, why: str):
    path.write_bytes(forged(disk._HEADER.pack(disk._MAGIC, 1, 2, 3.0, count, announced) + zlib.compress(octets)))
    if why is None:
        assert load(path).entries == {b"\x01a\x00": b"\x01"}
        return
    with pytest.raises(BadSnapshot, match=why):
        load(path)


def test_compressed_content_without_its_end_is_refused(path: Path):
    header = disk._HEADER.pack(disk._MAGIC, 1, 2, 3.0, 1, 7)
    path.write_bytes(forged(header + zlib.compress(b"\x03\x00\x01\x01a\x00\x01")[:-2]))
    with pytest.raises(BadSnapshot, match="disagree"):
        load(path)


def test_another_version_is_refused(path: Path):
    save(path, WORLD)
    body = bytearray(path.read_bytes()[: -disk._DIGEST])
    body[7] = 2
    path.write_bytes(forged(bytes(body)))
    with pytest.raises(BadSnapshot, match="version"):
        load(path)


@settings(max_examples=50)
@given(noise=st.binary(max_size=400))
def test_any_octets_are_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes):
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(noise)
    with pytest.raises(BadSnapshot):
        load(path)
