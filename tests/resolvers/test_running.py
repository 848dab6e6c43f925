"""Real resolvers before real servers: what their clients see of the incident, of silence, and of broken repairs.

All runs of this module are made at the same time, once: each mostly waits for what is cached to expire.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from coordination.intents import Enact
from coordination.plan import Generation
from coordination.ports import Authority
from namelatch.backends.ports import free_ports
from namelatch.resolvers import bench, watch
from namelatch.resolvers.accidents import OLD, Empty, Silent, commit, records
from namelatch.resolvers.bench import Bench
from namelatch.resolvers.installed import found
from namelatch.resolvers.kinds import KINDS
from namelatch.resolvers.kinds.kind import Kind, Place
from namelatch.resolvers.run import Found, Wanted, run
from namelatch.resolvers.table import SLACK_S, Row
from tests.front.waiting import until

ROOT = Path(__file__).parents[2]
MINIMUM_S, DARK_S = 5, 8.0
ALL = tuple(one.name for one in KINDS)
MISSING = [one.package for one in KINDS if found(one) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: Debian's {', '.join(MISSING)}"),
]


@dataclass(frozen=True, slots=True)
class AsEnactorsTried(Empty):
    """The next plan, as the incident's enactors would have applied it: with the current generation for a rollback."""

    async def end(self, bench: Bench, authority: Authority) -> None:
        newer = Generation(6)
        await commit(authority, Enact(bench.asked.name, newer, records(newer), OLD, "b"))


@dataclass(frozen=True, slots=True)
class Forgotten(Empty):
    """Somebody else was to do it."""

    async def end(self, bench: Bench, authority: Authority) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Runs:
    """How each ended; `interrupted` is Ctrl-C's status, what it said, and who was left."""

    empty: Found | BaseException
    silent: Found | BaseException
    wedged: Found | BaseException
    forgotten: Found | BaseException
    interrupted: tuple[int, str, set[psutil.Process], list[Path]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    temporary = tmp_path_factory.mktemp("interrupted")
    started = [sys.executable, "-m", "namelatch", "resolvers", "run", "--minimum", str(MINIMUM_S)]
    process = subprocess.Popen(
        started,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(temporary.parent / "said").open("w"),
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        start_new_session=True,
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bench, "WARM_S", 3.0)
            patch.setattr(watch, "WARM_S", 3.0)
            patch.setattr(watch, "BEGIN_S", 8.0)
            results, interrupted = asyncio.run(_together(process, temporary))
        yield Runs(*results, interrupted)
    finally:
        process.kill()
        process.wait()


async def _together(
    process: "subprocess.Popen[bytes]", temporary: Path
) -> tuple[list[Found | BaseException], tuple[int, str, set[psutil.Process], list[Path]]]:
    wanted = (
        Wanted(Empty(), DARK_S, (MINIMUM_S,), ALL),
        Wanted(Silent(), DARK_S + 4, (MINIMUM_S,), ("knot",)),
        Wanted(AsEnactorsTried(), 5, (MINIMUM_S,), ("unbound",)),
        Wanted(Forgotten(), 5, (MINIMUM_S,), ("unbound",)),
    )
    interrupting = asyncio.create_task(asyncio.to_thread(_interrupt, process, temporary))
    results = await asyncio.gather(*(run(one, lambda _: None) for one in wanted), return_exceptions=True)
    return results, await interrupting


def _interrupt(process: "subprocess.Popen[bytes]", temporary: Path) -> tuple[int, str, set[psutil.Process], list[Path]]:
    """Ctrl-C once all resolvers run; who was started and is still there, and what is left of the directory."""
    me = psutil.Process(process.pid)
    programs = {one.program for one in KINDS}

    def children() -> set[psutil.Process]:
        return set(me.children(recursive=True))

    until(lambda: len([one for one in children() if one.name() in programs]) == 2 * len(KINDS), "all resolvers", 60.0)
    all_started = children()
    os.killpg(process.pid, signal.SIGINT)
    status = process.wait(30.0)
    left = {one for one in all_started if one.is_running() and one.status() != psutil.STATUS_ZOMBIE}
    return status, (temporary.parent / "said").read_text(), left, list(temporary.iterdir())


def rows(ended: Found | BaseException, kind: str) -> dict[bool, Row]:
    """A resolver's rows, without and with serve-stale."""
    if isinstance(ended, BaseException):
        raise ended
    return {row.cell.serve_stale: row for row in ended.table.rows if row.cell.kind == kind}


@pytest.mark.parametrize("kind", ALL)
def test_a_client_of_each_resolver_is_dark_until_minimum_has_passed_after_the_repair(runs: Runs, kind: str) -> None:
    for row in rows(runs.empty, kind).values():
        assert row.darkness.words == ("empty",)
        assert row.darkness.during_s > DARK_S - 5 - 2  # the records' TTL, and two questions
        assert row.darkness.lit
        assert row.late_s is not None
        assert 0 < max(row.late_s, row.darkness.after_s) <= MINIMUM_S + SLACK_S


@pytest.mark.parametrize("kind", ALL)
def test_serve_stale_does_nothing_against_an_empty_answer(runs: Runs, kind: str) -> None:
    found = rows(runs.empty, kind)
    assert abs(found[True].darkness.total_s - found[False].darkness.total_s) <= 3


def test_the_real_run_is_as_it_should_be(runs: Runs) -> None:
    assert isinstance(runs.empty, Found), runs.empty
    assert runs.empty.missing == ()
    assert runs.empty.table.outage_s == pytest.approx(DARK_S, abs=3)


def test_serve_stale_helps_where_the_authority_is_silent(runs: Runs) -> None:
    """Knot looks at its clock only when a try of its server ends: now and then that is after its client gave up."""
    found = rows(runs.silent, "knot")
    assert found[False].darkness.total_s > 6
    assert found[True].darkness.total_s < found[False].darkness.total_s / 2
    assert set(found[True].darkness.words) <= {"lost"}


def test_the_repair_that_the_automation_would_have_made_is_refused(runs: Runs) -> None:
    assert "etcd did not take Enact" in str(runs.wedged)
    assert "TreeExists" in str(runs.wedged)


def test_a_repair_that_repairs_nothing_fails_the_run(runs: Runs) -> None:
    assert str(runs.forgotten) == "the authorities stayed dark"


def test_ctrl_c_leaves_no_process_and_no_file(runs: Runs) -> None:
    status, said, left, files = runs.interrupted
    assert status == 130, said
    assert left == set()
    assert files == []
    assert said.splitlines()[-1] == "namelatch: interrupted by SIGINT"


@pytest.mark.parametrize("kind", KINDS, ids=ALL)
def test_each_resolver_begins_in_a_directory_whose_path_is_too_long_for_a_socket(kind: Kind, tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 100)
    directory.mkdir()
    (port, nobody) = free_ports(2)
    rendered = kind.render(Place(directory, port, nobody, "example.com", False))
    (directory / rendered.name).write_text(rendered.text, encoding="utf-8")
    path = found(kind)
    assert path is not None
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([path, *rendered.arguments], cwd=directory, stdout=log, stderr=log)

    def has_begun() -> bool:
        assert process.poll() is None, (directory / "log").read_text()
        if kind.name == "powerdns":
            return (directory / "pdns_recursor.controlsocket").exists()  # made after it listens, or it ends
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        until(has_begun, f"{kind.name} at {port}", 20.0)
    finally:
        process.kill()
        process.wait()


def test_list_tells_versions_and_options_for_machines() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "namelatch", "resolvers", "list", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    ).stdout
    assert {one["resolver"]: bool(one["version"]) for one in json.loads(told)} == dict.fromkeys(ALL, True)
