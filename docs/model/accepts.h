/*
 * Recorded transitions on standard input, each one byte for who stepped, then a state before and a state after.
 *
 * `visit` names every variable of the model once, in the order of a recorded state; it loads the state before into the
 * verifier's own state vector, and compares that with the state after once the model has stepped. What is refused is
 * told on standard output with its number.
 */

#include <stdio.h>

#define PLANNER_STEPS 100
#define COLLECTOR_STEPS 101
#define BEGINS 200        /* no step: the state after is the one that the model begins in */
#define ENDS 201          /* there are no more */
#define MOST_TOLD 20

static int whose;
static long recorded, refused;
static int differs;       /* the first byte that is not as recorded, + 1 */

#define SIZE_OF_WORLD (6 + PLANS_ * (2 + 2 * ENACTORS_) + 4 * ENDPOINTS_)
#define SIZE_OF_ENACTOR (14 + 8 * ENDPOINTS_)
#define SIZE (SIZE_OF_WORLD + 3 + ENACTORS_ * SIZE_OF_ENACTOR + 12 + 2 * ENDPOINTS_ + PLANS_)
#define VAR(variable) (loads ? (void) ((variable) = row[at]) : (void) (differs = (differs || (variable) == row[at]) ? differs : at + 1)), at++
#define EACH(index, size) for (index = 0; index < (size); index++)

static unsigned char row[4096];

static void visit(int loads)
{
    int at = 0, g, i, e;
    VAR(now.newest); VAR(now.reserved); VAR(now.applied); VAR(now.inputs); VAR(now.asked); VAR(now.leader);
    for (g = 1; g <= PLANS_; g++) VAR(now.manifest[g]);
    for (g = 1; g <= PLANS_; g++) VAR(now.trees[g]);
    for (g = 1; g <= PLANS_; g++) EACH(i, ENACTORS_) VAR(now.claim[g].az[i]);
    for (g = 1; g <= PLANS_; g++) EACH(i, ENACTORS_) VAR(now.created[g].az[i]);
    EACH(e, ENDPOINTS_) {
        VAR(now.root[e].follows); VAR(now.root[e].rollback); VAR(now.root[e].version); VAR(now.lock[e]);
    }
    VAR(now.P.at); VAR(now.P.number); VAR(now.P.revision);
    EACH(i, ENACTORS_) {
        VAR(now.E[i].at); VAR(now.E[i].done); VAR(now.E[i].held); VAR(now.E[i].fence); VAR(now.E[i].old);
        VAR(now.E[i].plan); VAR(now.E[i].applied); VAR(now.E[i].mine); VAR(now.E[i].unlocks); VAR(now.E[i].why);
        VAR(now.E[i].yields); VAR(now.E[i].undone); VAR(now.E[i].listed); VAR(now.E[i].victims);
        EACH(e, ENDPOINTS_) VAR(now.E[i].batch[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].first[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].rest[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].ahead[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].later[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].back[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].version[e]);
        EACH(e, ENDPOINTS_) VAR(now.E[i].gone[e]);
    }
    VAR(now.C.at); VAR(now.C.left); VAR(now.C.newest); VAR(now.C.applied); VAR(now.C.present); VAR(now.C.plans);
    VAR(now.C.dead); VAR(now.C.queue); VAR(now.C.oldest); VAR(now.C.scans); VAR(now.C.after); VAR(now.C.missed);
    EACH(e, ENDPOINTS_) VAR(now.C.batch[e]);
    EACH(e, ENDPOINTS_) VAR(now.C.version[e]);
    for (g = 1; g <= PLANS_; g++) VAR(now.C.scanned[g]);
    if (at != SIZE) { printf("ACCEPTS broken layout: %d of %d\n", at, SIZE); exit(2); }
}

/* The next transition's beginning becomes the state. */
static void recalled(void)
{
    whose = getchar();
    if (whose == EOF) {
        whose = ENDS;
        printf("ACCEPTED %ld of %ld\n", recorded - refused, recorded);
        return;
    }
    if (fread(row, 1, SIZE, stdin) != SIZE) { printf("ACCEPTS torn record\n"); exit(2); }
    if (whose != BEGINS) visit(1);
}

/* The state is compared with the transition's end. */
static void compared(void)
{
    if (fread(row, 1, SIZE, stdin) != SIZE) { printf("ACCEPTS torn record\n"); exit(2); }
    recorded++;
    differs = 0;
    visit(0);
    if (differs && ++refused <= MOST_TOLD) printf("REFUSED %ld by %d at byte %d\n", recorded, whose, differs - 1);
}
