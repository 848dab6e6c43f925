"""The overlays as Kubernetes would get them: built by the real kustomize, in a copy, with secrets made for the test.

kustomize is a program of its own, or `kubectl kustomize`; .ci/run makes one where there is neither. Without it these
tests skip and say so: a loader of ours would prove our loader.
"""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
# Each overlay with the folders that are applied for it: a round of faults comes over a cluster that is up.
OVERLAYS: dict[str, tuple[str, ...]] = {
    "dev": ("dev",),
    "prod": ("prod",),
    "chaos": ("chaos",),
    "chaos/faults": ("chaos", "chaos/faults"),
}

Object = dict[str, Any]


def builder() -> list[str] | None:
    """How to build here; None when nothing can."""
    cached = ROOT / ".tools" / "kustomize"
    for program, words in ((str(cached), ["build"]), ("kustomize", ["build"]), ("kubectl", ["kustomize"])):
        if found := shutil.which(program):
            return [found, *words]
    return None


def build(folder: str, scratch: Path) -> list[Object]:
    """Every object of a folder in k8s/overlays. Raises CalledProcessError when kustomize refuses."""
    command = builder()
    assert command is not None, "whoever builds has looked"
    tree = scratch / "k8s"
    if not tree.exists():
        shutil.copytree(K8S, tree, ignore=shutil.ignore_patterns("secrets"))
        subprocess.run(["sh", str(tree / "overlays/dev/make-secrets")], check=True, timeout=30)
    done = subprocess.run(
        [*command, str(tree / "overlays" / folder)], capture_output=True, text=True, check=True, timeout=60
    )
    return [document for document in yaml.load_all(done.stdout, yaml.CSafeLoader) if document]


@dataclass(frozen=True)
class Pod:
    """One pod template: of what, its labels as they will be, its spec. `lives` is false for those that end."""

    owner: str
    labels: dict[str, str]
    spec: Object
    lives: bool

    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def pods(objects: list[Object]) -> Iterator[Pod]:
    """Every pod template that we write: those that Strimzi writes are in no manifest."""
    for one in objects:
        name, spec = f"{one['kind']} {one['metadata']['name']}", one.get("spec", {})
        match one["kind"]:
            case "Deployment" | "StatefulSet":
                yield _pod(name, spec["template"])
            case "Job":
                yield _pod(name, spec["template"], lives=False)
            case "CronJob":
                yield _pod(name, spec["jobTemplate"]["spec"]["template"], lives=False)
            case "RayCluster":
                cluster = one["metadata"]["name"]
                yield _pod(f"{name} head", spec["headGroupSpec"]["template"], rays(cluster, "head", "headgroup"))
                for group in spec["workerGroupSpecs"]:
                    of_ray = rays(cluster, "worker", group["groupName"]) | group.get("labels", {})
                    yield _pod(f"{name} {group['groupName']}", group["template"], of_ray)


def rays(cluster: str, node: str, group: str) -> dict[str, str]:
    """The labels that KubeRay gives its pods (labelPod in its ray-operator/controllers/ray/common/pod.go)."""
    return {"ray.io/cluster": cluster, "ray.io/node-type": node, "ray.io/group": group}


def _pod(owner: str, template: Object, more: dict[str, str] | None = None, lives: bool = True) -> Pod:
    return Pod(owner, {**template["metadata"].get("labels", {}), **(more or {})}, template["spec"], lives)


def only(objects: list[Object], kind: str, name: str) -> Object:
    (found,) = (one for one in objects if one["kind"] == kind and one["metadata"]["name"] == name)
    return found


@cache
def no_builder() -> str:
    """Why nothing can be built; empty when it can."""
    return "" if builder() else "neither kustomize nor kubectl is on the path"
