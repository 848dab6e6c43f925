"""What the documents tell to type at a cluster names what the overlays have."""

import re

import pytest
import yaml

from tests.k8s.built import K8S, ROOT, build, no_builder

WALKS = ("docs/deploy.md", "k8s/README.md")
KIND = re.compile(r"\b(statefulset|deployment|cronjob|job|kafka|raycluster|workflow)/([\w.-]+)")
MADE = re.compile(r"create job --from=\S+ (\S+)")

pytestmark = pytest.mark.skipif(bool(no_builder()), reason=no_builder())


def typed(document: str) -> list[str]:
    """The lines that are set as code, continued ones joined."""
    shown = "\n".join(re.findall(r"^ {4,}(\S.*)$", document, re.MULTILINE)).replace("\\\n", " ")
    return shown.splitlines()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Kind in lower case and name, of a `chaos` under its faults: `dev` has the same names."""
    scratch = tmp_path_factory.mktemp("k8s")
    objects = [*build("chaos", scratch), *build("chaos/faults", scratch)]
    return {(one["kind"].lower(), one["metadata"]["name"]) for one in objects}


@pytest.mark.parametrize("document", WALKS)
def test_every_object_that_is_asked_for_is_there(document: str, there: set[tuple[str, str]]) -> None:
    lines = [line for line in typed((ROOT / document).read_text()) if line.startswith("kubectl ")]
    assert lines
    made = {("job", name) for line in lines for name in MADE.findall(line)}
    asked = {found for line in lines for found in KIND.findall(line)}
    assert asked - made <= there
    assert {name for line in lines for name in re.findall(r"-n (\S+)", line)} <= {
        name for kind, name in there if kind == "namespace"
    }


@pytest.mark.parametrize("document", WALKS)
def test_every_folder_that_is_applied_has_a_kustomization(document: str) -> None:
    applied = {one for line in typed((ROOT / document).read_text()) for one in re.findall(r" -k (\S+)", line)}
    assert "k8s/overlays/dev" in applied
    assert all((ROOT / one / "kustomization.yaml").exists() for one in applied)


def test_the_name_that_is_asked_for_is_in_the_example() -> None:
    (name,) = re.findall(r"^ *dig .* (\S+)$", (ROOT / WALKS[0]).read_text(), re.MULTILINE)
    assert f'["{name}"]' in (K8S / "base/config/inputs.toml").read_text()


def test_what_is_taken_away_first_is_what_an_operator_has_to_let_go(there: set[tuple[str, str]]) -> None:
    (kinds,) = re.findall(r"delete (\S+) --all", (ROOT / WALKS[0]).read_text())
    assert set(kinds.split(",")) <= {kind for kind, _ in there}


def test_a_round_is_watched_for_longer_than_its_faults_last() -> None:
    folder = K8S / "overlays/chaos/faults"
    spec = yaml.safe_load((folder / "workflow.yaml").read_text())["spec"]
    templates = {one["name"]: one for one in spec["templates"]}
    entry = templates[spec["entry"]]
    lasts = sum(_seconds(templates[step]["deadline"]) for step in entry["children"])
    watch = next(yaml.safe_load_all((folder / "watch.yaml").read_text()))["spec"]
    (looks,) = re.findall(r"--seconds=(\d+)", " ".join(watch["template"]["spec"]["containers"][0]["args"]))
    assert lasts <= _seconds(entry["deadline"]) <= int(looks) < watch["activeDeadlineSeconds"]


def _seconds(told: str) -> int:
    number, unit = int(told[:-1]), told[-1]
    return number * {"s": 1, "m": 60}[unit]
