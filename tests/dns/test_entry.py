"""Packed entries: what is drawn from them, and which octets are none."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.records import BadRecords, RRset, Target, pack
from dns_server.codes import AAAA, A
from dns_server.entry import DANGLING, DRAW_BITS, TOMBSTONE, BadEntry, check_entry, choose, pack_tree

WEIGHTED = pack_tree(b"A 60 10.0.0.1=1,10.0.0.2=0,10.0.0.3=3")
DRAWS = [n * (1 << DRAW_BITS) // 4000 for n in range(4000)]

weights = st.lists(st.integers(0, 65_535), max_size=64)


def test_draws_spread_by_weight_and_never_reach_weight_nothing():
    counts = Counter(choose(WEIGHTED, A, 1, draw)[1][0][3] for draw in DRAWS)
    assert counts == {1: 1000, 3: 3000}


def test_several_answers_never_repeat_a_target():
    for draw in DRAWS[::50]:
        _, rdata = choose(WEIGHTED, A, 2, draw)
        assert sorted(octets[3] for octets in rdata) == [1, 3]


def test_the_first_of_several_is_drawn_by_weight_too():
    counts = Counter(choose(WEIGHTED, A, 2, draw)[1][0][3] for draw in DRAWS)
    assert counts == {1: 1000, 3: 3000}


def test_the_second_of_several_depends_on_the_weights_left():
    entry = pack_tree(b"A 60 10.0.0.1=1,10.0.0.2=1000,10.0.0.3=1")
    seconds = Counter(choose(entry, A, 2, draw * 4001)[1][1][3] for draw in range(0, 1 << 52, 1 << 41))
    assert min(seconds[1], seconds[3]) > 300


@pytest.mark.parametrize("answers", [1, 3, 64])
def test_the_extreme_draws_are_in_bounds(answers: int):
    entry = pack_tree(b"AAAA 60 " + b",".join(b"fd00::%x=65535" % n for n in range(1, 65)))
    for draw in (0, (1 << DRAW_BITS) - 1):
        assert len(choose(entry, AAAA, answers, draw)[1]) == answers


@given(weights, weights, st.integers(0, (1 << DRAW_BITS) - 1), st.integers(1, 64))
def test_whatever_is_packed_is_an_entry_and_draws_its_own_targets(v4: list, v6: list, draw: int, answers: int):
    a = tuple(Target(f"10.0.0.{n}", weight) for n, weight in enumerate(v4))
    aaaa = tuple(Target(f"fd00::{n:x}" if n else "fd00::", weight) for n, weight in enumerate(v6))
    entry = check_entry(pack_tree(pack((RRset("A", 60, a), RRset("AAAA", 30, aaaa)))))
    for type_, given_weights, octets in ((A, v4, 4), (AAAA, v6, 16)):
        _, rdata = choose(entry, type_, answers, draw)
        assert len(rdata) == len(set(rdata)) == min(answers, sum(weight > 0 for weight in given_weights))
        assert all(len(one) == octets and given_weights[one[-1]] for one in rdata)


@pytest.mark.parametrize("entry", [DANGLING, TOMBSTONE, pack_tree(b"-")])
def test_nothing_is_drawn_where_nothing_is(entry: bytes):
    assert check_entry(entry) is entry
    assert choose(entry, A, 4, 0) == (0, ())


@pytest.mark.parametrize(
    "packed",
    [
        b"A 60 fd00::1=1",
        b"AAAA 60 10.0.0.1=1",
        b"A 60 10.0.0.1=65536",
        b"A 60 10.0.0.1=-1",
        b"A 604801 10.0.0.1=1",
        b"A -1 10.0.0.1=1",
        b"A 60 10.0.0.1=1|A 60 10.0.0.2=1",
        b"A 60 10.0.0.\x00=1",
        b"MX 60 a=1",
        b"\xff",
        b"",
        b"A 60 " + b",".join(b"10.0.0.%d=1" % n for n in range(65)),
    ],
)
def test_a_tree_that_no_authority_may_hold_is_no_entry(packed: bytes):
    with pytest.raises(BadRecords):
        pack_tree(packed)


@given(st.binary(max_size=80))
def test_any_octets_are_an_entry_or_refused(noise: bytes):
    try:
        entry = check_entry(noise)
    except BadEntry:
        return
    for type_ in (A, AAAA):
        assert len(choose(entry, type_, 64, 1)[1]) <= 64


def test_every_shortened_or_lengthened_entry_is_refused():
    for cut in [WEIGHTED[:n] for n in range(len(WEIGHTED))] + [WEIGHTED + b"\0", b"\x03", b"\x01\x00"]:
        if cut != b"":
            with pytest.raises(BadEntry):
                check_entry(cut)
    with pytest.raises(BadEntry):
        check_entry(b"")
