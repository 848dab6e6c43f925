"""Hypothesis strategies for what the actors agree on. Small alphabets, so that collisions happen."""

from hypothesis import strategies as st

from coordination import intents
from coordination.intents import Batch, Change, Condition, Proposal
from coordination.plan import Entry, Generation, Manifest, Plan
from coordination.records import Endpoint, Records, RRset, Target

ENDPOINTS = [Endpoint(f"{name}.example") for name in "abc"]
AZS = ["x", "y"]

generations = st.integers(1, 6).map(Generation)
endpoints = st.sampled_from(ENDPOINTS)
azs = st.sampled_from(AZS)
scopes = st.sampled_from(["region", "other"])
fences = st.integers(0, 12)


def _rrset(type_: str) -> st.SearchStrategy[RRset]:
    addresses = st.ip_addresses(v=4 if type_ == "A" else 6).map(str)
    targets = st.builds(Target, addresses, st.integers(0, 65_535))
    return st.builds(RRset, st.just(type_), st.integers(0, 604_800), st.lists(targets, max_size=5).map(tuple))


any_records: st.SearchStrategy[Records] = st.tuples(st.none() | _rrset("A"), st.none() | _rrset("AAAA")).map(
    lambda pair: tuple(rrset for rrset in pair if rrset is not None)
)
few_records = st.sampled_from(
    [(), (RRset("A", 60, (Target("10.0.0.1", 1),)),), (RRset("A", 60, (Target("10.0.0.2", 0),)),)]
)
manifests = st.builds(
    Manifest,
    generation=generations,
    base=st.none() | generations,
    digest=st.just("d"),
    size=st.integers(1, 9),
    chunks=st.integers(1, 3),
    offset=st.integers(0, 9),
    inputs_revision=st.integers(0, 9),
    publisher=scopes,
)

changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        intents.Enact, endpoints, generations, st.none() | few_records, st.none() | generations, azs, st.booleans()
    ),
    st.builds(intents.TakeLock, endpoints, azs),
    st.builds(intents.DropLock, endpoints, azs),
    st.builds(intents.TakeClaim, generations, azs, azs),
    st.builds(intents.DropClaim, generations, azs),
    st.builds(intents.TakeLeadership, scopes, azs),
    st.builds(intents.DropLeadership, scopes),
    st.builds(intents.Reserve, generations),
    st.builds(intents.Publish, manifests),
    st.builds(intents.Finish, generations),
    st.builds(intents.Retire, generations),
    st.builds(intents.Forget, generations),
    st.builds(intents.DropTree, generations, endpoints),
    st.builds(intents.DropGeneration, generations),
    st.builds(intents.Hold, endpoints, azs),
    st.builds(intents.Lift, endpoints),
)
conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(intents.RootVersion, endpoints, fences),
    st.builds(intents.RootOlder, endpoints, generations),
    st.builds(intents.TreeExists, endpoints, generations),
    st.builds(intents.LockFree, endpoints),
    st.builds(intents.LockHeld, endpoints, azs),
    st.builds(intents.Unheld, endpoints, azs),
    st.builds(intents.ClaimFree, generations, azs),
    st.builds(intents.ClaimFence, generations, azs, fences),
    st.builds(intents.Unclaimed, generations),
    st.builds(intents.LeaderFree, scopes),
    st.builds(intents.LeaderFence, scopes, fences),
    st.builds(intents.HeadVersion, fences),
    st.builds(intents.ReservedBelow, generations),
    st.builds(intents.AppliedBelow, generations),
    st.builds(intents.ManifestAbsent, generations),
    st.builds(intents.ManifestLive, generations),
    st.builds(intents.ManifestRetired, generations),
)


def _place(change: Change) -> object:
    """What a change writes: a batch writes nothing twice (etcd refuses it)."""
    match change:
        case intents.Enact(endpoint) | intents.TakeLock(endpoint) | intents.DropLock(endpoint):
            return endpoint
        case intents.DropTree(_, endpoint):
            return endpoint
        case intents.DropGeneration():
            return "trees"
        case intents.Hold(endpoint) | intents.Lift(endpoint):
            return ("hold", endpoint)
        case intents.TakeClaim(generation, az) | intents.DropClaim(generation, az):
            return ("claim", generation, az)
        case intents.TakeLeadership(scope) | intents.DropLeadership(scope):
            return ("leader", scope)
        case intents.Publish() | intents.Retire() | intents.Forget():
            return "manifests"
        case _:
            return type(change)


proposals = st.builds(Proposal, changes, st.lists(conditions, max_size=1).map(tuple))
batches = st.builds(
    Batch,
    st.lists(proposals, min_size=1, max_size=3, unique_by=lambda one: _place(one.change))
    .filter(
        lambda many: (
            len(many) == 1 or not any(isinstance(one.change, intents.DropGeneration | intents.DropTree) for one in many)
        )
    )
    .map(tuple),
    st.lists(conditions, max_size=1).map(tuple),
)
plain_batches = st.builds(
    Batch,
    st.lists(changes.map(Proposal), min_size=1, max_size=1).map(tuple),
)


@st.composite
def chains(draw: st.DrawFn) -> list[Plan]:
    """Published plans in order: the first is full, each delta's base is the plan before it."""
    plans: list[Plan] = []
    generation = 0
    for _ in range(draw(st.integers(1, 8))):
        generation += draw(st.integers(1, 3))
        full = not plans or (draw(st.booleans()) and draw(st.booleans()))
        named = ENDPOINTS if full else draw(st.lists(endpoints, unique=True))
        entries = tuple(Entry(name, draw(st.none() | few_records)) for name in named)
        base = None if full else plans[-1].generation
        plans.append(Plan(Generation(generation), base, entries))
    return plans
