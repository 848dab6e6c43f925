"""A client that asks real questions all along, in a process of its own, and writes down what came back.

    python -m namelatch.demo.prober --server 127.0.0.1:5353 --names-file names.txt --out probes.jsonl
        --status status.json --watch dynamodb.us-east-1.amazonaws.com --rate 100 --sample-rate 100

It stops asking at SIGTERM, SIGINT, the end of its standard input (so that it never outlives who started it)
or after --seconds, waits for what is still under way, and exits 0. A dead server is an observation, not an
error: its questions are lost.
"""

import argparse
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from coordination.records import BadRecords, endpoint
from namelatch.demo.asker import TIMEOUT_MOST_S, Asker
from namelatch.demo.inventory import REGIONAL
from namelatch.demo.ledger import FLUSH_S, Ledger
from namelatch.demo.rota import RATE_MOST, Rota, parse_names

SECONDS_MOST = 21_600.0  # no demo or run of faults is longer: a forgotten prober ends by itself


class Stop:
    """Whether to stop asking: a signal came, standard input ended, or time is up."""

    def __init__(self, until: float) -> None:
        self._until = until
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def due(self, now: float) -> bool:
        """Stop asking from now on."""
        return self.asked or now >= self._until

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def probe(rota: Rota, asker: Asker, ledger: Ledger, stop: Stop, stdin: int) -> None:
    """Ask until told to stop, then wait for what is under way: at most one timeout longer."""
    with selectors.DefaultSelector() as selector:
        for port, one in enumerate(asker.sockets):
            selector.register(one, selectors.EVENT_READ, port)
        watching_stdin = _watch(selector, stdin)
        while not (stop.due(now := time.monotonic()) and asker.idle):
            for question in () if stop.due(now) else rota.due(now):
                asker.ask(question)
            wake_at = asker.next_give_up_at() if stop.due(now) else min(rota.next_at(), asker.next_give_up_at())
            for key, _ in selector.select(min(FLUSH_S, max(0.0, wake_at - time.monotonic()))):
                if key.data is not None:
                    ledger.add(asker.hear(key.data))
                elif watching_stdin and not os.read(stdin, 1024):
                    selector.unregister(stdin)
                    stop.asked = True
            ledger.add(asker.give_up(time.monotonic()))
            ledger.flush(now, rota.skipped)


def _watch(selector: selectors.BaseSelector, stdin: int) -> bool:
    """Watch standard input where it is a pipe, terminal or socket; a plain file has no end to wait for."""
    try:
        selector.register(stdin, selectors.EVENT_READ, None)
    except (OSError, ValueError):
        return False
    return True


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="namelatch.demo.prober", description="Ask a DNS server questions all along.")
    parser.add_argument("--server", required=True, type=_address, metavar="HOST:PORT")
    parser.add_argument("--names-file", required=True, type=Path, help="lines: a name and the types it has")
    parser.add_argument("--out", required=True, type=Path, help="probes, one JSON line each, appended")
    parser.add_argument("--status", type=Path, help="live status, replaced several times a second")
    parser.add_argument("--watch", type=endpoint, default=REGIONAL, help="the name asked at --rate")
    parser.add_argument("--rate", type=_within(0.0, RATE_MOST), default=100.0, help="questions a second")
    parser.add_argument("--sample-rate", type=_within(0.0, RATE_MOST), default=100.0, help="of all other names")
    parser.add_argument("--timeout", type=_within(0.01, TIMEOUT_MOST_S), default=1.0, help="seconds; then it is lost")
    parser.add_argument("--seconds", type=_within(0.0, SECONDS_MOST), default=SECONDS_MOST, help="at most")
    return parser.parse_args(argv)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _within(least: float, most: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is outside {least:g} to {most:g}")
        return value

    return number


def main(argv: list[str] | None = None) -> int:
    """Run the prober; 2 with one line on stderr when a file can't be used."""
    chosen = _arguments(argv)
    now = time.monotonic()
    stop = Stop(now + chosen.seconds)
    try:
        with chosen.names_file.open(encoding="ascii") as lines:
            questions = parse_names(lines)
        if not any(question.name == chosen.watch for question in questions):
            raise BadRecords(f"{chosen.names_file} does not list {chosen.watch}")
        ledger = Ledger(chosen.out, chosen.status, chosen.watch)
    except (OSError, BadRecords) as error:
        sys.stderr.write(f"prober: {error}\n")
        return 2
    rota = Rota(questions, chosen.watch, chosen.rate, chosen.sample_rate, now)
    asker = Asker(chosen.server, chosen.timeout)
    try:
        probe(rota, asker, ledger, stop, sys.stdin.fileno())
    finally:
        ledger.flush(time.monotonic(), rota.skipped, final=True)
        ledger.close()
        asker.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
