"""The demo as a whole: real etcd, broker, Ray and DNS server, started and ended as a person does.

Each test is a run of 10 to 40 seconds, so by default a part of them runs, on which the others are variations:
the two default postures, the same for programs, two moments of Ctrl-C, `--keep` with another make's DNS client,
and the death of etcd, the broker and one enactor. `E2E=all` runs all moments and all victims.
"""

import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import psutil
import pytest

from coordination.history import joined
from namelatch.demo.inventory import REGIONAL, inventory
from namelatch.demo.options import VICTIMS
from namelatch.demo.script import NEW
from tests.e2e.running import ROOT, STOP_S, Demo, demo
from tests.front.waiting import until

RECORDS = 1_000
SMALL = ("--records", str(RECORDS))
ALL = os.environ.get("E2E") == "all"
only_all = pytest.mark.skipif(not ALL, reason="a variation; E2E=all runs it")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


# --- the two postures --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One default run, for several tests to look at."""
    with demo(tmp_path_factory.mktemp("demo"), *SMALL) as run:
        run.wait()
    return run


def test_the_incident_falls_as_recorded_and_hardened_holds(shown: Demo) -> None:
    assert shown.process.returncode == 0, shown.text
    result = shown.result()
    assert result["as_recorded"]
    assert (result["records"], result["cause"]) == (RECORDS, "order")
    assert [one["posture"] for one in result["postures"]] == ["incident", "hardened"]
    assert not any(one["shortfalls"] for one in result["postures"])


def test_the_incident_goes_dark_stays_wedged_and_loses_its_invariants(shown: Demo) -> None:
    incident = shown.posture("incident")
    assert incident["wedged"]
    assert not incident["converged"]
    assert incident["empty"] > 0
    assert incident["seconds_dark"] > 0
    assert {"never-empty", "never-delete-active", "monotone-generation"} <= {
        one["id"] for one in incident["lost_invariants"]
    }
    assert incident["verdict"]["regional"]["dark_at_end"]
    assert incident["ending"]["locks_lost"] >= 2


def test_hardened_is_clean_under_the_same_fault(shown: Demo) -> None:
    hardened = shown.posture("hardened")
    assert hardened["converged"]
    assert not hardened["wedged"]
    assert (hardened["empty"], hardened["stale"], hardened["lost_invariants"]) == (0, 0, [])
    assert hardened["seconds_dark"] == 0
    assert hardened["probes"] > 100
    ending = hardened["ending"]
    assert ending["in_force"]
    assert (ending["applied"], ending["garbage"]) == (ending["newest"], 0)


def test_the_page_holds_everything_it_shows(shown: Demo) -> None:
    page = shown.wait_for_file("*/report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", page)
    assert not re.search(r"<(link|script|iframe|img|object|embed)\b", page)
    for posture in ("incident", "hardened"):
        assert f">{posture}<" in page or f'id="{posture}"' in page
    links = re.findall(r'href="([^"#][^"]*)"', page)
    run = next(shown.directory.glob("*/report.html")).parent
    assert links
    assert not [link for link in links if not (run / link).exists()]


def test_the_recorded_history_is_beside_it(shown: Demo) -> None:
    for posture, roles in (("incident", "abc"), ("hardened", "abc")):
        for role in (*roles, "planner", *(("collector",) if posture == "hardened" else ())):
            history = shown.wait_for_file(f"*/{posture}/{role}.history.jsonl")
            lines = [json.loads(line) for line in history.read_text().splitlines()]
            assert {line["who"] for line in lines} == {role}
        assert shown.wait_for_file(f"*/{posture}/probes.jsonl").stat().st_size
        assert [path.name for path in shown.wait_for_file(f"*/{posture}/data/etcd").iterdir()] == ["etcd.log"]


def test_the_walkers_of_an_enactor_have_writes_under_way_at_once(shown: Demo) -> None:
    for posture in ("incident", "hardened"):
        history = shown.wait_for_file(f"*/{posture}/b.history.jsonl")
        lines = joined(json.loads(line) for line in history.read_text().splitlines())
        writes = sorted((line["asked"], line["answered"]) for line in lines if line.get("changes"))
        assert any(asked < answered for (_, answered), (asked, _) in pairwise(writes))


def judged(run: Demo, posture: str) -> tuple[int, dict[str, Any]]:
    """What `namelatch lab judge` says of a posture's history, every root of it; and its exit status."""
    directory = run.wait_for_file(f"*/{posture}")
    done = subprocess.run(
        [sys.executable, "-m", "namelatch", "lab", "judge", "--torn", "--json", str(directory)],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_whoever_judges_the_recorded_history_later_comes_to_the_same(shown: Demo) -> None:
    for posture, status in (("incident", 1), ("hardened", 0)):
        found, document = judged(shown, posture)
        assert found == status
        own = shown.posture(posture)["judgement"]
        shared = [{**ruling, "exercised": None} for ruling in document["rulings"]]
        assert shared == [{**ruling, "exercised": None} for ruling in own["rulings"]]
        assert not [ruling["id"] for ruling in document["rulings"] if ruling["vacuous"]]
        assert 1 <= own["roots"] < document["roots"] == len(inventory(RECORDS).endpoints)


def test_what_is_printed_is_a_table_and_no_other_library_s_lines(shown: Demo) -> None:
    text = shown.text
    for word in ("incident", "hardened", "went dark", "held", "report.html"):
        assert word in text
    assert "Traceback" not in text
    assert "core_worker" not in text
    assert "".join(shown.err) == ""


def test_a_run_that_has_ended_leaves_no_process(shown: Demo) -> None:
    assert len(shown.started) > 10, "etcd, broker, DNS server and prober twice, Ray and its actors"
    shown.assert_nothing_is_left()


def test_for_programs_there_is_exactly_one_object_although_a_part_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path, *SMALL, "--json", "--posture", "hardened", "--kill", "b") as run:
        assert run.wait() == 0, run.text
        document = json.loads("".join(run.out))
        assert document == run.result()
        assert [one["posture"] for one in document["postures"]] == ["hardened"]
        assert "restarted actor b (enactor)" in "".join(run.err)
        run.assert_nothing_is_left()


# --- Ctrl-C ------------------------------------------------------------------------------------------------------


def paused(run: Demo) -> None:
    run.wait_for("(SIGSTOP)")
    assert run.find(lambda one: one.status() == psutil.STATUS_STOPPED), "an enactor's process is stopped"


def ray_starts(run: Demo) -> None:
    run.wait_for("starting Ray")
    until(lambda: run.find(lambda one: "gcs_server" in one.name()), f"Ray's first process, said:\n{run.text}")


def parts_start(run: Demo) -> None:
    run.wait_for_file("*/incident/data/etcd")


def saying(words: str) -> Callable[[Demo], None]:
    return lambda run: run.wait_for(words)


MOMENTS: dict[str, tuple[tuple[str, ...], Callable[[Demo], None]]] = {
    "ray starts": ((), ray_starts),
    "paused": (("--cause", "pause", "--posture", "hardened"), paused),
    "nothing has begun": ((), saying("embedded parts")),
    "parts start": ((), parts_start),
    "loading": ((), saying("generation 1:")),
    "crossing": ((), saying("generation 5:")),
    "judging": (("--posture", "hardened"), saying("judging")),
    "judging one, playing the next": ((), saying("judging")),
}
OFTEN = {"ray starts", "paused"}


@pytest.mark.parametrize("moment", [name if name in OFTEN else pytest.param(name, marks=only_all) for name in MOMENTS])
def test_ctrl_c_leaves_nothing_whenever_it_comes(tmp_path: Path, moment: str) -> None:
    arguments, reached = MOMENTS[moment]
    with demo(tmp_path, *SMALL, *arguments) as run:
        reached(run)
        run.ctrl_c()
        assert run.wait(STOP_S) == 130, run.text
        assert "interrupted by SIGINT" in run.text
        assert "Traceback" not in run.text, run.text
        run.assert_nothing_is_left()


# --- --keep ------------------------------------------------------------------------------------------------------


def ask(run: Demo, posture: str, type_: str, how: Callable[..., dns.message.Message]) -> dns.message.Message:
    """The question that the demo prints for this posture, with a client that is not ours."""
    said = re.search(rf"{posture} .*ask with any DNS client: dig @(\S+) -p (\d+) (\S+) A", run.text)
    assert said, run.text
    query = dns.message.make_query(said[3], type_)
    return how(query, said[1], port=int(said[2]), timeout=5.0)


def test_a_client_of_another_make_sees_the_outage_and_its_absence_while_everything_is_kept(tmp_path: Path) -> None:
    with demo(tmp_path, *SMALL, "--keep") as run:
        run.wait_for("2 postures stay up")
        for how in (dns.query.udp, dns.query.tcp):
            for type_ in ("A", "AAAA"):
                dark = ask(run, "incident", type_, how)
                assert (dark.rcode(), dark.answer) == (dns.rcode.NOERROR, [])
                assert dark.flags & dns.flags.AA
                (soa,) = dark.authority
                assert soa.rdtype == dns.rdatatype.SOA
                assert str(REGIONAL).endswith(str(soa.name).removesuffix("."))
            lit = ask(run, "hardened", "A", how)
            assert lit.rcode() == dns.rcode.NOERROR
            (rrset,) = lit.answer
            assert (str(rrset.name), rrset.rdtype) == (f"{REGIONAL}.", dns.rdatatype.A)
            assert all(ipaddress.ip_address(one.address) in ipaddress.ip_network("10.0.0.0/8") for one in rrset)
        assert ask(run, "hardened", "AAAA", dns.query.udp).answer or "AAAA" not in inventory(RECORDS).types(REGIONAL)
        assert run.result()["as_recorded"]
        run.ctrl_c()
        assert run.wait(STOP_S) == 130, run.text
        run.assert_nothing_is_left()


# --- --kill ------------------------------------------------------------------------------------------------------

OFTEN_KILLED = {"etcd", "broker"}  # and b, above
RESTARTED = {
    "etcd": "restarted etcd after signal 9",
    "broker": "restarted broker after signal 9",
    "dns": "restarted dns server after signal 9",
    "dns-worker": "restarted dns worker 0",
    **{az: f"restarted actor {az} (enactor)" for az in "abc"},
    "planner": "restarted actor planner (planner)",
    "collector": "restarted actor collector (collector)",
}


def assert_held_although(run: Demo, victim: str) -> None:
    assert run.wait() == 0, run.text
    assert f"killed {victim} (SIGKILL to process" in run.text
    assert RESTARTED[victim] in run.text, run.text
    (posture,) = run.result()["postures"]
    assert posture["converged"]
    assert posture["ending"]["in_force"]
    assert (posture["empty"], posture["lost_invariants"], posture["shortfalls"]) == (0, [], [])
    if victim in {"b", "c"}:
        reports = run.wait_for_file(f"*/hardened/{victim}.reports.jsonl").read_text().splitlines()
        events = [one["event"] for one in map(json.loads, reports) if one["generation"] == NEW]
        assert events[0] == "began"
        assert events[1:2] != ["finished"], "it was killed in the middle of its work"
    assert judged(run, "hardened")[0] == 0
    run.assert_nothing_is_left()


@pytest.mark.parametrize(
    "victim", [one if one in OFTEN_KILLED else pytest.param(one, marks=only_all) for one in VICTIMS]
)
def test_whatever_part_is_killed_is_restarted_and_hardened_holds(tmp_path: Path, victim: str) -> None:
    with demo(tmp_path, *SMALL, "--posture", "hardened", "--kill", victim) as run:
        assert_held_although(run, victim)


@only_all
def test_an_enactor_that_was_stopped_and_comes_back_and_is_killed_is_restarted_too(tmp_path: Path) -> None:
    with demo(tmp_path, *SMALL, "--posture", "hardened", "--cause", "pause", "--kill", "a") as run:
        assert_held_although(run, "a")


@only_all
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_other_signals_end_it_as_well(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path, *SMALL) as run:
        run.wait_for("generation 2:")
        run.record()
        run.process.send_signal(number)
        assert run.wait(STOP_S) == 128 + number, run.text
        run.assert_nothing_is_left()
