"""What a failed call means: nothing happened for certain, or nobody knows.

Only errors that etcd gives before a request takes effect, recognised by etcd's own text (api/v3rpc/rpctypes),
are certain. A status code alone is not: UNAVAILABLE may come after the commit, RESOURCE_EXHAUSTED may be our
own side refusing a long reply. "no leader" and every timeout stay uncertain. Whatever is not listed is too.
"""

import grpc

from coordination.ports import OutOfSpace, Unavailable


class Refused(Unavailable):
    """etcd refused the request before it had any effect. The text is etcd's."""


class LeaseGone(Refused):
    """The lease that a request hangs on no longer exists: nothing was changed."""


class StaleToken(Refused):
    """The authentication token is no longer good; a new one may be asked for and the request sent again."""


class Compacted(Refused):
    """The revision asked for is no longer in etcd's history."""


class ReplyTooLong(Unavailable):
    """A read's answer exceeds what one message may carry: ask for a shorter page."""


class ReplyLost(Exception):
    """A write was sent and its outcome is unknown. Stays inside this package: ports speak of Unknown."""


_NO_SPACE = "etcdserver: mvcc: database space exceeded"
_TOKEN = ("etcdserver: invalid auth token", "etcdserver: revision of auth store is old")
_BEFORE_EFFECT = (
    "etcdserver: user name is empty",
    "etcdserver: permission denied",
    "etcdserver: authentication failed, invalid user ID or password",
    "etcdserver: authentication is not enabled",
    "etcdserver: request is too large",
    "etcdserver: too many operations in txn request",
    "etcdserver: duplicate key given in txn request",
    "etcdserver: key is not provided",
    "etcdserver: too many requests",
    "etcdserver: lease already exists",
    "etcdserver: too large lease TTL",
    "etcdserver: mvcc: required revision is a future revision",
)


def certain(details: str) -> Unavailable | None:
    """The exception for an error text that proves that nothing was changed; None when it proves nothing."""
    if details.startswith(_NO_SPACE):
        return OutOfSpace(
            f"{details}: etcd refuses every write until an operator compacts and defragments it, raises its "
            "quota and disarms the alarm (etcdctl alarm disarm). Reads and DNS answers go on."
        )
    if details.startswith("etcdserver: requested lease not found"):
        return LeaseGone(details)
    if details.startswith(_TOKEN):
        return StaleToken(details)
    if details.startswith("etcdserver: mvcc: required revision has been compacted"):
        return Compacted(details)
    if details.startswith(_BEFORE_EFFECT):
        return Refused(details)
    return None


def is_too_long(code: grpc.StatusCode, details: str) -> bool:
    """Whether our own side refused a message for its length."""
    return code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in details
