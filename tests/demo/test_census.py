"""The census: every endpoint asked once, what came back, and nothing that waits for ever."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.demo import census as module
from namelatch.demo.addresses import allocate
from namelatch.demo.census import AT_ONCE, census

Reply = Callable[[str, bytes], bytes | None]


def names(count: int) -> list[Endpoint]:
    return [Endpoint(f"n{number:05d}.example.com") for number in range(count)]


def question_of(query: bytes) -> str:
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels)


def message(query: bytes, answer: bytes = b"", rcode: int = 0) -> bytes:
    end = query.index(b"\0", 12) + 5
    counts = (1).to_bytes(2, "big") + bool(answer).to_bytes(2, "big") + bytes(4)
    return query[:2] + bytes([0x84, rcode]) + counts + query[12:end] + answer


def at_generation(generation: int) -> Reply:
    def reply(name: str, query: bytes) -> bytes:
        address = allocate(Endpoint(name), Generation(generation), ("A",))[0].targets[0].address
        return message(query, b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + socket.inet_aton(address))

    return reply


class Responder:
    """A DNS server in a thread that says what `reply` says, and remembers who was asked about."""

    def __init__(self, reply: Reply) -> None:
        self.asked: Counter[str] = Counter()
        self._reply = reply
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as poke:
            poke.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while (query := self._socket.recvfrom(512))[0]:
            name = question_of(query[0])
            self.asked[name] += 1
            if (answer := self._reply(name, query[0])) is not None:
                self._socket.sendto(answer, query[1])


@contextmanager
def responding(reply: Reply) -> Iterator[Responder]:
    responder = Responder(reply)
    responder.start()
    try:
        yield responder
    finally:
        responder.end()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.2)


def test_every_endpoint_is_asked_once_and_its_generation_told() -> None:
    listed = names(5 * AT_ONCE + 1)
    with responding(at_generation(7)) as server:
        found = census(server.address, listed)
    assert {name: probe.generation for name, probe in found.items()} == dict.fromkeys(listed, 7)
    assert server.asked == Counter(listed)


def test_one_endpoint_is_a_census_too() -> None:
    with responding(at_generation(7)) as server:
        assert [probe.kind for probe in census(server.address, names(1)).values()] == ["answer"]


def test_each_kind_of_answer_is_told_as_what_it_is(impatient: None) -> None:
    good, empty, gone, failing, foreign, silent, odd = listed = names(7)
    told = at_generation(7)
    replies: dict[str, Reply] = {
        good: told,
        empty: lambda _, query: message(query),
        gone: lambda _, query: message(query, rcode=3),
        failing: lambda _, query: message(query, rcode=2),
        foreign: lambda _, query: told("other.example.com", query),
        silent: lambda _, query: None,
        odd: lambda _, query: query[:2] + b"\x84",
    }
    with responding(lambda name, query: replies[name](name, query)) as server:
        found = census(server.address, listed)
    kinds = [found[name].kind for name in listed]
    assert kinds == ["answer", "empty", "nxdomain", "error", "foreign", "lost", "error"]
    assert [found[name].generation for name in listed] == [7] + [None] * 6


def test_those_that_get_no_answer_do_not_keep_the_others_waiting(impatient: None) -> None:
    listed = names(3 * AT_ONCE)
    silent = set(listed[::2])
    told = at_generation(7)
    with responding(lambda name, query: None if name in silent else told(name, query)) as server:
        found = census(server.address, listed)
    assert {name for name, probe in found.items() if probe.kind == "lost"} == silent
    assert len(found) == len(listed)


def test_a_server_that_is_down_is_a_census_of_lost_questions(impatient: None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        address = bound.getsockname()
    found = census(address, names(10))
    assert Counter(probe.kind for probe in found.values()) == {"lost": 10}


def test_of_too_many_an_even_sample_is_asked_and_the_regional_one_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_MOST", 10)
    listed = names(95)
    with responding(at_generation(7)) as server:
        found = census(server.address, listed)
    places = sorted(listed.index(name) for name in found)
    assert len(places) <= 10
    assert places[-1] == 94
    assert {after - before for before, after in pairwise(places)} == {10}
