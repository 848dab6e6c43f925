"""Keys, values and settings: what we write we read back, and what we did not write we refuse by name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.conformance.world import A, g, manifest
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import BadStored, Keys
from coordination.etcd.requests import Put, Transaction, encode
from coordination.etcd.settings import EtcdSettings
from coordination.etcd.values import head_of, head_value, manifest_of, manifest_value, root_of, root_value
from coordination.plan import Generation
from coordination.seen import Root
from tests.bounded import run

KEYS = Keys("namelatch")
numbers = st.integers(0, 10**20 - 1).map(Generation)


@given(numbers, st.none() | numbers, st.booleans(), st.integers(1, 2**62))
def test_a_root_is_read_as_it_was_written(number: Generation, back: Generation, gone: bool, version: int) -> None:
    assert root_of(root_value(number, back, gone), version) == Root(number, back, gone, version)


@given(numbers, numbers, st.none() | numbers, st.booleans())
def test_roots_compare_as_bytes_as_their_generations_do(
    one: Generation, other: Generation, back: Generation, gone: bool
) -> None:
    assert (root_value(one, back, gone) < f"{other:020d}".encode()) == (one < other)


@given(numbers, st.integers(-5, 2**60))
def test_the_head_is_read_as_it_was_written(number: Generation, inputs: int) -> None:
    assert head_of(head_value(number, inputs)) == (number, inputs)


def test_a_manifest_is_read_as_it_was_written() -> None:
    for one in (manifest(3), manifest(4, base=3)):
        assert manifest_of(manifest_value(one), one.generation, False) == one


@pytest.mark.parametrize(
    "value",
    [b"", b"1 - r", b"0" * 20 + b" - x", b"0" * 20 + b" - r ", b"0" * 20 + b"  r", b"\xff" * 30, b"0" * 21 + b" - r"],
)
def test_foreign_roots_are_refused(value: bytes) -> None:
    with pytest.raises(BadStored, match="root value"):
        root_of(value, 1)


@pytest.mark.parametrize(
    "value", [b"", b"[]", b"{}", b"{", manifest_value(manifest(4)), manifest_value(manifest(3)).replace(b":7", b':"7"')]
)
def test_foreign_manifests_are_refused(value: bytes) -> None:
    with pytest.raises(BadStored, match="manifest 3"):
        manifest_of(value, g(3), False)


def test_what_says_that_it_is_of_a_later_format_is_refused_for_that() -> None:
    with pytest.raises(BadStored, match=r"^root value of format 2; this version knows 1$"):
        root_of(root_value(g(3), None, False) + b" 7 f2", 1)
    with pytest.raises(BadStored, match=r"^head value of format 12; this version knows 1$"):
        head_of(head_value(g(3), 5) + b" f12")
    later = json.dumps(json.loads(manifest_value(manifest(3))) | {"format": 2, "signature": ""}).encode()
    with pytest.raises(BadStored, match=r"^manifest 3 is of format 2; this version knows 1$"):
        manifest_of(later, g(3), False)


@pytest.mark.parametrize("name", ["12/a.example", "x" * 20 + "/a", "1" * 21 + "/a", "１" * 20 + "/a"])
def test_foreign_keys_are_refused(name: str) -> None:
    with pytest.raises(BadStored):
        KEYS.numbered("trees", f"namelatch/trees/{name}".encode())
    with pytest.raises(BadStored):
        KEYS.name("roots", b"namelatch/trees/x")


def test_one_range_covers_roots_heartbeats_and_trees_and_nothing_else_of_ours() -> None:
    span = KEYS.followed()
    inside = (KEYS.root(A), KEYS.served("s"), KEYS.tree(1, A))
    outside = (
        *(KEYS.lock(A), KEYS.hold(A), KEYS.claim(1, "az"), KEYS.leader("s"), KEYS.manifest(1)),
        *(KEYS.retired(1), KEYS.reserved(1), KEYS.applied(1), KEYS.head()),
    )
    assert all(span.start <= key < span.end for key in inside)
    assert not any(span.start <= key < span.end for key in outside)
    assert KEYS.root(A) < KEYS.served("s") < KEYS.tree(1, A)


def test_a_foreign_root_in_etcd_is_an_error_and_not_a_missing_one(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            await client.write(encode(Transaction((), (Put(Keys(settings.prefix).root(A), b"hello"),), ())))
            with pytest.raises(BadStored, match="hello"):
                await EtcdAuthority(client).read((A,))

    run(scenario())


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"endpoints": ()}, "at least one"),
        ({"endpoints": ("https://a:2379",)}, "host:port"),
        ({"endpoints": ("a",)}, "host:port"),
        ({"prefix": "a/"}, "prefix"),
        ({"prefix": "p" * 65}, "prefix"),
        ({"username": "root"}, "go together"),
        ({"cert_file": "c"}, "go together"),
        ({"cert_file": "c", "key_file": "k"}, "ca_file"),
        ({"call_timeout_s": 0.0}, "above zero"),
        ({"beat_s": 1.0, "stall_s": 1.5}, "twice"),
    ],
)
def test_settings_that_can_not_work_are_refused(others: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        EtcdSettings(**others)  # type: ignore[arg-type]


def test_several_endpoints_ipv6_among_them_are_fine() -> None:
    assert EtcdSettings(endpoints=("a.example:2379", "[::1]:2379", "10.0.0.1:2379"))


@pytest.mark.parametrize(("field", "value"), [("size", -1), ("chunks", -5), ("offset", -9)])
def test_a_manifest_that_counts_below_nought_is_refused(field: str, value: int) -> None:
    stored = json.loads(manifest_value(manifest(3))) | {field: value}
    with pytest.raises(BadStored, match="manifest 3 counts below nought"):
        manifest_of(json.dumps(stored).encode(), g(3), retired=False)


def test_a_manifest_nested_beyond_reading_is_refused() -> None:
    with pytest.raises(BadStored, match="manifest 3 is not JSON"):
        manifest_of(b"[" * 100_000, g(3), retired=False)


def test_a_root_that_names_the_format_that_is_known_is_no_later_one() -> None:
    with pytest.raises(BadStored, match="is not `generation rollback flag`"):
        root_of(root_value(g(3), None, False) + b" f1", 1)


@pytest.mark.parametrize("base", [3, 4, -1, 10**30])
def test_a_manifest_that_builds_on_none_before_it_is_refused(base: int) -> None:
    stored = json.loads(manifest_value(manifest(3))) | {"base": base}
    with pytest.raises(BadStored, match=f"manifest 3 says that it builds on {base}"):
        manifest_of(json.dumps(stored).encode(), g(3), retired=False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("7".zfill(20) + "/a", b"\xff\xfe", "claim 7 of a has a value that is not UTF-8"),
        ("7".zfill(20), b"token", "names no az"),
        ("7".zfill(20) + "/a/b", b"token", "names no az"),
        ("7" * 21 + "/a", b"token", "has more than 20 digits"),
        ("7/a", b"token", "has no generation of 20 digits"),
    ],
)
def test_a_foreign_claim_in_etcd_is_refused_by_name(settings: EtcdSettings, name: str, value: bytes, said: str) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            await client.write(encode(Transaction((), (Put(f"{settings.prefix}/claims/{name}".encode(), value),), ())))
            with pytest.raises(BadStored, match=said):
                await EtcdAuthority(client).claims()

    run(scenario())


def test_a_foreign_hold_in_etcd_is_refused_by_name(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            await client.write(encode(Transaction((), (Put(Keys(settings.prefix).hold(A), b"\xff"),), ())))
            with pytest.raises(BadStored, match=f"hold on {A} has a value that is not UTF-8"):
                await EtcdAuthority(client).read((A,))

    run(scenario())
