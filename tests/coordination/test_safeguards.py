"""Each safeguard: what it allows, what it refuses, and which conditions travel with the change."""

from dataclasses import dataclass, field, replace

import pytest

from coordination import intents as i
from coordination.intents import Change, Condition, Enact
from coordination.plan import Generation
from coordination.records import Endpoint, RRset, Target
from coordination.safeguards import (
    Allow,
    Allowed,
    Amend,
    Context,
    Fence,
    First,
    Forward,
    FreshOnce,
    LagStop,
    Lock,
    NonEmpty,
    PlanExists,
    Recheck,
    Refuse,
    RollbackTolerant,
    SpareClaimed,
    SpareReferenced,
    Version,
    _Quiet,
    judge,
    shared,
)
from coordination.seen import Head, Root, Seen

A = Endpoint("a.example")
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)


def g(number: int) -> Generation:
    return Generation(number)


def enact(generation: int = 6, rollback: int | None = 5, records=ONE) -> Enact:
    return Enact(A, g(generation), records, None if rollback is None else g(rollback), "x")


def seen(generation: int = 5, rollback: int | None = 4, tombstone: bool = False, **more: object) -> Seen:
    root = Root(g(generation), None if rollback is None else g(rollback), tombstone, 17)
    return replace(Seen(A, root), **more)


def context(generation: int = 6, newest: int = 6, applied: int | None = 5) -> Context:
    head = Head(newest=g(newest), applied=None if applied is None else g(applied))
    return Context("x", head, g(generation), i.TakeClaim(g(4), "x", "t"), 11)


ALL = (FreshOnce(), Lock(), Recheck(), Version(), Forward(), Fence(), PlanExists(), NonEmpty(), RollbackTolerant(),
       LagStop(), SpareClaimed(), SpareReferenced())  # fmt: skip
CLAIM, RETIRE, TREE, WHOLE = i.TakeClaim(g(6), "x", "t"), i.Retire(g(3)), i.DropTree(g(3), A), i.DropGeneration(g(3))


@pytest.mark.parametrize("guard", ALL, ids=lambda guard: guard.name)
@pytest.mark.parametrize(
    "change", [i.Reserve(g(1)), i.Finish(g(6)), i.Hold(A, "x"), i.Forget(g(1)), i.TakeLock(A, "x")]
)
def test_a_safeguard_says_nothing_about_what_it_does_not_bind(guard, change: Change) -> None:
    assert guard.judge(change, seen(), context()) == Allow()


BINDS = {
    FreshOnce: {CLAIM},
    Lock: {enact()},
    Recheck: {enact()},
    Version: {enact()},
    Forward: {enact()},
    Fence: set(),
    PlanExists: {CLAIM},
    NonEmpty: {enact(), TREE},
    RollbackTolerant: {enact()},
    LagStop: {CLAIM, enact()},
    SpareClaimed: {RETIRE, TREE, WHOLE},
    SpareReferenced: {TREE, WHOLE},
}


@pytest.mark.parametrize("guard", ALL, ids=lambda guard: guard.name)
def test_a_safeguard_binds_the_changes_of_its_row_and_no_others(guard) -> None:
    before = {CLAIM, enact(), RETIRE, TREE, WHOLE} - BINDS[type(guard)]
    for change in before:
        assert guard.judge(change, seen(), context()) == Allow()


# --- at begin ----------------------------------------------------------------------------------------------------


def test_fresh_once_lets_only_a_plan_newer_than_the_applied_one_begin() -> None:
    assert FreshOnce().judge(CLAIM, Seen(A), context(6, applied=5)) == Allow()
    assert FreshOnce().judge(CLAIM, Seen(A), context(6, applied=None)) == Allow()
    for applied in (6, 7):
        verdict = FreshOnce().judge(CLAIM, Seen(A), context(6, applied=applied))
        assert isinstance(verdict, Refuse)
        assert verdict.superseded


def test_fresh_once_is_a_check_outside_the_transaction() -> None:
    """The incident's mistake, kept on purpose: no condition, and nothing at the change itself."""
    assert FreshOnce().judge(enact(6), seen(7), context(6, applied=9)) == Allow()
    assert FreshOnce().shared(context()) == ()


def test_plan_exists_binds_the_beginning_to_the_plan_and_the_oldest_it_is_folded_from() -> None:
    claim = i.TakeClaim(g(4), "x", "t")
    assert PlanExists().judge(claim, Seen(A), context(6)) == Allow((i.ManifestLive(g(6)), i.ManifestLive(g(4))))
    assert PlanExists().shared(context(6)) == (i.ManifestLive(g(6)),)
    assert PlanExists().shared(Context("collector")) == ()


# --- at enact ----------------------------------------------------------------------------------------------------


def test_lock_asks_for_the_lock_first_then_gives_it_up_with_the_change() -> None:
    assert Lock().judge(enact(), seen(), context()) == First(i.TakeLock(A, "x"))
    assert Lock().judge(enact(), seen(locked=True), context()) == Amend(replace(enact(), unlock=True))
    held = Lock().judge(replace(enact(), unlock=True), seen(locked=True), context())
    assert held == Allow((i.LockHeld(A, "x"),))


def test_recheck_refuses_what_was_seen_newer_and_leaves_no_condition() -> None:
    assert Recheck().judge(enact(6), seen(5), context()) == Allow()
    assert Recheck().judge(enact(6), seen(6), context()) == Allow()
    assert Recheck().judge(enact(6), Seen(A), context()) == Allow()
    verdict = Recheck().judge(enact(6), seen(7), context())
    assert isinstance(verdict, Refuse)
    assert verdict.superseded


def test_version_binds_to_the_root_as_it_was_seen_of_whatever_age() -> None:
    assert Version().judge(enact(), seen(9), context()) == Allow((i.RootVersion(A, 17),))
    assert Version().judge(enact(), Seen(A), context()) == Allow((i.RootVersion(A, 0),))


def test_forward_lets_a_generation_only_grow_and_says_so_to_the_authority() -> None:
    assert Forward().judge(enact(6), seen(5), context()) == Allow((i.RootOlder(A, g(6)),))
    assert Forward().judge(enact(6), Seen(A), context()) == Allow((i.RootVersion(A, 0),))
    for newer in (6, 7):
        verdict = Forward().judge(enact(6), seen(newer), context())
        assert isinstance(verdict, Refuse)
        assert verdict.superseded
        assert not verdict.stop


def test_forward_holds_against_tombstones_too() -> None:
    assert isinstance(Forward().judge(enact(6), seen(7, tombstone=True), context()), Refuse)
    assert isinstance(Forward().judge(enact(6, None, None), seen(7), context()), Refuse)


def test_fence_goes_with_every_batch_once_there_is_a_claim() -> None:
    assert Fence().shared(context()) == (i.ClaimFence(g(4), "x", 11),)
    assert Fence().shared(Context("collector")) == ()


def test_non_empty_refuses_to_write_a_live_name_without_an_address() -> None:
    weightless = (RRset("A", 60, (Target("10.0.0.1", 0),)),)
    for empty in ((), (RRset("A", 60, ()),), weightless):
        for guard in (NonEmpty(), NonEmpty(deletions=False)):
            verdict = guard.judge(enact(records=empty), seen(), context())
            assert isinstance(verdict, Refuse)
            assert not verdict.superseded
    assert NonEmpty().judge(enact(records=ONE), seen(), context()) == Allow()


def test_non_empty_lets_a_removal_pass_that_says_so_on_purpose() -> None:
    assert NonEmpty().judge(enact(records=None), seen(), context()) == Allow()


def test_non_empty_counts_deletions_as_part_of_the_change() -> None:
    assert isinstance(NonEmpty().judge(i.DropTree(g(5), A), seen(5), context()), Refuse)
    assert NonEmpty().judge(i.DropTree(g(4), A), seen(5), context()) == Allow((i.RootVersion(A, 17),))
    assert NonEmpty().judge(i.DropTree(g(5), A), seen(5, tombstone=True), context()) == Allow((i.RootVersion(A, 17),))
    assert NonEmpty(deletions=False).judge(i.DropTree(g(5), A), seen(5), context()) == Allow()


def test_rollback_tolerant_looks_for_a_survivor_only_when_the_target_is_gone() -> None:
    guard = RollbackTolerant()
    assert guard.judge(enact(), seen(), context()) == Allow()
    assert guard.judge(enact(rollback=None), seen(dangling=True), context()) == Allow()
    assert guard.judge(enact(), seen(dangling=True), context()) == First("find survivor")
    found = seen(dangling=True, searched=True, survivor=g(3))
    assert guard.judge(enact(), found, context()) == Amend(enact(rollback=3))
    assert guard.judge(enact(rollback=3), found, context()) == Allow()
    nothing = seen(dangling=True, searched=True)
    assert guard.judge(enact(), nothing, context()) == Amend(enact(rollback=None))


@pytest.mark.parametrize("change", [CLAIM, enact()])
def test_lag_stop_stops_beyond_its_second_threshold_and_not_at_it(change: Change) -> None:
    assert LagStop(stop=10).judge(change, seen(), context(6, newest=16)) == Allow()
    verdict = LagStop(stop=10).judge(change, seen(), context(6, newest=17))
    assert isinstance(verdict, Refuse)
    assert verdict.stop
    assert LagStop(stop=None).judge(change, seen(), context(6, newest=1000)) == Allow()


def test_lag_is_counted_in_generations_behind_the_newest() -> None:
    assert LagStop().lag(context(6, newest=9)) == 3
    assert LagStop().lag(Context("x")) == 0


# --- at collect --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [RETIRE, TREE, WHOLE])
def test_spare_claimed_binds_every_deletion_to_there_being_no_claim(change: Change) -> None:
    assert SpareClaimed().judge(change, seen(), Context("collector")) == Allow((i.Unclaimed(g(3)),))


def test_spare_referenced_spares_root_rollback_and_everything_newer() -> None:
    guard = SpareReferenced()
    for generation in (4, 5, 6, 9):
        assert isinstance(guard.judge(i.DropTree(g(generation), A), seen(5, 4), context()), Refuse), generation
    assert guard.judge(i.DropTree(g(3), A), seen(5, 4), context()) == Allow((i.RootVersion(A, 17),))
    assert guard.judge(i.DropTree(g(4), A), seen(5, None), context()) == Allow((i.RootVersion(A, 17),))


def test_spare_referenced_spares_what_has_no_root_yet_and_refuses_whole_generations() -> None:
    assert isinstance(SpareReferenced().judge(TREE, Seen(A), context()), Refuse)
    assert isinstance(SpareReferenced().judge(WHOLE, seen(), context()), Refuse)


def test_under_a_tombstone_what_was_before_its_rollback_may_go() -> None:
    verdict = SpareReferenced().judge(i.DropTree(g(3), A), seen(7, 5, tombstone=True), context())
    assert verdict == Allow((i.RootVersion(A, 17),))
    assert isinstance(SpareReferenced().judge(i.DropTree(g(5), A), seen(7, 5, tombstone=True), context()), Refuse)


# --- the fold ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Says(_Quiet):
    """A safeguard that answers what it is told to, per change."""

    answers: tuple[tuple[Change, object], ...] = ()
    batch: tuple[Condition, ...] = ()
    asked: list[str] = field(default_factory=list, compare=False)
    label: str = ""

    def judge(self, change: Change, seen: Seen, context: Context):
        self.asked.append(self.label)
        return dict(self.answers).get(change, Allow())

    def shared(self, context: Context) -> tuple[Condition, ...]:
        return self.batch


def test_the_first_refusal_in_tuple_order_ends_the_fold() -> None:
    asked: list[str] = []
    refusal, later = Refuse("one", "first"), Refuse("two", "second")
    guards = (
        Says(label="quiet", asked=asked),
        Says(((enact(), refusal),), label="one", asked=asked),
        Says(((enact(), later),), label="two", asked=asked),
    )
    assert judge(guards, enact(), seen(), context()) == refusal
    assert asked == ["quiet", "one"]


def test_the_conditions_of_all_safeguards_are_gathered_once_each_in_order() -> None:
    one, two, fence, plan = i.LockFree(A), i.HeadVersion(1), i.ClaimFence(g(4), "x", 11), i.ManifestLive(g(6))
    guards = (Says(((enact(), Allow((one, two))),), (fence,)), Says(((enact(), Allow((two, one))),), (plan, fence)))
    assert judge(guards, enact(), seen(), context()) == Allowed(enact(), (one, two))
    assert shared(guards, context()) == (fence, plan)


def test_an_amended_change_is_judged_from_the_start_and_forgets_what_was_allowed_before() -> None:
    amended = enact(rollback=3)
    guards = (
        Says(((enact(), Allow((i.HeadVersion(1),))), (amended, Allow((i.HeadVersion(2),))))),
        Says(((enact(), Amend(amended)),)),
    )
    assert judge(guards, enact(), seen(), context()) == Allowed(amended, (i.HeadVersion(2),))


def test_an_amended_change_may_be_refused_by_who_allowed_the_first() -> None:
    amended, refusal = enact(records=()), Refuse("strict", "no")
    guards = (Says(((amended, refusal),)), Says(((enact(), Amend(amended)),)))
    assert judge(guards, enact(), seen(), context()) == refusal


def test_safeguards_that_amend_without_end_are_our_own_mistake() -> None:
    back_and_forth = Says(((enact(), Amend(enact(9))), (enact(9), Amend(enact()))))
    with pytest.raises(AssertionError, match="without end"):
        judge((back_and_forth,), enact(), seen(), context())


def test_no_safeguards_allow_everything_unconditionally() -> None:
    assert judge((), enact(records=()), seen(9), context()) == Allowed(enact(records=()), ())
