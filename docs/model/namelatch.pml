/*
 * Namelatch's protocol as a Promela model, written by hand from what the protocol means (docs/model/README.md).
 *
 * One step is one call at the authority: asked, answered, and whatever its caller does after it that nobody else could
 * notice. Who may step is the only choice there is; what a step does is determined. All state is global and named; a
 * process is a table of what it asks next (`at`) and what it keeps. What is dead is set to 0, so that two states of
 * the model are one exactly when no one could ever tell them apart by what is kept here.
 *
 * Generation 0 is none, endpoint e stands in lists as e + 1, sets are bit masks. Endpoints are numbered in byte order
 * of their names; WALKS_BACK says that plans list them the other way round.
 */

/* ---- bounds ------------------------------------------------------------------------------------------------- */

#ifndef ENACTORS
#define ENACTORS 2
#endif
#ifndef ENDPOINTS
#define ENDPOINTS 1
#endif
#ifndef PLANS             /* how often the inputs move; the first APPLIED + PUBLISHED plans are there at the start */
#define PLANS 2
#endif
#ifndef APPLIED           /* 0 or 1 */
#define APPLIED 1
#endif
#ifndef PUBLISHED
#define PUBLISHED 0
#endif
#ifndef KEEP              /* K of "older than applied", N of "keep last" */
#define KEEP 0
#endif
#ifndef PASSES            /* of the collector; 0: for ever */
#define PASSES 0
#endif
#ifndef AT_ONCE           /* of how many endpoints a round of the walk is */
#define AT_ONCE ENDPOINTS
#endif
#ifndef WALKS_BACK
#define WALKS_BACK 0
#endif
#ifndef DARK              /* at the start the tree is gone that the root of endpoint 0 follows */
#define DARK 0
#endif
#define GENERATIONS (PLANS + 1)

/* ---- postures: who sweeps, by which rule, and which safeguards bind ------------------------------------------- */

#define BY_NOBODY 0
#define BY_ENACTORS 1
#define BY_COLLECTOR 2
#define OLDER_THAN_APPLIED 1
#define KEEP_LAST 2
#define BY_REFERENCE 3

#ifdef INCIDENT
#define SWEEPS BY_ENACTORS
#define RULE OLDER_THAN_APPLIED
#define REPEATS 1
#ifndef FRESH_ONCE
#define FRESH_ONCE 1
#endif
#ifndef LOCK
#define LOCK 1
#endif
#endif

#ifdef D2_AFTER
#define SWEEPS BY_ENACTORS
#define RULE OLDER_THAN_APPLIED
#ifndef LOCK
#define LOCK 1
#endif
#ifndef RECHECK
#define RECHECK 1
#endif
#ifndef VERSION
#define VERSION 1
#endif
#endif

#ifdef REGISTERED_VERSIONED
#define SWEEPS BY_COLLECTOR
#define RULE KEEP_LAST
#ifndef VERSION
#define VERSION 1
#endif
#ifndef SPARE_CLAIMED
#define SPARE_CLAIMED 1
#endif
#endif

#ifdef HARDENED
#define SWEEPS BY_COLLECTOR
#define RULE BY_REFERENCE
#define WATCHES_LAG 1
#ifndef FRESH_ONCE
#define FRESH_ONCE 1
#endif
#ifndef VERSION
#define VERSION 1
#endif
#ifndef FORWARD
#define FORWARD 1
#endif
#ifndef FENCE
#define FENCE 1
#endif
#ifndef PLAN_EXISTS
#define PLAN_EXISTS 1
#endif
#ifndef NON_EMPTY
#define NON_EMPTY 1
#endif
#ifndef ROLLBACK_TOLERANT
#define ROLLBACK_TOLERANT 1
#endif
#ifndef SPARE_CLAIMED
#define SPARE_CLAIMED 1
#endif
#ifndef SPARE_REFERENCED
#define SPARE_REFERENCED 1
#endif
#endif

#ifndef SWEEPS
#error "say which posture: -DINCIDENT, -DD2_AFTER, -DREGISTERED_VERSIONED or -DHARDENED"
#endif
#ifndef REPEATS           /* walks in one order, and does again what another enactor has done */
#define REPEATS 0
#endif
#ifndef WATCHES_LAG       /* the collector looks at the claims before it sweeps */
#define WATCHES_LAG 0
#endif
#ifndef FRESH_ONCE
#define FRESH_ONCE 0
#endif
#ifndef LOCK
#define LOCK 0
#endif
#ifndef RECHECK
#define RECHECK 0
#endif
#ifndef VERSION
#define VERSION 0
#endif
#ifndef FORWARD
#define FORWARD 0
#endif
#ifndef FENCE
#define FENCE 0
#endif
#ifndef PLAN_EXISTS
#define PLAN_EXISTS 0
#endif
#ifndef NON_EMPTY
#define NON_EMPTY 0
#endif
#ifndef ROLLBACK_TOLERANT
#define ROLLBACK_TOLERANT 0
#endif
#ifndef SPARE_CLAIMED
#define SPARE_CLAIMED 0
#endif
#ifndef SPARE_REFERENCED
#define SPARE_REFERENCED 0
#endif

/* ---- the authority ------------------------------------------------------------------------------------------ */

#define LIVE 1
#define RETIRED 2
#define bit(x) (1 << (x))

typedef Root { byte follows, rollback, version };
typedef OfAz { byte az[ENACTORS] };

byte newest, reserved, applied;
byte inputs;                  /* the revision of the inputs that the newest plan was made from */
byte asked;                   /* the newest revision of the inputs that anybody asked for */
byte leader;                  /* whether somebody leads the planners */
byte manifest[GENERATIONS];   /* 0, LIVE or RETIRED */
byte trees[GENERATIONS];      /* of which endpoints there is a tree */
Root root[ENDPOINTS];
byte lock[ENDPOINTS];         /* 0, or its holder + 1 */
OfAz claim[GENERATIONS];      /* 0, or the number of the claim's creation: its fence */
OfAz created[GENERATIONS];    /* how often this claim was created */

/* ---- who takes part, and what each keeps ---------------------------------------------------------------------- */

/* What the planner asks next. */
#define P_DEPOSE 1
#define P_LEAD 2
#define P_LOOK 3
#define P_LIST 4
#define P_RESERVE 5
#define P_PUBLISH 6

typedef Planner { byte at, number, revision };  /* the number and the inputs' revision of the plan in hand */
Planner P;

/* What an enactor asks next. */
#define LOOK 1            /* the head */
#define LIST 2            /* which plans there are */
#define CLAIM 3           /* its claim on the plan */
#define LETGO 4           /* the end of its claim on the plan before */
#define TAKE 5            /* locks */
#define READ 6            /* roots and head */
#define ENACT 7
#define UNLOCK 8          /* one endpoint's lock back, without a change */
#define SURVIVOR 9        /* the newest tree that one endpoint has left */
#define FINISH 10
#define OLD_PLANS 11      /* of the clean-up: which plans there are */
#define OLD_TREES 12      /* of the clean-up: which generations have trees */
#define DROP 13           /* one old generation, all of it */
#define GIVE_UP 14        /* the end of its claim, the plan being over for it */

/* Why a lock is given back. */
#define SKIPPED 1         /* the endpoint is where it should be */
#define SUPERSEDED 2      /* it is further already */
#define WEDGED 3          /* its rollback would point at nothing */
#define LEAVES 4          /* the whole enactment has ended */

typedef Enactor {
    byte at;
    byte done;            /* the plan it is through with */
    byte held, fence;     /* the plan it has a claim on, and the claim's fence */
    byte old;             /* the plan it still has a claim on from before, while that is given back */
    byte plan;            /* the plan in hand */
    byte applied;         /* what was applied when it took that */
    byte batch[ENDPOINTS];  /* the endpoints of the next call, or those that go into it */
    byte first[ENDPOINTS];  /* those of this round that something must be done for first */
    byte rest[ENDPOINTS];   /* those of this round that are not judged yet */
    byte ahead[ENDPOINTS];  /* those of this pass whose round comes next */
    byte later[ENDPOINTS];  /* those that wait for another pass */
    byte back[ENDPOINTS];   /* the generation seen at a root; then the rollback to go with the change */
    byte version[ENDPOINTS];  /* the root's version as seen */
    byte gone[ENDPOINTS];   /* the rollback that was refused, its tree being gone */
    byte mine;            /* the locks it holds */
    byte unlocks, why;    /* the endpoint whose lock is given back, + 1 */
    byte yields;          /* something newer than the plan was applied when the roots were read */
    byte undone;          /* some endpoint was left undone */
    byte listed;          /* the plans that the clean-up has listed */
    byte victims;         /* what the clean-up still has to delete */
};
Enactor E[ENACTORS];

/* What the collector asks next. */
#define C_LOOK 1          /* the head */
#define C_CLAIMS 2        /* the claims, to tell of lag */
#define C_TREES 3         /* which generations have trees */
#define C_PLANS 4         /* which plans there are */
#define C_RETIRE 5        /* the end of one plan */
#define C_PAGE 6          /* which trees one generation has */
#define C_READ 7          /* their roots */
#define C_DROP 8          /* those trees that nothing points at */
#define C_AGAIN 9         /* the same without those that were refused */
#define C_FORGET 10       /* the end of one retired plan's manifest */
#define C_OLD_PLANS 11    /* by age: as an enactor's clean-up */
#define C_OLD_TREES 12
#define C_OLD_DROP 13
#define C_ENDED 14

typedef Collector {
    byte at;
    byte left;            /* passes to come after this one, where they are counted */
    byte newest, applied; /* the head as it was read */
    byte present;         /* the generations that had trees */
    byte plans;           /* the plans there were; by age: those that it has listed */
    byte dead;            /* the retired ones of them */
    byte queue;           /* what is still to be retired, forgotten or deleted */
    byte oldest;          /* by age: the oldest plan to be kept */
    byte scans;           /* the generation whose trees are being looked at */
    byte after;           /* the last endpoint of the page, + 1 */
    byte missed;          /* something of it was refused */
    byte batch[ENDPOINTS];
    byte version[ENDPOINTS];
    byte scanned[GENERATIONS];  /* what was applied when nothing was left of a generation that may go */
};
Collector C;

/* ---- things that are over before a step ends -------------------------------------------------------------------- */

/* Lists are arrays that end at the first 0. These are macros, since an inline takes no array. */
#define put(list, x) k = 0; do :: k < ENDPOINTS && list[k] != 0 -> k++ :: else -> break od; list[k] = x
#define clear(list) k = 0; do :: k < ENDPOINTS -> list[k] = 0; k++ :: else -> break od
#define copy(to, from) k = 0; do :: k < ENDPOINTS -> to[k] = from[k]; k++ :: else -> break od
#define move(to, from) k = 0; do :: k < ENDPOINTS -> to[k] = from[k]; from[k] = 0; k++ :: else -> break od
#define pop(list) e = list[0] - 1; k = 1; do :: k < ENDPOINTS -> list[k - 1] = list[k]; k++ \
    :: else -> list[ENDPOINTS - 1] = 0; break od
#define names(list) k = 0; do :: k < ENDPOINTS && list[k] != 0 -> with(list[k] - 1); k++ :: else -> break od

#ifdef SHORTEST           /* spin looks for the shortest trail only where nothing is hidden: then it is 0 between steps */
#define HIDDEN
#define forget_the_rest() i = 0; j = 0; k = 0; e = 0; r = 0; bad = 0; most = 0; lost = 0; clear(go); k = 0; next = 0
#else
#define HIDDEN hidden
#define forget_the_rest() next = 0
#endif
HIDDEN byte i, j, k, e, r, bad, most, next, lost;
HIDDEN byte go[ENDPOINTS];

inline lowest(set) {                   /* the lowest generation of a set, as j; it leaves the set */
    j = 0;
    do
    :: (set & bit(j)) -> set = set & ~bit(j); break
    :: else -> j++
    od
}

#define has_tree(g, x) ((trees[g] & bit(x)) != 0)
#define dark(x) (root[x].follows != 0 && !has_tree(root[x].follows, x))

#ifdef NEVER_EMPTY
inline judge() {                       /* the invariant: no root that follows a tree that is gone */
    k = 0;
    do
    :: k < ENDPOINTS ->
        if
        :: dark(k) -> printf("DARK e%d\n", k); assert(false); k = ENDPOINTS
        :: else -> k++
        fi
    :: else -> break
    od
}
#else
#define judge() skip
#endif

inline unclaimed(g) {                  /* bad, where somebody has a claim on g or on anything older */
    i = 1;
    do
    :: i <= g ->
        j = 0;
        do
        :: j < ENACTORS -> bad = bad | (claim[i].az[j] != 0); j++
        :: else -> break
        od;
        i++
    :: else -> break
    od
}

/* What a trail is read from: who asks for what, about which generation and which endpoints. */
#define tells(who, call) printf("STEP %d ", who); printf(call)
#define about(g) printf(" g%d", g)
#define with(x) printf(" e%d", x)
#define told() printf("\n")
#define PLANNER 100
#define COLLECTOR 101

/* ---- the ordering of October 2025, where it is asked for --------------------------------------------------------- */

#ifdef OCTOBER
/*
 * a is enactor 0, b enactor 1, the old plan is 2, the new one 4, the endpoint is 0. The orderings of the scenario, and
 * nothing else: b begins once 4 is published; plan 3 is not published before a has its claim on 2, nor 5 before b has
 * finished 4. From its claim on, a asks for the endpoint's lock only where another holds it and a has not lost to that
 * hold yet, or when b has listed what is old; b writes only when a has lost; the clean-up deletes 2 only when a is back.
 */
byte a_began, a_lost, b_finished, b_listed, a_back, b_holds;
#define planner_waits ((P.at == P_PUBLISH && P.number == 3 && !a_began) || (P.at == P_PUBLISH && P.number == 5 && !b_finished))
#define asks_for_0(me) (E[me].batch[0] == 1 || E[me].batch[ENDPOINTS - 1] == 1)
#define waits(me) ((me == 1 && newest < 4) || (a_began && !a_back && ( \
    (me == 0 && E[0].at == TAKE && asks_for_0(0) && !b_listed && !(b_holds && !a_lost)) || \
    (me == 0 && E[0].at == ENACT && asks_for_0(0) && !b_listed) || \
    (me == 1 && E[1].at == ENACT && asks_for_0(1) && b_holds && !b_listed && !a_lost) || \
    (me == 1 && E[1].at == DROP && (E[1].victims & bit(2)) && !(E[1].victims & bit(1))))))
#else
#define planner_waits 0
#define waits(me) 0
#endif

/* ---- the planner ------------------------------------------------------------------------------------------------ */

inline planner_step() {
    if
    :: P.at == P_DEPOSE -> tells(PLANNER, "depose"); told(); leader = 0; P.at = P_LEAD
    :: P.at == P_LEAD ->
        tells(PLANNER, "lead"); told();
        if
        :: leader == 0 -> leader = 1; P.at = P_LOOK
        :: else -> skip
        fi
    :: P.at == P_LOOK -> tells(PLANNER, "look"); told(); P.at = P_LIST
    :: P.at == P_LIST ->              /* then it asks for the inputs, which move when they have been planned from */
        tells(PLANNER, "list"); told();
        if
        :: asked <= inputs && inputs < PLANS -> asked = inputs + 1
        :: else -> skip
        fi;
        if
        :: asked == inputs && newest != 0 -> P.at = P_LOOK
        :: else -> P.number = (reserved > newest -> reserved : newest) + 1; P.revision = asked; P.at = P_RESERVE
        fi
    :: P.at == P_RESERVE ->
        tells(PLANNER, "reserve"); about(P.number); told();
        if
        :: reserved < P.number -> reserved = P.number; P.at = P_PUBLISH
        :: else -> P.number = 0; P.revision = 0; P.at = P_LOOK
        fi
    :: P.at == P_PUBLISH ->
        tells(PLANNER, "publish"); about(P.number); told();
        if
        :: manifest[P.number] == 0 -> manifest[P.number] = LIVE; newest = P.number; inputs = P.revision
        :: else -> skip
        fi;
        P.number = 0; P.revision = 0; P.at = P_LOOK
    fi
}

/* ---- an enactor ------------------------------------------------------------------------------------------------- */

/* What it does on its own after an answer, until it asks again. */
#define ASKS 0
#define WALKS 1           /* begins to walk over all endpoints */
#define ADVANCES 2        /* a round over the first of the endpoints in `go`, the others being next */
#define JUDGES 3          /* what was read, endpoint by endpoint */
#define COMMITS 4         /* what was allowed, then what comes first for the others */
#define ROUNDS 5          /* one round is over */
#define STOPS 6           /* gives up the plan and everything that it holds */
#define RESTS 7           /* until it looks again */

inline of_endpoint_over(me) { E[me].back[e] = 0; E[me].version[e] = 0 }

inline unlock_first(me, reason) { of_endpoint_over(me); E[me].unlocks = e + 1; E[me].why = reason; E[me].at = UNLOCK; next = ASKS }

inline judge_one(me) {
    pop(E[me].rest);
    r = E[me].back[e];
    if
    :: !REPEATS && r == E[me].plan ->
        if
        :: E[me].mine & bit(e) -> unlock_first(me, SKIPPED)
        :: else -> of_endpoint_over(me)
        fi
    :: else ->
        if
        :: (RECHECK && r > E[me].plan) || (FORWARD && r != 0 && r >= E[me].plan) ->
            if
            :: E[me].mine & bit(e) -> unlock_first(me, SUPERSEDED)
            :: else ->
                of_endpoint_over(me);
                if
                :: E[me].yields -> E[me].done = E[me].plan; next = STOPS
                :: else -> skip
                fi
            fi
        :: else ->
            if
            :: r != 0 && E[me].gone[e] == r ->
                if
                :: ROLLBACK_TOLERANT -> put(E[me].first, e + 1)
                :: else ->
                    if
                    :: E[me].mine & bit(e) -> unlock_first(me, WEDGED)
                    :: else -> E[me].undone = 1; of_endpoint_over(me)
                    fi
                fi
            :: else -> put(E[me].batch, e + 1)
            fi
        fi
    fi
}

inline go_on(me) {
    do
    :: next == WALKS ->
        i = 0;
        do
        :: i < ENDPOINTS ->
            r = (i + (REPEATS -> 0 : ENDPOINTS * me / ENACTORS)) % ENDPOINTS;
            go[i] = (WALKS_BACK -> ENDPOINTS - 1 - r : r) + 1; i++
        :: else -> break
        od;
        next = ADVANCES
    :: next == ADVANCES ->
        next = ASKS; bad = 0; i = 0;
        do
        :: i < AT_ONCE && go[0] != 0 ->
            pop(go);
            bad = bad | ((E[me].mine & bit(e)) != 0);
            E[me].batch[i] = e + 1; i++
        :: else -> break
        od;
        move(E[me].ahead, go);
        if
        :: LOCK && !bad -> copy(E[me].first, E[me].batch); E[me].at = TAKE
        :: else -> E[me].at = READ
        fi
    :: next == JUDGES ->
        if
        :: E[me].rest[0] != 0 -> judge_one(me)
        :: else -> next = COMMITS
        fi
    :: next == COMMITS ->
        E[me].yields = 0;
        if
        :: E[me].batch[0] != 0 -> E[me].at = ENACT; next = ASKS
        :: else ->
            if
            :: E[me].first[0] != 0 -> E[me].at = SURVIVOR; next = ASKS
            :: else -> next = ROUNDS
            fi
        fi
    :: next == ROUNDS ->
        if
        :: E[me].ahead[0] != 0 -> move(go, E[me].ahead); next = ADVANCES
        :: E[me].ahead[0] == 0 && E[me].later[0] == 0 ->
            clear(E[me].gone);
            if
            :: E[me].undone -> next = RESTS
            :: else -> E[me].at = FINISH; next = ASKS
            fi
        :: else ->                      /* those whose lock it has at once: others wait for these locks */
            next = ADVANCES; bad = 0; i = 0;
            do
            :: i < ENDPOINTS ->
                bad = bad | (E[me].later[i] != 0 && (E[me].mine & bit(E[me].later[i] - 1)) != 0); i++
            :: else -> break
            od;
            i = 0;
            do
            :: i < ENDPOINTS ->
                r = E[me].later[0];
                if
                :: r == 0 -> skip
                :: r != 0 ->
                    pop(E[me].later);
                    if
                    :: !bad || (E[me].mine & bit(e)) -> put(go, r)
                    :: else -> put(E[me].later, r)
                    fi
                fi;
                i++
            :: else -> break
            od
        fi
    :: next == STOPS ->
        clear(E[me].batch); clear(E[me].first); clear(E[me].rest); clear(E[me].ahead);
        clear(E[me].later);
        clear(E[me].back); clear(E[me].version); clear(E[me].gone);
        E[me].yields = 0; E[me].undone = 0; E[me].unlocks = 0; E[me].why = 0;
        if
        :: E[me].mine ->
            e = 0;
            do
            :: E[me].mine & bit(e) -> break
            :: else -> e++
            od;
            unlock_first(me, LEAVES)
        :: else ->
            if
            :: E[me].held -> E[me].plan = 0; E[me].at = GIVE_UP; next = ASKS
            :: else -> next = RESTS
            fi
        fi
    :: next == RESTS -> E[me].plan = 0; E[me].undone = 0; E[me].at = LOOK; next = ASKS
    :: next == ASKS -> break
    od
}

inline takes_locks(me) {               /* all or none; the refused ones wait, the others are asked for again */
    lost = 0; i = 0;
    do
    :: i < ENDPOINTS && E[me].batch[i] != 0 ->
        lost = lost | (lock[E[me].batch[i] - 1] != 0 -> bit(E[me].batch[i] - 1) : 0); i++
    :: else -> break
    od;
#ifdef OCTOBER
    if
    :: me == 0 && a_began && !a_back && (lost & 1) && b_holds -> a_lost = 1
    :: me == 1 && !lost && asks_for_0(1) -> b_holds = 1; a_lost = 0
    :: else -> skip
    fi;
#endif
    move(go, E[me].batch);
    i = 0;
    do
    :: i < ENDPOINTS && go[i] != 0 ->
        if
        :: lost == 0 -> lock[go[i] - 1] = me + 1; E[me].mine = E[me].mine | bit(go[i] - 1); put(E[me].batch, go[i])
        :: lost != 0 && !(lost & bit(go[i] - 1)) -> put(E[me].batch, go[i])
        :: else -> skip
        fi;
        go[i] = 0; i++
    :: else -> break
    od;
    if
    :: lost != 0 && E[me].batch[0] != 0 -> skip
    :: else ->                          /* in the order of the round, whichever was refused first */
        i = 0;
        do
        :: i < ENDPOINTS && E[me].first[i] != 0 ->
            if
            :: E[me].mine & bit(E[me].first[i] - 1) -> skip
            :: else -> put(E[me].later, E[me].first[i])
            fi;
            E[me].first[i] = 0; i++
        :: else -> break
        od;
        if
        :: E[me].batch[0] != 0 -> E[me].at = READ
        :: else -> next = ROUNDS
        fi
    fi
}

inline enacts(me) {                    /* all or none, under fence and manifest; one revision above all it touches */
    lost = 0; most = 0; i = 0;
    if
    :: (FENCE && claim[E[me].held].az[me] != E[me].fence) || (PLAN_EXISTS && manifest[E[me].plan] != LIVE) ->
        next = STOPS
    :: else ->
        do
        :: i < ENDPOINTS && E[me].batch[i] != 0 ->
            e = E[me].batch[i] - 1; r = E[me].back[e]; bad = 0;
            if
            :: r != 0 && r != E[me].plan && !has_tree(r, e) -> bad = 1; E[me].gone[e] = r
            :: else -> skip
            fi;
            if
            :: LOCK && lock[e] != me + 1 -> bad = 1; E[me].mine = E[me].mine & ~bit(e)
            :: else -> skip
            fi;
            if
            :: VERSION && root[e].version != E[me].version[e] -> bad = 1
            :: FORWARD && root[e].follows >= E[me].plan -> bad = 1
            :: else -> skip
            fi;
            lost = lost | (bad -> bit(e) : 0);
            most = (root[e].version > most -> root[e].version : most);
            i++
        :: else -> break
        od;
        move(go, E[me].batch);
        i = 0;
        do
        :: i < ENDPOINTS && go[i] != 0 ->
            e = go[i] - 1; r = E[me].back[e];
            if
            :: lost == 0 ->
                if
                :: root[e].follows == E[me].plan && root[e].rollback == r && has_tree(E[me].plan, e) -> skip
                :: else ->
                    root[e].follows = E[me].plan; root[e].rollback = r; root[e].version = most + 1;
                    trees[E[me].plan] = trees[E[me].plan] | bit(e)
                fi;
                if
                :: LOCK -> lock[e] = 0; E[me].mine = E[me].mine & ~bit(e)
                :: else -> skip
                fi;
                of_endpoint_over(me)
            :: else ->
                if
                :: lost & bit(e) -> put(E[me].later, e + 1); of_endpoint_over(me)
                :: else -> put(E[me].batch, e + 1)
                fi
            fi;
            go[i] = 0; i++
        :: else -> break
        od;
#ifdef OCTOBER
        if
        :: lost == 0 && me == 0 && a_began && E[0].plan == 2 && !dark(0) && root[0].follows == 2 -> a_back = 1
        :: lost == 0 && me == 1 && lock[0] != 2 -> b_holds = 0
        :: else -> skip
        fi;
#endif
        judge();
        next = COMMITS
    fi
}

inline enactor_step(me) {
    next = ASKS;
    if
    :: E[me].at == LOOK ->
        tells(me, "look"); told();
        if
        :: newest == 0 || newest == E[me].done -> skip
        :: else -> E[me].plan = newest; E[me].applied = applied; E[me].at = LIST
        fi
    :: E[me].at == LIST ->
        tells(me, "list"); told();
        if
        :: manifest[E[me].plan] == 0 -> next = RESTS
        :: manifest[E[me].plan] != 0 && FRESH_ONCE && E[me].plan <= E[me].applied ->
            E[me].done = E[me].plan; next = STOPS
        :: else ->
            if
            :: E[me].held == E[me].plan -> next = WALKS
            :: else -> E[me].at = CLAIM
            fi
        fi;
        E[me].applied = 0
    :: E[me].at == CLAIM ->
        tells(me, "claim"); about(E[me].plan); told();
        if
        :: PLAN_EXISTS && manifest[E[me].plan] != LIVE -> next = STOPS
        :: else ->
            assert(claim[E[me].plan].az[me] == 0);
            created[E[me].plan].az[me]++;
            claim[E[me].plan].az[me] = created[E[me].plan].az[me];
            E[me].old = E[me].held; E[me].held = E[me].plan; E[me].fence = created[E[me].plan].az[me];
#ifdef OCTOBER
            if
            :: me == 0 && E[me].plan == 2 -> a_began = 1
            :: else -> skip
            fi;
#endif
            if
            :: E[me].old -> E[me].at = LETGO
            :: else -> next = WALKS
            fi
        fi
    :: E[me].at == LETGO ->
        tells(me, "release"); about(E[me].old); told();
        claim[E[me].old].az[me] = 0; E[me].old = 0; next = WALKS
    :: E[me].at == TAKE -> tells(me, "take"); names(E[me].batch); told(); takes_locks(me)
    :: E[me].at == READ ->
        tells(me, "read"); names(E[me].batch); told();
        move(E[me].rest, E[me].batch);
        i = 0;
        do
        :: i < ENDPOINTS && E[me].rest[i] != 0 ->
            e = E[me].rest[i] - 1; E[me].back[e] = root[e].follows;
            E[me].version[e] = (VERSION -> root[e].version : 0); i++
        :: else -> break
        od;
        E[me].yields = applied > E[me].plan; next = JUDGES
    :: E[me].at == ENACT -> tells(me, "enact"); about(E[me].plan); names(E[me].batch); told(); enacts(me)
    :: E[me].at == UNLOCK ->
        e = E[me].unlocks - 1;
        tells(me, "unlock"); with(e); told();
        lock[e] = (lock[e] == me + 1 -> 0 : lock[e]);
        E[me].mine = E[me].mine & ~bit(e);
        if
        :: E[me].why == WEDGED -> E[me].undone = 1; next = JUDGES
        :: E[me].why == LEAVES -> next = STOPS
        :: E[me].why == SUPERSEDED && E[me].yields -> E[me].done = E[me].plan; next = STOPS
        :: else -> next = JUDGES
        fi;
        E[me].unlocks = 0; E[me].why = 0
    :: E[me].at == SURVIVOR ->
        tells(me, "survivor"); with(E[me].first[0] - 1); told();
        pop(E[me].first);
        j = PLANS;
        do
        :: j > 0 && !has_tree(j, e) -> j--
        :: else -> break
        od;
        E[me].back[e] = j; put(E[me].batch, e + 1);
        if
        :: E[me].first[0] != 0 -> skip
        :: else ->                      /* a tree that came back is one that it has been refused: it is left undone */
            move(go, E[me].batch);
            i = 0;
            do
            :: i < ENDPOINTS && go[i] != 0 ->
                e = go[i] - 1;
                if
                :: E[me].back[e] == E[me].gone[e] -> E[me].undone = 1; of_endpoint_over(me)
                :: else -> put(E[me].batch, e + 1)
                fi;
                go[i] = 0; i++
            :: else -> break
            od;
            next = COMMITS
        fi
    :: E[me].at == FINISH ->
        tells(me, "finish"); about(E[me].plan); told();
        if
        :: (FENCE && claim[E[me].held].az[me] != E[me].fence) || (PLAN_EXISTS && manifest[E[me].plan] != LIVE) ->
            next = STOPS
        :: else ->
            applied = (applied < E[me].plan -> E[me].plan : applied);
#ifdef OCTOBER
            b_finished = b_finished | (me == 1 && E[me].plan >= 4);
#endif
            if
            :: SWEEPS == BY_ENACTORS -> E[me].at = OLD_PLANS
            :: else -> E[me].done = E[me].plan; next = RESTS
            fi
        fi
    :: E[me].at == OLD_PLANS ->
        tells(me, "list"); told();
        i = 1;
        do
        :: i <= PLANS -> E[me].listed = E[me].listed | (manifest[i] -> bit(i) : 0); i++
        :: else -> break
        od;
        E[me].at = OLD_TREES
    :: E[me].at == OLD_TREES ->
        tells(me, "generations"); told();
        i = 1;
        do
        :: i + KEEP < E[me].plan ->
            E[me].victims = E[me].victims | ((trees[i] || (E[me].listed & bit(i))) -> bit(i) : 0); i++
        :: else -> break
        od;
        E[me].listed = 0;
#ifdef OCTOBER
        b_listed = b_listed | (me == 1 && E[me].plan >= 4);
#endif
        if
        :: E[me].victims -> E[me].at = DROP
        :: else -> E[me].done = E[me].plan; next = RESTS
        fi
    :: E[me].at == DROP ->
        lowest(E[me].victims); r = j;
        tells(me, "drop"); about(r); told();
        bad = 0;
        if
        :: SPARE_CLAIMED -> unclaimed(r)
        :: else -> skip
        fi;
        if
        :: !bad -> trees[r] = 0; manifest[r] = 0
        :: else -> skip
        fi;
        judge();
        if
        :: E[me].victims -> skip
        :: else -> E[me].done = E[me].plan; next = RESTS
        fi
    :: E[me].at == GIVE_UP ->
        tells(me, "release"); about(E[me].held); told();
        claim[E[me].held].az[me] = 0; E[me].held = 0; E[me].fence = 0; next = RESTS
    fi;
    go_on(me);
    forget_the_rest()
}

/* ---- the collector ---------------------------------------------------------------------------------------------- */

#define C_ASKS 0
#define C_SCANS 1         /* the next generation that may have something to go */
#define C_FORGETS 2       /* those that had nothing left */
#define C_RESTS 3

inline collector_go_on() {
    do
    :: next == C_SCANS ->
        i = C.scans + 1;
        do
        :: i <= PLANS && (!(C.present & ~(C.plans & ~C.dead) & bit(i)) || i >= C.newest || C.scanned[i] == C.applied) ->
            i++
        :: else -> break
        od;
        if
        :: i <= PLANS -> C.scans = i; C.at = C_PAGE; next = C_ASKS
        :: else -> C.scans = 0; next = C_FORGETS
        fi
    :: next == C_FORGETS ->
        i = 1;
        do
        :: i <= PLANS -> C.scanned[i] = ((C.present & bit(i)) -> C.scanned[i] : 0); i++
        :: else -> break
        od;
        C.queue = C.dead & ~C.present;
        C.newest = 0; C.applied = 0; C.present = 0; C.plans = 0; C.dead = 0;
        if
        :: C.queue -> C.at = C_FORGET; next = C_ASKS
        :: else -> next = C_RESTS
        fi
    :: next == C_RESTS ->
        C.newest = 0; C.applied = 0; next = C_ASKS;
        if
        :: PASSES == 0 -> C.at = C_LOOK
        :: PASSES != 0 && C.left > 0 -> C.left--; C.at = C_LOOK
        :: else ->                      /* it has left: nothing that it remembers counts any more */
            i = 1;
            do
            :: i <= PLANS -> C.scanned[i] = 0; i++
            :: else -> break
            od;
            C.at = C_ENDED
        fi
    :: next == C_ASKS -> break
    od
}

inline collector_drops() {             /* C.batch under the roots' versions as read, and claimed by nobody */
    lost = 0;
    bad = 0;
    if
    :: SPARE_CLAIMED -> unclaimed(C.scans)
    :: else -> skip
    fi;
    most = bad;
    i = 0;
    do
    :: i < ENDPOINTS && C.batch[i] != 0 ->
        e = C.batch[i] - 1;
        bad = most || ((SPARE_REFERENCED || NON_EMPTY) && root[e].version != C.version[e]);
        lost = lost | (bad -> bit(e) : 0); i++
    :: else -> break
    od;
    i = 0;
    move(go, C.batch);
    do
    :: i < ENDPOINTS && go[i] != 0 ->
        e = go[i] - 1;
        if
        :: lost == 0 -> trees[C.scans] = trees[C.scans] & ~bit(e); C.version[e] = 0
        :: else ->
            if
            :: C.at == C_DROP && !(lost & bit(e)) -> put(C.batch, e + 1)
            :: else -> C.version[e] = 0
            fi
        fi;
        go[i] = 0; i++
    :: else -> break
    od;
    C.missed = C.missed || lost != 0;
    judge();
    C.at = (C.batch[0] != 0 -> C_AGAIN : C_PAGE)
}

inline collector_step() {
    next = C_ASKS;
    if
    :: C.at == C_LOOK ->
        tells(COLLECTOR, "look"); told();
        C.newest = newest; C.applied = applied;
        if
        :: WATCHES_LAG && newest != 0 -> C.at = C_CLAIMS
        :: else ->
            if
            :: applied == 0 -> next = C_RESTS
            :: else ->
                if
                :: RULE == BY_REFERENCE -> C.at = C_TREES
                :: else -> C.newest = 0; C.applied = 0; C.at = C_OLD_PLANS
                fi
            fi
        fi
    :: C.at == C_CLAIMS ->             /* nobody lags far enough here: what it reads changes nothing */
        tells(COLLECTOR, "claims"); told();
        if
        :: C.applied == 0 -> next = C_RESTS
        :: else -> C.at = C_TREES
        fi
    :: C.at == C_TREES ->
        tells(COLLECTOR, "generations"); told();
        i = 1;
        do
        :: i <= PLANS -> C.present = C.present | (trees[i] -> bit(i) : 0); i++
        :: else -> break
        od;
        C.at = C_PLANS
    :: C.at == C_PLANS ->              /* all plans are full: older than newest and applied, and nobody needs it */
        tells(COLLECTOR, "list"); told();
        i = 1;
        do
        :: i <= PLANS ->
            C.plans = C.plans | (manifest[i] -> bit(i) : 0);
            C.dead = C.dead | (manifest[i] == RETIRED -> bit(i) : 0);
            C.queue = C.queue | ((manifest[i] == LIVE && i < C.newest && i < C.applied) -> bit(i) : 0);
            i++
        :: else -> break
        od;
        if
        :: C.queue -> C.at = C_RETIRE
        :: else -> next = C_SCANS
        fi
    :: C.at == C_RETIRE ->
        lowest(C.queue); r = j;
        tells(COLLECTOR, "retire"); about(r); told();
        bad = manifest[r] != LIVE;
        if
        :: SPARE_CLAIMED -> unclaimed(r)
        :: else -> skip
        fi;
        if
        :: !bad -> manifest[r] = RETIRED; C.dead = C.dead | bit(r)
        :: else -> skip
        fi;
        if
        :: C.queue -> skip
        :: else -> next = C_SCANS
        fi
    :: C.at == C_PAGE ->
        tells(COLLECTOR, "trees"); about(C.scans); with(C.after); told();
        i = C.after;
        do
        :: i < ENDPOINTS ->
            if
            :: has_tree(C.scans, i) -> put(C.batch, i + 1); C.after = i + 1
            :: else -> skip
            fi;
            i++
        :: else -> break
        od;
        if
        :: C.batch[0] != 0 -> C.at = C_READ
        :: else ->
            C.scanned[C.scans] = (C.missed -> C.scanned[C.scans] : C.applied);
            C.after = 0; C.missed = 0; next = C_SCANS
        fi
    :: C.at == C_READ ->
        tells(COLLECTOR, "read"); names(C.batch); told();
        move(go, C.batch);
        i = 0;
        do
        :: i < ENDPOINTS && go[i] != 0 ->
            e = go[i] - 1; r = root[e].follows;
            if
            :: (NON_EMPTY && r == C.scans) || (SPARE_REFERENCED && (C.scans >= r || C.scans == root[e].rollback)) -> skip
            :: else -> put(C.batch, e + 1); C.version[e] = (SPARE_REFERENCED || NON_EMPTY -> root[e].version : 0)
            fi;
            go[i] = 0; i++
        :: else -> break
        od;
        C.at = (C.batch[0] != 0 -> C_DROP : C_PAGE)
    :: C.at == C_DROP -> tells(COLLECTOR, "collect"); about(C.scans); names(C.batch); told(); collector_drops()
    :: C.at == C_AGAIN -> tells(COLLECTOR, "collect"); about(C.scans); names(C.batch); told(); collector_drops()
    :: C.at == C_FORGET ->
        lowest(C.queue);
        tells(COLLECTOR, "forget"); about(j); told();
        manifest[j] = (manifest[j] == RETIRED -> 0 : manifest[j]);
        if
        :: C.queue -> skip
        :: else -> next = C_RESTS
        fi
    :: C.at == C_OLD_PLANS ->
        tells(COLLECTOR, "list"); told();
        i = PLANS; j = 0;
        do
        :: i > 0 ->
            if
            :: manifest[i] -> C.plans = C.plans | bit(i); j++; C.oldest = (j == KEEP -> i : C.oldest)
            :: else -> skip
            fi;
            i--
        :: else -> break
        od;
        C.at = C_OLD_TREES
    :: C.at == C_OLD_TREES ->
        tells(COLLECTOR, "generations"); told();
        i = 1;
        do
        :: i < C.oldest -> C.queue = C.queue | ((trees[i] || (C.plans & bit(i))) -> bit(i) : 0); i++
        :: else -> break
        od;
        C.plans = 0; C.oldest = 0;
        if
        :: C.queue -> C.at = C_OLD_DROP
        :: else -> next = C_RESTS
        fi
    :: C.at == C_OLD_DROP ->
        lowest(C.queue); r = j;
        tells(COLLECTOR, "drop"); about(r); told();
        bad = 0;
        if
        :: SPARE_CLAIMED -> unclaimed(r)
        :: else -> skip
        fi;
        if
        :: !bad -> trees[r] = 0; manifest[r] = 0
        :: else -> skip
        fi;
        judge();
        if
        :: C.queue -> skip
        :: else -> next = C_RESTS
        fi
    fi;
    collector_go_on();
    forget_the_rest()
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

inline begin() {
    newest = APPLIED + PUBLISHED; reserved = newest; applied = APPLIED; inputs = newest; asked = newest;
    i = 1;
    do
    :: i <= newest -> manifest[i] = LIVE; i++
    :: else -> break
    od;
    e = 0;
    do
    :: e < ENDPOINTS && APPLIED ->
        trees[1] = trees[1] | bit(e); root[e].follows = 1; root[e].version = 1; e++
    :: else -> break
    od;
    trees[1] = (DARK -> trees[1] & ~1 : trees[1]);
    P.at = P_DEPOSE;
    i = 0;
    do
    :: i < ENACTORS -> E[i].at = LOOK; i++
    :: else -> break
    od;
    C.at = (SWEEPS == BY_COLLECTOR -> C_LOOK : 0);
    C.left = (SWEEPS == BY_COLLECTOR && PASSES != 0 -> PASSES - 1 : 0)
}

#ifdef ACCEPTS
/* Recorded transitions come on standard input; each is loaded, stepped by the model, and compared (accepts.h). */
hidden byte who;
c_code {
\#include "accepts.h"
}
init {
    d_step {
        begin();
        do
        :: c_code { recalled(); } ->
            if
            :: c_expr { whose == PLANNER_STEPS } -> planner_step()
            :: c_expr { whose == COLLECTOR_STEPS } -> collector_step()
            :: c_expr { whose < ENACTORS_ } -> who = 0; c_code { who = whose; }; enactor_step(who)
            :: c_expr { whose == BEGINS } -> skip
            :: c_expr { whose == ENDS } -> break
            fi;
            c_code { compared(); }
        od;
        next = 0
    }
}
#else
proctype Plans() {
end: do
    :: d_step { !planner_waits -> planner_step() }
    od
}

proctype Enacts(byte me) {
end: do
    :: d_step { !(waits(me)) -> enactor_step(me) }
    od
}

proctype Collects() {
end: do
    :: d_step { C.at != C_ENDED -> collector_step() }
    od
}

init {
    atomic {
        begin();
        run Plans();
        i = 0;
        do
        :: i < ENACTORS -> run Enacts(i); i++
        :: else -> break
        od;
        if
        :: SWEEPS == BY_COLLECTOR -> run Collects()
        :: else -> skip
        fi;
        forget_the_rest()
    }
}
#endif
