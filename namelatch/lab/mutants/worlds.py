"""The small worlds: each is there because a mutant lived without it, and is named for what it has that others have not.

Safeguards of `hardened` stand behind one another: what one of them forgets, another still refuses. So each also has a
world in which it stands alone. What falls there is what the lattice says of such sets.

Longer than other files: it is one catalogue, in which a new world is compared with those that are there.
"""

from dataclasses import replace
from typing import get_args

from coordination import limits
from coordination.codec import BadPlan
from coordination.intents import (
    Condition,
    Conflict,
    DropGeneration,
    DropLock,
    DropTree,
    Hold,
    Lost,
    Retire,
    RootVersion,
    TakeClaim,
    TakeLock,
    Unknown,
)
from coordination.ports import Inputs
from coordination.postures import HARDENED, INCIDENT
from coordination.records import Endpoint
from coordination.safeguards import Forward, LagStop, NonEmpty
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.hands import break_glass
from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.faults import Refused
from namelatch.lab.mutants.small import (
    ALL,
    GONE,
    F,
    R,
    full_in_turn,
    no_gap,
    often_full,
    once_more,
    one_claim,
    only,
    overlapping,
    refusing,
    rolls_back,
    short_chain,
    small,
    somebody,
    tidied,
    twin,
    two_walkers,
    watching,
    without,
)
from namelatch.lab.phrases import FIPS, G1, G2, REGIONAL, began, finished, published, publishing, stands, starved
from namelatch.lab.processes import collector, enactor, planner
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenarios.half_collected import HALF_COLLECTED
from namelatch.lab.scenarios.lease_loss import LEASE_LOSS
from namelatch.lab.scenarios.live_but_stuck import LIVE_BUT_STUCK
from namelatch.lab.scenarios.plan_flood import PLAN_FLOOD
from namelatch.lab.scenarios.resurrection import RESURRECTION
from namelatch.lab.scenarios.stale_check_overwrite import STALE_CHECK_OVERWRITE
from namelatch.lab.world import Moved

AB = ("a", "b")
GLOBAL, ZONAL = Endpoint("global.example"), Endpoint("zonal.example")
ONE = (REGIONAL,)
WEDGE = frozenset({"not-wedged", "converges"})
DARK = frozenset({"never-delete-active", "never-empty"})
ROLLBACK, CLAIMED = frozenset({"rollback-target-exists"}), frozenset({"claimed-plan-exists"})
OVERTAKEN = frozenset({"bounded-staleness", "converges", "cross-endpoint-skew", "monotone-generation"})
UNFENCED = frozenset({"fenced-writes"})
TINY = {"PAGE_KEYS": 1, "READ_ENDPOINTS": 1, "PLAN_SLICE": 1}
AUDIT = tuple(f"told: {one}" for one in ("leads", "published", "began", "finished", "collected", "forgotten"))
UNANSWERED = ("told: unavailable",)
OUTDATED, LOST = Conflict((), 0), Unknown("the reply was lost")
ANY_CONFLICT = tuple(f"lost: {condition.__name__}" for condition in get_args(Condition))
REPLIES = tuple(Refused("commit", nth, instead=LOST, done=True) for nth in (1, 3, 5))
LOSES_FIRST = Conflict((Lost(0, RootVersion(REGIONAL, 0)),), 0)
SIX = tuple(Endpoint(f"name-{at}.example") for at in range(6))
ALL_FOUR = (FIPS, REGIONAL, GLOBAL, ZONAL)
LOST_FOR_GOOD = tuple(Refused("commit", nth, instead=LOST) for nth in (1, 3, 5))
STUCK = Ordered(
    (Wait(publishing(3), began("a", 2)), Wait(When("b"), published(3)), Wait(stands("a"), finished("b", 3)))
)

# What most mutants fall by, the quickest first.
QUICK: tuple[Bound, ...] = (
    small("two enactors", azs=AB, published=1, sometimes=("told: leads", "told: began", "told: finished")),
    small("deltas", moves=(ALL, R, F, R), published=2, sometimes=AUDIT),
    small("a reply to a is lost", budget=Budget(lost=1, of=("a",)), moves=(ALL, R, F), published=2, tidy=False),
    small("keep last", "registered-versioned", moves=(ALL, ALL, ALL), keep_last=2, falls=DARK | WEDGE | ROLLBACK),
    small("locks", "incident", azs=AB, moves=(ALL, ALL, ALL), endpoints=ONE, published=2, keep=9),
    small("a lease ends", budget=Budget(expiries=1), endpoints=ONE, published=1, sometimes=("told: fenced",)),
)

# Under the hardened posture.
HARD: tuple[Bound, ...] = (
    small("first plan", moves=(ALL,), applied=0),
    small("removal", moves=(ALL, GONE, ALL), published=1),
    small("a name comes back", moves=(ALL, GONE, R), published=2),
    small("the last name goes", moves=(ALL, GONE), endpoints=ONE),
    small("a removal is lost", budget=Budget(forgets=1), moves=(ALL, GONE, F), published=2, passes=1, tidy=False),
    small("pages of one", endpoints=(FIPS, REGIONAL, GLOBAL), moves=(ALL, ALL, R), limits=TINY),
    small("two walkers", endpoints=(FIPS, REGIONAL, GLOBAL), limits=TINY, altered=two_walkers),
    small("a reply is lost", budget=Budget(lost=1), endpoints=ONE),
    small("two replies to a are lost", budget=Budget(lost=2, of=("a",)), endpoints=ONE, tidy=False),
    small("a dies", budget=Budget(crashes=1, of=("a",)), azs=AB, published=1),
    small("the planner dies", budget=Budget(crashes=1, lost=1, of=("planner",)), endpoints=ONE),
    small(
        "two lives of one az",
        endpoints=ONE,
        published=1,
        others=once_more,
        rule=Ordered((Wait(When("a-too"), began("a", 2)),)),
        rounds={"a": 3},
        passes=0,
        tidy=False,
        sometimes=("told: replaced", "told: claim revoked"),
    ),
    small("torn", torn=frozenset({G2}), moves=(ALL, ALL, ALL), sometimes=("told: quarantined",)),
    small("the log forgets", budget=Budget(forgets=1), moves=(ALL, R, F), published=2, passes=1, tidy=False),
    small("often a full plan", moves=(ALL, R, F, R), altered=often_full, every=full_in_turn),
    small("a long chain", moves=(ALL, R, F, R, F), published=3, limits={"PLAN_CHAIN": 2}, every=short_chain),
    small("held", given=(Hold(REGIONAL, "operator"),), moves=(ALL, ALL, F), sometimes=("told: held",)),
    small("held and lifted", others=lambda _: (break_glass(REGIONAL, source=G1, lifts=True),), published=1),
    small(
        "its tree is gone",
        given=(DropTree(G2, REGIONAL),),
        applied=2,
        moves=(ALL, ALL, ALL),
        every=rolls_back,
        tidy=False,
    ),
    small("all its trees are gone", given=(DropTree(G1, REGIONAL),), moves=(ALL, R), tidy=False),
    small("a leaves", rounds={"a": 3}, azs=AB),
    small("two owners", others=lambda _: (planner("planner-too", scope="another"),), endpoints=ONE),
    small("two planners", others=lambda _: (planner("planner-anew"),), endpoints=ONE, passes=0, tidy=False),
    small(
        "second",
        azs=AB,
        endpoints=ONE,
        moves=(ALL, ALL, ALL),
        published=1,
        rule=Ordered(
            (
                Wait(When("b"), finished("a", 2)),
                Wait(publishing(3), finished("a", 2)),
                Wait(When("a"), finished("b", 3), since=finished("a", 2)),
            )
        ),
    ),
    tidied(STALE_CHECK_OVERWRITE),
    tidied(LIVE_BUT_STUCK),
    tidied(HALF_COLLECTED),
    tidied(PLAN_FLOOD),
    tidied(LEASE_LOSS),
    tidied(RESURRECTION),
    small(
        "retired in the walk",
        others=somebody(Retire(G2)),
        endpoints=ONE,
        moves=(ALL, ALL, ALL),
        published=1,
        rule=Ordered((Wait(When("somebody"), began("a", 2)),)),
        sometimes=("told: retired",),
        falls=CLAIMED,
        passes=0,
        tidy=False,
    ),
    small(
        "just within the lag",
        endpoints=ONE,
        moves=(ALL, ALL, ALL, ALL),
        published=1,
        lag=LagStop(alarm=2, stop=2),
        rule=Ordered((Wait(publishing(3), began("a", 2)), Wait(stands("a"), published(4)))),
        never=("told: lag-stop", "told: claim revoked", "told: lag alarm"),
    ),
    small(
        "just beyond the lag",
        endpoints=ONE,
        moves=(ALL, ALL, ALL, ALL),
        published=1,
        lag=LagStop(alarm=1, stop=1),
        rule=Ordered((Wait(publishing(3), began("a", 2)), Wait(stands("a"), published(4)))),
        sometimes=("told: lag-stop", "told: lag alarm"),
    ),
    small(
        "needed however old",
        moves=(ALL, R, F, R),
        published=3,
        lag=LagStop(alarm=0, stop=1),
        passes=1,
        rule=Ordered(
            (Wait(When("collector"), began("a", 2)), Wait(When("a", "Finish"), When("collector", "generations")))
        ),
        never=("told: claim revoked",),
        tidy=False,
    ),
    small(
        "a chain is broken",
        moves=(ALL, R, F),
        published=2,
        given=(DropGeneration(G2), TakeClaim(G1, "y", "gone"), TakeClaim(G1, "z", "gone")),
        lag=LagStop(alarm=0, stop=1),
        sometimes=("told: broken chain", "told: claim revoked"),
    ),
    # Alone and undisturbed nobody meets a conflict, wastes a number or leaves for a third pass what two can do.
    small("alone", moves=(ALL, R, F), passes=0, tidy=False, never=ANY_CONFLICT, every=no_gap),
    small(
        "two passes",
        moves=(ALL, R, F, R, ALL),
        applied=4,
        passes=2,
        rule=Ordered((Wait(When("collector"), finished("a", 5)),)),
    ),
    # Roots are listed in pages where a page of trees has more names than are read one by one.
    *(
        small(
            f"roots in pages of {keys}",
            endpoints=ALL_FOUR,
            moves=(ALL, Moved((REGIONAL, GLOBAL, ZONAL)), Moved((FIPS, ZONAL)), ALL),
            applied=3,
            limits={"PAGE_KEYS": keys, "READ_ENDPOINTS": 1},
            rule=Ordered((Wait(When("collector"), finished("a", 4)),)),
        )
        for keys in (2, 3, 4)
    ),
    small(
        "roots in pages, a name missing",
        endpoints=SIX,
        moves=(ALL, Moved(tuple(one for one in SIX if one != SIX[2])), ALL, ALL),
        applied=3,
        limits={"PAGE_KEYS": 3, "READ_ENDPOINTS": 1},
        rule=Ordered((Wait(When("collector"), finished("a", 4)),)),
    ),
    small(
        "its trees are gone",
        given=(DropTree(G2, REGIONAL), DropTree(G2, FIPS)),
        applied=2,
        moves=(ALL, ALL, ALL),
        every=rolls_back,
        tidy=False,
    ),
    small("two collectors", others=lambda bound: (twin(collector(bound)),), endpoints=ONE, moves=(ALL, ALL, ALL)),
    small("two names go", moves=(ALL, Moved((), removed=(FIPS, REGIONAL)), ALL), published=1),
    small(
        "two walkers, the second refused",
        endpoints=(FIPS, REGIONAL, GLOBAL),
        limits={"READ_ENDPOINTS": 1},
        altered=two_walkers,
        gives=starved(REGIONAL, 2),
        passes=0,
        tidy=False,
        published=1,
        falls=WEDGE,
        sometimes=("told: incomplete",),
        never=("told: finished",),
    ),
    small("claims overlap", moves=(ALL, R, ALL), published=1, every=overlapping),
    small("from nothing", moves=(ALL, R, F), applied=0, published=2),
    small("much to collect", moves=(ALL, R, R, R, R)),
)

# What nobody answers.
SILENT: tuple[Bound, ...] = (
    small(
        "a is not answered",
        altered=refusing("a", *(Refused(one) for one in ("manifests", "acquire", "fetch", "read", "commit"))),
        sometimes=UNANSWERED,
        published=1,
    ),
    small(
        "a is not answered when it leaves",
        rounds={"a": 2},
        azs=AB,
        published=1,
        altered=refusing("a", Refused("release", 1)),
        sometimes=UNANSWERED,
        tidy=False,
    ),
    small(
        "the planner is not answered",
        altered=refusing("planner", *(Refused(one) for one in ("acquire", "head", "inputs", "append", "announce"))),
        sometimes=UNANSWERED,
    ),
    small(
        "the collector is not answered",
        altered=refusing("collector", *(Refused(one) for one in ("head", "generations", "trees", "commit"))),
        sometimes=UNANSWERED,
    ),
    small(
        "unplannable",
        altered=refusing("planner", Refused("append", error=BadPlan)),
        sometimes=("told: unplannable",),
        falls=WEDGE,
        tidy=False,
    ),
    small(
        "inputs go back",
        moves=(ALL, ALL, ALL),
        altered=refusing("planner", Refused("inputs", 2, instead=Inputs(1, (FIPS, REGIONAL), None))),
        sometimes=("told: old inputs",),
    ),
    small(
        "inputs begin at nought",
        moves=(ALL, ALL),
        applied=0,
        altered=refusing("planner", Refused("inputs", instead=Inputs(0, (FIPS, REGIONAL), None))),
    ),
    small("a's hint is out of date", altered=refusing("a", Refused("commit", 1, 3, instead=OUTDATED)), published=1),
    small(
        "a's hint of a lock is out of date",
        "incident",
        altered=refusing("a", *(Refused("commit", at, instead=OUTDATED) for at in (1, 3, 5))),
        keep=9,
    ),
    small(
        "a's hint is out of date at once",
        "spin-fixed",
        altered=refusing("a", *(Refused("commit", at, instead=OUTDATED) for at in (1, 3, 5))),
        endpoints=ONE,
        keep=9,
    ),
    # A lost reply of the lab's own may come about later, and there is always a way on which it does. These never do.
    small("a's writes are lost", altered=refusing("a", *LOST_FOR_GOOD), published=1),
    small(
        "a's claims are lost", altered=refusing("a", Refused("acquire", instead=LOST)), moves=(ALL, R, F), published=2
    ),
    small("the planner's writes are lost", altered=refusing("planner", *LOST_FOR_GOOD), published=1),
    small("the leadership is lost", altered=refusing("planner", Refused("acquire", instead=LOST)), published=1),
    # And these come about at once, every time.
    small("replies to a are lost", altered=refusing("a", *REPLIES), published=1),
    small("replies to the planner are lost", altered=refusing("planner", *REPLIES), published=1),
    small("replies to the collector are lost", altered=refusing("collector", *REPLIES), moves=(ALL, R, ALL)),
    small("a has its claim unheard", altered=refusing("a", Refused("acquire", instead=LOST, done=True)), published=1),
    small(
        "replies to a are lost at once",
        "spin-fixed",
        altered=refusing("a", *REPLIES),
        moves=(ALL, R, F),
        keep=0,
        rest=None,
        falls=DARK | ROLLBACK | CLAIMED | WEDGE,
    ),
    small("replies about locks are lost", "incident", altered=refusing("a", *REPLIES), azs=AB, endpoints=ONE, keep=9),
    *(
        small(
            f"a's {'second' if nth == 2 else 'third'} write {told}{where}",
            posture,
            altered=refusing("a", Refused("commit", nth, **how)),
            **given,
        )
        for told, how, falls in (
            ("is unheard", {"instead": LOST, "done": True}, frozenset()),
            ("is lost", {"instead": LOST}, ROLLBACK),
            ("meets a hint out of date", {"instead": OUTDATED}, ROLLBACK),
        )
        for nth, where, posture, given in (
            (2, "", "hardened", {"published": 1, "azs": AB}),
            (2, ", with locks", "incident", {"azs": AB, "keep": 9}),
            (2, ", at once", "spin-fixed", {"keep": 0, "moves": (ALL, ALL), "falls": falls}),
            (3, ", with locks", "incident", {"azs": AB, "keep": 9}),
            (3, ", at once", "spin-fixed", {"keep": 0, "moves": (ALL, ALL), "falls": ROLLBACK}),
            (3, ", at once, from nothing", "spin-fixed", {"keep": 9, "applied": 0}),
        )
    ),
    small(
        "a's claim is never heard of",
        altered=refusing("a", Refused("acquire", times=limits.UNKNOWN_ATTEMPTS, instead=LOST)),
        published=1,
        sometimes=UNANSWERED,
        never=("told: fenced",),
    ),
    small(
        "a has its claim unheard beside b",
        altered=refusing("a", Refused("acquire", instead=LOST, done=True)),
        azs=AB,
        published=1,
        never=("told: claim revoked", "told: replaced"),
    ),
    *(
        small(
            f"the collector's writes from the second on are {told}",
            altered=refusing("collector", *(Refused("commit", nth, instead=LOST, done=done) for nth in (2, 4))),
            moves=(ALL, ALL, ALL),
        )
        for told, done in (("lost", False), ("unheard", True))
    ),
    *(
        small(
            f"the collector's deletion {told}",
            altered=refusing("collector", Refused("commit", 3, instead=instead)),
            moves=(ALL, ALL, ALL),
            applied=3,
        )
        for told, instead in (("is lost", LOST), ("loses one of its changes", LOSES_FIRST))
    ),
    small(
        "the collector's hints are out of date",
        altered=refusing("collector", Refused("commit", times=6, instead=OUTDATED)),
        moves=(ALL, ALL, ALL),
    ),
    small(
        "the planner's hints are out of date", altered=refusing("planner", Refused("commit", times=6, instead=OUTDATED))
    ),
    small(
        "a's second write is lost, at once, from nothing",
        "spin-fixed",
        altered=refusing("a", Refused("commit", 2, instead=LOST)),
        applied=0,
        keep=9,
    ),
    small("the collector's writes are lost", altered=refusing("collector", *LOST_FOR_GOOD), published=1),
    small("a's locks are lost", "incident", altered=refusing("a", *LOST_FOR_GOOD), azs=AB, endpoints=ONE, keep=9),
    small("a's writes are lost at once", "spin-fixed", altered=refusing("a", *LOST_FOR_GOOD), endpoints=ONE, keep=9),
)

# Where a safeguard stands alone.
ALONE: tuple[Bound, ...] = (
    small(
        "forward alone",
        only("forward"),
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        passes=0,
        rule=STUCK,
    ),
    small("forward alone, any order", only("forward"), azs=AB, endpoints=ONE, moves=(ALL, ALL), applied=0, passes=0),
    small(
        "forward alone, a reply is lost",
        only("forward"),
        budget=Budget(lost=1, of=("a",)),
        azs=AB,
        endpoints=ONE,
        passes=0,
        published=1,
    ),
    small(
        "version and recheck",
        only("version", "recheck"),
        sometimes=("told: superseded",),
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        passes=0,
        rule=STUCK,
    ),
    small(
        "recheck alone",
        only("recheck", "lock", like="d2-after"),
        azs=AB,
        moves=(ALL, ALL, ALL),
        published=1,
        keep=9,
        rule=STUCK,
    ),
    small(
        "fence alone",
        only("fence"),
        azs=("a",),
        endpoints=ONE,
        published=1,
        budget=Budget(expiries=1, of=("a",)),
        passes=0,
    ),
    small(
        "fence alone, two lives",
        only("fence", "forward"),
        endpoints=ONE,
        published=1,
        others=once_more,
        rule=Ordered((Wait(When("a-too"), began("a", 2)),)),
        rounds={"a": 3},
        passes=0,
    ),
    small("non-empty alone", only("forward", "non-empty"), moves=(ALL, R, ALL), falls=ROLLBACK),
    small(
        "non-empty alone, removal", only("forward", "non-empty"), moves=(ALL, GONE, ALL), published=1, falls=ROLLBACK
    ),
    small(
        "spare-claimed alone",
        only("forward", "non-empty", "spare-claimed"),
        falls=ROLLBACK,
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        rule=STUCK,
    ),
    small(
        "spare-referenced alone",
        only("forward", "spare-referenced"),
        falls=CLAIMED,
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        rule=STUCK,
    ),
    small(
        "without plan-exists",
        without("plan-exists"),
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        rule=STUCK,
        tidy=False,
    ),
    small(
        "plan-exists alone",
        only("plan-exists", "forward"),
        falls=CLAIMED,
        others=somebody(Retire(G2)),
        endpoints=ONE,
        moves=(ALL, ALL, ALL),
        published=1,
        passes=0,
    ),
    small(
        "plan-exists alone, a chain",
        only("plan-exists", "forward"),
        falls=CLAIMED,
        others=somebody(Retire(G2)),
        moves=(ALL, R, F, ALL),
        published=2,
        passes=0,
    ),
    small("minimal", "minimal", azs=AB, published=1),
    small("minimal, deltas", "minimal", moves=(ALL, R, F, R), published=2),
    small(
        "lock and recheck, a lease ends",
        only("lock", "recheck", like="incident"),
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        keep=9,
        budget=Budget(expiries=1, of=("a",)),
        rule=Ordered(
            (Wait(publishing(3), began("a", 2)), Wait(When("b"), published(3)), Wait(stands("a"), began("b", 3)))
        ),
        falls=UNFENCED,
    ),
    small(
        "non-empty of writes alone",
        replace(HARDENED, name="writes", safeguards=(Forward(), NonEmpty(deletions=False))),
        moves=(ALL, R, ALL),
        falls=ROLLBACK | DARK | WEDGE,
        tidy=False,
    ),
    small(
        "non-empty alone, overtaken",
        only("non-empty"),
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        rule=STUCK,
        falls=OVERTAKEN - {"converges"} | ROLLBACK | CLAIMED,
    ),
    small("spare-referenced alone, deltas", only("forward", "spare-referenced"), moves=(ALL, R, R), falls=CLAIMED),
    small(
        "spare-referenced alone, overtaken",
        only("spare-referenced"),
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        published=1,
        rule=STUCK,
        falls=OVERTAKEN - {"converges"} | CLAIMED,
    ),
    small(
        "spare-referenced, whole generations",
        only("version", "spare-referenced", like="registered-versioned"),
        moves=(ALL, ALL, ALL),
        keep_last=2,
    ),
)

# Other postures.
OTHERS: tuple[Bound, ...] = (
    small("alone at once", "spin-fixed", moves=(ALL, R, F), keep=9, never=ANY_CONFLICT, every=no_gap),
    small("alone with locks", "incident", moves=(ALL, R, F), keep=9, never=ANY_CONFLICT, every=no_gap),
    small("a lock's reply is lost", "incident", budget=Budget(lost=1), endpoints=ONE, keep=9),
    small("a lock's lease ends", "incident", budget=Budget(expiries=1), azs=AB, endpoints=ONE, keep=9, falls=UNFENCED),
    small(
        "one lock lost, one reply lost",
        "d2-after",
        published=1,
        keep=9,
        budget=Budget(lost=1, of=("a",)),
        others=lambda bound: (enactor("b", bound, 0.5, 1),),
    ),
    small("two locks, a reply lost", "d2-after", azs=AB, published=1, keep=9, budget=Budget(lost=1, of=("a",))),
    small("two locks", "d2-after", azs=AB, published=1, keep=9, at_once=1),
    small("a lock and one round", "incident", endpoints=ONE, keep=9, limits={"DECIDE_ROUNDS": 1}),
    small(
        "a lock and a lag",
        only("lock", "lag-stop", like="incident"),
        endpoints=ONE,
        moves=(ALL, ALL, ALL, ALL),
        published=1,
        keep=9,
        lag=LagStop(alarm=1, stop=1),
        rule=Ordered((Wait(publishing(3), began("a", 2)), Wait(stands("a"), published(4)))),
        others=watching,
    ),
    small(
        "two locks lost, one reply lost",
        "d2-after",
        endpoints=(REGIONAL, FIPS, GLOBAL),
        given=(TakeLock(FIPS, "somebody"), TakeLock(GLOBAL, "somebody")),
        others=somebody(DropLock(FIPS, "somebody"), DropLock(GLOBAL, "somebody")),
        published=1,
        keep=9,
        altered=refusing("a", Refused("commit", 3, instead=LOST)),
    ),
    small("held locks", "incident", given=(Hold(REGIONAL, "operator"),), moves=(ALL, ALL), keep=9),
    small("by age", "incident", moves=(ALL, ALL, ALL), keep=1, falls=ROLLBACK),
    small(
        "it only watches",
        replace(INCIDENT, safeguards=(*INCIDENT.safeguards, LagStop())),
        moves=(ALL, ALL, ALL),
        published=1,
        endpoints=ONE,
        keep=9,
        lag=LagStop(alarm=0, stop=None),
        others=watching,
        sometimes=("told: lag alarm",),
        never=("told: collected",),
    ),
    small(
        "written empty",
        "d1-before",
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        keep_last=1,
        falls=DARK | WEDGE | ROLLBACK | CLAIMED,
    ),
    small(
        "written empty, the tree is there",
        "d1-before",
        endpoints=ONE,
        published=1,
        passes=0,
        others=somebody(DropGeneration(G2)),
        falls=frozenset({"converges", "never-empty"}),
        rule=Ordered((Wait(When("somebody"), began("a", 2)), Wait(When("a", "Enact"), When("somebody")))),
    ),
    small(
        "written empty, its bytes are lost",
        "d1-before",
        budget=Budget(forgets=1),
        endpoints=ONE,
        published=1,
        falls=frozenset({"converges", "cross-endpoint-skew"}),
    ),
    small(
        "one claim",
        "d1-after",
        every=one_claim,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        keep_last=1,
        falls=DARK | WEDGE | ROLLBACK,
    ),
    small("at once, nothing old", "spin-fixed", endpoints=ONE, keep=9, budget=Budget(lost=1, of=("a",))),
    small(
        "at once, told",
        "spin-fixed",
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        keep=0,
        falls=ROLLBACK,
        sometimes=AUDIT[4:5],
    ),
    small("at once", "spin-fixed", moves=(ALL, ALL, ALL), keep=1, falls=ROLLBACK),
    small(
        "at once, a reply lost",
        "spin-fixed",
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        budget=Budget(lost=1, of=("a",)),
        falls=WEDGE | ROLLBACK | CLAIMED,
    ),
    small(
        "at once, two",
        "spin-fixed",
        azs=AB,
        moves=(ALL, ALL, ALL),
        endpoints=ONE,
        falls=OVERTAKEN | DARK | ROLLBACK | CLAIMED,
    ),
)
COMMON: tuple[Bound, ...] = (*(replace(one, quick=True) for one in QUICK), *HARD, *SILENT, *ALONE, *OTHERS)
