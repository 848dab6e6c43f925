"""The prober as it runs: a process of its own against real sockets, up to and including a dead server."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest

from coordination.plan import Generation
from coordination.records import Endpoint, RRType
from namelatch.demo.addresses import allocate
from namelatch.demo.inventory import REGIONAL
from namelatch.demo.probes import Probe, from_lines

ROOT = Path(__file__).parents[2]
DEADLINE_S = 20.0
NAMES = f"{REGIONAL} A AAAA\nquiet.example.com A\nempty.example.com A\ngone.example.com A\nodd.example.com A\n"


def reply(query: bytes, generation: int) -> bytes | None:
    """A server's whole wit: the name decides what it says."""
    end = query.index(b"\0", 12) + 5
    name, labels = "", query[12 : end - 5]
    while labels:
        name, labels = f"{name}.{labels[1 : 1 + labels[0]].decode()}", labels[1 + labels[0] :]
    name = name[1:]
    if name == "quiet.example.com":
        return None
    if name == "odd.example.com":
        return query[:2] + b"\x84"
    rcode = 3 if name == "gone.example.com" else 0
    answer = b""
    if name == REGIONAL:
        type_: RRType = "A" if query[end - 4 : end - 2] == b"\0\1" else "AAAA"
        address = allocate(Endpoint(name), Generation(generation), (type_,))[0].targets[0].address
        packed = socket.inet_pton(socket.AF_INET if type_ == "A" else socket.AF_INET6, address)
        answer = b"\xc0\x0c" + query[end - 4 : end] + b"\0\0\0\5" + len(packed).to_bytes(2, "big") + packed
    counts = (1).to_bytes(2, "big") + bool(answer).to_bytes(2, "big") + bytes(4)
    return query[:2] + bytes([0x84, rcode]) + counts + query[12:end] + answer


class Server:
    """A DNS server in a thread, with a generation that the test may change and the ports it was asked from."""

    def __init__(self) -> None:
        self.generation = 7
        self.ports: set[int] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.die()

    def die(self) -> None:
        if self._thread.is_alive():
            host, port = self.address.split(":")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as poke:
                poke.sendto(b"", (host, int(port)))
            self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while query := self._socket.recvfrom(512):
            if not query[0]:
                return
            self.ports.add(query[1][1])
            if (answer := reply(query[0], self.generation)) is not None:
                self._socket.sendto(answer, query[1])


class Prober:
    """The process, and what it has written."""

    def __init__(self, where: Path, server: str, *more: str) -> None:
        self.out, self.status = where / "probes.jsonl", where / "status.json"
        (where / "names").write_text(NAMES)
        command = [sys.executable, "-m", "namelatch.demo.prober", "--server", server]
        command += ["--names-file", str(where / "names"), "--out", str(self.out), "--status", str(self.status)]
        command += ["--rate", "200", "--sample-rate", "100", "--timeout", "0.5", *more]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def probes(self) -> list[Probe]:
        with self.out.open() as lines:
            return list(from_lines(lines))

    def end(self) -> list[Probe]:
        assert self.process.wait(DEADLINE_S) == 0
        return self.probes()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition was never met"
        threading.Event().wait(0.02)


def kinds(probes: list[Probe]) -> set[tuple[str, str]]:
    return {(probe.name, probe.kind) for probe in probes}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        yield serving


@pytest.fixture
def start(tmp_path: Path, server: Server) -> Iterator[Callable[..., Prober]]:
    started: list[Prober] = []

    def one(*more: str) -> Prober:
        started.append(Prober(tmp_path, server.address, *more))
        return started[-1]

    yield one
    for prober in started:
        prober.process.kill()
        prober.process.wait()


def read(prober: Prober, kind: str) -> list[Probe]:
    return [probe for probe in prober.probes() if probe.kind == kind] if prober.out.exists() else []


def test_every_kind_of_answer_is_written_down_as_what_it_is(start: Callable[..., Prober], server: Server) -> None:
    prober = start()
    until(lambda: len({(p.name, p.type) for p in prober.probes()} if prober.out.exists() else ()) == 6)
    prober.process.send_signal(signal.SIGTERM)
    late = {(name, "lost") for name in (REGIONAL, "empty.example.com", "gone.example.com", "odd.example.com")}
    assert kinds(prober.end()) - late == {  # a busy machine may be late with any of them
        (REGIONAL, "answer"),
        ("quiet.example.com", "lost"),
        ("empty.example.com", "empty"),
        ("gone.example.com", "nxdomain"),
        ("odd.example.com", "error"),
    }
    assert len(server.ports) == 8


def test_the_packets_tell_when_the_generation_changed(start: Callable[..., Prober], server: Server) -> None:
    prober = start()
    until(lambda: len(read(prober, "answer")) > 5)
    changed_at = time.monotonic()
    server.generation = 8
    until(lambda: read(prober, "answer")[-1].generation == 8)
    prober.process.send_signal(signal.SIGINT)
    answers = [probe for probe in prober.end() if probe.kind == "answer"]
    assert {p.generation for p in answers if p.answered_at and p.answered_at < changed_at} == {7}
    assert {p.generation for p in answers if p.asked_at > changed_at} == {8}
    assert {p.type for p in answers} == {"A", "AAAA"}


def test_a_dead_server_s_questions_are_lost_and_the_prober_lives_on(
    start: Callable[..., Prober], server: Server
) -> None:
    prober = start()
    until(lambda: len(read(prober, "answer")) > 5)
    server.die()
    until(lambda: len([p for p in read(prober, "lost") if p.name == REGIONAL]) > 20)
    prober.process.send_signal(signal.SIGTERM)
    assert {kind for name, kind in kinds(prober.end()) if name == REGIONAL} == {"answer", "lost"}


def test_one_that_goes_on_in_the_file_of_one_that_was_killed_in_the_middle_of_a_line_costs_no_probe(
    start: Callable[..., Prober],
) -> None:
    first = start()
    until(lambda: bool(read(first, "answer")))
    first.process.kill()
    first.process.wait()
    whole = first.out.read_bytes().rpartition(b"\n")[0] + b"\n"
    first.out.write_bytes(whole + whole[:20])  # what a kill leaves that comes between two of its writes
    second = start("--seconds", "0.5").end()
    assert second[: whole.count(b"\n")] == list(from_lines(whole.decode().splitlines(keepends=True)))
    assert len(second) > whole.count(b"\n")
    assert second[whole.count(b"\n")].asked_at > second[0].asked_at


def test_the_end_of_its_standard_input_ends_it(start: Callable[..., Prober]) -> None:
    prober = start()
    until(lambda: bool(read(prober, "answer")))
    assert prober.process.stdin is not None
    prober.process.stdin.close()
    assert prober.end()


def test_it_ends_by_itself_when_its_time_is_up(start: Callable[..., Prober]) -> None:
    probes = start("--seconds", "0.5").end()
    assert 0.1 < max(p.asked_at for p in probes) - min(p.asked_at for p in probes) < 0.6


def test_the_live_status_tells_the_latest_answers_and_the_counts(start: Callable[..., Prober]) -> None:
    prober = start("--seconds", "1")
    probes = prober.end()
    status = json.loads(prober.status.read_text())
    assert status["name"] == REGIONAL
    assert {type_: latest["generation"] for type_, latest in status["latest"].items()} == {"A": 7, "AAAA": 7}
    assert sum(status["counts"].values()) == len(probes)
    assert not list(prober.status.parent.glob("*.new"))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--server", "nowhere"], "is not HOST:PORT"),
        (["--rate", "1e9"], "is outside 0 to 2000"),
        (["--timeout", "nan"], "is outside 0.01 to 10"),
        (["--names-file", "/nonexistent"], "No such file"),
        (["--watch", "s3.example.com"], "does not list s3.example.com"),
    ],
)
def test_bad_arguments_are_one_clear_line_and_status_2(
    start: Callable[..., Prober], more: list[str], says: str
) -> None:
    prober = start(*more)
    _, said = prober.process.communicate(timeout=DEADLINE_S)
    assert prober.process.returncode == 2
    assert says in said
    assert "Traceback" not in said
