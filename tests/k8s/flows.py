"""Which pods speak to which: the list that the NetworkPolicies are held against, and what they mean.

A flow passes when some policy lets it leave and some policy lets it arrive: policies add up, and a pod that no policy
selects is open (networking.k8s.io/v1). Ports are those that the addressed pod listens on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.k8s.built import Object, only, rays

# KubeRay's and Strimzi's labels are theirs; the rest are ours.
WHO: dict[str, dict[str, str]] = {
    "dns": {"app.kubernetes.io/name": "namelatch", "app.kubernetes.io/component": "dns"},
    "up": {"app.kubernetes.io/name": "namelatch", "app.kubernetes.io/component": "up"},
    "watch": {"app.kubernetes.io/name": "namelatch", "app.kubernetes.io/component": "watch"},
    "etcd": {"app.kubernetes.io/name": "etcd", "app.kubernetes.io/component": "authority"},
    "redis": {"app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "ray-storage"},
    "head": rays("namelatch-ray", "head", "headgroup"),
    "worker": rays("namelatch-ray", "worker", "az-a"),
    "cleanup": rays("namelatch-ray", "redis-cleanup", "headgroup"),
    "kafka": {"strimzi.io/cluster": "namelatch-kafka", "strimzi.io/kind": "Kafka"},
    "stranger": {"app": "anything else in this namespace"},
}
PORTS: dict[str, tuple[tuple[str, int], ...]] = {
    "dns": (("UDP", 8053), ("TCP", 8053)),
    "up": (),
    "watch": (),
    "etcd": (("TCP", 2379), ("TCP", 2380), ("TCP", 2381)),
    "redis": (("TCP", 6379),),
    "head": (("TCP", 6379), ("TCP", 8265), ("TCP", 10001), ("TCP", 52365)),
    "worker": (("TCP", 52365),),
    "cleanup": (),
    "kafka": (("TCP", 9090), ("TCP", 9091), ("TCP", 9093)),
    "stranger": (("TCP", 80),),
}
ALWAYS = {
    *((who, "dns", protocol, 8053) for who in ("world", "watch", "worker") for protocol in ("UDP", "TCP")),
    ("dns", "etcd", "TCP", 2379),
    ("worker", "etcd", "TCP", 2379),
    ("etcd", "etcd", "TCP", 2380),
    ("worker", "kafka", "TCP", 9093),
    ("up", "head", "TCP", 10001),
    ("head", "redis", "TCP", 6379),
    ("cleanup", "redis", "TCP", 6379),
    # Ray's pods among themselves, KubeRay's job that cleans up included: it carries the cluster's label.
    *((one, "head", "TCP", port) for one in ("head", "worker", "cleanup") for port in (6379, 8265, 10001, 52365)),
    *((one, "worker", "TCP", 52365) for one in ("head", "worker", "cleanup")),
    *(("kafka", "kafka", "TCP", port) for port in (9090, 9091, 9093)),
}
Flow = tuple[str, str, str, int]


def needed(overlay: str) -> set[Flow]:
    """The flows of an overlay; only a round of faults has somebody who watches."""
    return {flow for flow in ALWAYS if flow[0] != "watch" or overlay == "chaos/faults"}


@dataclass(frozen=True)
class Policies:
    """The NetworkPolicies of a namespace, Strimzi's for Kafka's listeners included."""

    policies: tuple[Object, ...]

    def open(self) -> Iterator[Flow]:
        """Everything that passes, of everything that could be asked for."""
        for source in (*WHO, "world"):
            for target, ports in PORTS.items():
                for protocol, port in ports:
                    if self._leaves(source, target, protocol, port) and self._arrives(source, target, protocol, port):
                        yield source, target, protocol, port

    def resolves(self, who: str) -> bool:
        """Whether it may ask the cluster's own DNS, over both transports."""
        kube_dns = {"k8s-app": "kube-dns"}
        return all(
            any(
                _lets(rule, "to", kube_dns, protocol, 53, "kube-system")
                for rule in self._rules(WHO[who], "Egress", "egress")
            )
            for protocol in ("UDP", "TCP")
        )

    def _leaves(self, source: str, target: str, protocol: str, port: int) -> bool:
        if source == "world":
            return True
        rules = self._rules(WHO[source], "Egress", "egress")
        return any(_lets(rule, "to", WHO[target], protocol, port) for rule in rules)

    def _arrives(self, source: str, target: str, protocol: str, port: int) -> bool:
        rules = self._rules(WHO[target], "Ingress", "ingress")
        return any(_lets(rule, "from", WHO.get(source), protocol, port) for rule in rules)

    def _rules(self, labels: dict[str, str], kind: str, key: str) -> list[Object]:
        ours = [one["spec"] for one in self.policies if kind in one["spec"]["policyTypes"]]
        selecting = [spec for spec in ours if matches(spec["podSelector"], labels)]
        if not selecting:
            return [{}]  # nobody restricts it
        return [rule for spec in selecting for rule in spec.get(key) or []]


def policies(objects: list[Object]) -> Policies:
    return Policies((*(one for one in objects if one["kind"] == "NetworkPolicy"), *_of_strimzi(objects)))


def _of_strimzi(objects: list[Object]) -> Iterator[Object]:
    """What Strimzi generates: its own ports among its pods, each listener's port for that listener's peers."""
    kafka = only(objects, "Kafka", "namelatch-kafka")["spec"]["kafka"]
    own = [{"podSelector": {"matchLabels": {"strimzi.io/cluster": "namelatch-kafka"}}}]
    ingress: list[Object] = [{"from": own}]
    for listener in kafka["listeners"]:
        peers = {"from": listener["networkPolicyPeers"]} if "networkPolicyPeers" in listener else {}
        ingress.append({**peers, "ports": [{"port": listener["port"], "protocol": "TCP"}]})
    yield {"spec": {"podSelector": own[0]["podSelector"], "policyTypes": ["Ingress"], "ingress": ingress}}


def matches(selector: Object, labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, f"not understood here: {selector}"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def _lets(
    rule: Object, side: str, labels: dict[str, str] | None, protocol: str, port: int, namespace: str | None = None
) -> bool:
    ports = rule.get("ports")
    if ports is not None and not any(one.get("protocol", "TCP") == protocol and one["port"] == port for one in ports):
        return False
    peers = rule.get(side)
    return peers is None or any(_is_peer(peer, labels, namespace) for peer in peers)


def _is_peer(peer: Any, labels: dict[str, str] | None, namespace: str | None) -> bool:
    elsewhere = peer.get("namespaceSelector")
    if (elsewhere is None) != (namespace is None) or labels is None:
        return False
    if elsewhere is not None and not matches(elsewhere, {"kubernetes.io/metadata.name": str(namespace)}):
        return False
    return matches(peer.get("podSelector", {}), labels)
