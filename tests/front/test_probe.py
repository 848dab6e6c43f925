"""`namelatch dns probe` against a real server, against what only looks like one, and against nobody."""

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dns_server.client import build_query
from dns_server.codes import SOA
from namelatch.backends.ports import free_ports
from namelatch.cli import cli
from namelatch.probing import Bounds, Found, Question, look, watch
from tests.dns.feeds import MemoryFeed, beat, listed
from tests.dns.serving import Serving, serving, settings
from tests.dns.world import run

LISTED = listed(5, {"api.example.com": (1, b"A 60 10.0.0.1=1")})


def asked(port: int, *transports: str, name: str = "example.com", timeout_s: float = 5.0) -> Question:
    return Question("127.0.0.1", port, name, transports or ("udp",), timeout_s)


def probe(*arguments: str) -> Result:
    """The command in this process. What it returns is the program's exit status."""
    return CliRunner().invoke(cli, ["dns", "probe", *arguments], standalone_mode=False)


def of(server: Serving, *more: str) -> tuple[str, ...]:
    return ("--host", "127.0.0.1", "--port", str(server.port), "--name", "example.com", *more)


@contextmanager
def answering(reply: bytes | None) -> Iterator[int]:
    """A UDP port that answers each query with its id and `reply`; with None, with another id."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        udp.bind(("127.0.0.1", 0))

        def serve() -> None:
            query, sender = udp.recvfrom(4096)
            if query:
                other = bytes([query[0] ^ 1, query[1]])
                udp.sendto((other if reply is None else query[:2]) + (reply or query[2:]), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield udp.getsockname()[1]
        finally:
            with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
                last.sendto(b"", udp.getsockname())
            thread.join()


def test_a_server_that_answers_its_zone_over_both_transports_holds(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            found = await asyncio.to_thread(look, asked(server.port, "udp", "tcp"), Bounds())
            assert (found.fell, set(found.answered_s)) == ((), {"udp", "tcp"})
            told = await asyncio.to_thread(probe, *of(server, "--tcp", "--json"))
            assert (told.return_value, json.loads(told.output)["holds"]) == (0, True)

    run(scene())


def test_another_zone_is_refused_and_falls(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            found = await asyncio.to_thread(look, asked(server.port, name="example.org"), Bounds())
            assert [line.rpartition(": ")[2] for line in found.fell] == ["RCODE 5"]
            within = await asyncio.to_thread(look, asked(server.port, name="api.example.com"), Bounds())
            assert [line.rpartition(": ")[2] for line in within.fell] == ["no SOA in the answer"]

    run(scene())


def test_a_server_that_hears_nothing_answers_and_falls_only_where_staleness_is_judged(tmp_path: Path) -> None:
    async def scene() -> None:
        feed = MemoryFeed(LISTED)
        async with serving(settings(tmp_path, stall_s=60.0), feed) as server:
            status = server.status_path
            while (await asyncio.to_thread(look, asked(server.port), Bounds(status, stale_s=0.3))).fell == ():
                pass
            stale = await asyncio.to_thread(look, asked(server.port), Bounds(status, stale_s=0.3))
            assert [line for line in stale.fell if "behind etcd, 0.3 are allowed" in line] == list(stale.fell)
            assert (await asyncio.to_thread(look, asked(server.port), Bounds(status, age_s=30))).fell == ()
            feed.say(beat(6))
            while (await asyncio.to_thread(look, asked(server.port), Bounds(status, stale_s=5))).fell:
                pass
            told = await asyncio.to_thread(probe, *of(server, "--status", str(status), "--max-stale", "0"))
            assert (told.return_value, "behind etcd" in told.output) == (1, True)

    run(scene())


def test_a_status_that_is_not_written_any_more_falls(tmp_path: Path) -> None:
    async def scene() -> Serving:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            return server

    server = run(scene())
    a_minute_ago = time.time() - 60
    os.utime(server.status_path, (a_minute_ago, a_minute_ago))
    found = look(asked(server.port, timeout_s=0.2), Bounds(server.status_path, age_s=30))
    assert any("no answer" in line or "refused" in line for line in found.fell)
    assert "the server is stopped" in found.fell
    assert any("ago, more than 30" in line for line in found.fell)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"state": "serving"}',
        '{"state": 1, "staleness_s": []}',
        '{"state": "serving", "staleness_s": NaN}',
        '{"state": "serving", "staleness_s": 1' + "0" * 400 + "}",
        "[" * 100_000,
    ],
    ids=lambda content: content[:40] or "nothing",
)
def test_what_is_no_status_falls(tmp_path: Path, content: str) -> None:
    status = tmp_path / "status.json"
    status.write_text(content)
    fell = look(asked(free_ports(1)[0], timeout_s=0.1), Bounds(status, age_s=30)).fell
    assert f"status {status}: no status of a DNS server" in fell


def test_a_status_that_never_heard_from_etcd_is_stale_at_any_bound(tmp_path: Path) -> None:
    status = tmp_path / "status.json"
    status.write_text('{"state": "serving", "staleness_s": null}')
    fell = look(asked(free_ports(1)[0], timeout_s=0.1), Bounds(status, stale_s=1e9)).fell
    assert any("has not heard from etcd yet" in line for line in fell)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (None, "no answer within 0.3 s"),
        (b"", "no DNS response: a query, not a response"),
        (b"\x84", "no DNS response"),
        (build_query(0, "example.com", SOA)[2:], "no DNS response: a query"),
        (b"\x80\x00" + build_query(0, "example.com", SOA, None)[4:], "not authoritative"),
        (b"\x84\x00" + build_query(0, "example.com", SOA, None)[4:], "no SOA in the answer"),
        (b"\x84\x02" + build_query(0, "example.com", SOA, None)[4:], "RCODE 2"),
        (b"\x84\x00" + build_query(0, "example.org", SOA, None)[4:], "the answer is to another question"),
    ],
)
def test_what_is_no_answer_to_the_question_falls(reply: bytes | None, said: str) -> None:
    with answering(reply) as port:
        (fell,) = look(asked(port, timeout_s=0.3), Bounds()).fell
    assert said in fell


def test_a_host_that_is_no_host_name_falls_in_one_line() -> None:
    (fell,) = look(Question("a..b", 53, "example.com", ("udp",), 0.3), Bounds()).fell
    assert "the host is no host name" in fell


def test_nobody_there_falls_over_both_transports() -> None:
    found = look(asked(free_ports(1)[0], "udp", "tcp", timeout_s=0.3), Bounds())
    assert (len(found.fell), found.answered_s) == (2, {})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "no..name", "--host", "h", "--port", "1"), "is no domain name"),
        (("--port", "0"), "Invalid value for '--port'"),
        (("--host", "h", "--name", "example.com"), "--port: no port is configured"),
        (("--host", "h", "--port", "1", "--name", "a.b", "--max-stale", "1"), "need --status or dns.status"),
        (("--max-stale", "-1"), "Invalid value for '--max-stale'"),
    ],
)
def test_what_can_not_be_asked_is_misuse(arguments: tuple[str, ...], said: str) -> None:
    done = probe(*arguments)
    assert isinstance(done.exception, click.UsageError)
    assert said in done.exception.format_message()


def test_what_is_not_said_comes_from_the_configuration(tmp_path: Path) -> None:
    async def scene() -> Result:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            file = tmp_path / "namelatch.toml"
            file.write_text(f'[dns]\nhost = "0.0.0.0"\nport = {server.port}\nzones = ["example.com"]\n')
            return await asyncio.to_thread(probe, "--config", str(file))

    assert (told := run(scene())).return_value == 0, told.output


def test_a_watch_counts_the_longest_darkness_and_says_each_trouble_once() -> None:
    holds, falls = Found({}, None, None, ()), Found({}, None, None, ("dark",))
    looks = iter([holds, falls, falls, holds, holds])
    said: list[str] = []
    watched = watch(lambda: next(looks, holds), 0.12, 0.02, said.append)
    assert (watched.fallen, said, watched.last) == (2, ["dark"], ())
    assert 0.04 <= watched.darkest_s < watched.looks * 0.02 + 1
    assert watch(lambda: holds, 0.05, 0.01, said.append).darkest_s == 0.0


def test_a_watch_of_a_server_that_leaves_falls_and_one_that_stays_holds(tmp_path: Path) -> None:
    async def scene() -> tuple[Result, Serving]:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            watching = of(server, "--seconds", "0.5", "--every", "0.05", "--json")
            return await asyncio.to_thread(probe, *watching), server

    stayed, server = run(scene())
    assert (stayed.return_value, json.loads(stayed.output)["fallen"]) == (0, 0)
    left = probe(*of(server, "--seconds", "0.3", "--every", "0.05", "--timeout", "0.1"))
    assert left.return_value == 1
