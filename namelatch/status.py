"""What the authority holds right now: plans, who works with which, and how far behind they are."""

from dataclasses import asdict, dataclass

from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import BadStored
from coordination.etcd.leases import remaining
from coordination.ports import Unavailable
from namelatch.config import Settings
from namelatch.translate import etcd_settings
from namelatch.trouble import BadEnvironment


@dataclass(frozen=True, slots=True)
class ClaimStatus:
    """One az's claim; `behind` in generations below the newest plan, `left_s` what its lease had left when asked."""

    az: str
    generation: int
    fence: int
    behind: int
    left_s: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """One look. Generations are None before the first plan; `trees` are generations that still have some."""

    endpoints: tuple[str, ...]
    revision: int
    newest: int | None
    applied: int | None
    plans: int
    retired: int
    trees: tuple[int, ...]
    claims: tuple[ClaimStatus, ...]

    def lines(self) -> list[str]:
        """For people."""
        trees = ", ".join(map(str, self.trees)) or "none"
        return [
            f"etcd      {', '.join(self.endpoints)} at revision {self.revision}",
            f"newest    {_or_none(self.newest)}",
            f"applied   {_or_none(self.applied)}",
            f"plans     {self.plans}, {self.retired} of them retired",
            f"trees of  {trees}",
            *(
                f"claim     {c.az} on {c.generation}, {c.behind} behind, fence {c.fence}, {_left(c.left_s)}"
                for c in self.claims
            ),
        ]

    def document(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def _left(left_s: int | None) -> str:
    return "gone meanwhile" if left_s is None or left_s < 0 else f"{left_s} s left"


def _or_none(generation: int | None) -> str:
    return "none yet" if generation is None else f"generation {generation}"


async def look(settings: Settings) -> Status:
    """Read the authority. Raises BadEnvironment when it does not answer, or holds what is not ours."""
    try:
        async with EtcdClient(etcd_settings(settings.etcd)) as client:
            authority = EtcdAuthority(client)
            head = await authority.head()
            manifests = await authority.manifests()
            claims = await authority.claims()
            trees = await authority.generations()
            left_s = await remaining(client)
    except (Unavailable, BadStored) as error:
        raise BadEnvironment(f"{error} (asked: {', '.join(settings.etcd.endpoints)})") from None
    return Status(
        endpoints=settings.etcd.endpoints,
        revision=head.revision,
        newest=head.newest,
        applied=head.applied,
        plans=len(manifests),
        retired=sum(manifest.retired for manifest in manifests),
        trees=tuple(trees),
        claims=tuple(
            ClaimStatus(
                claim.az,
                claim.generation,
                claim.fence,
                (head.newest or claim.generation) - claim.generation,
                left_s.get(claim.fence),
            )
            for claim in claims
        ),
    )
