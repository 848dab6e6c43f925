"""Health inputs from a file: what it says is planned, and what it fails to say takes nothing down."""

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from actors.on_asyncio import MonotonicClock
from actors.planner import Leading, lead, publish
from actors.roles import PlannerPorts, PlannerSettings, Ports
from actors.service import serve_planner
from coordination.limits import MAX_TTL_S
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.memory_log import MemoryLog, MemoryPlanLog
from coordination.plan import Entry, Generation, Plan
from coordination.ports import Inputs, Unavailable
from coordination.records import BadRecords, Endpoint, RRset, Target, is_empty
from namelatch import inputs
from namelatch.inputs import DEFAULT_TTL_S, FileHealth, FileInputs, parse

EXAMPLE = Path(__file__).parents[2] / "configs" / "inputs.example.toml"
API, WWW, OLD = Endpoint("api.example.com"), Endpoint("www.example.com"), Endpoint("old.example.com")
TWO = '["api.example.com"]\nA = { "192.0.2.1" = 1 }\n["www.example.com"]\nA = { "192.0.2.2" = 1 }\n'
ONE = '["api.example.com"]\nA = { "192.0.2.9" = 1 }\n'
WITHOUT_OLD = TWO + '[remove]\nnames = ["old.example.com"]\n'


def asked(health: FileHealth, since: int = 0) -> Inputs:
    return asyncio.run(health.inputs(since))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "inputs.toml"
    path.write_text(TWO)
    return path


# --- what a file says --------------------------------------------------------------------------------------------


def test_the_example_that_we_ship_is_read_as_its_comments_say() -> None:
    health = FileInputs(EXAMPLE).open("region")
    told = asked(health)
    assert (told.endpoints, told.changed, told.removed) == ((API, WWW), None, (OLD,))
    a, aaaa = health.allocate(API, Generation(7))
    assert a == RRset("A", 60, (Target("192.0.2.1", 70), Target("192.0.2.2", 30)))
    assert aaaa == RRset("AAAA", 60, (Target("2001:db8::1", 100),))


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    document = {"api.example.com": {"ttl": 60, "A": {"192.0.2.1": 1}}, "remove": {"names": ["old.example.com"]}}
    (tmp_path / "inputs.json").write_text(json.dumps(document))
    (tmp_path / "inputs.toml").write_text(
        '["api.example.com"]\nttl = 60\nA = { "192.0.2.1" = 1 }\n[remove]\nnames = ["old.example.com"]\n'
    )
    of_json, of_toml = FileHealth(tmp_path / "inputs.json"), FileHealth(tmp_path / "inputs.toml")
    assert asked(of_json) == asked(of_toml)
    assert of_json.allocate(API, Generation(1)) == of_toml.allocate(API, Generation(1))


def test_names_are_made_canonical_and_a_ttl_may_be_left_out() -> None:
    found, _ = parse(Path("x.json"), b'{"API.Example.com.": {"AAAA": {"2001:db8::1": 1}}}')
    assert found == {API: (RRset("AAAA", DEFAULT_TTL_S, (Target("2001:db8::1", 1),)),)}


# --- when it changes ---------------------------------------------------------------------------------------------


def test_an_unchanged_file_is_no_news(file: Path) -> None:
    health = FileHealth(file)
    revision = asked(health).revision
    again = asked(health, revision)
    assert (again.revision, again.changed, again.removed) == (revision, (), ())


def test_a_file_written_anew_with_the_same_content_is_no_news(file: Path) -> None:
    health = FileHealth(file)
    revision = asked(health).revision
    file.write_text(TWO)
    assert asked(health, revision).revision == revision


def test_a_changed_file_is_a_new_revision_in_which_everything_may_have_changed(file: Path) -> None:
    health = FileHealth(file)
    revision = asked(health).revision
    file.write_text(WITHOUT_OLD)
    told = asked(health, revision)
    assert (told.revision, told.changed, told.removed) == (revision + 1, None, (OLD,))


def test_a_restarted_reader_counts_on_from_what_was_planned_before(file: Path) -> None:
    told = asked(FileHealth(file), since=41)
    assert (told.revision, told.changed) == (42, None)


def test_a_reader_that_somebody_else_has_overtaken_never_answers_an_older_revision(file: Path) -> None:
    health = FileHealth(file)
    asked(health)
    assert asked(health, since=9).revision == 9
    file.write_text(ONE)
    assert asked(health, since=9).revision == 10


def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every opening of a file from here on."""
    opened: list[Path] = []
    real = Path.open

    def counting(path: Path, *arguments: Any, **more: Any) -> Any:
        opened.append(path)
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", counting)
    return opened


def written_long_ago(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.mark.parametrize("content", [TWO, "[half"])
def test_a_file_that_looks_unchanged_is_not_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    written_long_ago(file, content)
    health, opened = FileHealth(file), reads(monkeypatch)
    for _ in range(5):
        with suppress(Unavailable):
            asked(health)
    assert opened == [file]


@pytest.mark.parametrize("how", ["in place", "moved there"])
def test_a_file_that_looks_changed_is_read_although_its_time_is_the_same(file: Path, tmp_path: Path, how: str) -> None:
    written_long_ago(file, TWO)
    health = FileHealth(file)
    revision = asked(health).revision
    other = TWO.replace("192.0.2.2", "192.0.2.3")
    assert len(other) == len(TWO)
    if how == "in place":
        written_long_ago(file, other)
    else:
        written_long_ago(tmp_path / "new", other)
        (tmp_path / "new").rename(file)
    assert asked(health, revision).revision == revision + 1


def test_a_file_written_twice_in_one_tick_of_its_clock_is_noticed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_stamp", lambda found: (found.st_ino, found.st_size))  # a clock that has not ticked
    health = FileHealth(file)
    revision = asked(health).revision
    file.write_text(TWO.replace("192.0.2.2", "192.0.2.3"))
    assert asked(health, revision).revision == revision + 1


def test_a_broken_file_is_parsed_once_and_told_once_for_each_content(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    monkeypatch.setattr(inputs, "parse", lambda path, content: (parsed.append(content), parse(path, content))[1])
    planning = Planning(file)
    for content in ("[half", "[other", TWO):
        file.write_text(content)
        planning.serves(rounds=5)
    assert parsed == [b"[half", b"[other", TWO.encode()]
    told = [report.detail for report in planning.log.reports if report.event == "unavailable"]
    assert len(told) == 2, told
    assert planning.inputs_revision() == 1


# --- when it fails -----------------------------------------------------------------------------------------------

BROKEN = {
    "nothing at all": "",
    "only a comment": "# later\n",
    "only removals": '[remove]\nnames = ["old.example.com"]\n',
    "half a file": TWO[:-20],
    "no host name": '["not a name"]\nA = { "192.0.2.1" = 1 }\n',
    "no address": '["api.example.com"]\nA = { "localhost" = 1 }\n',
    "an address of the other type": '["api.example.com"]\nA = { "2001:db8::1" = 1 }\n',
    "an address that is not canonical": '["api.example.com"]\nAAAA = { "2001:DB8::1" = 1 }\n',
    "no address at all": '["api.example.com"]\nttl = 60\n',
    "an empty table of addresses": '["api.example.com"]\nA = {}\n',
    "addresses that are never chosen": '["api.example.com"]\nA = { "192.0.2.1" = 0 }\n',
    "a list of addresses": '["api.example.com"]\nA = ["192.0.2.1"]\n',
    "half a weight": '["api.example.com"]\nA = { "192.0.2.1" = 0.5 }\n',
    "true as a weight": '["api.example.com"]\nA = { "192.0.2.1" = true }\n',
    "a negative weight": '["api.example.com"]\nA = { "192.0.2.1" = -1 }\n',
    "a TTL in words": '["api.example.com"]\nttl = "60"\nA = { "192.0.2.1" = 1 }\n',
    "a TTL beyond the cap": f'["api.example.com"]\nttl = {MAX_TTL_S + 1}\nA = {{ "192.0.2.1" = 1 }}\n',
    "a type that we do not serve": '["api.example.com"]\nA = { "192.0.2.1" = 1 }\nMX = { "192.0.2.1" = 1 }\n',
    "a name that is no table": '"api.example.com" = "192.0.2.1"\n',
    "one name in two spellings": TWO + '["API.example.com"]\nA = { "192.0.2.1" = 1 }\n',
    "a name that is also removed": TWO + '[remove]\nnames = ["www.example.com"]\n',
    "one name to remove that is no list": TWO + '[remove]\nnames = "old.example.com"\n',
    "a letter to remove": TWO + '[remove]\nnames = "o"\n',
    "a number to remove": TWO + "[remove]\nnames = [7]\n",
    "names to remove that are a number": TWO + "[remove]\nnames = 7\n",
    "no host name to remove": TWO + '[remove]\nnames = ["not a name"]\n',
    "a misspelt removal": TWO + '[remove]\nname = ["old.example.com"]\n',
    "remove without a table": 'remove = ["old.example.com"]\n' + TWO,
}
BROKEN_JSON = {
    "a list": "[]",
    "null": "null",
    "not a number": '{"api.example.com": {"A": {"192.0.2.1": NaN}}}',
    "one name twice": '{"api.example.com": {"A": {"192.0.2.1": 1}}, "api.example.com": {"A": {"192.0.2.2": 1}}}',
    "one address twice": '{"api.example.com": {"A": {"192.0.2.1": 1, "192.0.2.1": 2}}}',
    "a deep nest": "[" * 100_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_no_answer(tmp_path: Path, content: str) -> None:
    path = tmp_path / "inputs.toml"
    path.write_text(content)
    with pytest.raises(Unavailable, match=r"inputs .*inputs\.toml: "):
        asked(FileHealth(path))


@pytest.mark.parametrize("content", BROKEN_JSON.values(), ids=BROKEN_JSON.keys())
def test_broken_json_is_no_answer(tmp_path: Path, content: str) -> None:
    path = tmp_path / "inputs.json"
    path.write_text(content)
    with pytest.raises(Unavailable, match=r"inputs .*inputs\.json: "):
        asked(FileHealth(path))


def test_a_missing_file_and_a_directory_are_no_answer(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        asked(FileHealth(tmp_path / "nowhere.toml"))
    with pytest.raises(Unavailable, match="Is a directory"):
        asked(FileHealth(tmp_path))


def test_a_file_beyond_the_bound_is_not_taken_for_its_first_part(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "FILE_BYTES", len(TWO) - 1)
    with pytest.raises(Unavailable, match=f"more than {len(TWO) - 1} bytes"):
        asked(FileHealth(file))


def test_after_a_failure_the_content_from_before_is_no_news(file: Path) -> None:
    health = FileHealth(file)
    revision = asked(health).revision
    file.write_text("[half")
    with pytest.raises(Unavailable):
        asked(health, revision)
    assert health.allocate(API, Generation(2))[0].targets == (Target("192.0.2.1", 1),)
    file.write_text(TWO)
    assert asked(health, revision).revision == revision


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from(["x.toml", "x.json"]))
def test_no_content_whatever_is_taken_for_an_empty_world(content: bytes, name: str) -> None:
    try:
        found, _ = parse(Path(name), content)
    except BadRecords:
        return
    assert found
    assert not any(is_empty(records) for records in found.values())


# --- what is planned from it -------------------------------------------------------------------------------------


class Planning:
    """A planner over memory adapters that reads a file; `restarted` is the same world after its process died."""

    def __init__(self, path: Path, before: "Planning | None" = None) -> None:
        self.store = before.store if before else Store()
        self.log = before.log if before else MemoryLog()
        self._path, self._number = path, before._number + 1 if before else 1
        self._settings = PlannerSettings("region", f"planner-{self._number}")
        clock = MonotonicClock()
        self.plan_log = MemoryPlanLog(self.log, clock)
        ports = Ports(MemoryAuthority(self.store), MemoryClaims(self.store), self.plan_log, clock)
        self._world = PlannerPorts(ports, FileHealth(path))
        self._leading: Leading | None = None

    def restarted(self) -> "Planning":
        self.store.state = replace(self.store.state, leaders=Map())  # its lease has run out
        return Planning(self._path, self)

    def published(self) -> Plan | None:
        """The next plan, None when there was nothing to publish."""

        async def once() -> Plan | None:
            self._leading = self._leading or await lead(self._world, self._settings)
            assert self._leading is not None
            manifest = await publish(self._world, self._settings, self._leading)
            return None if manifest is None else await self.plan_log.fetch(manifest)

        return asyncio.run(once())

    def serves(self, rounds: int) -> None:
        """The planner's loop, so many rounds of it."""
        left = iter(range(rounds))
        settings = replace(self._settings, poll_s=0.0)
        asyncio.run(serve_planner(self._world, settings, lambda: next(left, None) is not None))

    def inputs_revision(self) -> int:
        return self.store.state.inputs_revision


def test_the_first_plan_is_full_and_says_what_the_file_says(file: Path) -> None:
    file.write_text(WITHOUT_OLD)
    plan = Planning(file).published()
    assert plan is not None
    assert (plan.base, [entry.endpoint for entry in plan.entries]) == (None, [API, WWW, OLD])
    assert plan.entries[-1] == Entry(OLD, None)


def test_nothing_is_published_until_the_file_changes(file: Path) -> None:
    planning = Planning(file)
    assert planning.published() is not None
    assert planning.published() is None
    file.write_text(ONE)
    assert planning.published() is not None


def test_a_name_that_is_absent_is_left_as_it_is(file: Path) -> None:
    planning = Planning(file)
    planning.published()
    file.write_text(ONE)
    plan = planning.published()
    assert plan is not None
    assert [(entry.endpoint, entry.records is None) for entry in plan.entries] == [(API, False)]


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_breaks_changes_no_plan(file: Path, content: str) -> None:
    planning = Planning(file)
    planning.published()
    before = planning.store.state
    file.write_text(content)
    with pytest.raises(Unavailable):
        planning.published()
    assert planning.store.state == before


def test_a_restarted_planner_publishes_on_from_newer_inputs(file: Path) -> None:
    planning = Planning(file)
    planning.published()
    file.write_text(ONE)
    planning.published()
    revision = planning.inputs_revision()
    again = planning.restarted()
    assert again.published() is not None
    assert again.inputs_revision() == revision + 1


def test_a_restarted_planner_publishes_although_the_log_has_forgotten_everything(file: Path) -> None:
    planning = Planning(file)
    planning.published()
    file.write_text(ONE)
    planning.published()
    revision = planning.inputs_revision()
    planning.log.forget()
    again = planning.restarted()
    plan = again.published()
    assert plan is not None, again.log.reports
    assert plan.base is None
    assert again.inputs_revision() > revision
