"""Users for an etcd that refuses strangers."""

from pathlib import Path

import grpc
from aetcd.rpc import auth_pb2, rpc_pb2, rpc_pb2_grpc

from coordination.etcd.settings import EtcdSettings

ROOT, ROOTS_PASSWORD = "root", "the-roots-Word-4711"
USER, USERS_PASSWORD = "namelatch", "the-users-Word-1789"


def lock(etcd: EtcdSettings, prefix: str) -> None:
    """Turn etcd's authentication on: root, and a user who may touch what is under the prefix and nothing else."""
    assert etcd.ca_file is not None
    credentials = grpc.ssl_channel_credentials(Path(etcd.ca_file).read_bytes())
    with grpc.secure_channel(etcd.endpoints[0], credentials) as channel:
        auth = rpc_pb2_grpc.AuthStub(channel)
        auth.UserAdd(rpc_pb2.AuthUserAddRequest(name=ROOT, password=ROOTS_PASSWORD))
        auth.RoleAdd(rpc_pb2.AuthRoleAddRequest(name=ROOT))
        auth.UserGrantRole(rpc_pb2.AuthUserGrantRoleRequest(user=ROOT, role=ROOT))
        auth.UserAdd(rpc_pb2.AuthUserAddRequest(name=USER, password=USERS_PASSWORD))
        auth.RoleAdd(rpc_pb2.AuthRoleAddRequest(name=USER))
        allowed = auth_pb2.Permission(
            permType=auth_pb2.Permission.READWRITE, key=f"{prefix}/".encode(), range_end=f"{prefix}0".encode()
        )
        auth.RoleGrantPermission(rpc_pb2.AuthRoleGrantPermissionRequest(name=USER, perm=allowed))
        auth.UserGrantRole(rpc_pb2.AuthUserGrantRoleRequest(user=USER, role=USER))
        auth.AuthEnable(rpc_pb2.AuthEnableRequest())
