"""Random changes and conditions over a small world, in which they often meet."""

from hypothesis import strategies as st

from coordination.conformance.world import ONE, TWO, g
from coordination.intents import (
    AppliedBelow,
    Change,
    ClaimFence,
    ClaimFree,
    Condition,
    DropClaim,
    DropGeneration,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Forget,
    HeadVersion,
    Hold,
    LeaderFence,
    LeaderFree,
    Lift,
    LockFree,
    LockHeld,
    ManifestAbsent,
    ManifestLive,
    ManifestRetired,
    Publish,
    Reserve,
    ReservedBelow,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    TreeExists,
    Unclaimed,
    Unheld,
)
from coordination.plan import Manifest
from coordination.records import Endpoint

endpoints = st.sampled_from([Endpoint(name) for name in ("a.example", "b.example", "a-b.example")])
generations = st.sampled_from([g(number) for number in (1, 2, 9, 10, 11)])
hands = st.sampled_from(["x", "operator"])
azs = st.sampled_from(["az1", "az2"])
scopes = st.sampled_from(["plans"])
records = st.sampled_from([ONE, TWO, (), None])
manifests = st.builds(
    lambda base, generation, **others: Manifest(generation, None if base and base >= generation else base, **others),
    generation=generations,
    base=st.none() | generations,
    digest=st.just("d" * 64),
    size=st.just(5),
    chunks=st.just(1),
    offset=st.just(0),
    inputs_revision=st.integers(0, 9),
    publisher=st.sampled_from(["p", "ü 1"]),
)

changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(Enact, endpoints, generations, records, st.none() | generations, hands, st.booleans()),
    st.builds(Enact, endpoints, generations, records, st.none() | generations, hands, st.booleans()),
    st.builds(TakeLock, endpoints, hands),
    st.builds(DropLock, endpoints, hands),
    st.builds(TakeClaim, generations, azs, hands),
    st.builds(DropClaim, generations, azs),
    st.builds(TakeLeadership, scopes, hands),
    st.builds(DropLeadership, scopes),
    st.builds(Reserve, generations),
    st.builds(Publish, manifests),
    st.builds(Finish, generations),
    st.builds(Retire, generations),
    st.builds(Forget, generations),
    st.builds(DropTree, generations, endpoints),
    st.builds(DropGeneration, generations),
    st.builds(Hold, endpoints, hands),
    st.builds(Lift, endpoints),
)


def conditions(revisions: st.SearchStrategy[int]) -> st.SearchStrategy[Condition]:
    """Any condition; versions and fences are drawn from `revisions`."""
    return st.one_of(
        st.builds(RootVersion, endpoints, revisions),
        st.builds(RootOlder, endpoints, generations),
        st.builds(TreeExists, endpoints, generations),
        st.builds(LockFree, endpoints),
        st.builds(LockHeld, endpoints, hands),
        st.builds(Unheld, endpoints, hands),
        st.builds(ClaimFree, generations, azs),
        st.builds(ClaimFence, generations, azs, revisions),
        st.builds(Unclaimed, generations),
        st.builds(LeaderFree, scopes),
        st.builds(LeaderFence, scopes, revisions),
        st.builds(HeadVersion, revisions),
        st.builds(ReservedBelow, generations),
        st.builds(AppliedBelow, generations),
        st.builds(ManifestAbsent, generations),
        st.builds(ManifestLive, generations),
        st.builds(ManifestRetired, generations),
    )
