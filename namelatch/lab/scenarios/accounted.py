"""Every scenario that the design names: the file that tells it, or why the lab does not.

An entry is an id of `SCENARIOS`, or a sentence. What the design names in words has its words as a key here.
"""

from collections.abc import Mapping

CORE_RACE: Mapping[str, str] = {
    one: one
    for one in (
        "stale-check-overwrite",
        "cleanup-deletes-active",
        "october-2025",
        "wedged-rollback-pointer",
        "gc-then-write-empty",
        "rollback-then-cleanup",
        "lock-starvation",
        "zombie-writer",
        "mixed-generations",
        "plan-flood",
        "empty-source",
        "poison-record",
        "two-owners",
        "az-offline",
        "az-slow",
        "content-canary",
    )
} | {"october-2025 with three enactors": "october-2025-three"}

TRANSPORT: Mapping[str, str] = {
    "duplicate": "duplicate",
    "reorder": "reorder",
    "redeliver": "redeliver",
    "torn plan": "torn-plan",
    "torn delta": "torn-delta",
    "retention removing a plan in use": "retention",
    "lease loss": "lease-loss",
    "compaction under a watcher": "compaction",
    "quorum loss": "quorum-loss",
    "actor restarted with an old incarnation": "old-incarnation",
}

INTERLEAVINGS: Mapping[str, str] = {
    one: one
    for one in (
        "claim-swap-window",
        "delta-lost",
        "unchanged-endpoint",
        "resurrection",
        "two-planners",
        "new-number-old-inputs",
        "half-collected",
        "live-but-stuck",
        "lease-stall",
        "served-is-not-applied",
        "last-known-good-masks",
        "rollback-undone",
        "rollback-torn",
        "breakglass-overwritten",
        "poison-neighbour",
        "log-lost",
    )
} | {
    "alias-write-skew": (
        "Records have no aliases. A root follows a tree that the same transaction writes, and its rollback names what "
        "the same root followed, so no pointer is ever set to what another may be deleting. What is left of the skew, "
        "a deletion that has seen no pointer, is cleanup-deletes-active and rollback-then-cleanup."
    ),
    "cold-start": (
        "That a DNS worker without data answers nothing, rather than that nothing exists, is a matter of processes and "
        "sockets: tests/dns holds it, with real ones."
    ),
    "an etcd restored from backup under a running watcher": (
        "The lab numbers revisions by key, so it has no older state of the whole to go back to: tests/dns holds the "
        "follower to it (dns_server/view.py, distrust)."
    ),
}

NOT_OF_THE_PROTOCOL = (
    "It is about what stands in front of the authority or behind it (resolvers, other services, people), and not about "
    "the order of calls at its ports, which is all that the lab varies."
)
OTHERS: Mapping[str, str] = dict.fromkeys(
    (
        *("negative-cache", "recovery-herd", "dangling-vs-nxdomain-vs-servfail", "last-known-good"),
        *("cname-chain", "public-and-internal"),
        *("dwfm-lease-collapse", "network-manager-backlog", "nlb-flap", "retry-storm", "global-table-lag"),
        *("support-false-block", "remediation-stuck", "poller-no-recovery", "signin-in-failed-region"),
        *("dns-control-plane-in-failed-region", "tooling-depends-on-enactor", "freeze-the-world"),
        *("fast-lane-slow-lane", "alarm-flood"),
    ),
    NOT_OF_THE_PROTOCOL,
)

ACCOUNTED: Mapping[str, Mapping[str, str]] = {
    "core race": CORE_RACE,
    "transport": TRANSPORT,
    "more interleavings": INTERLEAVINGS,
    "not for the lab": OTHERS,
}
