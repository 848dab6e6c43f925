"""The image's recipe, read as text: no test builds it (docs/deploy.md)."""

import re
import tomllib

import pytest
import yaml

from tests.k8s.built import K8S, ROOT

DOCKERFILE = (K8S / "image/Dockerfile").read_text()
IGNORE = (K8S / "image/Dockerfile.dockerignore").read_text()
LOCK = (K8S / "image/requirements.txt").read_text()
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions with their words, continued lines joined."""
    joined = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


def pins(text: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def faults(text: str) -> list[str]:
    """What an image of ours must not be."""
    steps = instructions(text)
    found = []
    stages = [at for at, (word, _) in enumerate(steps) if word == "FROM"]
    base = dict(one.split("=", 1) for word, one in steps if word == "ARG" and "=" in one)["BASE"]
    if not re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+-[\w-]+(@sha256:[0-9a-f]{64})?", base):
        found.append(f"the base {base} is not exact")
    if len(stages) < 2 or any("${BASE}" not in steps[at][1] for at in stages):
        found.append("it is not built in stages from one base")
    last = steps[stages[-1] :]
    users = [one for word, one in last if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]):
        found.append("its user is no number above 0")
    for word, words in steps:
        if word == "ADD" or "curl " in words or "wget " in words:
            found.append(f"it takes something from elsewhere: {words}")
        if word == "RUN" and "pip install" in words and not re.search(r"--require-hashes|--no-deps", words):
            found.append(f"it installs what has no hash: {words}")
        if word == "RUN" and ("||" in words or ";" in words):
            found.append(f"a failure is passed over: {words}")
        if re.search(r"(?i)password|token|secret", words):
            found.append(f"a secret may be in it: {words}")
    return found


def test_it_is_built_from_exact_parts_in_stages_for_a_user_who_is_not_root() -> None:
    assert faults(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("USER 10001:10001", "USER root", "no number above 0"),
        ("USER 10001:10001\n", "", "no number above 0"),
        ("USER 10001:10001", "USER 0:0", "no number above 0"),
        ("3.11.13-slim-bookworm", "slim", "is not exact"),
        ("--require-hashes ", "", "has no hash"),
        ("--no-build-isolation .", "--no-build-isolation . || true", "passed over"),
        ("WORKDIR /tmp", "ENV RAY_AUTH_TOKEN=x", "a secret may be in it"),
        ("FROM ${BASE} AS run", "FROM debian:12 AS run", "not built in stages from one base"),
    ],
)
def test_a_worse_image_is_found(old: str, new: str, said: str) -> None:
    assert old in DOCKERFILE
    assert any(said in fault for fault in faults(DOCKERFILE.replace(old, new)))


def test_whatever_is_copied_is_there_and_let_through_and_is_all_that_is_let_through() -> None:
    copied = {
        word
        for step, words in instructions(DOCKERFILE)
        if step == "COPY" and "--from" not in words
        for word in words.split()[:-1]
    }
    assert all((ROOT / path).exists() for path in copied)
    assert {line.removeprefix("!") for line in IGNORE.splitlines() if line.startswith("!")} == copied
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.removesuffix("*") for name in packages} < copied


def test_it_installs_what_was_tested_and_every_file_has_its_hash() -> None:
    locked, tested = pins(LOCK), pins((ROOT / "constraints.txt").read_text())
    assert {name for name in locked if name in tested and locked[name] != tested[name]} == set()
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*extra["dependencies"], *extra["optional-dependencies"]["run"]]
    assert {re.split(r"[<>=\[ ]", one)[0].lower() for one in asked} <= set(locked)
    entries = [one for one in re.split(r"(?m)^(?=[A-Za-z])", LOCK) if PIN.match(one)]
    assert len(entries) == len(locked)
    assert all("--hash=sha256:" in one for one in entries)


def test_ray_is_the_same_in_the_image_and_in_the_cluster() -> None:
    cluster = yaml.safe_load((K8S / "base/ray.yaml").read_text())
    assert cluster["spec"]["rayVersion"] == pins(LOCK)["ray"]


def test_the_images_tag_is_the_versions() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for folder in ("base", "overlays/prod", "overlays/chaos/faults"):
        (image,) = yaml.safe_load((K8S / folder / "kustomization.yaml").read_text())["images"]
        assert image["newTag"] == version, folder
    for text in (DOCKERFILE, *((ROOT / name).read_text() for name in ("k8s/README.md", "docs/deploy.md"))):
        assert f"-t namelatch:{version} ." in text
        assert set(re.findall(r"namelatch:(\d+\.\d+\.\d+)", text)) == {version}
