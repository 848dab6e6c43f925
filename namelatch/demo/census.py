"""One question to every endpoint (or to an even sample), and what came back: whether what is followed is served."""

import selectors
import time
from collections.abc import Sequence

from coordination.records import Endpoint
from namelatch.demo.asker import Asker
from namelatch.demo.probes import Probe
from namelatch.demo.rota import Question

AT_ONCE = 200  # questions under way: below what the server's socket buffers hold
ASKED_MOST = 20_000  # of one census: at full scale every so many-th endpoint is asked
TIMEOUT_S = 2.0


def census(server: tuple[str, int], endpoints: Sequence[Endpoint]) -> dict[Endpoint, Probe]:
    """What each asked endpoint's A question came to. Blocks for some seconds at most."""
    stride = -(-len(endpoints) // ASKED_MOST)
    left = list(endpoints[::-stride])
    found: dict[Endpoint, Probe] = {}
    asker = Asker(server, TIMEOUT_S)
    under_way = 0
    try:
        with selectors.DefaultSelector() as selector:
            for port, one in enumerate(asker.sockets):
                selector.register(one, selectors.EVENT_READ, port)
            while left or not asker.idle:
                while left and under_way < AT_ONCE:
                    asker.ask(Question(left.pop(), "A"))
                    under_way += 1
                heard = [probe for key, _ in selector.select(0.1) for probe in asker.hear(key.data)]
                heard += asker.give_up(time.monotonic())
                under_way -= len(heard)
                found |= {probe.name: probe for probe in heard}
    finally:
        asker.close()
    return found
