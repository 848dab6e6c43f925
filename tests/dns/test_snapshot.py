"""Snapshots: immutable, equal to a plain dictionary, and right about what exists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dns_server.layered
from coordination.feed import Position
from dns_server.entry import DANGLING, TOMBSTONE, pack_tree
from dns_server.layered import empty
from dns_server.names import to_wire
from dns_server.snapshot import nothing
from dns_server.wire import make_zone
from tests.dns.world import snapshot_of

LIVE = pack_tree(b"A 60 10.0.0.1=1")
LABELS = st.sampled_from(["a", "b", "c"])
KEYS = st.lists(LABELS, max_size=3).map(lambda labels: to_wire(".".join([*labels, "example.com"])))
STEPS = st.lists(st.dictionaries(KEYS, st.sampled_from([LIVE, DANGLING, TOMBSTONE, None]), max_size=5), max_size=12)


@pytest.fixture(params=[2, 4096])
def overlay(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(dns_server.layered, "OVERLAY_MOST", request.param)
    return request.param


@settings(max_examples=40)
@given(steps=st.lists(st.dictionaries(st.binary(max_size=2), st.integers(0, 3) | st.none(), max_size=4), max_size=10))
def test_a_layered_map_is_a_dictionary_and_old_versions_stay(steps: list):
    for most in (1, 3, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dns_server.layered, "OVERLAY_MOST", most)
            plain: dict = {}
            versions = [(empty(), {})]
            for step in steps:
                plain = {key: value for key, value in {**plain, **step}.items() if value is not None}
                versions.append((versions[-1][0].updated(step), plain))
            for layered, expected in versions:
                assert dict(layered.items()) == expected
                assert len(layered) == len(expected)
                assert all(layered.get(key) == expected.get(key) for step in steps for key in step)


@settings(max_examples=70)
@given(STEPS)
def test_what_exists_is_what_lives_or_has_life_below(steps: list):
    snapshot = nothing((make_zone("example.com", ("localhost",), 900, 900),))
    plain: dict = {}
    for step in steps:
        snapshot = snapshot.changed(step)
        plain.update(step)
    alive = [key for key, entry in plain.items() if entry not in {None, TOMBSTONE}]
    for name in ("a", "b.a", "a.b", "c.b.a", "b", "c", "c.c", "a.a.a"):
        key = to_wire(f"{name}.example.com")
        assert snapshot.exists(key) == any(other == key or other.endswith(key) for other in alive)
    assert snapshot.dangling == sum(entry == DANGLING for entry in plain.values())
    assert snapshot.tombstones == sum(entry == TOMBSTONE for entry in plain.values())
    assert snapshot.exists(to_wire("example.com"))


def test_an_empty_non_terminal_goes_with_the_last_name_below(overlay: int):
    snapshot = snapshot_of({"a.x.example.com": LIVE, "b.x.example.com": LIVE})
    ancestor = to_wire("x.example.com")
    half = snapshot.changed({to_wire("a.x.example.com"): TOMBSTONE})
    none = half.changed({to_wire("b.x.example.com"): None})
    assert (snapshot.exists(ancestor), half.exists(ancestor), none.exists(ancestor)) == (True, True, False)


def test_only_names_between_an_endpoint_and_its_apex_are_counted_as_ancestors():
    snapshot = snapshot_of({"a.x.y.example.com": LIVE, "b.x.y.example.com": LIVE, "z.example.com": LIVE})
    assert dict(snapshot.ancestors.items()) == {to_wire("x.y.example.com"): 2, to_wire("y.example.com"): 2}


def test_the_serial_follows_changes_and_not_heartbeats():
    snapshot = snapshot_of({"a.example.com": LIVE}, revision=7)
    beaten = snapshot.moved(Position(1, 9), serial=False)
    assert (snapshot.serial, beaten.serial, beaten.position) == (7, 7, Position(1, 9))
    assert snapshot.moved(Position(1, 2**40 + 3), serial=True).serial == 3


def test_an_entry_outside_the_zones_is_our_own_fault():
    with pytest.raises(AssertionError):
        snapshot_of({"a.example.org": LIVE})
