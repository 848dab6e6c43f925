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


def _fill_compare(into: Any, compare: Compare) -> None:
    into.key, into.range_end, into.result = compare.key, compare.end, _OPERATORS[compare.operator]
    match compare.target:
        case "create":
            into.target, into.create_revision = rpc_pb2.Compare.CREATE, compare.operand
        case "mod":
            into.target, into.mod_revision = rpc_pb2.Compare.MOD, compare.operand
        case "lease":
            into.target, into.lease = rpc_pb2.Compare.LEASE, compare.operand
        case "value":
            into.target, into.value = rpc_pb2.Compare.VALUE, compare.operand


def _fill_range(into: Any, read: Read, revision: int = 0) -> None:
    into.key, into.range_end, into.limit = read.key, read.end, read.limit
    into.keys_only, into.revision = read.keys_only, revision
    if read.newest_key:
        into.sort_target, into.sort_order = rpc_pb2.RangeRequest.KEY, rpc_pb2.RangeRequest.DESCEND


def range_request(read: Read, revision: int = 0) -> Any:
    """A RangeRequest: linearizable; at `revision` if given."""
    request = rpc_pb2.RangeRequest()
    _fill_range(request, read, revision)
    return request


def _fill_operation(into: Any, operation: Put | Delete, lease: int) -> None:
    if isinstance(operation, Put):
        put = into.request_put
        put.key, put.value, put.lease = operation.key, operation.value, lease if operation.leased else 0
    else:
        delete = into.request_delete_range
        delete.key, delete.range_end = operation.key, operation.end


def encode(transaction: Transaction, lease: int = 0) -> Any:
    """The TxnRequest. Built in place: a message given to another is copied, and a batch has hundreds."""
    request = rpc_pb2.TxnRequest()
    for compare in transaction.compares:
        _fill_compare(request.compare.add(), compare)
    for operation in transaction.operations:
        _fill_operation(request.success.add(), operation, lease)
    for read in transaction.reads:
        _fill_range(request.failure.add().request_range, read)
    return request


def encode_reads(reads: tuple[Read, ...], revision: int = 0) -> Any:
    """A TxnRequest that only reads, all at one revision."""
    request = rpc_pb2.TxnRequest()
    for read in reads:
        _fill_range(request.success.add().request_range, read, revision)
    return request


def stored(kvs: Any) -> tuple[Stored, ...]:
    """What a RangeResponse carries."""
    return tuple(Stored(kv.key, kv.value, kv.create_revision, kv.mod_revision) for kv in kvs)


def view_of(reads: tuple[Read, ...], response: Any) -> View:
    """A TxnResponse's ranges under the reads that asked for them, in the same order."""
    ranges = [answer.response_range for answer in response.responses]
    return {read: stored(found.kvs) for read, found in zip(reads, ranges, strict=True)}
