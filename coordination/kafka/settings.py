"""How to reach the brokers and what the topics are called. Frozen; secrets stay out of every repr.

One topic each for plans, announcements and reports, of one partition: order is offset order, and nobody
has to read megabytes of chunks to hear one announcement. Times are seconds and bound every request.
"""

from dataclasses import dataclass, field
from typing import Literal

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
Compression = Literal["gzip", "snappy", "lz4", "zstd"]


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """`bootstrap` is `host:port`, several separated by commas. `replication_factor` counts for new topics only.

    `idempotence` asks for an idempotent producer; a broker that does not offer one is used without, with a warning.
    """

    bootstrap: str
    topic_prefix: str = "namelatch."
    client_id: str = "namelatch"
    replication_factor: int = 1
    idempotence: bool = True
    compression: Compression | None = None
    security_protocol: SecurityProtocol = "PLAINTEXT"
    ssl_cafile: str | None = None
    ssl_certfile: str | None = field(default=None, repr=False)
    ssl_keyfile: str | None = field(default=None, repr=False)
    ssl_key_password: str | None = field(default=None, repr=False)
    sasl_mechanism: SaslMechanism = "PLAIN"
    sasl_username: str | None = field(default=None, repr=False)
    sasl_password: str | None = field(default=None, repr=False)
    request_timeout_s: float = 5.0
    fetch_timeout_s: float = 30.0
    append_timeout_s: float = 30.0
    stop_timeout_s: float = 2.0

    @property
    def plans(self) -> str:
        """The topic of the plans' chunks."""
        return f"{self.topic_prefix}plans"

    @property
    def announcements(self) -> str:
        """The topic on which generations are announced."""
        return f"{self.topic_prefix}announcements"

    @property
    def reports(self) -> str:
        """The topic of the audit trail."""
        return f"{self.topic_prefix}reports"
