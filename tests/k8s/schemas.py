"""What of the custom resources we use, as strict JSON Schemas of our own: a field that is not here is a mistake.

Written after the CRDs of KubeRay 1.7.0, Strimzi 1.2.0, Chaos Mesh (August 2026) and External Secrets (v1). Only the
operators' own CRDs know everything: NAMELATCH_CRDS=directory holds the manifests against the files in it.
"""

from typing import Any

Schema = dict[str, Any]


def strict(required: str = "", **properties: Any) -> Schema:
    """An object with these properties and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def listed(item: Schema, least: int = 1) -> Schema:
    return {"type": "array", "items": item, "minItems": least}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "integer", "minimum": 0}
ANY: Schema = {"type": "object"}  # a part of a pod: the pods are validated as pods
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
QUANTITY: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|[KMGT]i?)?$"}
SECONDS: Schema = {"type": "string", "pattern": r"^[0-9]+(ms|s|m|h)$"}
SECRET_KEY = strict("secretKeyRef", secretKeyRef=strict("name key", name=TEXT, key=TEXT))

_RAY_PARAMS = {
    "type": "object",
    "properties": {
        "num-cpus": {"type": "string", "pattern": "^[0-9]+$"},
        "object-store-memory": {"type": "string", "pattern": "^[0-9]+$"},
        "dashboard-host": TEXT,
    },
    "additionalProperties": False,
}
_RAY_CLUSTER = strict(
    "headGroupSpec workerGroupSpecs rayVersion authOptions gcsFaultToleranceOptions",
    rayVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
    authOptions=strict("mode secretName", mode=one_of("token"), secretName=TEXT),
    gcsFaultToleranceOptions=strict(
        "redisAddress redisPassword",
        redisAddress=TEXT,
        redisPassword=strict("valueFrom", valueFrom=SECRET_KEY),
    ),
    headGroupSpec=strict(
        "template rayStartParams", serviceType=one_of("ClusterIP"), rayStartParams=_RAY_PARAMS, template=ANY
    ),
    workerGroupSpecs=listed(
        strict(
            "groupName replicas minReplicas maxReplicas rayStartParams labels template",
            groupName=TEXT,
            replicas=NUMBER,
            minReplicas=NUMBER,
            maxReplicas=NUMBER,
            rayStartParams=_RAY_PARAMS,
            labels=TEXTS,
            template=ANY,
        )
    ),
)

_RESOURCES = strict("requests limits", requests=ANY, limits=ANY)
_KAFKA_CONTAINER = strict("securityContext", securityContext=ANY)
_KAFKA = strict(
    "kafka entityOperator",
    kafka=strict(
        "version metadataVersion listeners authorization config",
        version={"type": "string", "pattern": r"^4\.\d+\.\d+$"},
        metadataVersion={"type": "string", "pattern": r"^4\.\d+-IV\d+$"},
        listeners=listed(
            strict(
                "name port type tls authentication networkPolicyPeers",
                name={"type": "string", "pattern": "^[a-z0-9]{1,11}$"},
                port={"type": "integer", "minimum": 9092},
                type=one_of("internal"),
                tls={"const": True},
                authentication=strict("type", type=one_of("tls", "scram-sha-512")),
                networkPolicyPeers=listed(strict("podSelector", podSelector=ANY)),
            )
        ),
        authorization=strict("type", type=one_of("simple")),
        config=ANY,
    ),
    entityOperator=strict(
        "topicOperator userOperator template",
        topicOperator=strict("resources", resources=_RESOURCES),
        userOperator=strict("resources", resources=_RESOURCES),
        template=strict(
            "pod topicOperatorContainer userOperatorContainer",
            pod=strict("securityContext", securityContext=ANY),
            topicOperatorContainer=_KAFKA_CONTAINER,
            userOperatorContainer=_KAFKA_CONTAINER,
        ),
    ),
)
_NODE_POOL = strict(
    "replicas roles storage resources template",
    replicas=NUMBER,
    roles=listed(one_of("controller", "broker")),
    storage=strict(
        "type volumes",
        type=one_of("jbod"),
        volumes=listed(
            strict(
                "id type size",
                id=NUMBER,
                type=one_of("persistent-claim"),
                size=QUANTITY,
                kraftMetadata=one_of("shared"),
            )
        ),
    ),
    resources=_RESOURCES,
    jvmOptions=strict(**{"-Xms": TEXT, "-Xmx": TEXT}),
    template=strict(
        "pod kafkaContainer",
        pod=strict("securityContext", securityContext=ANY, topologySpreadConstraints=listed(ANY)),
        kafkaContainer=_KAFKA_CONTAINER,
    ),
)
_TOPIC = strict("partitions replicas config", partitions={"const": 1}, replicas=NUMBER, config=ANY)
_USER = strict(
    "authentication authorization",
    authentication=strict("type", type=one_of("tls", "scram-sha-512")),
    authorization=strict(
        "type acls",
        type=one_of("simple"),
        acls=listed(
            strict(
                "resource operations",
                resource=strict(
                    "type name patternType",
                    type=one_of("topic", "group"),
                    name=TEXT,
                    patternType=one_of("literal", "prefix"),
                ),
                operations=listed(one_of("Describe", "Read", "Write", "Delete")),
                host=TEXT,
            )
        ),
    ),
)
_EXTERNAL_SECRET = strict(
    "secretStoreRef target data",
    refreshInterval=SECONDS,
    secretStoreRef=strict("kind name", kind=one_of("ClusterSecretStore", "SecretStore"), name=TEXT),
    target=strict("name creationPolicy", name=TEXT, creationPolicy=one_of("Owner")),
    data=listed(
        strict("secretKey remoteRef", secretKey=TEXT, remoteRef=strict("key property", key=TEXT, property=TEXT))
    ),
)

_SELECTOR = strict("labelSelectors", labelSelectors=TEXTS)
_MODE = one_of("one", "all")
_WORKFLOW = strict(
    "entry templates",
    entry=TEXT,
    templates=listed(
        strict(
            "name templateType deadline",
            name=TEXT,
            templateType=one_of("Serial", "Suspend", "PodChaos", "NetworkChaos", "TimeChaos"),
            deadline=SECONDS,
            children=listed(TEXT),
            podChaos=strict(
                "action mode selector", action=one_of("pod-kill", "pod-failure"), mode=_MODE, selector=_SELECTOR
            ),
            networkChaos=strict(
                "action mode selector",
                action=one_of("partition", "delay"),
                mode=_MODE,
                selector=_SELECTOR,
                direction=one_of("to", "from", "both"),
                target=strict("mode selector", mode=_MODE, selector=_SELECTOR),
                delay=strict("latency", latency=SECONDS, jitter=SECONDS, correlation=TEXT),
            ),
            timeChaos=strict(
                "mode selector timeOffset",
                mode=_MODE,
                selector=_SELECTOR,
                timeOffset=SECONDS,
                clockIds=listed(one_of("CLOCK_REALTIME")),
            ),
        )
    ),
)

CUSTOM: dict[tuple[str, str], Schema] = {
    ("ray.io/v1", "RayCluster"): _RAY_CLUSTER,
    ("kafka.strimzi.io/v1", "Kafka"): _KAFKA,
    ("kafka.strimzi.io/v1", "KafkaNodePool"): _NODE_POOL,
    ("kafka.strimzi.io/v1", "KafkaTopic"): _TOPIC,
    ("kafka.strimzi.io/v1", "KafkaUser"): _USER,
    ("external-secrets.io/v1", "ExternalSecret"): _EXTERNAL_SECRET,
    ("chaos-mesh.org/v1alpha1", "Workflow"): _WORKFLOW,
}


def of_crd(node: Any) -> Any:
    """A CRD's structural schema as JSON Schema, strict: what a server would silently drop is refused."""
    if isinstance(node, list):
        return [of_crd(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    made = {key: of_crd(value) for key, value in node.items() if not key.startswith("x-") and key != "format"}
    if isinstance(node.get("properties"), dict):
        made["properties"] = {name: of_crd(one) for name, one in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in node:
            made["additionalProperties"] = False
    return made
