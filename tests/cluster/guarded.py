"""Certificates and users for parts that refuse strangers."""

from pathlib import Path

import grpc
import trustme
from aetcd.rpc import auth_pb2, rpc_pb2, rpc_pb2_grpc
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from coordination.etcd.settings import EtcdSettings
from namelatch.backends.secured import Secured

ROOT, ROOTS_PASSWORD = "root", "the-roots-Word-4711"
USER, USERS_PASSWORD = "namelatch", "the-users-Word-1789"


def secured(directory: Path, username: str = USER, password: str = USERS_PASSWORD) -> Secured:
    """An authority and a certificate for 127.0.0.1, made now, in files that only we can read."""
    directory.mkdir(mode=0o700, parents=True)
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    ca, cert, pkcs8 = (directory / name for name in ("ca.pem", "cert.pem", "key.pem"))
    authority.cert_pem.write_to_path(ca)
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    pkcs8.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Secured(ca, cert, pkcs8, username, password)


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
