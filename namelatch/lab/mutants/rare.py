"""Small worlds of what is rare: last attempts, several misfortunes at once, and laws that no role ever tries to break.

Like those of `worlds.py` each is there because a mutant lived without it. Somebody by no role's rules asks for what the
authority must refuse; what several do not notice of one another is seen by `every`.

Longer than other files: it is one catalogue, in which a new world is compared with those that are there.
"""

from collections.abc import Callable

from coordination.intents import (
    Batch,
    Change,
    ClaimFence,
    Condition,
    Conflict,
    DropClaim,
    DropGeneration,
    DropLeadership,
    DropTree,
    Enact,
    Finish,
    Forget,
    HeadVersion,
    Hold,
    LeaderFence,
    LockHeld,
    Lost,
    Proposal,
    Retire,
    RootOlder,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
)
from coordination.postures import HARDENED
from coordination.records import Endpoint
from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.faults import Refused
from namelatch.lab.mutants.small import (
    ALL,
    F,
    R,
    altogether,
    asking,
    by_commit,
    often_full,
    only,
    refusing,
    republishing,
    seldom_looking,
    small,
    somebody,
    two_walkers,
    two_walkers_at_once,
    without,
)
from namelatch.lab.mutants.worlds import AB, COMMON, LOST, ONE, OUTDATED, OVERTAKEN, ROLLBACK, UNFENCED, WEDGE
from namelatch.lab.phrases import FIPS, G1, G2, G3, REGIONAL, began, finished, stands, starved, wrote
from namelatch.lab.processes import planner
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.world import Moved, World, allocate

FINISHED, UNAVAILABLE, FENCED, INCOMPLETE = (
    (f"told: {one}",) for one in ("finished", "unavailable", "fenced", "incomplete")
)
FIRST = (REGIONAL, FIPS)  # the name of which the story tells is the first that is walked
BACK = Enact(REGIONAL, G1, allocate(REGIONAL, G1), None, "somebody")
AHEAD = Enact(REGIONAL, G3, allocate(REGIONAL, G3), None, "somebody")
NOBODY = Endpoint("nobody.example")
MANY = tuple(Endpoint(f"name-{at:03}.example") for at in range(130))  # more than one transaction takes
BETWEEN = (Endpoint("z.exampaa"), Endpoint("z.example"), Endpoint("z.examplf"))  # the first sorts behind `z.examp`
BEFORE_THE_FINISH = Ordered((Wait(When("somebody"), wrote("a", 2)), Wait(When("a", "Finish"), When("somebody"))))
NO_CLAIM = Conflict((Lost(None, ClaimFence(G2, "a", 0)),), 0)
NO_LOCK = Conflict((Lost(0, LockHeld(REGIONAL, "a")),), 0)
NO_LEADER = Conflict((Lost(None, LeaderFence("region", 0)), Lost(0, HeadVersion(0))), 0)


def _asked(change: Change, *conditions: Condition) -> Batch:
    return Batch((Proposal(change, conditions),))


def _loses(*places: int) -> Conflict:
    return Conflict(tuple(Lost(at, RootVersion(REGIONAL, 0)) for at in places), 0)


def _free_in_time(world: World) -> bool:
    """The lock of a name that is given up is free before the next name is walked."""
    state = world.authority
    return REGIONAL not in state.locks or state.roots[FIPS].generation == 1


def _lawful(world: World) -> bool:
    """Nothing of what nobody may do was done."""
    state = world.authority
    there = (1, "z") in state.claims and "elsewhere" in state.leaders and NOBODY not in state.roots
    return there and state.newest in state.manifests


def _left(*names: Endpoint) -> Callable[[World], bool]:
    """Of the first plan just these trees are left."""
    return lambda world: set(world.authority.trees.get(G1, ())) == set(names)


def _numbered(world: World) -> bool:
    """No plan has a number that nobody took."""
    return (world.authority.newest or 0) <= (world.authority.reserved or 0)


def _names_all(world: World) -> bool:
    """A full plan names every name that there ever was."""
    return all(len(plan.entries) == 2 for plan in world.log.values() if plan.base is None)


# Last attempts, and what ends a walk.
ENDS: tuple[Bound, ...] = (
    small(
        "too many replies to a are lost",
        altered=refusing("a", Refused("commit", times=2, instead=LOST)),
        limits={"UNKNOWN_ATTEMPTS": 1},
        published=1,
        sometimes=UNAVAILABLE,
        never=INCOMPLETE,
    ),
    small(
        "a's last attempt to finish is lost",
        altered=refusing("a", Refused("commit", 2, instead=LOST)),
        limits={"UNKNOWN_ATTEMPTS": 1},
        published=1,
        sometimes=UNAVAILABLE,
    ),
    small(
        "a's last attempt to finish is lost, at once",
        "spin-fixed",
        altered=refusing("a", Refused("commit", 3, instead=LOST)),
        limits={"UNKNOWN_ATTEMPTS": 1},
        published=1,
        keep=9,
        sometimes=UNAVAILABLE,
    ),
    small(
        "a's first finish is lost", altered=refusing("a", Refused("commit", 2, instead=LOST)), applied=0, moves=(ALL,)
    ),
    small(
        "fenced before the finish",
        endpoints=ONE,
        published=1,
        others=somebody(DropClaim(G2, "a")),
        rule=BEFORE_THE_FINISH,
        sometimes=FENCED,
        never=UNAVAILABLE,
    ),
    small(
        "retired before the finish",
        endpoints=ONE,
        moves=(ALL, ALL, ALL),
        published=1,
        others=somebody(Retire(G2), DropClaim(G2, "a")),
        rule=BEFORE_THE_FINISH,
        passes=0,
        tidy=False,
        sometimes=("told: retired",),
        never=(*FENCED, *UNAVAILABLE),
    ),
    small(
        "overtaken by what is applied",
        without("fresh-once"),
        endpoints=ONE,
        published=1,
        given=(AHEAD, Finish(G3)),
        passes=0,
        rest=lambda world: not world.authority.claims,
        sometimes=("told: superseded",),
        never=FINISHED,
        falls=WEDGE,
    ),
    small(
        "overtaken by what is not applied",
        without("fresh-once"),
        endpoints=ONE,
        published=1,
        given=(AHEAD, Finish(G2)),
        passes=0,
        sometimes=FINISHED,
        falls=frozenset({"converges"}),
    ),
    small(
        "its claim is taken away at rest",
        moves=(ALL, R),
        published=1,
        passes=2,
        tidy=False,
        others=somebody(DropClaim(G2, "a")),
    ),
    small(
        "a is not answered once it has finished",
        altered=refusing("a", Refused("head", 4)),
        moves=(ALL, ALL, ALL),
        tidy=False,
        sometimes=UNAVAILABLE,
    ),
    small(
        "a's claim is lost beside b",
        altered=refusing("a", Refused("acquire", instead=LOST)),
        azs=AB,
        published=1,
        never=("told: claim revoked", "told: replaced"),
    ),
    small(
        "b has its claim unheard beside a",
        altered=refusing("b", Refused("acquire", instead=LOST, done=True)),
        azs=AB,
        published=1,
        never=("told: claim revoked", "told: replaced"),
    ),
    small(
        "two walkers, the second unanswered",
        altered=altogether(two_walkers, refusing("a", Refused("read", 2))),
        limits={"READ_ENDPOINTS": 1},
        published=1,
        sometimes=UNAVAILABLE,
    ),
    *(
        small(
            f"two walkers, {told}",
            altered=altogether(two_walkers, refusing("a", Refused("commit", instead=NO_CLAIM), Refused("read", nth))),
            limits={"READ_ENDPOINTS": 1},
            published=1,
            sometimes=seen,
            never=unseen,
        )
        for told, nth, seen, unseen in (
            ("one fenced and one unanswered", 2, FENCED, UNAVAILABLE),
            ("one unanswered and one fenced", 1, UNAVAILABLE, FENCED),
        )
    ),
    small(
        "two walkers for a few names",
        endpoints=(FIPS, REGIONAL, NOBODY),
        moves=(ALL, R, ALL),
        altered=two_walkers_at_once,
        passes=0,
        tidy=False,
    ),
    small(
        "held, and its tree is gone",
        given=(DropTree(G1, REGIONAL), Hold(REGIONAL, "operator")),
        moves=(ALL, ALL),
        published=1,
        tidy=False,
        falls=frozenset({"converges"}),
    ),
)

# Locks that must not stay, nor stay longer than they are needed.
LOCKS: tuple[Bound, ...] = (
    small(
        "two locks unheard",
        "incident",
        altered=refusing("a", Refused("commit", instead=LOST, done=True)),
        published=1,
        keep=9,
    ),
    small(
        "the third of three locks is somebody's",
        "incident",
        endpoints=(REGIONAL, FIPS, NOBODY),
        given=(TakeLock(NOBODY, "somebody"),),
        limits={"LOCK_ATTEMPTS": 0},
        published=1,
        keep=9,
        rest=None,
        falls=WEDGE,
        sometimes=INCOMPLETE,
        never=FINISHED,
    ),
    small(
        "somebody's lock starves nobody else",
        "incident",
        endpoints=FIRST,
        given=(TakeLock(REGIONAL, "somebody"),),
        published=1,
        keep=9,
        rest=lambda world: world.authority.roots[FIPS].generation == G2,
        falls=WEDGE,
    ),
    small(
        "held locks, given up unheard",
        "incident",
        given=(Hold(REGIONAL, "operator"), Hold(FIPS, "operator")),
        altered=refusing("a", Refused("commit", 3, 2, instead=LOST)),
        published=1,
        keep=9,
    ),
    small(
        "a held lock is free in time",
        "incident",
        endpoints=FIRST,
        given=(Hold(REGIONAL, "operator"),),
        at_once=1,
        published=1,
        keep=9,
        every=_free_in_time,
    ),
    small(
        "a held lock is gone already",
        "incident",
        endpoints=(*FIRST, NOBODY),
        given=(Hold(REGIONAL, "operator"),),
        altered=refusing("a", Refused("commit", 3, instead=NO_LOCK, done=True)),
        at_once=1,
        published=1,
        keep=9,
    ),
    small(
        "a refused lock is free in time",
        only("lock", "non-empty", like="incident"),
        endpoints=FIRST,
        gives=starved(REGIONAL, 2),
        at_once=1,
        rounds={"a": 1},
        published=1,
        keep=9,
        every=_free_in_time,
        falls=WEDGE,
    ),
    small(
        "a wedged lock is free in time",
        "incident",
        endpoints=FIRST,
        given=(DropTree(G1, REGIONAL),),
        altered=refusing("a", Refused("commit", 3, instead=LOST)),
        at_once=1,
        rounds={"a": 1},
        published=1,
        keep=9,
        every=_free_in_time,
        falls=WEDGE,
    ),
    small(
        "somebody's lock",
        given=(TakeLock(REGIONAL, "somebody"),),
        tidy=False,
        every=lambda world: REGIONAL in world.authority.locks,
    ),
    small(
        "a tree is built again",
        "incident",
        azs=AB,
        endpoints=ONE,
        published=1,
        keep=9,
        others=somebody(DropTree(G2, REGIONAL)),
        rule=Ordered(
            (
                Wait(When("somebody"), wrote("a", 2)),
                Wait(When("a", "Finish"), began("b", 2)),
                Wait(stands("b"), When("somebody")),
            )
        ),
        falls=frozenset({"never-empty", "never-delete-active"}),
    ),
)

# The authority's laws, and what a collector's conditions are for.
LAWS: tuple[Bound, ...] = (
    small(
        "what nobody may do",
        given=(TakeClaim(G1, "z", "gone"), TakeLeadership("elsewhere", "gone")),
        others=asking(
            _asked(Forget(G2)),
            _asked(DropClaim(G1, "z"), ClaimFence(G1, "z", 999)),
            _asked(DropLeadership("elsewhere"), LeaderFence("elsewhere", 999)),
            _asked(Enact(NOBODY, G1, allocate(NOBODY, G1), None, "somebody"), RootOlder(NOBODY, G1)),
        ),
        endpoints=ONE,
        published=1,
        passes=0,
        tidy=False,
        every=_lawful,
        sometimes=("lost: ManifestRetired", "lost: RootOlder"),
    ),
    small(
        "a plan published twice", others=republishing, endpoints=ONE, published=1, sometimes=("lost: ManifestAbsent",)
    ),
    small(
        "every commit has its revision",
        altered=by_commit,
        endpoints=ONE,
        passes=0,
        tidy=False,
        every=lambda world: all(root.version <= world.authority.revision for root in world.authority.roots.values()),
    ),
    *(
        small(
            f"back to what is collected{where}",
            under,
            others=somebody(BACK),
            endpoints=ONE,
            moves=(ALL, ALL, ALL),
            applied=3,
            tidy=False,
            falls=falls,
        )
        for where, under, falls in (
            ("", HARDENED, OVERTAKEN | UNFENCED),
            (", non-empty alone", only("forward", "non-empty"), OVERTAKEN | UNFENCED | ROLLBACK),
            (", spare-referenced alone", only("forward", "spare-referenced"), OVERTAKEN | UNFENCED),
        )
    ),
    small(
        "claimed after it was retired",
        only("forward", "spare-claimed"),
        given=(Retire(G1), TakeClaim(G1, "z", "gone")),
        endpoints=ONE,
        moves=(ALL, ALL),
        applied=2,
        every=lambda world: G1 in world.authority.trees,
    ),
    *(
        small(
            f"of its deletions {told}",
            altered=refusing("collector", Refused("commit", 3, instead=instead)),
            endpoints=(FIPS, REGIONAL, NOBODY),
            moves=(ALL, ALL, ALL),
            applied=3,
            passes=1,
            tidy=False,
            rest=_left(*left),
        )
        for told, instead, left in (
            ("the first loses", _loses(0), (REGIONAL,)),
            ("two lose", _loses(0, 1), (FIPS, REGIONAL)),
            ("all lose", _loses(0, 1, 2), (FIPS, REGIONAL, NOBODY)),
            ("none loses", OUTDATED, (FIPS, REGIONAL, NOBODY)),
        )
    ),
    small(
        "more trees than one transaction takes",
        endpoints=MANY,
        moves=(ALL, ALL, ALL),
        applied=3,
        passes=1,
        tidy=False,
        rest=lambda world: G1 not in world.authority.trees,
    ),
    small(
        "more trees than one transaction takes, the first lost",
        altered=refusing("collector", Refused("commit", 3, instead=OUTDATED)),
        endpoints=MANY,
        moves=(ALL, ALL, ALL),
        applied=3,
        passes=1,
        tidy=False,
        rest=lambda world: 0 < len(world.authority.trees[G1]) < len(MANY),
    ),
    small(
        "more names than one transaction takes",
        endpoints=MANY,
        at_once=len(MANY),
        published=1,
        passes=0,
        tidy=False,
    ),
    small("more locks than one transaction takes", "incident", endpoints=MANY, at_once=len(MANY), published=1, keep=9),
    small(
        "roots sort between",
        endpoints=BETWEEN,
        moves=(ALL, Moved(BETWEEN[1:]), ALL, ALL),
        applied=3,
        limits={"PAGE_KEYS": 2, "READ_ENDPOINTS": 1},
        rule=Ordered((Wait(When("collector"), finished("a", 4)),)),
    ),
)

# What a planner can't hear, and what it is not always asked.
PLANS: tuple[Bound, ...] = (
    small(
        "the planner's number is lost",
        altered=refusing("planner", Refused("commit", 2, instead=LOST)),
        endpoints=ONE,
        every=_numbered,
    ),
    small(
        "deposed before it publishes",
        others=lambda _: (planner("planner-anew"),),
        endpoints=ONE,
        passes=0,
        tidy=False,
        sometimes=("lost: LeaderFence",),
    ),
    small(
        "deposed as it publishes",
        altered=refusing("planner", Refused("commit", 3, instead=NO_LEADER)),
        endpoints=ONE,
        sometimes=FENCED,
    ),
    small("a plan is lost", altered=refusing("planner", Refused("commit", 3, instead=LOST)), endpoints=ONE),
    small(
        "a plan published unheard",
        altered=refusing("planner", Refused("commit", 3, instead=LOST, done=True)),
        endpoints=ONE,
        sometimes=("told: published",),
    ),
    small(
        "a chain is broken, seldom looked at",
        moves=(ALL, R, F, R, F),
        published=2,
        others=somebody(DropGeneration(G2)),
        altered=seldom_looking,
        rule=Ordered((Wait(When("a"), None),)),
        passes=0,
        tidy=False,
    ),
    small(
        "a name that was down from the first",
        moves=(Moved(None, removed=(REGIONAL,)), F, F),
        altered=often_full,
        every=_names_all,
    ),
)
RARE: tuple[Bound, ...] = (*ENDS, *LOCKS, *LAWS, *PLANS)
WORLDS: tuple[Bound, ...] = (*COMMON, *RARE)
