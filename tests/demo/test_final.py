"""The last word of a history: all roots, page by page, as a read that any judge can hold the writes against."""

import asyncio
import itertools
from pathlib import Path

import pytest

from coordination.history import RecordingAuthority
from coordination.intents import Batch, Enact, Proposal
from coordination.memory import MemoryAuthority, Store
from coordination.plan import Generation
from coordination.records import Endpoint, RRset, Target
from namelatch.compose import Lines
from namelatch.demo import final
from namelatch.demo.final import record_roots
from namelatch.lab.histories.judging import Roots, judge
from namelatch.lab.histories.recorded import read

NAMES = [Endpoint(f"e{n}.example") for n in range(7)]
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)


def enacted(directory: Path, store: Store) -> None:
    """One generation for every name but the last, recorded as a role's."""
    ticks = itertools.count()
    with Lines(directory / "a.history.jsonl") as lines:
        lines.write({"history": 1, "who": "a", "call": "opened", "at": 0.0})
        now = lambda: next(ticks) / 1000  # noqa: E731
        authority = RecordingAuthority(MemoryAuthority(store), "a", now, lines.write, (), lines.ahead)
        for name in NAMES[:-1]:
            asyncio.run(authority.commit(Batch((Proposal(Enact(name, Generation(1), ONE, None, "a")),))))


@pytest.mark.parametrize("page", [1, 2, 6, 7, 100])
def test_all_roots_are_recorded_whatever_the_size_of_a_page(
    tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(final, "PAGE_KEYS", page)
    store = Store()
    enacted(tmp_path, store)
    assert asyncio.run(record_roots(MemoryAuthority(store), tmp_path)) == 6
    lines = read(tmp_path).lines
    assert [root[0] for line in lines if line["call"] == "roots" for root in line["roots"]] == NAMES[:-1]
    assert judge(lines).fallen == ()


@pytest.mark.parametrize("roots", Roots)
def test_a_write_that_nobody_recorded_is_found_out(tmp_path: Path, roots: Roots) -> None:
    store = Store()
    enacted(tmp_path, store)
    store.commit(Batch((Proposal(Enact(NAMES[-1], Generation(1), ONE, None, "somebody")),)))
    asyncio.run(record_roots(MemoryAuthority(store), tmp_path))
    (fell,) = judge(read(tmp_path).lines, roots).fallen
    assert (fell.id, fell.fell) == ("linearizable-roots", 1)
    assert fell.first is not None
    assert fell.first.where == NAMES[-1]


def test_an_empty_authority_has_an_empty_last_word(tmp_path: Path) -> None:
    assert asyncio.run(record_roots(MemoryAuthority(Store()), tmp_path)) == 0
    assert [line["roots"] for line in read(tmp_path).lines] == [[]]
