"""The lab's follower is the DNS server's own: what it serves after changes is what a listing gives it, or it tells."""

from dataclasses import replace

import pytest
from immutables import Map

from coordination.feed import Changed, RootChange, TreeChange
from coordination.plan import Generation
from coordination.postures import HARDENED
from coordination.records import Endpoint
from coordination.seen import Root
from dns_server.entry import DANGLING, TOMBSTONE
from namelatch.lab import following
from namelatch.lab.check import check
from namelatch.lab.following import changed, entries, listed
from namelatch.lab.scenarios import scenario
from namelatch.lab.world import Standing, allocate

KEPT, REMOVED = Endpoint("kept.example"), Endpoint("removed.example")
ONE, TWO = Generation(1), Generation(2)


def standing(roots: dict[Endpoint, Root], trees: dict[Generation, tuple[Endpoint, ...]]) -> Standing:
    given = {one: Map({name: allocate(name, one) for name in names}) for one, names in trees.items()}
    return Standing(Map(roots), Map(given))


def root(generation: Generation, tombstone: bool = False) -> Root:
    return Root(generation, None, tombstone, 1)


BEFORE = standing({KEPT: root(ONE), REMOVED: root(ONE)}, {ONE: (KEPT, REMOVED)})
AFTER = standing({KEPT: root(TWO), REMOVED: root(TWO, tombstone=True)}, {ONE: (KEPT,), TWO: (KEPT,)})


@pytest.mark.parametrize("news", [changed(BEFORE, AFTER), listed(AFTER, 2)], ids=["changes", "a listing"])
def test_what_is_followed_is_what_is_served(news: Changed) -> None:
    served = entries((listed(BEFORE, 1), news))
    assert served == entries((listed(AFTER, 2),))
    assert list(served.values()).count(TOMBSTONE) == 1


def test_a_root_whose_tree_is_gone_is_served_as_dangling() -> None:
    gone = standing({KEPT: root(TWO)}, {ONE: (KEPT,)})
    assert list(entries((listed(gone, 1),)).values()) == [DANGLING]


@pytest.mark.parametrize("lost", [RootChange, TreeChange])
def test_a_follower_that_misses_changes_is_found_out(monkeypatch: pytest.MonkeyPatch, lost: type) -> None:
    def forgetful(stood: Standing, stands: Standing) -> Changed:
        whole = changed(stood, stands)
        return replace(whole, changes=tuple(one for one in whole.changes if not isinstance(one, lost)))

    monkeypatch.setattr(following, "changed", forgetful)
    assert "told: served otherwise" in check(scenario("last-known-good-masks"), HARDENED).forbidden


def test_a_follower_that_keeps_what_a_listing_lacks_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_new(stood: Standing, revision: int) -> object:
        whole = listed(stood, revision)
        live = {name: root for name, root in whole.roots.items() if not root.tombstone}
        return replace(whole, roots=live) if revision == 2 else whole

    monkeypatch.setattr(following, "listed", only_new)
    assert check(scenario("compaction"), HARDENED).vacuous == ("told: served removed",)
