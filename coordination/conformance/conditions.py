"""Every Condition, once true and once false: judged by a harmless change that travels with it."""

from collections.abc import Awaitable, Callable

from coordination.conformance.world import ONE, A, B, World, done, g, lost, manifest
from coordination.intents import (
    AppliedBelow,
    ClaimFence,
    ClaimFree,
    Condition,
    DropClaim,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    HeadVersion,
    Hold,
    LeaderFence,
    LeaderFree,
    Lift,
    LockFree,
    LockHeld,
    Lost,
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
from coordination.records import Endpoint

_PROBE = Endpoint("probe.example")


async def _true(world: World, *conditions: Condition) -> None:
    for condition in conditions:
        await done(world, DropTree(g(1), _PROBE), given=(condition,))


async def _false(world: World, *conditions: Condition) -> None:
    for condition in conditions:
        assert await lost(world, DropTree(g(1), _PROBE), given=(condition,)) == (Lost(None, condition),)


async def check_root_version_is_the_revision_of_the_last_change(world: World) -> None:
    await _true(world, RootVersion(A, 0))
    version = await done(world, Enact(A, g(1), ONE, None, "x"))
    await _true(world, RootVersion(A, version))
    await _false(world, RootVersion(A, 0), RootVersion(A, version + 1))
    later = await done(world, Enact(A, g(1), ONE, None, "x"))
    await _false(world, RootVersion(A, version))
    await _true(world, RootVersion(A, later))


async def check_root_older_is_false_without_a_root_and_compares_numbers(world: World) -> None:
    await _false(world, RootOlder(A, g(5)))
    await done(world, Enact(A, g(9), ONE, None, "x"))
    await _true(world, RootOlder(A, g(10)), RootOlder(A, g(10**18)))
    await _false(world, RootOlder(A, g(9)), RootOlder(A, g(8)), RootOlder(A, g(0)), RootOlder(B, g(10)))
    await done(world, Enact(A, g(10), None, g(9), "x"))
    await _true(world, RootOlder(A, g(11)))
    await _false(world, RootOlder(A, g(10)))


async def check_tree_exists_is_of_one_endpoint_and_one_generation(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    await _true(world, TreeExists(A, g(1)))
    await _false(world, TreeExists(A, g(2)), TreeExists(B, g(1)))
    await done(world, DropTree(g(1), A))
    await _false(world, TreeExists(A, g(1)))


async def check_an_empty_tree_exists(world: World) -> None:
    await done(world, Enact(A, g(1), (), None, "x"))
    await _true(world, TreeExists(A, g(1)))


async def check_lock_free_and_lock_held_follow_the_lock(world: World) -> None:
    await _true(world, LockFree(A))
    await _false(world, LockHeld(A, "one"))
    await done(world, TakeLock(A, "one"))
    await _true(world, LockHeld(A, "one"), LockFree(B))
    await _false(world, LockFree(A), LockHeld(A, "two"), LockHeld(B, "one"))
    await done(world, DropLock(A, "one"))
    await _true(world, LockFree(A))


async def check_unheld_means_by_no_other_hand(world: World) -> None:
    await _true(world, Unheld(A, "x"))
    await done(world, Hold(A, "operator"))
    await _true(world, Unheld(A, "operator"), Unheld(B, "x"))
    await _false(world, Unheld(A, "x"), Unheld(A, "operato"), Unheld(A, "operator2"))
    await done(world, Lift(A))
    await _true(world, Unheld(A, "x"), Unheld(A, "operator"))


async def check_claim_free_and_claim_fence_follow_the_claim(world: World) -> None:
    await _true(world, ClaimFree(g(1), "az1"))
    await _false(world, ClaimFence(g(1), "az1", 1), ClaimFence(g(1), "az1", 0))
    fence = await done(world, TakeClaim(g(1), "az1", "t"))
    await _true(world, ClaimFence(g(1), "az1", fence), ClaimFree(g(1), "az"), ClaimFree(g(2), "az1"))
    await _false(world, ClaimFree(g(1), "az1"), ClaimFence(g(1), "az1", fence + 1), ClaimFence(g(1), "az1", 0))
    await done(world, DropClaim(g(1), "az1"))
    await _false(world, ClaimFence(g(1), "az1", fence))


async def check_unclaimed_looks_at_this_generation_and_everything_older(world: World) -> None:
    await _true(world, Unclaimed(g(10)))
    await done(world, TakeClaim(g(10), "az1", "t"))
    await _true(world, Unclaimed(g(9)), Unclaimed(g(0)))
    await _false(world, Unclaimed(g(10)), Unclaimed(g(11)), Unclaimed(g(100)))
    await done(world, TakeClaim(g(2), "az2", "t"), DropClaim(g(10), "az1"))
    await _true(world, Unclaimed(g(1)))
    await _false(world, Unclaimed(g(2)), Unclaimed(g(10)))
    await done(world, DropClaim(g(2), "az2"))
    await _true(world, Unclaimed(g(10)))


async def check_leader_free_and_leader_fence_follow_the_leadership(world: World) -> None:
    await _true(world, LeaderFree("plans"))
    await _false(world, LeaderFence("plans", 0), LeaderFence("plans", 1))
    fence = await done(world, TakeLeadership("plans", "t"))
    await _true(world, LeaderFence("plans", fence), LeaderFree("plan"), LeaderFree("plans2"))
    await _false(world, LeaderFree("plans"), LeaderFence("plans", fence + 1))
    await done(world, DropLeadership("plans"))
    await _false(world, LeaderFence("plans", fence))


async def check_head_version_says_that_no_plan_was_published_since_and_no_hold_lifted(world: World) -> None:
    await _true(world, HeadVersion(0))
    version = await done(world, Publish(manifest(1)))
    await _true(world, HeadVersion(version), HeadVersion(version + 1))
    await _false(world, HeadVersion(0), HeadVersion(version - 1))
    await done(world, Hold(A, "operator"))
    await _true(world, HeadVersion(version))
    lifted = await done(world, Lift(A))
    await _true(world, HeadVersion(lifted))
    await _false(world, HeadVersion(version), HeadVersion(lifted - 1))


async def check_reserved_below_and_applied_below_are_true_of_nothing_and_compare_numbers(world: World) -> None:
    await _true(world, ReservedBelow(g(0)), AppliedBelow(g(0)))
    await done(world, Reserve(g(9)), Finish(g(99)))
    await _true(world, ReservedBelow(g(10)), AppliedBelow(g(100)))
    await _false(world, ReservedBelow(g(9)), ReservedBelow(g(8)), AppliedBelow(g(99)), AppliedBelow(g(10)))


async def check_a_manifest_is_absent_live_or_retired(world: World) -> None:
    await _true(world, ManifestAbsent(g(1)))
    await _false(world, ManifestLive(g(1)), ManifestRetired(g(1)))
    await done(world, Publish(manifest(1)))
    await _true(world, ManifestLive(g(1)), ManifestAbsent(g(11)))
    await _false(world, ManifestAbsent(g(1)), ManifestRetired(g(1)))
    await done(world, Retire(g(1)))
    await _true(world, ManifestRetired(g(1)))
    await _false(world, ManifestAbsent(g(1)), ManifestLive(g(1)))


CONDITION_CHECKS: tuple[Callable[[World], Awaitable[None]], ...] = (
    check_root_version_is_the_revision_of_the_last_change,
    check_root_older_is_false_without_a_root_and_compares_numbers,
    check_tree_exists_is_of_one_endpoint_and_one_generation,
    check_an_empty_tree_exists,
    check_lock_free_and_lock_held_follow_the_lock,
    check_unheld_means_by_no_other_hand,
    check_claim_free_and_claim_fence_follow_the_claim,
    check_unclaimed_looks_at_this_generation_and_everything_older,
    check_leader_free_and_leader_fence_follow_the_leadership,
    check_head_version_says_that_no_plan_was_published_since_and_no_hold_lifted,
    check_reserved_below_and_applied_below_are_true_of_nothing_and_compare_numbers,
    check_a_manifest_is_absent_live_or_retired,
)
