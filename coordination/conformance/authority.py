"""What every Authority must do: held against the memory adapter and real ones alike.

Conditions are judged at the moment of the change, one by one and each by its exact name; batches are all or
nothing; reads are of one moment. The meaning itself is `coordination.authority`; a state machine test
compares at random, these checks say in sentences what it would find.
"""

from collections.abc import Awaitable, Callable

from coordination.conformance.conditions import CONDITION_CHECKS
from coordination.conformance.world import ONE, TWO, A, B, C, World, done, g, lost, manifest, propose
from coordination.intents import (
    AppliedBelow,
    Batch,
    ClaimFence,
    ClaimFree,
    Committed,
    Conflict,
    DropClaim,
    DropGeneration,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Forget,
    HeadVersion,
    Hold,
    LeaderFree,
    Lift,
    LockFree,
    LockHeld,
    Lost,
    ManifestAbsent,
    ManifestLive,
    ManifestRetired,
    Proposal,
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
from coordination.limits import READ_ENDPOINTS
from coordination.records import Endpoint
from coordination.seen import Head, Root, Seen

# --- batches -----------------------------------------------------------------------------------------------------


async def check_a_batch_is_all_or_nothing(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    enact_b = Proposal(Enact(B, g(1), ONE, None, "x"), (RootVersion(B, 0),))
    enact_a = Proposal(Enact(A, g(1), TWO, None, "x"), (RootVersion(A, 0),))
    outcome = await world.authority.commit(Batch((enact_b, enact_a)))
    assert isinstance(outcome, Conflict)
    assert outcome.lost == (Lost(1, RootVersion(A, 0)),)
    assert (await world.authority.read((B,))).seen == (Seen(B),)
    assert await world.authority.trees(g(1), None, 10) == (A,)


async def check_a_conflict_names_each_lost_condition_and_no_other(world: World) -> None:
    version = await done(world, Enact(A, g(5), ONE, None, "x"), Hold(B, "operator"))
    await world.authority.head()
    batch = Batch(
        (
            Proposal(Enact(A, g(4), TWO, g(3), "x"), (RootVersion(A, version), RootOlder(A, g(4)))),
            Proposal(Enact(B, g(4), TWO, None, "x"), (RootVersion(B, 0),)),
            Proposal(Enact(C, g(4), TWO, None, "x"), (RootVersion(C, 0),)),
        ),
        (ManifestLive(g(4)), AppliedBelow(g(4))),
    )
    outcome = await world.authority.commit(batch)
    assert isinstance(outcome, Conflict)
    assert set(outcome.lost) == {
        Lost(None, ManifestLive(g(4))),
        Lost(0, TreeExists(A, g(3))),
        Lost(0, RootOlder(A, g(4))),
        Lost(1, Unheld(B, "x")),
    }
    assert len(outcome.lost) == 4


async def check_a_commit_and_a_conflict_tell_the_revision_they_were_judged_at(world: World) -> None:
    first = await done(world, Enact(A, g(1), ONE, None, "x"))
    second = await done(world, Enact(B, g(1), ONE, None, "x"))
    assert second > first
    outcome = await propose(world, Enact(A, g(1), ONE, None, "x"), given=(RootVersion(A, 0),))
    assert isinstance(outcome, Conflict)
    assert outcome.revision >= second
    assert (await world.authority.head()).revision >= second


async def check_an_enactment_sets_tree_root_and_rollback_in_one_revision(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    revision = await done(world, Enact(A, g(2), TWO, g(1), "x"))
    assert (await world.authority.read((A,))).seen == (Seen(A, Root(g(2), g(1), False, revision)),)
    assert await world.authority.generations() == (g(1), g(2))


async def check_a_tombstone_keeps_its_generation_and_writes_no_tree(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    revision = await done(world, Enact(A, g(2), None, g(1), "x"))
    assert (await world.authority.read((A,))).seen == (Seen(A, Root(g(2), g(1), True, revision)),)
    assert await world.authority.generations() == (g(1),)
    assert await lost(world, Enact(A, g(1), ONE, None, "x"), given=(RootOlder(A, g(1)),))
    await done(world, Lift(C), given=(RootOlder(A, g(3)),))


# --- laws --------------------------------------------------------------------------------------------------------


async def check_a_rollback_must_exist(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    assert await lost(world, Enact(A, g(3), TWO, g(2), "x")) == (Lost(0, TreeExists(A, g(2))),)


async def check_once_the_current_tree_is_gone_every_later_change_is_refused(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    await done(world, DropGeneration(g(1)))
    for generation in (2, 3):
        expected = (Lost(0, TreeExists(A, g(1))),)
        assert await lost(world, Enact(A, g(generation), TWO, g(1), "x")) == expected
    assert await world.authority.survivor(A) is None
    await done(world, Enact(A, g(3), TWO, None, "x"))
    assert await world.authority.survivor(A) == g(3)


async def check_a_tree_may_be_its_own_rollback(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, g(1), "x"))
    assert (await world.authority.read((A,))).seen[0].root is not None


async def check_a_held_root_changes_only_by_the_hand_that_holds_it(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    await done(world, Hold(A, "operator"))
    assert await lost(world, Enact(A, g(2), TWO, g(1), "x")) == (Lost(0, Unheld(A, "x")),)
    await done(world, Enact(A, g(2), TWO, g(1), "operator"))
    await done(world, Enact(B, g(2), TWO, None, "x"))
    await done(world, Lift(A))
    await done(world, Enact(A, g(3), ONE, g(2), "x"))


async def check_a_hold_that_the_reader_has_not_seen_binds_him_too(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"), Hold(C, "operator"))
    await world.authority.read((A,))
    await done(world, Hold(A, "operator"))
    outcome = await propose(world, Enact(A, g(2), TWO, g(1), "x"))
    assert isinstance(outcome, Conflict)
    assert outcome.lost in {(Lost(0, Unheld(A, "x")),), ()}
    assert await lost(world, Enact(A, g(2), TWO, g(1), "x")) == (Lost(0, Unheld(A, "x")),)


async def check_the_first_hold_binds_who_has_seen_none(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"))
    await world.authority.read((A,))
    await done(world, Hold(A, "operator"))
    outcome = await propose(world, Enact(A, g(2), TWO, g(1), "x"))
    assert isinstance(outcome, Conflict)
    assert outcome.lost == (Lost(0, Unheld(A, "x")),)


async def check_a_hold_may_pass_from_hand_to_hand(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"), Hold(A, "one"))
    await world.authority.read((A,))
    await done(world, Hold(A, "two"))
    assert await lost(world, Enact(A, g(2), TWO, g(1), "one")) == (Lost(0, Unheld(A, "one")),)
    await done(world, Enact(A, g(2), TWO, g(1), "two"))


async def check_a_lock_has_one_holder(world: World) -> None:
    await done(world, TakeLock(A, "one"))
    assert await lost(world, TakeLock(A, "two")) == (Lost(0, LockFree(A)),)
    assert await lost(world, TakeLock(A, "one")) == (Lost(0, LockFree(A)),)
    assert await lost(world, DropLock(A, "two")) == (Lost(0, LockHeld(A, "two")),)
    await done(world, DropLock(A, "one"))
    await done(world, TakeLock(A, "two"))


async def check_a_change_may_give_up_the_lock_it_was_made_under(world: World) -> None:
    await done(world, TakeLock(A, "one"))
    await done(world, Enact(A, g(1), ONE, None, "x", unlock=True), given=(LockHeld(A, "one"),))
    await done(world, TakeLock(A, "two"))
    await done(world, Enact(A, g(2), ONE, g(1), "x"), given=(LockHeld(A, "two"),))
    assert await lost(world, TakeLock(A, "one")) == (Lost(0, LockFree(A)),)


async def check_a_claim_is_created_once(world: World) -> None:
    await done(world, TakeClaim(g(1), "az1", "t"))
    assert await lost(world, TakeClaim(g(1), "az1", "u")) == (Lost(0, ClaimFree(g(1), "az1")),)
    await done(world, TakeClaim(g(1), "az2", "t"), TakeClaim(g(2), "az1", "t"))


async def check_a_fence_is_lost_when_its_claim_is_deleted_and_made_again(world: World) -> None:
    fence = await done(world, TakeClaim(g(1), "az1", "t"))
    await done(world, Enact(A, g(1), ONE, None, "x"), given=(ClaimFence(g(1), "az1", fence),))
    await done(world, DropClaim(g(1), "az1"))
    given = (ClaimFence(g(1), "az1", fence),)
    assert await lost(world, Enact(A, g(1), TWO, None, "x"), given=given) == (Lost(None, given[0]),)
    again = await done(world, TakeClaim(g(1), "az1", "t"))
    assert again > fence
    assert await lost(world, Enact(A, g(1), TWO, None, "x"), given=given) == (Lost(None, given[0]),)


async def check_a_scope_has_one_leader(world: World) -> None:
    await done(world, TakeLeadership("plans", "t"))
    assert await lost(world, TakeLeadership("plans", "u")) == (Lost(0, LeaderFree("plans")),)
    await done(world, TakeLeadership("other", "u"))


async def check_reserved_and_applied_only_grow(world: World) -> None:
    await done(world, Reserve(g(9)), Finish(g(9)))
    assert await lost(world, Reserve(g(9))) == (Lost(0, ReservedBelow(g(9))),)
    assert await lost(world, Finish(g(8))) == (Lost(0, AppliedBelow(g(8))),)
    await done(world, Reserve(g(10)), Finish(g(100)))
    head = await world.authority.head()
    assert (head.reserved, head.applied) == (g(10), g(100))


async def check_a_plan_number_has_one_manifest(world: World) -> None:
    version = await done(world, Publish(manifest(3)))
    assert await lost(world, Publish(manifest(3))) == (Lost(0, ManifestAbsent(g(3))),)
    head = await world.authority.head()
    assert (head.newest, head.version, head.inputs_revision) == (g(3), version, 43)


async def check_only_a_live_plan_is_retired_and_only_a_retired_one_forgotten(world: World) -> None:
    assert await lost(world, Retire(g(3))) == (Lost(0, ManifestLive(g(3))),)
    await done(world, Publish(manifest(3)))
    assert await lost(world, Forget(g(3))) == (Lost(0, ManifestRetired(g(3))),)
    await done(world, Retire(g(3)))
    assert await lost(world, Retire(g(3))) == (Lost(0, ManifestLive(g(3))),)
    assert [one.retired for one in await world.authority.manifests()] == [True]
    await done(world, Forget(g(3)))
    assert await world.authority.manifests() == ()
    await done(world, Publish(manifest(3)))
    assert await world.authority.manifests() == (manifest(3),)


# --- deletions ---------------------------------------------------------------------------------------------------


async def check_dropping_a_generation_takes_its_trees_and_manifest_and_nothing_else(world: World) -> None:
    for number in (1, 2, 12):
        await done(world, Publish(manifest(number)), Enact(A, g(number), ONE, None, "x"))
        await done(world, Enact(B, g(number), ONE, None, "x"))
    await done(world, Retire(g(2)))
    await done(world, DropGeneration(g(2)))
    assert await world.authority.generations() == (g(1), g(12))
    assert await world.authority.manifests() == (manifest(1), manifest(12))
    assert await world.authority.trees(g(12), None, 10) == (A, B)
    await done(world, Publish(manifest(2)))
    assert await world.authority.manifests() == (manifest(1), manifest(2), manifest(12))


async def check_a_tree_that_a_root_follows_may_be_dropped(world: World) -> None:
    await done(world, Enact(A, g(1), ONE, None, "x"), Enact(B, g(1), ONE, None, "x"))
    await done(world, DropTree(g(1), A))
    assert await world.authority.trees(g(1), None, 10) == (B,)
    root = (await world.authority.read((A,))).seen[0].root
    assert root is not None
    assert root.generation == g(1)


async def check_dropping_what_is_not_there_is_no_error(world: World) -> None:
    await done(world, DropTree(g(7), A), DropClaim(g(7), "az1"), Lift(A))
    await done(world, DropGeneration(g(7)))


async def check_the_head_says_whether_a_hold_was_lifted_since_the_newest_plan(world: World) -> None:
    version = await done(world, Publish(manifest(1)))
    await done(world, Hold(A, "operator"), Hold(B, "operator"))
    head = await world.authority.head()
    assert (head.version, head.lifted) == (version, False)
    for name in (A, B):
        lifted = await done(world, Lift(name))
        head = await world.authority.head()
        assert (head.version, head.lifted) == (lifted, True)
    version = await done(world, Publish(manifest(2)), given=(HeadVersion(lifted),))
    head = await world.authority.head()
    assert (head.version, head.lifted) == (version, False)


# --- reads -------------------------------------------------------------------------------------------------------


async def check_an_empty_authority_says_so(world: World) -> None:
    head = await world.authority.head()
    assert head == Head(revision=head.revision)
    assert (await world.authority.read((A,))).seen == (Seen(A),)
    assert await world.authority.generations() == ()
    assert await world.authority.trees(g(1), None, 5) == ()
    assert await world.authority.survivor(A) is None
    assert await world.authority.manifests() == ()
    assert await world.authority.claims() == ()


async def check_a_read_answers_in_the_order_asked(world: World) -> None:
    await done(world, Enact(B, g(1), ONE, None, "x"), Enact(A, g(2), ONE, None, "x"))
    seen = (await world.authority.read((C, B, A))).seen
    assert [one.endpoint for one in seen] == [C, B, A]
    assert [one.root.generation if one.root else None for one in seen] == [None, 1, 2]


async def check_a_read_takes_as_many_endpoints_as_promised(world: World) -> None:
    names = tuple(Endpoint(f"h{number}.example") for number in range(READ_ENDPOINTS))
    await done(world, Enact(names[-1], g(1), ONE, None, "x"))
    seen = (await world.authority.read(names)).seen
    assert len(seen) == READ_ENDPOINTS
    assert [one.endpoint for one in seen if one.root] == [names[-1]]


async def check_trees_are_paged_in_byte_order(world: World) -> None:
    names = [Endpoint(name) for name in ("a-b.example", "a.example", "a0.example", "b.example", "z.example")]
    for name in reversed(names):
        await done(world, Enact(name, g(2), ONE, None, "x"))
    await done(world, Enact(Endpoint("other.example"), g(20), ONE, None, "x"))
    found: list[Endpoint] = []
    for _ in range(4):
        page = await world.authority.trees(g(2), found[-1] if found else None, 2)
        found += page
    assert found == sorted(names)
    assert await world.authority.trees(g(2), names[1], 100) == tuple(sorted(names)[2:])


async def check_the_survivor_is_the_newest_tree_that_is_left(world: World) -> None:
    for number in (1, 9, 10):
        await done(world, Enact(A, g(number), ONE, None, "x"))
    await done(world, Enact(B, g(11), ONE, None, "x"))
    assert await world.authority.survivor(A) == g(10)
    await done(world, DropTree(g(10), A))
    assert await world.authority.survivor(A) == g(9)


async def check_claims_are_listed_by_generation_then_az(world: World) -> None:
    second = await done(world, TakeClaim(g(10), "az1", "t"))
    third = await done(world, TakeClaim(g(10), "az2", "u"))
    first = await done(world, TakeClaim(g(9), "az3", "v"))
    claims = await world.authority.claims()
    assert [(one.generation, one.az, one.fence, one.token) for one in claims] == [
        (9, "az3", first, "v"),
        (10, "az1", second, "t"),
        (10, "az2", third, "u"),
    ]


async def check_a_generation_nobody_claims_may_be_dropped_under_that_condition(world: World) -> None:
    await done(world, Enact(A, g(3), ONE, None, "x"), TakeClaim(g(3), "az1", "t"))
    given = (Unclaimed(g(3)),)
    assert await lost(world, DropTree(g(3), A), given=given) == (Lost(None, given[0]),)
    await done(world, DropClaim(g(3), "az1"))
    assert isinstance(await propose(world, DropTree(g(3), A), given=given), Committed)


CHECKS: tuple[Callable[[World], Awaitable[None]], ...] = (
    *CONDITION_CHECKS,
    check_a_batch_is_all_or_nothing,
    check_a_conflict_names_each_lost_condition_and_no_other,
    check_a_commit_and_a_conflict_tell_the_revision_they_were_judged_at,
    check_an_enactment_sets_tree_root_and_rollback_in_one_revision,
    check_a_tombstone_keeps_its_generation_and_writes_no_tree,
    check_a_rollback_must_exist,
    check_once_the_current_tree_is_gone_every_later_change_is_refused,
    check_a_tree_may_be_its_own_rollback,
    check_a_held_root_changes_only_by_the_hand_that_holds_it,
    check_a_hold_that_the_reader_has_not_seen_binds_him_too,
    check_the_first_hold_binds_who_has_seen_none,
    check_a_hold_may_pass_from_hand_to_hand,
    check_the_head_says_whether_a_hold_was_lifted_since_the_newest_plan,
    check_a_lock_has_one_holder,
    check_a_change_may_give_up_the_lock_it_was_made_under,
    check_a_claim_is_created_once,
    check_a_fence_is_lost_when_its_claim_is_deleted_and_made_again,
    check_a_scope_has_one_leader,
    check_reserved_and_applied_only_grow,
    check_a_plan_number_has_one_manifest,
    check_only_a_live_plan_is_retired_and_only_a_retired_one_forgotten,
    check_dropping_a_generation_takes_its_trees_and_manifest_and_nothing_else,
    check_a_tree_that_a_root_follows_may_be_dropped,
    check_dropping_what_is_not_there_is_no_error,
    check_an_empty_authority_says_so,
    check_a_read_answers_in_the_order_asked,
    check_a_read_takes_as_many_endpoints_as_promised,
    check_trees_are_paged_in_byte_order,
    check_the_survivor_is_the_newest_tree_that_is_left,
    check_claims_are_listed_by_generation_then_az,
    check_a_generation_nobody_claims_may_be_dropped_under_that_condition,
)
