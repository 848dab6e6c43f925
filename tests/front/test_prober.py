"""A prober against a real server, one that is gone, and one that has a name without an address."""

import json
from pathlib import Path

import pytest

from namelatch.backends.ports import free_ports
from namelatch.prober import Prober, Sight
from tests.bounded import bounded
from tests.dns.feeds import MemoryFeed, listed
from tests.dns.serving import serving, settings
from tests.dns.world import run

LISTED = listed(5, {"api.example.com": (1, b"A 60 10.0.0.1=1"), "six.example.com": (2, b"AAAA 60 2001:db8::1=1")})


async def looked(prober: Prober, looks: int) -> None:
    """Run it for so many looks at all servers."""
    left = iter(range(looks))
    await prober.run(lambda: next(left, None) is not None)


def test_it_sees_who_answers_and_who_does_not_and_tells_each_turn_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            here, nobody = f"127.0.0.1:{server.port}", f"127.0.0.1:{free_ports(1)[0]}"
            names = ("api.example.com", "six.example.com")
            prober = Prober("prober-a", (here, nobody), "example.com", names, 0.01)
            await looked(prober, 3)
            told = prober.told()
            bright, dark = told["sights"]
            assert told["answers"] == 6
            assert (bright["server"], bright["holds"], bright["fallen"]) == (here, True, 0)
            assert (dark["server"], dark["holds"], dark["fallen"]) == (nobody, False, 3)
            assert "Connection refused" in dark["fell"][0]
            assert [json.loads(line)["event"] for line in prober.lines(10)] == ["dark"]
            assert told["refusal"]["detail"].startswith(f"{nobody}: example.com SOA at 127.0.0.1 port")

    run(scene())


@pytest.mark.parametrize("name", ["gone.example.com", "api.example.org"])
def test_a_server_that_has_no_address_for_a_name_is_dark(tmp_path: Path, name: str) -> None:
    async def scene() -> None:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            prober = Prober("prober-a", (f"127.0.0.1:{server.port}",), "example.com", ("api.example.com", name), 0.01)
            await looked(prober, 1)
            (sight,) = prober.told()["sights"]
            assert not sight["holds"]
            assert [line.split(" at ")[0] for line in sight["fell"]] == [f"{name} A"]

    run(scene())


def test_it_begins_with_nothing_seen() -> None:
    (sight,) = Prober("prober-a", ("127.0.0.1:53",), "example.com", (), 1.0).told()["sights"]
    assert (sight["holds"], sight["looked_s"], sight["looks"]) == (False, None, 0)


def test_it_leaves_when_it_is_told_to() -> None:
    async def scene() -> None:
        prober = Prober("prober-a", (), "example.com", (), 0.01)
        await bounded(prober.run(lambda: False), 5)

    run(scene())


def test_darkness_counts_from_the_last_look_that_held_and_the_longest_is_kept() -> None:
    sight = Sight()
    looks = [(1.0, ()), (2.0, ("no",)), (3.0, ("no",)), (4.0, ()), (5.0, ("no",))]
    assert [sight.take(fell, at) for at, fell in looks] == [False, True, False, True, True]
    told = sight.told(5.5)
    assert (told["dark_s"], told["darkest_s"], told["looks"], told["fallen"]) == (1.5, 3.0, 5, 3)
