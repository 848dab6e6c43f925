"""What every Claims adapter must do: a claim is created once, its revision is the fence, and only its holder
gives it up. A lease is a liveness hint: what protects is the fence, and these checks look at it.
"""

from collections.abc import Awaitable, Callable

from coordination.conformance.world import ONE, A, World, done, g, lost
from coordination.intents import (
    ClaimFence,
    ClaimFree,
    Committed,
    Conflict,
    DropClaim,
    DropLeadership,
    Enact,
    LeaderFence,
    LeaderFree,
    Lost,
    ManifestLive,
    TakeClaim,
    TakeLeadership,
)

_CLAIM = TakeClaim(g(4), "az1", "token-1")
_LEADERSHIP = TakeLeadership("plans", "token-1")


async def check_the_revision_of_a_claim_is_its_fence(world: World) -> None:
    outcome = await world.claims().acquire(_CLAIM, ())
    assert isinstance(outcome, Committed)
    seen = (await world.authority.claims())[0]
    assert (seen.generation, seen.az, seen.token, seen.fence) == (4, "az1", "token-1", outcome.revision)
    await done(world, Enact(A, g(4), ONE, None, "x"), given=(ClaimFence(g(4), "az1", outcome.revision),))


async def check_two_of_one_az_cannot_claim_the_same_generation(world: World) -> None:
    assert isinstance(await world.claims().acquire(_CLAIM, ()), Committed)
    outcome = await world.claims().acquire(TakeClaim(g(4), "az1", "token-2"), ())
    assert isinstance(outcome, Conflict)
    assert [one.condition for one in outcome.lost] == [ClaimFree(g(4), "az1")]
    assert [one.token for one in await world.authority.claims()] == ["token-1"]


async def check_claims_of_one_az_on_two_generations_overlap(world: World) -> None:
    claims = world.claims()
    later = TakeClaim(g(5), "az1", "token-1")
    assert isinstance(await claims.acquire(_CLAIM, ()), Committed)
    assert isinstance(await claims.acquire(later, ()), Committed)
    assert [one.generation for one in await world.authority.claims()] == [4, 5]
    assert isinstance(await claims.release(_CLAIM), Committed)
    assert await claims.renew(later)
    assert [one.generation for one in await world.authority.claims()] == [5]


async def check_a_claim_is_made_under_its_conditions(world: World) -> None:
    claims = world.claims()
    outcome = await claims.acquire(_CLAIM, (ManifestLive(g(4)),))
    assert isinstance(outcome, Conflict)
    assert [one.condition for one in outcome.lost] == [ManifestLive(g(4))]
    assert await world.authority.claims() == ()
    assert not await claims.renew(_CLAIM)


async def check_a_released_claim_is_gone_and_its_fence_with_it(world: World) -> None:
    claims = world.claims()
    outcome = await claims.acquire(_CLAIM, ())
    assert isinstance(outcome, Committed)
    assert isinstance(await claims.release(_CLAIM), Committed)
    assert await world.authority.claims() == ()
    assert not await claims.renew(_CLAIM)
    given = (ClaimFence(g(4), "az1", outcome.revision),)
    assert await lost(world, Enact(A, g(4), ONE, None, "x"), given=given) == (Lost(None, given[0]),)


async def check_who_was_revoked_does_not_give_up_the_successors_claim(world: World) -> None:
    first, second = world.claims(), world.claims()
    assert isinstance(await first.acquire(_CLAIM, ()), Committed)
    await done(world, DropClaim(g(4), "az1"))
    assert isinstance(await second.acquire(TakeClaim(g(4), "az1", "token-2"), ()), Committed)
    assert isinstance(await first.release(_CLAIM), Conflict)
    assert [one.token for one in await world.authority.claims()] == ["token-2"]


async def check_a_revoked_claims_fence_refuses_what_comes_late(world: World) -> None:
    claims = world.claims()
    outcome = await claims.acquire(_CLAIM, ())
    assert isinstance(outcome, Committed)
    await done(world, DropClaim(g(4), "az1"))
    given = (ClaimFence(g(4), "az1", outcome.revision),)
    assert await lost(world, Enact(A, g(4), ONE, None, "x"), given=given) == (Lost(None, given[0]),)
    again = await claims.acquire(_CLAIM, ())
    assert isinstance(again, Committed)
    assert again.revision > outcome.revision


async def check_what_was_never_claimed_is_neither_renewed_nor_released(world: World) -> None:
    claims = world.claims()
    assert not await claims.renew(_CLAIM)
    assert isinstance(await claims.release(_CLAIM), Conflict)


async def check_a_scope_has_one_leader_and_its_fence_is_its_creation(world: World) -> None:
    first, second = world.claims(), world.claims()
    outcome = await first.acquire(_LEADERSHIP, ())
    assert isinstance(outcome, Committed)
    other = await second.acquire(TakeLeadership("plans", "token-2"), ())
    assert isinstance(other, Conflict)
    assert [one.condition for one in other.lost] == [LeaderFree("plans")]
    given = (LeaderFence("plans", outcome.revision),)
    await done(world, Enact(A, g(4), ONE, None, "x"), given=given)
    await done(world, DropLeadership("plans"))
    assert isinstance(await second.acquire(TakeLeadership("plans", "token-2"), ()), Committed)
    assert await lost(world, Enact(A, g(4), ONE, None, "x"), given=given) == (Lost(None, given[0]),)


CHECKS: tuple[Callable[[World], Awaitable[None]], ...] = (
    check_the_revision_of_a_claim_is_its_fence,
    check_two_of_one_az_cannot_claim_the_same_generation,
    check_claims_of_one_az_on_two_generations_overlap,
    check_a_claim_is_made_under_its_conditions,
    check_a_released_claim_is_gone_and_its_fence_with_it,
    check_who_was_revoked_does_not_give_up_the_successors_claim,
    check_a_revoked_claims_fence_refuses_what_comes_late,
    check_what_was_never_claimed_is_neither_renewed_nor_released,
    check_a_scope_has_one_leader_and_its_fence_is_its_creation,
)
