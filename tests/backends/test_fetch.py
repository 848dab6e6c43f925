"""Only the pinned bytes get into the cache, and a fetch that broke off goes on where it was."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from namelatch.backends import fetch, jars
from namelatch.backends.jars import Jar
from namelatch.trouble import BadEnvironment, Misuse

CONTENT = {f"part-{number}": bytes([number]) * (1000 + number) for number in range(5)}
PINNED = tuple(
    Jar("org.example.sub", name, "1.0", len(body), hashlib.sha256(body).hexdigest()) for name, body in CONTENT.items()
)


class Repository:
    """A Maven repository on loopback: what it serves by path, and what it was asked for."""

    def __init__(self) -> None:
        self.files = {"/m2/" + jar.path: CONTENT[jar.artifact] for jar in PINNED}
        self.claimed: dict[str, int] = {}
        self.asked: list[str] = []
        self.base = ""

    def path(self, number: int) -> str:
        return "/m2/" + PINNED[number].path


@contextmanager
def serving() -> Iterator[Repository]:
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            repository.asked.append(self.path)
            body = repository.files.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(repository.claimed.get(self.path, len(body or b""))))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    repository.base = f"http://127.0.0.1:{server.server_port}/m2"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield repository
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(jars.CACHE, str(tmp_path))
    return jars.cache_directory()


def quietly(_line: str) -> None:
    pass


def files(cache: Path) -> set[str]:
    return {file.name for file in cache.iterdir()}


def test_every_jar_arrives_and_a_second_fetch_asks_for_nothing(cache: Path) -> None:
    with serving() as repository:
        assert fetch.fetch(repository.base, quietly, PINNED) == cache
        assert {jar.name: (cache / jar.name).read_bytes() for jar in PINNED} == {
            f"{name}-1.0.jar": body for name, body in CONTENT.items()
        }
        assert files(cache) == {jar.name for jar in PINNED}
        repository.asked.clear()
        fetch.fetch(repository.base, quietly, PINNED)
        assert repository.asked == []


def test_other_bytes_under_a_pinned_name_are_refused_and_leave_nothing(cache: Path) -> None:
    with serving() as repository:
        repository.files[repository.path(2)] = bytes(len(CONTENT["part-2"]))
        with pytest.raises(BadEnvironment, match=r"part-2-1\.0\.jar: not the pinned bytes"):
            fetch.fetch(repository.base, quietly, PINNED)
    assert not (cache / "part-2-1.0.jar").exists()
    assert files(cache) <= {jar.name for jar in PINNED}


def test_a_fetch_that_broke_off_keeps_what_came_and_asks_for_the_rest_only(cache: Path) -> None:
    with serving() as repository:
        gone = repository.files.pop(repository.path(4))
        with pytest.raises(BadEnvironment, match=r"HTTP 404: try 'namelatch backend fetch' again"):
            fetch.fetch(repository.base, quietly, PINNED)
        kept = files(cache)
        repository.files[repository.path(4)] = gone
        repository.asked.clear()
        fetch.fetch(repository.base, quietly, PINNED)
        assert {path.rsplit("/", 1)[1] for path in repository.asked} == {jar.name for jar in PINNED} - kept
        assert files(cache) == {jar.name for jar in PINNED}


def test_a_connection_that_ends_early_is_said_and_leaves_nothing(cache: Path) -> None:
    with serving() as repository:
        repository.claimed[repository.path(0)] = 5000
        repository.files[repository.path(0)] = CONTENT["part-0"][:10]
        with pytest.raises(BadEnvironment, match=r"part-0.*(ended after 10 of 1000 bytes|IncompleteRead)"):
            fetch.fetch(repository.base, quietly, PINNED[:1])
    assert files(cache) == set()


def test_nobody_listening_is_one_line_with_the_next_step() -> None:
    with pytest.raises(BadEnvironment, match=r"Connection refused: try 'namelatch backend fetch' again"):
        fetch.fetch("http://127.0.0.1:9/m2", quietly, PINNED[:1])


def test_a_jar_that_was_harmed_in_the_cache_is_not_used_and_is_fetched_again(cache: Path) -> None:
    with serving() as repository:
        fetch.fetch(repository.base, quietly, PINNED)
        harmed = cache / PINNED[1].name
        harmed.write_bytes(bytes(PINNED[1].size))
        repository.asked.clear()
        fetch.fetch(repository.base, quietly, PINNED)
        assert repository.asked == [repository.path(1)]
        assert harmed.read_bytes() == CONTENT["part-1"]


def test_without_jars_the_class_path_names_the_command_that_brings_them() -> None:
    with pytest.raises(BadEnvironment, match=r"46 of 46 jars are missing .* run 'namelatch backend fetch'"):
        jars.class_path()


def test_the_repository_is_the_one_named_then_the_variable_then_mavens_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(fetch.MAVEN, raising=False)
    assert fetch.repository() == fetch.CENTRAL
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><mirrors>'
        "<mirror><url>http://other.example/</url><mirrorOf>spring</mirrorOf></mirror>"
        "<mirror><url>http://mirror.example/m2/</url><mirrorOf>foo,central</mirrorOf></mirror>"
        "</mirrors></settings>"
    )
    assert fetch.repository() == "http://mirror.example/m2"
    monkeypatch.setenv(fetch.MAVEN, "http://variable.example/m2")
    assert fetch.repository() == "http://variable.example/m2"
    assert fetch.repository("http://named.example/m2/") == "http://named.example/m2"
    with pytest.raises(Misuse, match="not the address of a Maven repository"):
        fetch.repository("ftp://x.example")


@pytest.mark.parametrize("address", ["http://[::1", "http://münchen.example/m2", "http://us:swordfish@x.example/m2"])
def test_an_address_that_can_not_be_asked_is_misuse_and_no_password_is_shown(address: str) -> None:
    with pytest.raises(Misuse) as raised:
        fetch.repository(address)
    assert "swordfish" not in str(raised.value)


@pytest.mark.parametrize(
    "settings", [b"<settings", b'<?xml version="1.0" encoding="no-such"?><settings/>', b"\xff\x00"]
)
def test_settings_of_maven_that_can_not_be_read_name_no_mirror(
    settings: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(fetch.MAVEN, raising=False)
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_bytes(settings)
    assert fetch.repository() == fetch.CENTRAL


def test_every_pinned_jar_is_named_once_with_a_whole_checksum() -> None:
    found = jars.pinned()
    assert len({jar.name for jar in found}) == len(found)
    assert all(len(bytes.fromhex(jar.sha256)) == 32 and jar.size > 0 for jar in found)
    assert {jar.version for jar in found if jar.group == "org.apache.kafka"} == {jars.kafka_version()}
