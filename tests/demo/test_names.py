"""The real endpoint names: read from botocore, templates and variants filled in, nothing invented."""

import sys
from importlib import resources
from typing import Any

import pytest

from coordination.records import endpoint
from namelatch.demo import names
from namelatch.demo.names import MissingPackage, RealNames, real_names, resolve

PARTITION: dict[str, Any] = {
    "partition": "test",
    "dnsSuffix": "example.com",
    "regions": {"west-1": {}, "east-1": {}},
    "defaults": {
        "hostname": "{service}.{region}.{dnsSuffix}",
        "variants": [
            {"dnsSuffix": "example.com", "hostname": "{service}-fips.{region}.{dnsSuffix}", "tags": ["fips"]},
            {"dnsSuffix": "api.example", "hostname": "{service}.{region}.{dnsSuffix}", "tags": ["dualstack"]},
        ],
    },
    "services": {},
}


def resolved(service: dict[str, Any]) -> RealNames:
    return resolve([PARTITION | {"services": {"db": service}}])


def hosts(service: dict[str, Any]) -> list[str]:
    return [str(real.endpoint) for real in resolved(service).names]


@pytest.fixture(scope="module")
def shipped() -> RealNames:
    return real_names()


def test_a_template_is_filled_in_for_every_region() -> None:
    assert hosts({"endpoints": {"west-1": {}, "east-1": {}}}) == ["db.west-1.example.com", "db.east-1.example.com"]


def test_a_host_of_the_endpoint_beats_the_service_and_the_service_beats_the_partition() -> None:
    service = {
        "defaults": {"hostname": "{region}.{service}.{dnsSuffix}"},
        "endpoints": {"west-1": {}, "east-1": {"hostname": "DB.example.com"}},
    }
    assert hosts(service) == ["west-1.db.example.com", "db.example.com"]


def test_a_listed_variant_is_completed_from_the_partitions_template() -> None:
    real = resolved({"endpoints": {"west-1": {"variants": [{"tags": ["dualstack"]}]}}}).names
    assert [(name.endpoint, name.fips, name.dualstack) for name in real] == [
        ("db.west-1.example.com", False, False),
        ("db.west-1.api.example", False, True),
    ]


def test_a_variant_that_nobody_lists_is_not_invented() -> None:
    assert not any(name.fips or name.dualstack for name in resolved({"endpoints": {"west-1": {}}}).names)


def test_a_pseudo_region_counts_only_with_a_host_of_its_own() -> None:
    service = {"endpoints": {"fips-west-1": {}, "west-1-fips": {"hostname": "db-fips.west-1.example.com"}}}
    assert [(name.endpoint, name.fips) for name in resolved(service).names] == [("db-fips.west-1.example.com", True)]


def test_what_is_no_host_name_is_skipped_and_counted() -> None:
    service = {"endpoints": {"local": {"hostname": "localhost:8000"}, "all": {"hostname": "*.db.example.com"}}}
    found = resolved(service)
    assert (found.names, found.skipped) == ((), 2)


def test_a_host_with_a_suffix_of_its_own_brings_its_zone() -> None:
    service = {
        "endpoints": {"west-1": {"hostname": "db.west-1.cloud.example.net"}, "x": {"hostname": "db.example.org"}}
    }
    assert resolved(service).suffixes == ("example.com", "api.example", "cloud.example.net", "example.org")


def test_a_name_of_two_partitions_belongs_to_the_first() -> None:
    first = PARTITION | {"services": {"db": {"endpoints": {"west-1": {}}}}}
    found = resolve([first, first | {"partition": "second"}]).names
    assert [name.partition for name in found] == ["test"]


def test_the_installed_botocore_ships_some_ten_thousand_names_in_eight_partitions(shipped: RealNames) -> None:
    assert len(shipped.names) > 10_000
    assert len({name.partition for name in shipped.names}) >= 8
    assert "dynamodb.us-east-1.amazonaws.com" in {name.endpoint for name in shipped.names}


def test_every_shipped_name_is_canonical_distinct_and_under_one_zone(shipped: RealNames) -> None:
    listed = [name.endpoint for name in shipped.names]
    assert len(set(listed)) == len(listed)
    for name in listed:
        assert endpoint(name) == name
        assert sum(name.endswith(f".{zone}") for zone in shipped.suffixes) == 1


def test_without_botocore_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(MissingPackage, match=r"botocore is not installed: pip install"):
        real_names()


def test_a_botocore_without_its_data_is_named_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    with pytest.raises(MissingPackage, match=r"no readable data/endpoints\.json"):
        real_names()


def test_botocore_is_imported_only_when_names_are_read() -> None:
    assert not any(getattr(value, "__name__", "") == "botocore" for value in vars(names).values())
