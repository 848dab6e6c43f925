"""What must hold of an overlay: each check returns its complaints, so that a test can see it find what was broken."""

import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import jsonschema
import kubernetes_validate

from namelatch.cli import cli
from namelatch.config import Settings
from namelatch.loading import load
from namelatch.trouble import Misuse
from tests.k8s.built import Object, Pod, only, pods
from tests.k8s.flows import matches
from tests.k8s.schemas import CUSTOM

KUBERNETES = "1.30"  # the least that is asked for: preStop's sleep is younger than 1.29
IMAGE = "namelatch"
# What Strimzi makes: of a user its certificate, of a cluster its authority's.
STRIMZI_MAKES = {
    "namelatch-actors": {"ca.crt", "user.crt", "user.key"},
    "namelatch-kafka-cluster-ca-cert": {"ca.crt"},
}


def name_of(one: Object) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


# --- shapes ------------------------------------------------------------------------------------------------------


def shapes(objects: list[Object]) -> list[str]:
    """Kubernetes' own objects by its schemas, ours by ours, and every pod inside of one as a pod."""
    found = []
    for one in objects:
        custom = CUSTOM.get((one["apiVersion"], one["kind"]))
        try:
            if custom is None:
                kubernetes_validate.validate(one, KUBERNETES, strict=True)
            else:
                jsonschema.validate(one["spec"], custom)
        except (kubernetes_validate.ValidationError, jsonschema.ValidationError) as error:
            found.append(f"{name_of(one)}: {'.'.join(map(str, error.path))}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError:
            found.append(f"{name_of(one)}: nobody knows a {one['apiVersion']} {one['kind']}")
    for pod in pods(objects):
        as_pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod.spec}
        try:
            kubernetes_validate.validate(as_pod, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{pod.owner}: {'.'.join(map(str, error.path))}: {error.message}")
    return found


def workflows(objects: list[Object]) -> list[str]:
    """Every step of a workflow has a template, every template says what its type asks for, and is used."""
    found = []
    for one in (one for one in objects if one["kind"] == "Workflow"):
        templates = {template["name"]: template for template in one["spec"]["templates"]}
        used = {one["spec"]["entry"]} | {step for each in templates.values() for step in each.get("children", [])}
        found += [f"{name_of(one)}: {name} is no template or no step" for name in sorted(used ^ set(templates))]
        for name, template in templates.items():
            kind = template["templateType"]
            owes = {"Serial": "children", "Suspend": "deadline"}.get(kind, kind[0].lower() + kind[1:])
            if owes not in template:
                found.append(f"{name_of(one)}: {name} is a {kind} without {owes}")
    return found


# --- pods --------------------------------------------------------------------------------------------------------


def hardening(objects: list[Object]) -> list[str]:
    """Non-root, nothing writable but volumes, no capability, no token, limits, and probes where a pod lives on."""
    return [f"{pod.owner}: {what}" for pod in pods(objects) for what in _soft(pod)] + _soft_kafka(objects)


def _soft(pod: Pod) -> Iterator[str]:
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "a token of the Kubernetes API is mounted"
    if pod.spec.get("hostNetwork") or pod.spec.get("hostPID"):
        yield "it lives in the host's name spaces"
    yield from _soft_pod(pod.spec.get("securityContext", {}))
    for container in pod.containers():
        name = container["name"]
        yield from (f"{name} {what}" for what in _soft_container(container.get("securityContext", {})))
        yield from (f"{name} {what}" for what in _unbounded(container.get("resources", {})))
        wanted = {"livenessProbe", "readinessProbe"} if pod.lives else set()
        yield from (f"{name} has no {probe}" for probe in sorted(wanted - set(container)))
        tag = container["image"].rpartition(":")
        if not tag[0] or tag[2] == "latest" or "/" in tag[2]:
            yield f"{name} runs {container['image']}, which may be another tomorrow"


def _soft_pod(context: Object) -> Iterator[str]:
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield "its user may be root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "no seccomp profile"


def _soft_container(context: Object) -> Iterator[str]:
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    for key, value in wanted.items():
        if context.get(key) != value:
            yield f"has {key} {context.get(key)}"


def _unbounded(resources: Object) -> Iterator[str]:
    for side in ("requests", "limits"):
        for what in ("cpu", "memory"):
            if what not in resources.get(side, {}):
                yield f"has no {what} in {side}"


def _soft_kafka(objects: list[Object]) -> list[str]:
    """Strimzi's pods as far as they are ours to say."""
    found: list[str] = []
    for one in objects:
        spec = one.get("spec", {})
        if one["kind"] == "KafkaNodePool":
            containers, resources = [spec["template"]["kafkaContainer"]], [spec["resources"]]
            template = spec["template"]
        elif one["kind"] == "Kafka":
            operator = spec["entityOperator"]
            template = operator["template"]
            containers = [template["topicOperatorContainer"], template["userOperatorContainer"]]
            resources = [operator["topicOperator"]["resources"], operator["userOperator"]["resources"]]
        else:
            continue
        told = [*_soft_pod(template["pod"]["securityContext"])]
        told += [what for container in containers for what in _soft_container(container["securityContext"])]
        told += [what for one_s in resources for what in _unbounded(one_s)]
        found += [f"{name_of(one)}: {what}" for what in told]
    return found


# --- who is meant ------------------------------------------------------------------------------------------------


def selectors(objects: list[Object]) -> list[str]:
    """Whoever selects pods selects some: of one workload, and its own where it is a workload."""
    templates = list(pods(objects))
    found = []
    for one in objects:
        spec = one.get("spec", {})
        match one["kind"]:
            case "Service":
                chosen = [pod for pod in templates if matches({"matchLabels": spec["selector"]}, pod.labels)]
            case "PodDisruptionBudget":
                chosen = [pod for pod in templates if matches(spec["selector"], pod.labels)]
            case "Deployment" | "StatefulSet":
                chosen = [pod for pod in templates if matches(spec["selector"], pod.labels)]
                own = spec["template"]["spec"]
                spreads = [each["labelSelector"] for each in own.get("topologySpreadConstraints", [])]
                if any(not matches(each, spec["template"]["metadata"]["labels"]) for each in spreads):
                    found.append(f"{name_of(one)}: spreads pods that are not its own")
                if one["kind"] == "StatefulSet":
                    only(objects, "Service", spec["serviceName"])
            case _:
                continue
        if len({pod.owner for pod in chosen}) != 1:
            found.append(f"{name_of(one)}: selects {[pod.owner for pod in chosen]}")
    return found


def references(objects: list[Object]) -> list[str]:
    """Every ConfigMap, Secret, volume and account that a pod names is there, with every file that the settings name."""
    maps = config_keys(objects)
    accounts = {one["metadata"]["name"] for one in objects if one["kind"] == "ServiceAccount"}
    secrets = {**STRIMZI_MAKES, **secret_keys(objects)}
    found = []
    for pod in pods(objects):
        if pod.spec["serviceAccountName"] not in accounts:
            found.append(f"{pod.owner}: no ServiceAccount {pod.spec['serviceAccountName']}")
        claims = _claims(objects, pod.owner)
        volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
        for volume in volumes.values():
            if "configMap" in volume and volume["configMap"]["name"] not in maps:
                found.append(f"{pod.owner}: no ConfigMap {volume['configMap']['name']}")
            if "secret" in volume and volume["secret"]["secretName"] not in secrets:
                found.append(f"{pod.owner}: no Secret {volume['secret']['secretName']}")
        for container in pod.containers():
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in {*volumes, *claims}:
                    found.append(f"{pod.owner}: no volume {mount['name']}")
            for source in container.get("envFrom", []):
                if source["configMapRef"]["name"] not in maps:
                    found.append(f"{pod.owner}: no ConfigMap {source['configMapRef']['name']}")
            for variable in container.get("env", []):
                key = variable.get("valueFrom", {}).get("secretKeyRef")
                if key and key["key"] not in secrets.get(key["name"], set()):
                    found.append(f"{pod.owner}: no key {key['key']} in Secret {key['name']}")
            found += [f"{pod.owner}: nothing is mounted at {path}" for path in _unmounted(objects, pod, container)]
    return found


def _claims(objects: list[Object], owner: str) -> set[str]:
    kind, name = owner.split()[:2]
    if kind != "StatefulSet":
        return set()
    return {claim["metadata"]["name"] for claim in only(objects, kind, name)["spec"]["volumeClaimTemplates"]}


def config_keys(objects: list[Object]) -> dict[str, set[str]]:
    """The ConfigMaps and their keys."""
    return {one["metadata"]["name"]: set(one["data"]) for one in objects if one["kind"] == "ConfigMap"}


def secret_keys(objects: list[Object]) -> dict[str, set[str]]:
    """The Secrets that come with the overlay, or are fetched for it, and their keys."""
    found = {one["metadata"]["name"]: set(one["data"]) for one in objects if one["kind"] == "Secret"}
    for one in (one for one in objects if one["kind"] == "ExternalSecret"):
        found[one["spec"]["target"]["name"]] = {each["secretKey"] for each in one["spec"]["data"]}
    return found


def _unmounted(objects: list[Object], pod: Pod, container: Object) -> Iterator[str]:
    """Files that a container's settings name and no mount of it has."""
    settings = settings_of(objects, container)
    if settings is None or container["name"] == "up":  # what is deployed reads its files elsewhere
        return
    etcd, kafka = settings.etcd, settings.kafka
    wanted = [etcd.ca_file, etcd.cert_file, etcd.key_file]
    wanted += (
        [kafka.ca_file, kafka.cert_file, kafka.key_file, settings.planner.inputs] if container["name"] != "dns" else []
    )
    secrets = {**STRIMZI_MAKES, **secret_keys(objects)}
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    there = set()
    for mount in container["volumeMounts"]:
        volume = volumes.get(mount["name"], {})
        if "secret" in volume:
            keys = secrets.get(volume["secret"]["secretName"], set())
        elif "configMap" in volume:
            keys = config_keys(objects).get(volume["configMap"]["name"], set())
        else:
            keys = set()
        there |= {f"{mount['mountPath']}/{key}" for key in keys}
    yield from sorted(str(path) for path in wanted if path is not None and str(path) not in there)
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    for path in (settings.dns.snapshot, settings.dns.status) if container["name"] == "dns" else ():
        if path is None or str(path.parent) not in writable:
            yield f"{path} (writable)"


# --- settings ----------------------------------------------------------------------------------------------------


def settings_of(objects: list[Object], container: Object) -> Settings | None:
    """The settings that a container runs with, by our own loader; None for what is not ours. Raises Misuse."""
    if container["image"].rpartition(":")[0].rpartition("/")[2] != IMAGE:
        return None
    environment: dict[str, str] = {}
    for source in container.get("envFrom", []):
        environment |= only(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    environment |= {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}
    named = environment.pop("NAMELATCH_CONFIG", None)
    if named is None:
        return None
    content = only(objects, "ConfigMap", "namelatch-config")["data"][Path(named).name]
    ours = {name: value for name, value in environment.items() if name.startswith("NAMELATCH_")}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NAMELATCH_")}
    with patch.dict(os.environ, {**inherited, **ours}, clear=True):
        return _loaded(content)


def _loaded(content: str) -> Settings:
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(content)
        file.flush()
        return load(Path(file.name))


def settings(objects: list[Object]) -> list[str]:
    """Every container of ours has settings that our loader takes, and they name what is deployed."""
    found = []
    for pod in pods(objects):
        for container in pod.containers():
            try:
                loaded = settings_of(objects, container)
            except Misuse as misuse:
                found.append(f"{pod.owner}: {misuse}")
                continue
            if loaded is not None:
                found += [f"{pod.owner}: {what}" for what in _elsewhere(objects, loaded)]
    return found


def _elsewhere(objects: list[Object], settings: Settings) -> Iterator[str]:
    """Addresses in the settings that lead to nothing that is deployed."""
    etcd = only(objects, "StatefulSet", "namelatch-etcd")["spec"]
    members = {f"namelatch-etcd-{n}.{etcd['serviceName']}:2379" for n in range(etcd["replicas"])}
    if set(settings.etcd.endpoints) != members:
        yield f"etcd.endpoints are {sorted(settings.etcd.endpoints)}, the members {sorted(members)}"
    peers = only(objects, "ConfigMap", "namelatch-etcd")["data"]["ETCD_INITIAL_CLUSTER"].split(",")
    named = {f"namelatch-etcd-{n}=https://namelatch-etcd-{n}.{etcd['serviceName']}:2380" for n in range(len(members))}
    if set(peers) != named:
        yield f"etcd's initial cluster is {peers}"
    kafka = only(objects, "Kafka", "namelatch-kafka")
    bootstrap = {
        f"{kafka['metadata']['name']}-kafka-bootstrap:{each['port']}" for each in kafka["spec"]["kafka"]["listeners"]
    }
    if set(settings.kafka.bootstrap) - bootstrap:
        yield f"kafka.bootstrap is {settings.kafka.bootstrap}, the listeners are {sorted(bootstrap)}"
    topics = [one for one in objects if one["kind"] == "KafkaTopic"]
    wanted = {f"{settings.kafka.topic_prefix}.{what}" for what in ("plans", "announcements", "reports")}
    if {topic["metadata"]["name"] for topic in topics} != wanted:
        yield f"the topics are not {sorted(wanted)}"
    brokers = only(objects, "KafkaNodePool", "broker")["spec"]["replicas"]
    if {topic["spec"]["replicas"] for topic in topics} != {settings.kafka.replication_factor}:
        yield f"topics and kafka.replication_factor {settings.kafka.replication_factor} differ"
    if settings.kafka.replication_factor > brokers:
        yield f"{settings.kafka.replication_factor} replicas on {brokers} brokers"
    ray = only(objects, "RayCluster", "namelatch-ray")
    if settings.ray.address != f"ray://{ray['metadata']['name']}-head-svc:10001":
        yield f"ray.address is {settings.ray.address}"
    groups = {group["labels"].get(settings.ray.az_label) for group in ray["spec"]["workerGroupSpecs"]}
    if groups != set(settings.enactors.azs):
        yield f"enactors.azs are {settings.enactors.azs}, the workers' {groups}"


# --- ports and commands ------------------------------------------------------------------------------------------


def ports(objects: list[Object]) -> list[str]:
    """Services lead to ports that are there, probes ask ports that are there, and the DNS server listens on its own."""
    found = []
    templates = list(pods(objects))
    for service in (one for one in objects if one["kind"] == "Service"):
        (pod,) = (pod for pod in templates if matches({"matchLabels": service["spec"]["selector"]}, pod.labels))
        named = {(port["name"], port.get("protocol", "TCP")) for port in _ports(pod)}
        for port in service["spec"]["ports"]:
            if (port["targetPort"], port.get("protocol", "TCP")) not in named:
                found.append(f"{name_of(service)}: {pod.owner} has no port {port['targetPort']}")
    for pod in templates:
        numbers = {port["name"]: port["containerPort"] for port in _ports(pod)}
        for container in pod.containers():
            for probe in _probes(container):
                asked = probe.get("httpGet", {}).get("port")
                if isinstance(asked, str) and asked not in numbers:
                    found.append(f"{pod.owner}: a probe asks port {asked}")
            loaded = settings_of(objects, container)
            if container["name"] == "dns" and loaded is not None:
                if set(numbers.values()) != {loaded.dns.port}:
                    found.append(f"{pod.owner}: dns.port is {loaded.dns.port}, its ports are {numbers}")
                found += [f"{pod.owner}: a probe {what}" for what in _asks_elsewhere(container, loaded)]
    return found


def _ports(pod: Pod) -> list[Object]:
    return [port for container in pod.containers() for port in container.get("ports", [])]


def _probes(container: Object) -> list[Object]:
    return [container[key] for key in ("startupProbe", "readinessProbe", "livenessProbe") if key in container]


def _asks_elsewhere(container: Object, loaded: Settings) -> Iterator[str]:
    for probe in _probes(container):
        asked = parsed(probe["exec"]["command"][1:])
        told = (asked["port"], asked["name"])
        if told != (loaded.dns.port, loaded.dns.zones[0]):
            yield f"asks {told}"
        if asked["status"] not in (None, loaded.dns.status):
            yield f"reads {asked['status']}"
        if asked["max_stale"] is not None:
            yield "takes a server out of service for being behind"
        if probe["timeoutSeconds"] <= asked["timeout"] * (1 + asked["tcp"]):
            yield f"is cut off at {probe['timeoutSeconds']} s"


def commands(objects: list[Object]) -> list[str]:
    """What our image is told to run is a command of ours, with options that it has."""
    found = []
    for pod in pods(objects):
        for container in pod.containers():
            if container["image"].rpartition(":")[0].rpartition("/")[2] != IMAGE:
                continue
            told = [container["args"]] if "args" in container else []
            told += [probe["exec"]["command"][1:] for probe in _probes(container) if "exec" in probe]
            for words in told:
                try:
                    parsed(words)
                except click.UsageError as error:
                    found.append(f"{pod.owner}: namelatch {shlex.join(words)}: {error.format_message()}")
    return found


def parsed(words: list[str]) -> dict[str, Any]:
    """The parameters of a command line of ours, parsed by the command itself. Raises click.UsageError."""
    group: click.Command = cli
    context = click.Context(cli, info_name="namelatch")
    left = list(words)
    while isinstance(group, click.Group):
        name, command, left = group.resolve_command(context, left)
        assert command is not None
        context = click.Context(command, info_name=name, parent=context)
        group = command
    return dict(group.make_context(context.info_name, left, parent=context.parent).params)


CHECKS = (shapes, workflows, hardening, selectors, references, settings, ports, commands)
