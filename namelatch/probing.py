"""What a DNS server answers, and what its status file says: for `namelatch dns probe`, for probers and for watches.

Whether it answers is asked on the wire, as resolvers ask. How far it is behind etcd only the server knows, and says
in its status file, whose age tells whether the process that follows etcd still turns. A bound that was not asked for
is not judged: a server that is behind still answers, and what answers should not be taken out of service for that.
"""

import json
import math
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dns_server.client import BadMessage, build_query, parse_response
from dns_server.codes import AAAA, SOA, A

_TYPES = {A: "A", AAAA: "AAAA", SOA: "SOA"}
_REPLY_OCTETS = 65_535
_STATUS_OCTETS = 1_000_000  # a status file has some hundred a worker


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask for, of whom, over what; `timeout_s` bounds each of the transports.

    A zone's SOA must be there, and of another `type` (A, AAAA) an address.
    """

    host: str
    port: int
    name: str
    transports: tuple[str, ...] = ("udp",)
    timeout_s: float = 2.0
    type: int = SOA

    def __str__(self) -> str:
        return f"{self.name} {_TYPES[self.type]} at {self.host} port {self.port}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the status file must keep, in seconds: how far behind etcd, and since when the file was written."""

    status: Path | None = None
    stale_s: float | None = None
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One look. `answered_s` is how long each transport took; `fell` has a line for each thing that did not hold."""

    answered_s: dict[str, float]
    staleness_s: float | None
    status_age_s: float | None
    fell: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """For machines."""
        return {"holds": not self.fell, **asdict(self)}


def look(question: Question, bounds: Bounds) -> Found:
    """Ask once, over every transport, and read the status file if something is asked of it."""
    fell: list[str] = []
    answered: dict[str, float] = {}
    for transport in question.transports:
        began = time.monotonic()
        trouble = _ask(question, transport)
        if trouble:
            fell.append(f"{question} over {transport}: {trouble}")
        else:
            answered[transport] = round(time.monotonic() - began, 6)
    staleness, age = _status(bounds, fell)
    return Found(answered, staleness, age, tuple(fell))


# --- on the wire -------------------------------------------------------------------------------------------------


def _ask(question: Question, transport: str) -> str:
    """What is wrong with the answer; empty when nothing is."""
    query = build_query(secrets.randbelow(65_536), question.name, question.type)
    exchange = {"udp": _over_udp, "tcp": _over_tcp}[transport]
    try:
        for message in exchange(question, query):
            if message[:2] == query[:2]:
                found = parse_response(message)
                break
        else:
            return "no answer to this question"
    except TimeoutError:
        return f"no answer within {question.timeout_s:g} s"
    except OSError as error:
        return error.strerror or type(error).__name__
    except UnicodeError:
        return "the host is no host name"
    except BadMessage as error:
        return f"no DNS response: {error}"
    if found.name.casefold() != question.name.casefold() and found.type:  # an error may come without the question
        return "the answer is to another question"
    if found.rcode:
        return f"RCODE {found.rcode}"
    if not found.aa:
        return "not authoritative"
    if found.type != question.type or not (found.answers if question.type == SOA else found.addresses):
        return f"no {'SOA' if question.type == SOA else 'address'} in the answer"
    return ""


def _over_udp(question: Question, query: bytes) -> Iterator[bytes]:
    """Datagrams until the time is over: what answers another question must not end the waiting."""
    with _connected(question, socket.SOCK_DGRAM) as (udp, left_s):
        udp.send(query)
        while True:
            udp.settimeout(left_s())
            yield udp.recv(_REPLY_OCTETS)


def _over_tcp(question: Question, query: bytes) -> Iterator[bytes]:
    with _connected(question, socket.SOCK_STREAM) as (tcp, left_s):
        tcp.sendall(len(query).to_bytes(2) + query)
        received = b""
        while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2]):
            tcp.settimeout(left_s())
            more = tcp.recv(_REPLY_OCTETS)
            if not more:
                return
            received += more
        yield received[2 : 2 + int.from_bytes(received[:2])]


@contextmanager
def _connected(question: Question, kind: socket.SocketKind) -> Iterator[tuple[socket.socket, Callable[[], float]]]:
    """A connected socket, and how many seconds are left for it. Raises OSError, TimeoutError when none are."""
    deadline = time.monotonic() + question.timeout_s

    def left_s() -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    family, _, _, _, address = socket.getaddrinfo(question.host, question.port, type=kind)[0]
    with socket.socket(family, kind) as connected:
        connected.settimeout(left_s())
        connected.connect(address)
        yield connected, left_s


# --- the status file ---------------------------------------------------------------------------------------------


def _status(bounds: Bounds, fell: list[str]) -> tuple[float | None, float | None]:
    """How far behind etcd and how old the file is, in seconds; what breaks a bound is added to `fell`."""
    if bounds.status is None:
        return None, None
    try:
        with bounds.status.open("rb") as file:
            told: Any = json.loads(file.read(_STATUS_OCTETS))
        age = max(0.0, time.time() - bounds.status.stat().st_mtime)
        said = told["staleness_s"]
        staleness = None if said is None else float(said) + age
        if staleness is not None and not math.isfinite(staleness):  # NaN is more than no bound
            raise ValueError(staleness)
        state = str(told["state"])
    except OSError as error:
        fell.append(f"status {bounds.status}: {error.strerror}")
        return None, None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):  # digits, brackets without end
        fell.append(f"status {bounds.status}: no status of a DNS server")
        return None, None
    if state != "serving":
        fell.append(f"the server is {state}")
    if bounds.age_s is not None and age > bounds.age_s:
        fell.append(f"the status was written {age:.1f} s ago, more than {bounds.age_s:g}")
    if bounds.stale_s is not None and (staleness is None or staleness > bounds.stale_s):
        behind = "has not heard from etcd yet" if staleness is None else f"is {staleness:.1f} s behind etcd"
        fell.append(f"the server {behind}, {bounds.stale_s:g} are allowed")
    return None if staleness is None else round(staleness, 3), round(age, 3)


# --- for a while -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watched:
    """Looks for a while: how many, how many fell, and the longest time without one that held, in seconds."""

    looks: int
    fallen: int
    darkest_s: float
    last: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def watch(look_once: Callable[[], Found], seconds: float, every_s: float, say: Callable[[str], None]) -> Watched:
    """Look again and again for `seconds`. Darkness is counted from the last look that held to the next one, or the end.

    What fell is said when it is another than before.
    """
    began = bright = time.monotonic()
    looks = fallen = 0
    darkest = 0.0
    last: tuple[str, ...] = ()
    dark = False
    while True:
        found = look_once()
        now = time.monotonic()
        looks += 1
        fallen += bool(found.fell)
        if found.fell or dark:
            darkest = max(darkest, now - bright)
        if not found.fell:
            bright = now
        dark = bool(found.fell)
        if found.fell and found.fell != last:
            say("; ".join(found.fell))
        last = found.fell
        left = began + seconds - now
        if left <= 0:
            return Watched(looks, fallen, round(darkest, 3), last)
        time.sleep(min(every_s, left))
