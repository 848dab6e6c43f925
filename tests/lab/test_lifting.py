"""How the lab numbers a lifting: a head has to tell which came last, the newest plan or the lifting of a hold."""

from immutables import Map

from coordination.authority import State
from coordination.intents import Batch, Hold, Lift, Proposal
from coordination.plan import Generation
from namelatch.lab.world import Moved, Setting, World, commit
from tests.lab.towns import E1

SETTING = Setting((E1,), (Moved(),))


def test_a_lifting_comes_after_every_plan_published_before_it() -> None:
    published = State(newest=Generation(7), head_version=7, holds=Map({E1: "operator"}))
    lifted = commit(SETTING, World(published), Batch((Proposal(Lift(E1)),))).world.authority
    assert lifted.head().lifted
    assert lifted.head().version > published.head().version


def test_a_hold_is_no_lifting() -> None:
    held = commit(SETTING, World(State(head_version=7)), Batch((Proposal(Hold(E1, "operator")),))).world.authority
    assert not held.head().lifted
