"""How a backend of ours is closed to strangers: certificates and passwords. Values; the files are somebody else's.

Secrets reach the programs in files that only we can read, never as arguments or variables.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secured:
    """TLS everywhere, one user at etcd (role root) and at Kafka (SASL PLAIN).

    `cert` and `key` (PKCS 8) are the servers', for 127.0.0.1, signed by `ca`; all PEM.
    """

    ca: Path
    cert: Path
    key: Path
    username: str
    password: str = field(repr=False)
