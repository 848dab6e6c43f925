"""The inventory: exactly N RRsets, real names first, the most depended-upon name last in the walk."""

import pytest

from coordination.records import endpoint
from namelatch.demo.inventory import RECORDS_MOST, REGIONAL, BadInventory, inventory, lay_out
from namelatch.demo.names import MissingPackage, RealNames, real_names


@pytest.fixture(scope="module")
def shipped() -> RealNames:
    return real_names()


@pytest.mark.parametrize("records", [1, 2, 3, 4, 5, 19, 20, 101, 2_000, 19_999, 20_000, 22_725, 30_001, 300_000])
def test_there_are_exactly_as_many_rrsets_as_asked_for(records: int, shipped: RealNames) -> None:
    laid = lay_out(records, shipped)
    assert sum(len(laid.types(name)) for name in laid.endpoints) == records == laid.records
    assert len(set(laid.endpoints)) == len(laid.endpoints)
    assert laid.ipv4_only <= set(laid.endpoints)


@pytest.mark.parametrize("records", [1, 2, 3, 20, 20_000, 300_000])
def test_the_regional_name_is_walked_last(records: int, shipped: RealNames) -> None:
    laid = lay_out(records, shipped)
    assert laid.endpoints[-1] == laid.regional == REGIONAL


@pytest.mark.parametrize("records", [2, 3, 20, 20_000])
def test_the_regional_name_has_both_types_as_soon_as_two_rrsets_fit(records: int, shipped: RealNames) -> None:
    assert lay_out(records, shipped).types(REGIONAL) == ("A", "AAAA")


def test_one_record_is_the_regional_names_a() -> None:
    laid = inventory(1)
    assert (laid.endpoints, laid.types(REGIONAL)) == ((REGIONAL,), ("A",))


def test_a_small_inventory_has_the_regional_names_siblings(shipped: RealNames) -> None:
    assert "dynamodb-fips.us-east-1.amazonaws.com" in lay_out(4, shipped).endpoints
    assert "streams.dynamodb.us-east-1.amazonaws.com" in lay_out(6, shipped).endpoints


def test_the_default_has_every_real_name_and_accounts_and_cells_besides(shipped: RealNames) -> None:
    laid = lay_out(20_000, shipped)
    assert {name.endpoint for name in shipped.names} <= set(laid.endpoints)
    assert laid.accounts > laid.cells > 0
    assert sum(count for _, count in laid.partitions) == len(shipped.names)


def test_dual_stack_names_keep_their_aaaa(shipped: RealNames) -> None:
    laid = lay_out(20_000, shipped)
    assert laid.ipv4_only
    assert not laid.ipv4_only & {name.endpoint for name in shipped.names if name.dualstack}


def test_the_walk_goes_from_the_smallest_blast_radius_to_the_largest(shipped: RealNames) -> None:
    laid = lay_out(30_000, shipped)
    variants = {name.endpoint for name in shipped.names if name.fips or name.dualstack}

    def radius(name: str) -> int:
        if name.startswith("cell-"):
            return 0
        if name.split(".", maxsplit=1)[0].isdigit():
            return 1
        return 4 if name == REGIONAL else 2 if name in variants else 3

    radii = [radius(name) for name in laid.endpoints]
    assert radii == sorted(radii)
    assert set(radii) == {0, 1, 2, 3, 4}


def test_every_name_is_canonical_and_lies_under_a_zone(shipped: RealNames) -> None:
    laid = lay_out(60_000, shipped)
    suffixes = tuple(f".{zone}" for zone in laid.zones)
    for name in laid.endpoints:
        assert endpoint(name) == name
        assert name.endswith(suffixes)


def test_account_endpoints_have_twelve_digits(shipped: RealNames) -> None:
    accounts = [name.split(".")[0] for name in lay_out(60_000, shipped).endpoints if ".ddb." in name]
    numbers = [number for number in accounts if not number.startswith("cell-")]
    assert numbers
    assert all(len(number) == 12 and number.isdigit() and number[0] != "0" for number in numbers)


def test_the_same_n_gives_the_same_inventory(shipped: RealNames) -> None:
    backwards = RealNames(shipped.names[::-1], shipped.suffixes, shipped.skipped)
    assert lay_out(5_000, shipped) == lay_out(5_000, backwards)


@pytest.mark.parametrize("records", [-1, 0, RECORDS_MOST + 1])
def test_no_records_or_more_than_a_plan_holds_are_refused(records: int) -> None:
    with pytest.raises(BadInventory, match=f"{records} records cannot be laid out: give 1 to"):
        inventory(records)


def test_a_botocore_without_the_regional_name_is_refused() -> None:
    with pytest.raises(MissingPackage, match=f"no {REGIONAL}"):
        lay_out(10, RealNames((), (), 0))
