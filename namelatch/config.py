"""What can be set: built-in defaults, then a TOML file, then the environment (NAMELATCH_SECTION__KEY).

Every key is listed with its meaning in configs/default.toml, which equals the defaults here. Unknown keys
are refused (`loading` says so in one line). Lists may be given in the environment separated by commas.
"""

import re
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from coordination.limits import DEMO_RECORDS, MAX_TARGETS, WALKERS
from coordination.postures import POSTURES
from coordination.records import BadRecords, endpoint

PREFIX = "NAMELATCH_"

MAX_DNS_WORKERS = 64  # one a core is enough: beyond, SO_REUSEPORT only spreads the same load
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?")  # RFC 1123; underscores are seen
_PORT = re.compile(r"[0-9]{1,5}")
MAX_AZS = 26  # az names are letters in reports


def _listed(value: object) -> object:
    """A comma-separated string, as environments have it, becomes a list."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if "//" in text:
        raise ValueError("Input should be host:port, without a scheme")
    if ":" in host and not _in_brackets(host):
        raise ValueError("Input should be host:port, an IPv6 host in brackets")
    if not (_HOST.fullmatch(host) or _in_brackets(host)) or not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise ValueError("Input should be host:port")
    return text


def _in_brackets(host: str) -> bool:
    """Whether it is an IPv6 address as RFC 3986 has it before a port."""
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        IPv6Address(host[1:-1])
    except ValueError:
        return False
    return "%" not in host  # an interface's name means nothing elsewhere


def _zone(text: str) -> str:
    try:
        return endpoint(text)
    except BadRecords:
        raise ValueError("Input should be a domain name") from None


def _posture(name: str) -> str:
    if name not in {posture.name for posture in POSTURES}:
        raise ValueError(f"Input should be one of {', '.join(posture.name for posture in POSTURES)}")
    return name


Addresses = Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], BeforeValidator(_listed)]
Zones = Annotated[tuple[Annotated[str, AfterValidator(_zone)], ...], BeforeValidator(_listed)]
Names = Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], ...], BeforeValidator(_listed)]
# TOML has no null: an empty text says "none".
OptionalPath = Annotated[Path | None, BeforeValidator(lambda value: None if value == "" else value)]
OptionalText = Annotated[str | None, BeforeValidator(lambda value: None if value == "" else value)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(lambda value: None if value == "" else value)]


class Section(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class Etcd(Section):
    """The authority."""

    endpoints: Addresses = Field(
        default=(), description="host:port of each member; empty: none of your own (demo, up --ephemeral)"
    )
    prefix: str = Field(default="namelatch", min_length=1, description="every key starts with this and a slash")
    username: OptionalText = Field(default=None, description="empty: no authentication")
    password: OptionalSecret = Field(default=None, description="better in NAMELATCH_ETCD__PASSWORD than in a file")
    ca_file: OptionalPath = Field(
        default=None, description="the authority that signed the members' certificates; set: TLS"
    )
    cert_file: OptionalPath = Field(default=None, description="our client certificate, with key_file")
    key_file: OptionalPath = Field(default=None, description="its key")
    lease_ttl_s: PositiveInt = Field(default=10, description="a claim outlives its silent holder by this long")
    call_timeout_s: PositiveFloat = Field(default=5.0, description="of one request; then its outcome is unknown")
    connect_timeout_s: PositiveFloat = Field(default=3.0, description="of one member; then the next is tried")


class Kafka(Section):
    """Transport and history of plans and reports."""

    bootstrap: Addresses = Field(default=(), description="host:port of some brokers; empty: none of your own")
    topic_prefix: str = Field(
        default="namelatch", pattern=r"^[a-zA-Z0-9._-]{1,200}$", description="topics start with this and a dot"
    )
    tls: bool = Field(default=False, description="encrypt; ca_file or the system's authorities verify the brokers")
    ca_file: OptionalPath = Field(default=None, description="the authority that signed the brokers' certificates")
    cert_file: OptionalPath = Field(default=None, description="our client certificate, with key_file")
    key_file: OptionalPath = Field(default=None, description="its key")
    replication_factor: PositiveInt = Field(default=1, description="of topics that we create; on real brokers 3")
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="", description="empty: no SASL"
    )
    sasl_username: OptionalText = Field(default=None, description="for SASL")
    sasl_password: OptionalSecret = Field(
        default=None, description="better in NAMELATCH_KAFKA__SASL_PASSWORD than in a file"
    )


class Ray(Section):
    """Where the actors run."""

    address: str = Field(
        default="", description="of a running cluster; empty: a local one, started and stopped with us"
    )
    namespace: str = Field(
        default="namelatch", pattern=r"^[a-z][a-z0-9-]{0,62}$", description="of our actors in a cluster"
    )
    az_label: str = Field(
        default="az", pattern=r"^[a-zA-Z0-9._/-]{1,63}$", description="label of a cluster's nodes that names their az"
    )
    ship: bool = Field(
        default=False, description="send this program's code along with the actors; false: each node has it"
    )


class Dns(Section):
    """The authoritative server."""

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on, UDP and TCP")
    port: int = Field(default=0, ge=0, lt=65536, description="0: any free port, printed at start")
    workers: int = Field(
        default=2, ge=1, le=MAX_DNS_WORKERS, description="UDP processes that share the port (SO_REUSEPORT)"
    )
    zones: Zones = Field(
        default=("amazonaws.com",), min_length=1, description="what it is authoritative for; other names are refused"
    )
    nameservers: Zones = Field(default=("localhost",), min_length=1, description="what the zones name as their servers")
    soa_ttl_s: NonNegativeInt = Field(default=900, description="how long resolvers may keep the SOA itself")
    soa_minimum_s: NonNegativeInt = Field(
        default=5, description="how long resolvers may keep a negative answer (RFC 2308)"
    )
    answers: int = Field(default=1, ge=1, le=MAX_TARGETS, description="addresses in one answer, chosen by weight")
    snapshot: OptionalPath = Field(
        default=None, description="file to start from when everything else is dead; empty: none"
    )
    snapshot_every_s: PositiveFloat = Field(default=10.0, description="at most so often it is written")
    status: OptionalPath = Field(default=None, description="JSON file with counts and staleness; empty: none")


class Enactors(Section):
    """Who apply plans: one an availability zone."""

    azs: Names = Field(default=("a", "b", "c"), min_length=1, max_length=MAX_AZS, description="their names")
    poll_s: PositiveFloat = Field(
        default=1.0, description="how often to look for a new plan when no announcement is heard"
    )
    walkers: int = Field(
        default=2, ge=1, le=WALKERS, description="that share one plan's walk: while one waits for etcd another works"
    )


class Planner(Section):
    """Who makes plans."""

    inputs: OptionalPath = Field(
        default=None, description="file that lists the endpoints and their targets, TOML or JSON; needed by up"
    )
    poll_s: PositiveFloat = Field(default=1.0, description="how often to look at the inputs")
    full_every: PositiveInt = Field(default=16, description="every so many plans a full one, deltas between")


class Collector(Section):
    """Who deletes what nobody needs."""

    poll_s: PositiveFloat = Field(default=2.0, description="between two passes")
    keep: PositiveInt = Field(default=5, description="plans that postures with the rule 'keep last' leave")


class Prober(Section):
    """Who asks the DNS servers, in a Ray cluster: one an availability zone."""

    servers: Addresses = Field(default=(), description="host:port of each; empty: no probers")
    names: Zones = Field(default=(), description="must have an address, beside the SOA of the first of dns.zones")
    every_s: PositiveFloat = Field(default=1.0, description="between two looks at all of them")


class Lag(Section):
    """How far an enactor may fall behind the newest plan, in generations."""

    alarm: PositiveInt = Field(default=2, description="beyond this it says so")
    stop: PositiveInt = Field(default=10, description="beyond this it stops and gives up its claim")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.stop < self.alarm:
            raise ValueError("stop should not be below alarm")
        return self


class Log(Section):
    """One line a decision."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="the least that is written")
    format: Literal["console", "json"] = Field(default="console", description="for people or for machines")
    file: OptionalPath = Field(default=None, description="append to this file; empty: standard error")
    history: OptionalPath = Field(
        default=None, description="directory for what actors asked of etcd, which lab judge reads; empty: none"
    )
    watched: Zones = Field(default=(), description="names of which the history has every read, beside the writes")


class Demo(Section):
    """The race and its fix, shown."""

    records: int = Field(default=20_000, ge=1, le=DEMO_RECORDS, description="RRsets to load, A and AAAA")
    probes_per_s: PositiveInt = Field(default=200, description="questions a second")
    staleness_bound_s: PositiveFloat = Field(
        default=1.0, description="an answer older than an acknowledged change by more is stale"
    )
    run_dir: Path = Field(default=Path("runs"), description="reports go to a directory of their own in here")
    cause: Literal["order", "pause"] = Field(
        default="order", description="what delays enactor a: lost locks, or a stopped process"
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        enable_decoding=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    posture: Annotated[str, AfterValidator(_posture)] = Field(default="hardened", description="which safeguards bind")
    etcd: Etcd = Etcd()
    kafka: Kafka = Kafka()
    ray: Ray = Ray()
    dns: Dns = Dns()
    enactors: Enactors = Enactors()
    planner: Planner = Planner()
    collector: Collector = Collector()
    prober: Prober = Prober()
    lag: Lag = Lag()
    log: Log = Log()
    demo: Demo = Demo()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  (the signature is pydantic's)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, whose content comes as arguments; nothing else."""
        return (env_settings, init_settings)


def defaults() -> Settings:
    """What is built in alone: no file and no variable of anybody's has a say."""
    return Settings.model_construct()
