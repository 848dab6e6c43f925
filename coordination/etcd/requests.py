"""One transaction as plain values: compares, operations and reads, before they become protocol buffers.

Values can be compared, deduplicated and tested without a network; `encode` is the only way to the wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from aetcd.rpc import rpc_pb2

Target = Literal["create", "mod", "value", "lease"]
Operator = Literal["=", ">", "<"]


class Compare(NamedTuple):
    """A precondition on one key, or on every key of a range; an empty range compares as revision 0.

    On a missing key a compare of `value` is false whatever the operator (etcd, applyCompare; tried).
    """

    key: bytes
    target: Target
    operator: Operator
    operand: int | bytes
    end: bytes = b""


class Read(NamedTuple):
    """A range to read: one key when `end` is empty. `limit` 0 is none."""

    key: bytes
    end: bytes = b""
    limit: int = 0
    keys_only: bool = False
    newest_key: bool = False


class Put(NamedTuple):
    """A key to write; `leased` hangs it on the transaction's lease."""

    key: bytes
    value: bytes
    leased: bool = False


class Delete(NamedTuple):
    """A key, or a range of keys, to delete."""

    key: bytes
    end: bytes = b""


class Stored(NamedTuple):
    """One key as it was read."""

    key: bytes
    value: bytes
    create: int
    mod: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """If all compares are true, the operations, else the reads. Each part's length counts against etcd's limit."""

    compares: tuple[Compare, ...]
    operations: tuple[Put | Delete, ...]
    reads: tuple[Read, ...]


View = Mapping[Read, tuple[Stored, ...]]

_OPERATORS = {"=": rpc_pb2.Compare.EQUAL, ">": rpc_pb2.Compare.GREATER, "<": rpc_pb2.Compare.LESS}


def _compare(compare: Compare) -> Any:
    fields: dict[str, Any] = {"key": compare.key, "range_end": compare.end, "result": _OPERATORS[compare.operator]}
    match compare.target:
        case "create":
            fields |= {"target": rpc_pb2.Compare.CREATE, "create_revision": compare.operand}
        case "mod":
            fields |= {"target": rpc_pb2.Compare.MOD, "mod_revision": compare.operand}
        case "lease":
            fields |= {"target": rpc_pb2.Compare.LEASE, "lease": compare.operand}
        case "value":
            fields |= {"target": rpc_pb2.Compare.VALUE, "value": compare.operand}
    return rpc_pb2.Compare(**fields)


def range_request(read: Read, revision: int = 0) -> Any:
    """A RangeRequest: linearizable; at `revision` if given."""
    request = rpc_pb2.RangeRequest(
        key=read.key, range_end=read.end, limit=read.limit, keys_only=read.keys_only, revision=revision
    )
    if read.newest_key:
        request.sort_target, request.sort_order = rpc_pb2.RangeRequest.KEY, rpc_pb2.RangeRequest.DESCEND
    return request


def _operation(operation: Put | Delete, lease: int) -> Any:
    if isinstance(operation, Put):
        put = rpc_pb2.PutRequest(key=operation.key, value=operation.value, lease=lease if operation.leased else 0)
        return rpc_pb2.RequestOp(request_put=put)
    delete = rpc_pb2.DeleteRangeRequest(key=operation.key, range_end=operation.end)
    return rpc_pb2.RequestOp(request_delete_range=delete)


def encode(transaction: Transaction, lease: int = 0) -> Any:
    """The TxnRequest."""
    return rpc_pb2.TxnRequest(
        compare=[_compare(compare) for compare in transaction.compares],
        success=[_operation(operation, lease) for operation in transaction.operations],
        failure=[rpc_pb2.RequestOp(request_range=range_request(read)) for read in transaction.reads],
    )


def encode_reads(reads: tuple[Read, ...], revision: int = 0) -> Any:
    """A TxnRequest that only reads, all at one revision."""
    return rpc_pb2.TxnRequest(
        success=[rpc_pb2.RequestOp(request_range=range_request(read, revision)) for read in reads]
    )


def stored(kvs: Any) -> tuple[Stored, ...]:
    """What a RangeResponse carries."""
    return tuple(Stored(kv.key, kv.value, kv.create_revision, kv.mod_revision) for kv in kvs)


def view_of(reads: tuple[Read, ...], response: Any) -> View:
    """A TxnResponse's ranges under the reads that asked for them, in the same order."""
    ranges = [answer.response_range for answer in response.responses]
    return {read: stored(found.kvs) for read, found in zip(reads, ranges, strict=True)}
