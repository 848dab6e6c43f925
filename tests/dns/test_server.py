"""The whole server, with real worker processes, over real sockets."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

import dns_server.workers
from coordination.ports import Unavailable
from dns_server import disk
from dns_server.binding import PortTaken
from dns_server.entry import pack_tree
from dns_server.names import to_wire
from dns_server.settings import BadSettings, DnsSettings
from dns_server.workers import Backlog, Behind
from tests.dns.feeds import MemoryFeed, changed, listed, root, to_root, to_tree
from tests.dns.serving import ask_tcp, ask_udp, exchange, serving, settings
from tests.dns.world import eventually, run, snapshot_of

ONE, TWO = b"A 60 10.0.0.1=1", b"A 60 10.0.0.2=1"
API, DARK, BIG = "api.example.com", "dark.example.com", "big.example.com"
MANY = b"AAAA 60 " + b",".join(b"fd00::%x=1" % n for n in range(1, 65))
LISTED = listed(5, {API: (1, ONE), DARK: (1, None), BIG: (1, MANY)})


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_both_transports_answer_in_every_state_and_the_status_counts_it(tmp_path: Path):
    async def scene() -> None:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            for ask in (ask_udp, ask_tcp):
                live = await ask(server.port, "aPi.Example.com")
                assert (live.name, live.addresses, live.aa, live.edns_size) == (
                    "aPi.Example.com",
                    ("10.0.0.1",),
                    True,
                    1232,
                )
                dark = await ask(server.port, DARK)
                assert (dark.rcode, dark.answers, dark.has_soa) == (0, 0, True)
                assert (await ask(server.port, "nobody.example.com")).rcode == 3
                assert (await ask(server.port, "example.org")).rcode == 5
            expected = {"NOERROR": 4, "NXDOMAIN": 2, "REFUSED": 2}
            await eventually(lambda: server.status()["answers"] == expected)
            status = server.status()
            assert (status["state"], status["endpoints"], status["dangling"]) == ("serving", 3, 1)
            assert (status["dangling_answers"], status["faults"], status["alarm"]) == (2, 0, None)
            assert status["staleness_s"] < 60
        assert server.status()["state"] == "stopped"

    run(scene())


def test_a_change_reaches_every_worker_and_no_answer_is_empty_on_the_way(tmp_path: Path):
    async def scene() -> None:
        feed = MemoryFeed(LISTED)
        async with serving(settings(tmp_path), feed) as server:
            feed.say(changed(6, to_tree(API, 2, TWO)))
            feed.say(changed(7, to_root(API, root(2, 1))))
            feed.say(changed(8, to_tree(API, 1, None)))
            seen = set()
            while not server.stands_at(7):
                seen.add((await ask_udp(server.port, API)).addresses)
            seen.add((await ask_udp(server.port, API)).addresses)
            assert seen <= {("10.0.0.1",), ("10.0.0.2",)}
            assert {(await ask_udp(server.port, API)).addresses for _ in range(20)} == {("10.0.0.2",)}

    run(scene())


def test_what_udp_cuts_comes_whole_over_tcp(tmp_path: Path):
    async def scene() -> None:
        async with serving(settings(tmp_path, workers=1, answers=64), MemoryFeed(LISTED)) as server:
            cut = await ask_udp(server.port, BIG, 28)
            whole = await ask_tcp(server.port, BIG, 28)
            assert (cut.tc, cut.answers, whole.tc, whole.answers) == (True, 0, False, 64)

    run(scene())


def test_garbage_is_survived_and_the_next_query_answered(tmp_path: Path):
    async def scene() -> None:
        async with serving(settings(tmp_path, workers=1), MemoryFeed(LISTED)) as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.connect(("127.0.0.1", server.port))
                for octets in (b"", b"\0", os.urandom(200), b"\xff" * 9_000, b"\0" * 4_096):
                    sock.send(octets)
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.1",)
            await eventually(lambda: server.status()["dropped"] >= 2)
            assert server.status()["faults"] == 0

    run(scene())


def test_a_killed_worker_is_replaced_with_everything_while_the_other_answers(tmp_path: Path):
    async def scene() -> None:
        feed = MemoryFeed(LISTED)
        async with serving(settings(tmp_path), feed) as server:
            feed.say(changed(6, to_tree(API, 2, TWO), to_root(API, root(2))))
            await eventually(lambda: server.stands_at(6))
            first, second = server.pids()
            os.kill(first, signal.SIGKILL)
            feed.say(changed(7, to_tree(DARK, 1, ONE)))
            await eventually(lambda: gone(first))
            for _ in range(10):
                assert (await ask_udp(server.port, API)).addresses == ("10.0.0.2",)
            await eventually(lambda: server.stands_at(7) and all(w["serving"] for w in server.status()["workers"]))
            workers = server.status()["workers"]
            assert [worker["restarts"] for worker in workers] == [1, 0]
            assert first not in server.pids()
            assert second in server.pids()
            os.kill(second, signal.SIGKILL)  # now the new one answers alone
            await eventually(lambda: gone(second))
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.2",)
            assert (await ask_udp(server.port, DARK)).addresses == ("10.0.0.1",)
            assert (await ask_udp(server.port, "nobody.example.com")).rcode == 3

    run(scene())


def test_a_worker_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dns_server.workers, "STOP_S", 0.1)

    async def scene() -> None:
        async with serving(settings(tmp_path, workers=1), MemoryFeed(LISTED)) as server:
            (stopped,) = server.pids()
            with monkeypatch.context() as patience:  # short only while it hangs: starting anew may take longer
                patience.setattr(dns_server.workers, "WORKER_SILENT_S", 1.5)
                await ask_udp(server.port, API)
                await eventually(lambda: server.status()["answers"])  # a line of it came: the next is awaited so long
                os.kill(stopped, signal.SIGSTOP)
                await eventually(lambda: gone(stopped))
            await eventually(lambda: server.pids()[0] not in {None, stopped} and server.stands_at(5))
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.1",)

    run(scene(), within_s=60)


def test_a_server_starts_from_disk_with_a_feed_that_never_comes(tmp_path: Path):
    given = settings(tmp_path, snapshot_path=tmp_path / "dns.snapshot")

    async def first() -> None:
        feed = MemoryFeed(LISTED)
        async with serving(given, feed) as server:
            feed.say(changed(6, to_tree(DARK, 1, ONE)))
            await eventually(lambda: server.stands_at(6))

    async def second() -> None:
        async with serving(given, MemoryFeed(Unavailable("etcd is dead"))) as server:
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.1",)
            assert (await ask_tcp(server.port, DARK)).addresses == ("10.0.0.1",)
            assert (await ask_udp(server.port, "nobody.example.com")).rcode == 3
            await eventually(lambda: server.status()["alarm"] is not None)
            status = server.status()
            assert status["position"] == {"cluster": 0xC0FFEE, "revision": 6}
            assert status["staleness_s"] is None
            assert 0 <= status["snapshot_age_s"] < 3600
            assert "etcd is dead" in status["alarm"]

    run(first())
    run(second())


def test_the_snapshot_is_written_while_serving_and_not_again_without_a_change(tmp_path: Path):
    path = tmp_path / "dns.snapshot"

    async def scene() -> None:
        feed = MemoryFeed(LISTED)
        async with serving(settings(tmp_path, workers=1, snapshot_path=path, snapshot_every_s=0.05), feed) as server:
            await eventually(path.exists)
            written = path.stat().st_mtime_ns
            feed.say(changed(6, to_tree(API, 9, TWO)))  # nobody follows it: no entry differs
            await eventually(lambda: server.status()["position"]["revision"] == 6)
            assert path.stat().st_mtime_ns == written
            feed.say(changed(7, to_tree(API, 1, TWO)))
            await eventually(lambda: path.stat().st_mtime_ns != written)
            assert disk.load(path).entries[to_wire(API)] == pack_tree(TWO)

    run(scene())


def test_a_damaged_snapshot_is_not_served_and_the_feed_is(tmp_path: Path):
    path = tmp_path / "dns.snapshot"
    disk.save(path, snapshot_of({"old.example.com": pack_tree(ONE)}, revision=99))
    path.write_bytes(path.read_bytes()[:-1])

    async def scene() -> None:
        async with serving(settings(tmp_path, workers=1, snapshot_path=path), MemoryFeed(LISTED)) as server:
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.1",)
            assert (await ask_udp(server.port, "old.example.com")).rcode == 3

    run(scene())
    assert disk.load(path).position.revision == 5


def test_a_listing_after_a_start_from_disk_replaces_what_was_old(tmp_path: Path):
    path = tmp_path / "dns.snapshot"
    disk.save(path, snapshot_of({"old.example.com": pack_tree(ONE), API: pack_tree(TWO)}, revision=3))

    async def scene() -> None:
        async with serving(settings(tmp_path, snapshot_path=path), MemoryFeed(LISTED)) as server:
            await eventually(lambda: server.stands_at(5))
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.1",)
            assert (await ask_udp(server.port, "old.example.com")).rcode == 3

    run(scene())


def test_without_any_knowledge_the_server_is_silent_rather_than_wrong(tmp_path: Path):
    given = settings(tmp_path, workers=1)
    feed = MemoryFeed()

    async def scene() -> None:
        task = asyncio.create_task(_consume(given, feed))
        await eventually(lambda: feed.followed and given.status_path.exists())
        async with asyncio.timeout(10):
            port = (await asyncio.to_thread(_status, given))["port"]
        with pytest.raises((TimeoutError, ConnectionRefusedError)):
            await exchange(port, b"\0\1" + bytes(2) + b"\0\1" + bytes(6) + to_wire(API) + b"\0\1\0\1", within_s=0.3)
        status = _status(given)
        assert (status["state"], status["workers"][0]["pid"]) == ("starting", None)
        feed.say(LISTED)
        await eventually(lambda: _status(given)["state"] == "serving")
        assert (await ask_udp(port, API)).addresses == ("10.0.0.1",)
        assert _status(given)["workers"][0]["restarts"] == 0
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(scene())


async def _consume(given: DnsSettings, feed: MemoryFeed) -> None:
    from dns_server.server import serve

    await serve(given, feed, lambda ready: None)


def _status(given: DnsSettings) -> dict:
    import json

    return json.loads(given.status_path.read_text())


# --- ports and settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_of_another_program_is_reported_as_taken(tmp_path: Path, kind: socket.SocketKind):
    async def scene(port: int) -> None:
        async with serving(settings(tmp_path, port=port), MemoryFeed(LISTED)):
            pass

    with socket.socket(socket.AF_INET, kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            run(scene(port))


def test_a_second_server_on_the_same_port_is_refused_and_the_first_goes_on(tmp_path: Path):
    async def scene() -> None:
        async with serving(settings(tmp_path), MemoryFeed(LISTED)) as server:
            with pytest.raises(PortTaken):
                async with serving(settings(tmp_path, port=server.port), MemoryFeed(listed(9, {}))):
                    pass
            assert (await ask_udp(server.port, API)).addresses == ("10.0.0.1",)

    run(scene())


def test_a_port_is_free_again_at_once_after_a_stop(tmp_path: Path):
    async def scene(port: int) -> int:
        async with serving(settings(tmp_path, port=port, tcp_idle_s=0.1), MemoryFeed(LISTED)) as server:
            reader, _ = await asyncio.open_connection("127.0.0.1", server.port)
            assert await reader.read() == b""  # the server closes first, so the old connection lingers at its port
            return server.port

    port = run(scene(0))
    assert run(scene(port)) == port


@pytest.mark.parametrize(
    "wrong",
    [
        {"zones": ()},
        {"zones": ("a..b",)},
        {"host": "localhost"},
        {"port": 65_536},
        {"workers": 0},
        {"answers": 65},
        {"soa_minimum_s": -1},
        {"nameservers": ()},
        {"stall_s": 0.0},
    ],
)
def test_settings_that_no_server_can_run_with_are_refused(tmp_path: Path, wrong: dict):
    with pytest.raises(BadSettings):
        settings(tmp_path, **wrong)


def test_a_worker_that_falls_too_far_behind_is_told_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dns_server.workers, "BACKLOG_OCTETS", 10)

    async def scene() -> None:
        backlog = Backlog()
        backlog.put([b"12345", b"1234"])
        assert await backlog.get() == b"12345"
        backlog.put([b"123456789"])
        backlog.put([b"12345", b"12345"])
        assert backlog._frames.qsize() == 1  # what is too much is not kept
        with pytest.raises(Behind):
            await backlog.get()

    run(scene())
