"""Who may import whom: the contracts hold, cover every module, and bite."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("coordination", "actors", "dns_server", "namelatch")
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
# Adapters and what judges them do things; everything else in coordination is values and rules.
DOING = {"memory", "memory_log", "etcd", "kafka", "history", "conformance"}


def modules(package: str) -> set[str]:
    """The modules and packages directly in a package."""
    found = (ROOT / package).iterdir()
    return {
        entry.stem
        for entry in found
        if (entry.suffix == ".py" and entry.stem != "__init__") or (entry / "__init__.py").is_file()
    }


def lint(root: Path) -> str:
    """What import-linter says of a tree; empty when it has no complaint."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-logo",
            "--no-cache",
        ],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_every_module_has_its_layer() -> None:
    parts = [part.strip() for layer in CONTRACTS["layers"]["layers"] for part in layer.split(":")]
    named = {part.strip("()") for part in parts}
    there = {f"{package}.{module}" for package in PACKAGES for module in modules(package)}
    assert there - named == set(), "not in a layer of [tool.importlinter]"
    assert {part for part in parts if not part.startswith("(")} - there == set(), (
        "in a layer, but there is no such module"
    )


def test_every_module_of_coordination_is_pure_or_an_adapter() -> None:
    pure = {name.removeprefix("coordination.") for name in CONTRACTS["pure"]["source_modules"]}
    assert modules("coordination") == pure | DOING


def test_the_contracts_hold_in_the_tree_as_it_is(copy: Path) -> None:
    assert lint(copy) == ""


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("namelatch/demo/x.py", "import ray", "ray only in actors.on_ray"),
        ("actors/service.py", "import aiokafka", "The Kafka client only in coordination.kafka"),
        ("dns_server/follower.py", "import grpc.aio", "The etcd client only in coordination.etcd"),
        ("coordination/kafka/x.py", "import aetcd.rpc", "The etcd client only in coordination.etcd"),
        ("dns_server/answer.py", "import dnslib", "dnslib only in dns_server.wire"),
        ("actors/enactor.py", "import asyncio", "The protocol takes time, chance and the network only through ports"),
        ("actors/planner.py", "import time", "The protocol takes time, chance and the network only through ports"),
        ("actors/collector.py", "import coordination.memory", "The protocol takes time, chance"),
        ("coordination/authority.py", "import random", "What the authority means depends on nothing but values"),
        ("coordination/plan.py", "import coordination.authority", "Top may import below"),
        ("coordination/postures.py", "import actors.service", "Top may import below"),
        ("dns_server/snapshot.py", "import namelatch.config", "Top may import below"),
        ("dns_server/server.py", "import actors.service", "Who acts and who serves meet only in the authority"),
        ("coordination/etcd/keys.py", "import coordination.memory", "Adapters know nothing of one another"),
        ("namelatch/lab/crossing.py", "import coordination.etcd.client", "The lab runs without Ray, Kafka and gRPC"),
        ("namelatch/lab/commands/judge.py", "import actors.on_ray.local", "The lab runs without Ray, Kafka and gRPC"),
        ("namelatch/lab/commands/judge.py", "import namelatch.compose", "Top may import below"),
        (
            "namelatch/lab/histories/linearizable.py",
            "import random",
            "What a history proves depends on its lines alone",
        ),
        ("coordination/history.py", "import time", "What a history proves depends on its lines alone"),
    ],
)
def test_a_forbidden_import_is_found(copy: Path, tmp_path: Path, module: str, line: str, broken: str) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(copy, tree)
    target = tree / module
    target.write_text((target.read_text() if target.exists() else "") + f"\n{line}\n")
    assert f"{broken}" in lint(tree).partition("Broken contracts")[2]


def test_reaching_a_clock_through_a_neighbour_is_found(copy: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(copy, tree)
    (tree / "actors" / "neighbour.py").write_text("import time\n")
    (tree / "actors" / "walk.py").write_text((tree / "actors" / "walk.py").read_text() + "\nimport actors.neighbour\n")
    assert "actors.walk -> actors.neighbour" in lint(tree)
