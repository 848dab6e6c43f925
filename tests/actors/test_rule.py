"""The fault as a rule over events: what waits, for what, and what it proves of itself."""

import asyncio
from dataclasses import replace

import pytest

from coordination.intents import Batch, DropTree, Enact, Finish, Proposal, TakeLock
from coordination.memory import MemoryAuthority, Store
from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.lab.crossing import Crossing, Kind, Step, steps
from namelatch.lab.gate import Gate, GatedAuthority
from tests.actors.world import REGIONAL, records

OLD, NEW = Generation(2), Generation(5)
RULE = Crossing("a", OLD, NEW)
BEGUN = RULE.took(Step("a", "claim", OLD), True)
OTHER = Endpoint("other.example")


def test_before_the_old_plan_begins_nothing_waits() -> None:
    for step in (Step("a", "lock"), Step("a", "enact", OLD), Step("b", "drop", OLD)):
        assert RULE.may(step)
        assert RULE.arrive(step) == RULE


def test_a_claim_that_was_refused_begins_nothing() -> None:
    assert not RULE.took(Step("a", "claim", OLD), False).began
    assert not RULE.took(Step("b", "claim", OLD), True).began
    assert not RULE.took(Step("a", "claim", NEW), True).began


def test_the_slow_enactors_old_enactment_waits_for_a_listing() -> None:
    step = Step("a", "enact", OLD)
    assert not BEGUN.may(step)
    assert replace(BEGUN, listed=True).may(step)
    assert BEGUN.may(Step("a", "enact", NEW))
    assert BEGUN.may(Step("b", "enact", OLD))


def test_the_slow_enactors_lock_waits_until_another_really_holds_it() -> None:
    step = Step("a", "lock")
    assert not BEGUN.may(step)
    held = BEGUN.took(Step("b", "lock"), True)
    assert held.may(step)
    assert replace(BEGUN, listed=True).may(step)
    assert not BEGUN.took(Step("b", "lock"), False).may(step)
    assert not replace(held, cause="pause").may(step)


def test_the_holder_keeps_the_lock_until_the_slow_one_has_lost_it_once() -> None:
    held = BEGUN.arrive(Step("a", "lock")).took(Step("b", "lock"), True)
    assert not held.may(Step("b", "enact", NEW))
    lost = held.took(Step("a", "lock"), False)
    assert lost.may(Step("b", "enact", NEW))
    assert lost.locks_lost == 1
    assert not lost.took(Step("b", "enact", NEW), True).may(Step("a", "lock"))


def test_the_deletion_of_the_old_plan_waits_until_the_slow_one_is_back() -> None:
    drop = Step("b", "drop", OLD)
    assert not BEGUN.may(drop)
    assert BEGUN.may(Step("b", "drop", Generation(1)))
    back = replace(BEGUN, listed=True, reached=True).took(Step("a", "enact", OLD), True)
    assert back.back
    assert back.may(drop)


def test_a_deletion_that_arrives_after_the_finish_counts_as_a_listing() -> None:
    finished = replace(BEGUN, overtaken=True).took(Step("b", "finish", NEW), True)
    assert not finished.listed
    assert finished.arrive(Step("b", "drop", OLD)).listed
    assert replace(BEGUN, overtaken=True).arrive(Step("b", "drop", OLD)).took(Step("b", "finish", NEW), True).listed


def test_a_collectors_listing_counts_only_after_the_newer_plan_is_finished() -> None:
    overtaken = BEGUN.took(Step("b", "enact", NEW), True)
    assert overtaken.overtaken
    assert not overtaken.took(Step("collector", "list"), True).listed
    assert overtaken.took(Step("b", "list"), True).listed
    assert overtaken.took(Step("b", "finish", NEW), True).took(Step("collector", "list"), True).listed


def test_a_lost_commit_overtakes_nobody() -> None:
    assert not BEGUN.took(Step("b", "enact", NEW), False).overtaken
    assert not BEGUN.took(Step("b", "enact", Generation(4)), True).overtaken


LISTED = replace(BEGUN, reached=True, overtaken=True, listed=True)


def test_an_enactor_that_asks_for_the_head_without_having_taken_its_step_was_started_anew_and_is_not_back() -> None:
    gone = LISTED.took(Step("a", "head"), True)
    assert gone.gone
    assert not gone.in_force
    for later in (Step("a", "enact", NEW), Step("a", "lock")):
        assert not gone.took(later, True).took(Step("a", "head"), True).in_force
    assert not BEGUN.took(Step("a", "head"), True).gone, "it has not come to the endpoint yet"


@pytest.mark.parametrize("kind", ["enact", "lock"])
def test_an_enactor_whose_step_was_refused_after_the_listing_is_back_when_it_goes_on(kind: Kind) -> None:
    taken = LISTED.took(Step("a", kind, OLD if kind == "enact" else None), False)
    assert not taken.back
    assert taken.took(Step("a", "head"), True).in_force
    before = replace(LISTED, listed=False).took(Step("a", "lock"), False)
    assert not replace(before, listed=True).took(Step("a", "head"), True).in_force, "a lock lost before the listing"


def test_once_the_slow_one_is_gone_the_rule_holds_nothing_until_the_old_plan_begins_again() -> None:
    gone = replace(BEGUN, reached=True, cause="pause").took(Step("a", "head"), True)
    assert not gone.stops
    for step in (Step("a", "lock"), Step("b", "drop", OLD), Step("b", "enact", NEW)):
        assert gone.may(step)
    again = gone.took(Step("a", "claim", OLD), True)
    assert not again.gone
    assert not again.may(Step("a", "enact", OLD))
    assert not again.took(Step("a", "head"), True).gone, "it has not come to the endpoint yet"


def test_a_victim_waits_in_the_middle_of_the_newer_plan_until_it_was_killed_and_claims_again() -> None:
    rule, step = replace(LISTED, back=True, victim="c"), Step("c", "enact", NEW)
    assert rule.may(Step("b", "enact", NEW))
    assert rule.may(Step("c", "enact", Generation(3)))
    assert not rule.may(step)
    assert not rule.took(Step("c", "claim", NEW), True).struck, "it is where it began"
    exposed = rule.arrive(step)
    assert exposed.exposed
    assert not exposed.may(step)
    assert not exposed.took(Step("b", "claim", NEW), True).struck
    struck = exposed.took(Step("c", "claim", NEW), False)
    assert struck.may(step)
    assert struck.in_force


def test_a_rule_that_never_bit_says_so() -> None:
    assert not RULE.in_force
    assert not replace(BEGUN, reached=True, listed=True, back=True).in_force
    assert replace(BEGUN, reached=True, overtaken=True, listed=True, back=True).in_force


def test_once_the_slow_one_is_back_the_rule_holds_nothing_any_more() -> None:
    back = replace(BEGUN, back=True)
    for step in (Step("a", "lock"), Step("a", "enact", OLD), Step("b", "drop", OLD), Step("b", "enact", NEW)):
        assert back.may(step)
        assert back.arrive(step) == back


def test_under_cause_pause_the_process_is_stopped_from_its_step_until_the_listing() -> None:
    paused = replace(BEGUN, cause="pause")
    assert not paused.stops
    reached = paused.arrive(Step("a", "enact", OLD))
    assert reached.stops
    assert not replace(reached, listed=True).stops
    assert not BEGUN.arrive(Step("a", "enact", OLD)).stops


def test_only_steps_at_the_endpoint_matter_and_every_deletion() -> None:
    batch = Batch(
        tuple(
            Proposal(change)
            for change in (
                TakeLock(OTHER, "a"),
                TakeLock(REGIONAL, "a"),
                Enact(OTHER, OLD, None, None, "a"),
                DropTree(OLD, OTHER),
                DropTree(OLD, REGIONAL),
                Finish(NEW),
            )
        )
    )
    assert steps("a", batch, REGIONAL) == (Step("a", "lock"), Step("a", "drop", OLD), Step("a", "finish", NEW))


def test_a_gated_call_waits_for_its_event_and_tells_how_it_ended() -> None:
    async def story() -> None:
        store, gate = Store(), Gate(BEGUN)
        gated = GatedAuthority(MemoryAuthority(store), "a", "a", REGIONAL, gate.before, gate.after)
        old = Batch((Proposal(Enact(REGIONAL, OLD, records(REGIONAL, 2), None, "a")),))
        waiting = asyncio.create_task(gated.commit(old))
        assert await gate.until(lambda rule: rule.reached, 5)
        assert not waiting.done()
        assert not store.state.roots
        await gate.after((Step("b", "enact", NEW),), True)
        await gate.after((Step("b", "list"),), True)
        await waiting
        assert gate.rule.in_force
        assert store.state.roots[REGIONAL].generation == OLD

    asyncio.run(story())


@pytest.mark.parametrize("timeout_s", [0.0, 0.01])
def test_waiting_for_what_never_comes_ends_in_time(timeout_s: float) -> None:
    assert not asyncio.run(Gate(RULE).until(lambda rule: rule.back, timeout_s))
