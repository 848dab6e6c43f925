"""Settings come from defaults, file and environment; what is wrong with them is one line that names the place."""

import json
import os
from pathlib import Path

import pytest

from coordination.postures import HARDENED
from namelatch.config import Settings
from namelatch.loading import as_environment, load, secrets
from namelatch.trouble import Misuse
from tests.front.default_toml import render

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("NAMELATCH_"):
            monkeypatch.delenv(name)


def written(directory: Path, text: str | bytes) -> Path:
    path = directory / "x.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def complaint(path: Path | None = None) -> str:
    with pytest.raises(Misuse) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_default_file_has_every_key_with_its_meaning_and_default() -> None:
    assert (CONFIGS / "default.toml").read_text() == render()
    assert load(CONFIGS / "default.toml") == Settings()


def test_the_demo_file_is_valid() -> None:
    assert load(CONFIGS / "demo.toml").dns.soa_minimum_s == 1


def test_the_lag_thresholds_are_those_of_the_safeguard() -> None:
    assert HARDENED.lag is not None
    assert (Settings().lag.alarm, Settings().lag.stop) == (HARDENED.lag.alarm, HARDENED.lag.stop)


def test_the_environment_overrides_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "[dns]\nport = 53\nworkers = 3\n")
    monkeypatch.setenv("NAMELATCH_DNS__PORT", "5353")
    monkeypatch.setenv("NAMELATCH_ETCD__ENDPOINTS", "10.0.0.1:2379, 10.0.0.2:2379")
    settings = load(path)
    assert (settings.dns.port, settings.dns.workers) == (5353, 3)
    assert settings.etcd.endpoints == ("10.0.0.1:2379", "10.0.0.2:2379")


def test_the_environment_may_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMELATCH_CONFIG", str(written(tmp_path, "[dns]\nport = 53\n")))
    assert load().dns.port == 53


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[dns]\nport = 99999\n", "dns.port: Input should be less than 65536 (got 99999)"),
        ("[dns]\nport = [1]\n", "dns.port: Input should be a valid integer"),
        ("[enactors]\nwalkers = 0\n", "enactors.walkers: Input should be greater than or equal to 1 (got 0)"),
        ("[enactors]\nwalkers = 9\n", "enactors.walkers: Input should be less than or equal to 8 (got 9)"),
        ("[lag]\nalarm = 'x'\n", "lag.alarm: Input should be a valid integer"),
        ("[planner]\npoll_s = inf\n", "planner.poll_s: Input should be a finite number (got inf)"),
        ("[dns]\nprot = 53\n", "dns.prot: there is no such key"),
        ("[dsn]\nport = 53\n", "dsn: there is no such key"),
        ("dns = 3\n", "dns: Input should be a valid dictionary or instance of Dns"),
        ('[etcd]\nendpoints = ["a:1", "b"]\n', "etcd.endpoints[1]: Input should be host:port (got 'b')"),
        ('[dns]\nzones = ["-.com"]\n', "dns.zones[0]: Input should be a domain name (got '-.com')"),
        ("[lag]\nalarm = 3\nstop = 2\n", "lag: stop should not be below alarm"),
        ("[demo]\nrecords = 0\n", "demo.records: Input should be greater than or equal to 1 (got 0)"),
        ('posture = "safe"\n', "posture: Input should be one of incident, d1-before"),
        ("[dns]\nport = \n", "broken TOML: Invalid value (at line 2, column 8)"),
        ("[dns]\nport = 1\nport = 2\n", "broken TOML: Cannot overwrite a value (at line 3"),
        (b"# \xff\n", "broken TOML: not UTF-8 (at line 1)"),
        ("x = " + "[" * 5000, "broken TOML: "),
        ("x = " + "9" * 5000, "broken TOML: "),
        ("#" * 2_000_000, "larger than 1000000 bytes, this is no configuration"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = written(tmp_path, text)
    assert complaint(path).startswith(f"{path}: {said}")


ADDRESSED = pytest.mark.parametrize("key", ["etcd.endpoints", "kafka.bootstrap", "prober.servers"])


def addresses(directory: Path, key: str, *given: str) -> Path:
    section, name = key.split(".")
    return written(directory, f"[{section}]\n{name} = {json.dumps(given)}\n")


@ADDRESSED
@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "a",
            "a:",
            ":53",
            "a:0",
            "a:99999",
            "a:1e3",
            "a:-1",
            "a:\u0663",
            "a b:53",
            " a:53",
            "http://a:53",
            "a,b:53",
            "a..b:53",
            "h\x00:53",
            "user@h:53",
            "*:53",
        ),
        *("::1:53", "::1", "[::1]", "[::1:53", "::1]:53", "[]:53", "[::1::]:53", "[10.0.0.1]:53", "[a]:53"),
    ],
)
def test_an_address_that_is_none_is_refused_when_it_is_loaded(tmp_path: Path, key: str, address: str) -> None:
    path = addresses(tmp_path, key, "a:53", address)
    assert complaint(path).startswith(f"{path}: {key}[1]: Input should be host:port")
    assert complaint(path).endswith(f" (got {address!r})")


@ADDRESSED
def test_an_ipv6_address_goes_in_brackets_and_a_scheme_nowhere(tmp_path: Path, key: str) -> None:
    assert "an IPv6 host in brackets (got '::1:53')" in complaint(addresses(tmp_path, key, "::1:53"))
    assert "host:port, without a scheme (got 'https://a:53')" in complaint(addresses(tmp_path, key, "https://a:53"))
    given = ("a.example:53", "ns_1:1", "10.0.0.1:65535", "[::1]:53", "[2001:DB8::1]:53", "[::ffff:10.0.0.1]:53")
    section, name = key.split(".")
    assert getattr(getattr(load(addresses(tmp_path, key, *given)), section), name) == given


def test_several_errors_are_still_one_line(tmp_path: Path) -> None:
    line = complaint(written(tmp_path, "[dns]\nport = -1\nworkers = 0\nanswers = 0\na = 1\nb = 2\n"))
    assert line.count("dns.") == 3
    assert line.endswith("; and 2 more")


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert complaint(tmp_path / "x.toml") == f"{tmp_path / 'x.toml'}: No such file or directory"
    assert complaint(tmp_path) == f"{tmp_path}: Is a directory"


def test_an_error_in_the_environment_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMELATCH_DNS__PORT", "99999")
    assert complaint(written(tmp_path, "")).startswith(
        "environment NAMELATCH_DNS__PORT: dns.port: Input should be less"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("NAMELATCH_DSN__PORT", "environment NAMELATCH_DSN__PORT: there is no section 'dsn'"),
        ("NAMELATCH_DNS__PROT", "environment NAMELATCH_DNS__PROT: dns.prot: there is no such key"),
    ],
)
def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.setenv(name, "1")
    assert complaint() == said


@pytest.mark.parametrize(
    "text",
    [
        "[etcd]\npassword = 77777777\n",
        "[etcd]\npassword = [77777777]\n",
        '[etcd]\npasword = "77777777"\n',
        'etcd = "77777777"\n',
        'etcd_password = "77777777"\n',
    ],
)
def test_an_error_never_shows_what_may_be_a_secret(tmp_path: Path, text: str) -> None:
    assert "7777" not in complaint(written(tmp_path, text))


def test_secrets_are_hidden_and_can_be_listed(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[etcd]\npassword = "hunter22"\n[kafka]\nsasl_password = "hunter33"\n'))
    assert "hunter" not in repr(settings)
    assert "hunter" not in str(settings.model_dump())
    assert secrets(settings) == ("hunter22", "hunter33")


def test_settings_travel_whole_through_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
        posture = "incident"
        [etcd]
        endpoints = ["10.0.0.1:2379", "[::1]:2379"]
        password = "hun ter,22"
        ca_file = "/etc/ca.pem"
        [kafka]
        tls = true
        sasl_mechanism = "PLAIN"
        [dns]
        zones = ["example.com", "example.org"]
        [demo]
        staleness_bound_s = 0.1
    """
    settings = load(written(tmp_path, text))
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    again = load()
    assert again.model_dump(exclude={"demo"}) == settings.model_dump(exclude={"demo"})
    assert again.demo.run_dir == Path("runs").absolute()
    assert secrets(again) == ("hun ter,22",)
