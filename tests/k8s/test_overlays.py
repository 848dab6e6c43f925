"""Every overlay, built by the real kustomize: it holds, and each check sees what was broken on purpose."""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.k8s import checks
from tests.k8s.built import K8S, OVERLAYS, Object, build, no_builder, only
from tests.k8s.flows import needed, policies
from tests.k8s.schemas import of_crd

CRDS = os.environ.get("NAMELATCH_CRDS", "")

pytestmark = pytest.mark.skipif(bool(no_builder()), reason=no_builder())


@pytest.fixture(scope="module")
def overlays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Object]]:
    scratch = tmp_path_factory.mktemp("k8s")
    built = {folder: build(folder, scratch) for folders in OVERLAYS.values() for folder in folders}
    return {overlay: [one for folder in folders for one in built[folder]] for overlay, folders in OVERLAYS.items()}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_an_overlay_holds(overlays: dict[str, list[Object]], overlay: str, check: Callable[..., list[str]]) -> None:
    assert check(overlays[overlay]) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_exactly_the_flows_that_are_needed_pass(overlays: dict[str, list[Object]], overlay: str) -> None:
    assert set(policies(overlays[overlay]).open()) == needed(overlay)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everybody_who_names_others_may_look_names_up(overlays: dict[str, list[Object]], overlay: str) -> None:
    found = policies(overlays[overlay])
    assert all(found.resolves(who) for who in ("dns", "up", "watch", "etcd", "head", "worker", "cleanup", "kafka"))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_is_in_one_namespace_which_demands_what_the_pods_keep(
    overlays: dict[str, list[Object]], overlay: str
) -> None:
    objects = overlays[overlay]
    (namespace,) = (one for one in objects if one["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = {one["metadata"].get("namespace") for one in objects if one is not namespace}
    assert others == {namespace["metadata"]["name"]}


def test_a_round_of_faults_comes_and_goes_without_touching_the_cluster(overlays: dict[str, list[Object]]) -> None:
    cluster = [checks.name_of(one) for one in overlays["chaos"]]
    beside = [checks.name_of(one) for one in overlays["chaos/faults"]]
    assert len(beside) == len(set(beside)), "what is in both is deleted with the round"
    assert set(beside) - set(cluster) == {
        "Workflow namelatch-faults",
        "Job namelatch-watch",
        "NetworkPolicy namelatch-watch",
    }


def test_no_secret_is_in_the_repository() -> None:
    for path in (path for path in K8S.rglob("*") if path.is_file() and "secrets" not in path.parent.parts):
        text = path.read_text(encoding="utf-8")
        assert "PRIVATE KEY" not in text, path
        assert not any(isinstance(one, dict) and one.get("kind") == "Secret" for one in _documents(path, text)), path
    assert "k8s/overlays/*/secrets/" in (K8S.parent / ".gitignore").read_text().splitlines()


def test_only_the_overlay_for_development_generates_secrets(overlays: dict[str, list[Object]]) -> None:
    assert not [one for one in overlays["prod"] if one["kind"] == "Secret"]
    assert checks.secret_keys(overlays["prod"]) == checks.secret_keys(overlays["dev"])


@pytest.mark.skipif(not CRDS, reason="NAMELATCH_CRDS names no directory with the operators' CRDs")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_operators_own_schemas_take_it(overlays: dict[str, list[Object]], overlay: str) -> None:
    known: dict[tuple[str, str], Any] = {}
    for path in sorted(Path(CRDS).glob("*.yaml")):
        for crd in (one for one in yaml.safe_load_all(path.read_text()) if one):
            for version in crd["spec"]["versions"]:
                api = f"{crd['spec']['group']}/{version['name']}"
                known[api, crd["spec"]["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    custom = [one for one in overlays[overlay] if (one["apiVersion"], one["kind"]) in checks.CUSTOM]
    assert custom
    for one in custom:
        schema = of_crd(known[one["apiVersion"], one["kind"]])
        jsonschema.validate(one["spec"], schema["properties"]["spec"])


# --- broken on purpose -------------------------------------------------------------------------------------------


def container(objects: list[Object], kind: str, name: str) -> Any:
    return only(objects, kind, name)["spec"]["template"]["spec"]["containers"][0]


def dns(objects: list[Object]) -> Any:
    return container(objects, "Deployment", "namelatch-dns")


def worker(objects: list[Object]) -> Any:
    group = only(objects, "RayCluster", "namelatch-ray")["spec"]["workerGroupSpecs"][1]
    return group["template"]["spec"]["containers"][0]


def configure(objects: list[Object], key: str, value: str) -> None:
    only(objects, "ConfigMap", "namelatch-overrides")["data"][key] = value


def set_in(found: Any, key: Any, value: Any) -> None:
    found[key] = value


BROKEN: list[tuple[str, Callable[[list[Object]], Any], str]] = [
    ("shapes", lambda o: set_in(dns(o), "imagePullPolice", "Always"), "imagePullPolice"),
    ("shapes", lambda o: set_in(dns(o)["ports"][0], "containerPort", "8053"), "is not of type 'integer'"),
    ("shapes", lambda o: set_in(worker(o), "volumeMount", []), "volumeMount"),
    ("shapes", lambda o: set_in(only(o, "Kafka", "namelatch-kafka")["spec"]["kafka"], "replicas", 3), "replicas"),
    ("shapes", lambda o: set_in(only(o, "KafkaTopic", "namelatch.plans")["spec"], "partitions", 2), "1 was expected"),
    ("shapes", lambda o: only(o, "RayCluster", "namelatch-ray")["spec"].pop("authOptions"), "authOptions"),
    ("shapes", lambda o: set_in(only(o, "Service", "namelatch-dns"), "apiVersion", "v2"), "nobody knows"),
    ("workflows", lambda o: only(o, "Workflow", "namelatch-faults")["spec"]["templates"].pop(), "is no template"),
    ("hardening", lambda o: dns(o)["securityContext"].pop("readOnlyRootFilesystem"), "dns has readOnlyRootFilesystem"),
    ("hardening", lambda o: worker(o)["resources"]["limits"].pop("memory"), "has no memory in limits"),
    ("hardening", lambda o: dns(o).pop("livenessProbe"), "has no livenessProbe"),
    ("hardening", lambda o: set_in(dns(o), "image", "namelatch:latest"), "may be another tomorrow"),
    ("hardening", lambda o: set_in(dns(o), "image", "host:5000/namelatch"), "may be another tomorrow"),
    (
        "hardening",
        lambda o: only(o, "StatefulSet", "namelatch-etcd")["spec"]["template"]["spec"].pop("securityContext"),
        "its user may be root",
    ),
    (
        "hardening",
        lambda o: only(o, "KafkaNodePool", "broker")["spec"]["template"]["kafkaContainer"]["securityContext"].clear(),
        "KafkaNodePool broker",
    ),
    ("selectors", lambda o: only(o, "Service", "namelatch-dns")["spec"]["selector"].clear(), "selects ["),
    ("selectors", lambda o: set_in(only(o, "Service", "namelatch-dns")["spec"], "selector", {"a": "b"}), "selects []"),
    (
        "selectors",
        lambda o: set_in(
            only(o, "PodDisruptionBudget", "namelatch-etcd")["spec"]["selector"], "matchLabels", {"x": "y"}
        ),
        "selects []",
    ),
    ("references", lambda o: o.remove(only(o, "ConfigMap", "namelatch-inputs")), "no ConfigMap namelatch-inputs"),
    ("references", lambda o: o.remove(only(o, "Secret", "namelatch-etcd-client")), "no Secret namelatch-etcd-client"),
    ("references", lambda o: only(o, "Secret", "namelatch-ray")["data"].clear(), "no key auth_token"),
    ("references", lambda o: configure(o, "NAMELATCH_ETCD__KEY_FILE", "/etc/x.key"), "nothing is mounted at /etc/x"),
    ("references", lambda o: configure(o, "NAMELATCH_DNS__SNAPSHOT", "/srv/x"), "nothing is mounted at /srv/x (wr"),
    ("settings", lambda o: configure(o, "NAMELATCH_DNS__PROT", "53"), "dns.prot: there is no such key"),
    ("settings", lambda o: configure(o, "NAMELATCH_DNS__WORKERS", "many"), "dns.workers"),
    ("settings", lambda o: configure(o, "NAMELATCH_ENACTORS__AZS", "a,b"), "enactors.azs are"),
    ("settings", lambda o: configure(o, "NAMELATCH_KAFKA__BOOTSTRAP", "kafka:9092"), "kafka.bootstrap is"),
    ("settings", lambda o: set_in(only(o, "StatefulSet", "namelatch-etcd")["spec"], "replicas", 5), "etcd.endpoints"),
    ("ports", lambda o: configure(o, "NAMELATCH_DNS__PORT", "53"), "dns.port is 53"),
    ("ports", lambda o: configure(o, "NAMELATCH_DNS__ZONES", "example.org"), "a probe asks (8053, 'example.com')"),
    ("ports", lambda o: set_in(dns(o)["ports"][1], "name", "dns"), "has no port dns-tcp"),
    ("ports", lambda o: set_in(dns(o)["livenessProbe"], "timeoutSeconds", 1), "is cut off at 1 s"),
    ("ports", lambda o: dns(o)["readinessProbe"]["exec"]["command"].append("--max-stale=5"), "for being behind"),
    ("commands", lambda o: dns(o)["args"].append("--fast"), "No such option"),
    ("commands", lambda o: set_in(dns(o), "args", ["dns", "server"]), "No such command"),
    ("commands", lambda o: dns(o)["livenessProbe"]["exec"]["command"].append("--port=0"), "not in the range"),
]


@pytest.mark.parametrize(("name", "damage", "said"), BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_check_finds_what_was_broken(
    overlays: dict[str, list[Object]], name: str, damage: Callable[[list[Object]], Any], said: str
) -> None:
    (check,) = (check for check in checks.CHECKS if check.__name__ == name)
    objects = copy.deepcopy(overlays["chaos/faults"])
    damage(objects)
    assert any(said in complaint for complaint in check(objects)), check(objects)


def test_a_policy_that_is_missing_closes_a_flow_and_one_too_many_opens_one(overlays: dict[str, list[Object]]) -> None:
    objects = overlays["prod"]
    for policy in [one for one in objects if one["kind"] == "NetworkPolicy"]:
        without = [one for one in objects if one is not policy]
        found = policies(without)
        changed = set(found.open()) != needed("prod") or not found.resolves("dns")
        assert changed, f"{policy['metadata']['name']} makes no difference"


def _documents(path: Path, text: str) -> list[Any]:
    return list(yaml.safe_load_all(text)) if path.suffix == ".yaml" else []
