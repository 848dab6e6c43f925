"""Each resolver's configuration says where it listens and whom it asks, and leaves the bounds of caching alone."""

import re
from pathlib import Path

import pytest

from namelatch.resolvers import installed
from namelatch.resolvers.kinds import KINDS, Kind, Place, kind
from namelatch.trouble import BadEnvironment

EACH = pytest.mark.parametrize("one", KINDS, ids=lambda one: one.name)
# What bounds how long an answer is kept, in any of the three: unbound.conf(5), kresd's cache module, pdns_recursor(1).
BOUNDS = re.compile(r"cache-m(ax|in)|_ttl\(|max-negative-ttl|packetcache|minimum-ttl|max-cache-ttl|infra-|server-down")


def at(serve_stale: bool) -> Place:
    return Place(Path("/some/where"), 20_001, 20_002, "amazonaws.com", serve_stale)


@EACH
def test_a_configuration_says_where_to_listen_and_whom_to_ask(one: Kind) -> None:
    text = one.render(at(False)).text
    assert re.search(r"127\.0\.0\.1.{0,20}20001", text, re.DOTALL)
    assert re.search(r"amazonaws\.com.{0,40}127\.0\.0\.1[@:]20002|127\.0\.0\.1@20002.*amazonaws\.com", text, re.DOTALL)


@EACH
def test_serve_stale_is_the_only_difference_between_the_modes(one: Kind) -> None:
    fresh, stale = (one.render(at(mode)).text.splitlines() for mode in (False, True))
    added = [line.strip() for line in stale if line not in fresh]
    removed = [line.strip() for line in fresh if line not in stale]
    assert tuple(added) == one.stale
    assert removed in ([], ["serve-expired: no"])


@EACH
def test_no_bound_of_caching_is_set(one: Kind) -> None:
    assert not BOUNDS.search(one.render(at(True)).text)


@EACH
def test_the_program_is_pointed_to_the_file_that_was_rendered(one: Kind) -> None:
    rendered = one.render(at(True))
    assert any("/some/where" in argument for argument in rendered.arguments)
    assert rendered.name.endswith(".conf")


def test_knot_forwards_since_its_stub_keeps_empty_answers_for_5_s_whatever_minimum_says() -> None:
    text = kind("knot").render(at(False)).text
    assert "policy.FORWARD" in text
    assert "STUB" not in text


def test_a_missing_resolver_is_one_line_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed.shutil, "which", lambda *_, **__: None)
    with pytest.raises(BadEnvironment) as caught:
        installed.require()
    assert "apt-get install unbound knot-resolver pdns-recursor" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert installed.versions(("knot",)) == {"knot": "?"}
