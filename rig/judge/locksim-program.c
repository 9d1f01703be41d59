/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the loops of guests/lockcheck as steps of a simulation.
 *
 * They are guests/lockcheck/arch/x86/work.S once more, in its order: the same shared words touched, and as
 * many instructions between. Who changes something there changes it here; the suite boot compares a single
 * worker, whose count both must give to the last digit. */
#include "judge/locksim-program.h"

#define WAITING 0x1000u
#define WRITERS 0x3000u /* mask, and a writer that holds */
#define READER  0x4000u

enum {
    AGAIN = 1,
    TAKE_A = 10, /* and the number after it */
    TAKE_B = 20,
    ONLY_B = 30,
    KEPT_A,
    READ_HELD,
    READ_SLOW,
    READ_PAUSE,
    READ_LOOK,
    READ_STOLEN,
    READ_CHECK,
    WRITE,
    WRITE_HELD,
    WRITE_SLOW,
    WRITE_PAUSE,
    WRITE_WAIT,
    WRITE_READERS,
    WRITE_DRAIN,
    WRITE_GOT,
    TAKE_READ = 50,
    TAKE_WRITE = 60,
    STEPS_MAX = 100
};

#define LABEL(l)                                                                                   \
    {                                                                                              \
        XR_LOCK_LABEL, l, 0, 0                                                                     \
    }
#define PLAIN(n)                                                                                   \
    {                                                                                              \
        XR_LOCK_PLAIN, 0, 0, n                                                                     \
    }
#define PAUSE                                                                                      \
    {                                                                                              \
        XR_LOCK_PAUSE, 0, 0, 0                                                                     \
    }
#define GOTO(l)                                                                                    \
    {                                                                                              \
        XR_LOCK_GOTO, l, 0, 0                                                                      \
    }
#define IF(mask, value, l)                                                                         \
    {                                                                                              \
        XR_LOCK_IF, l, mask, value                                                                 \
    }
#define IF_NOT(mask, value, l)                                                                     \
    {                                                                                              \
        XR_LOCK_IF_NOT, l, mask, value                                                             \
    }
#define IF_FLAG(value, l)                                                                          \
    {                                                                                              \
        XR_LOCK_IF_FLAG, l, 0, value                                                               \
    }
#define SHARED(what, mask, value)                                                                  \
    {                                                                                              \
        XR_LOCK_##what, 0, mask, value                                                             \
    }
#define SPEND(what)                                                                                \
    PLAIN(1),                                                                                      \
    {                                                                                              \
        XR_LOCK_##what, 0, 0, 0                                                                    \
    }
#define TAKE(lock, l)                                                                              \
    PLAIN(1), SHARED(TAKE, 0, lock), PLAIN(1), GOTO((l) + 1), LABEL(l), PAUSE, LABEL((l) + 1),     \
        SHARED(LOOK, 0, lock), PLAIN(1), IF(1, 0, l)
#define RELEASE(lock) SHARED(RELEASE, 0, lock)
#define NEXT(l)       {XR_LOCK_NEXT, 0, 0, 0}, PLAIN(2), GOTO(l)
#define END           LABEL(0)

static const XrLockStep none[] = {LABEL(AGAIN), SPEND(THINK), SPEND(CRIT), NEXT(AGAIN), END};

static const XrLockStep ticket[] = {
    LABEL(AGAIN), SPEND(THINK), TAKE(0, TAKE_A), SPEND(CRIT), RELEASE(0), NEXT(AGAIN), END,
};

static const XrLockStep two[] = {
    LABEL(AGAIN),    SPEND(THINK),  PLAIN(1),      IF_FLAG(0, ONLY_B),
    TAKE(0, TAKE_A), SPEND(CRIT),   LABEL(ONLY_B), TAKE(1, TAKE_B),
    SPEND(CRIT),     RELEASE(1),    PLAIN(1),      IF_FLAG(0, KEPT_A),
    RELEASE(0),      LABEL(KEPT_A), NEXT(AGAIN),   END,
};

static const XrLockStep rwlock[] = {
    LABEL(AGAIN),
    SPEND(THINK),
    PLAIN(1),
    IF_FLAG(1, WRITE),
    PLAIN(1),
    SHARED(ADD, 0, READER),
    PLAIN(1),
    IF_NOT(WRITERS, 0, READ_SLOW),
    LABEL(READ_HELD),
    SPEND(CRIT),
    SHARED(ADD, 0, 0u - READER),
    NEXT(AGAIN),

    LABEL(READ_SLOW),
    SHARED(ADD, 0, 0u - READER),
    TAKE(0, TAKE_READ),
    GOTO(READ_LOOK),
    LABEL(READ_PAUSE),
    PAUSE,
    LABEL(READ_LOOK),
    SHARED(READ, 0, 0),
    PLAIN(1),
    IF_NOT(WRITERS, 0, READ_PAUSE),
    PLAIN(1),
    SHARED(ADD, 0, READER),
    GOTO(READ_CHECK),
    LABEL(READ_STOLEN),
    PAUSE,
    SHARED(READ, 0, 0),
    LABEL(READ_CHECK),
    PLAIN(2),
    IF(WRITERS, WRITERS, READ_STOLEN),
    RELEASE(0),
    GOTO(READ_HELD),

    LABEL(WRITE),
    PLAIN(2),
    SHARED(SWAP, 0, WRITERS),
    IF(1, 0, WRITE_SLOW),
    LABEL(WRITE_HELD),
    SPEND(CRIT),
    SHARED(AND, ~WRITERS, 0),
    NEXT(AGAIN),

    LABEL(WRITE_SLOW),
    TAKE(0, TAKE_WRITE),
    SHARED(READ, 0, 0),
    PLAIN(1),
    IF_NOT(~0u, 0, WRITE_WAIT),
    PLAIN(1),
    SHARED(SWAP, 0, WRITERS),
    IF(1, 1, WRITE_GOT),
    GOTO(WRITE_WAIT),
    LABEL(WRITE_PAUSE),
    PAUSE,
    LABEL(WRITE_WAIT),
    SHARED(READ, 0, 0),
    PLAIN(1),
    IF_NOT(WRITERS, 0, WRITE_PAUSE),
    PLAIN(2),
    SHARED(MARK, 0, WAITING),
    IF(1, 0, WRITE_PAUSE),
    GOTO(WRITE_DRAIN),
    LABEL(WRITE_READERS),
    PAUSE,
    LABEL(WRITE_DRAIN),
    SHARED(READ, 0, 0),
    PLAIN(1),
    IF_NOT(~0u, WAITING, WRITE_READERS),
    PLAIN(1),
    SHARED(SWAP, WAITING, WRITERS),
    IF(1, 0, WRITE_READERS),
    LABEL(WRITE_GOT),
    RELEASE(0),
    GOTO(WRITE_HELD),
    END,
};

/* Without its labels; jumps by index. */
static void link_program(const XrLockStep *from, XrLockStep *to)
{
    guint places[STEPS_MAX] = {0};
    guint n = 0;

    for (const XrLockStep *s = from; s->kind != XR_LOCK_LABEL || s->to != 0; s++) {
        if (s->kind == XR_LOCK_LABEL)
            places[s->to] = n;
        else
            to[n++] = *s;
    }
    for (guint i = 0; i < n; i++)
        to[i].to = places[to[i].to];
}

const XrLockStep *xr_lock_program(enum lc_lock lock)
{
    static const XrLockStep *const sources[LC_LOCKS] = {none, ticket, rwlock, two};
    static XrLockStep linked[LC_LOCKS][STEPS_MAX];
    static gsize done;

    if (g_once_init_enter(&done)) {
        for (guint i = 0; i < LC_LOCKS; i++)
            link_program(sources[i], linked[i]);
        g_once_init_leave(&done, 1);
    }
    return linked[lock];
}

static void stand_before(XrLockWorker *worker, guint at)
{
    const XrLockStep *step = &worker->program[at];
    const struct lc_draw *draw = &worker->draws[worker->draw];

    worker->at = at;
    worker->left = step->kind == XR_LOCK_PLAIN   ? step->value
                   : step->kind == XR_LOCK_THINK ? 2ull * draw->think
                   : step->kind == XR_LOCK_CRIT  ? 2ull * draw->crit
                                                 : 1;
}

void xr_lock_worker_begin(XrLockWorker *worker, enum lc_lock lock, const struct lc_draw *draws,
                          guint32 late)
{
    *worker = (XrLockWorker){.program = xr_lock_program(lock), .draws = draws};
    stand_before(worker, 0);
    worker->left += 2ull * late;
}

gboolean xr_lock_is_shared(const XrLockWorker *worker)
{
    return worker->program[worker->at].kind >= XR_LOCK_TAKE;
}

static guint where_to(const XrLockWorker *worker, const XrLockStep *step)
{
    gboolean jump = FALSE;

    if (step->kind == XR_LOCK_GOTO)
        jump = TRUE;
    else if (step->kind == XR_LOCK_IF)
        jump = (worker->word & step->mask) == step->value;
    else if (step->kind == XR_LOCK_IF_NOT)
        jump = (worker->word & step->mask) != step->value;
    else if (step->kind == XR_LOCK_IF_FLAG)
        jump = worker->draws[worker->draw].flag == step->value;
    return jump ? step->to : worker->at + 1;
}

guint64 xr_lock_run_private(XrLockWorker *worker, guint64 budget, gboolean stop_at_pause,
                            gboolean *paused)
{
    guint64 run = 0;

    *paused = FALSE;
    while (run < budget && !xr_lock_is_shared(worker) && !*paused) {
        const XrLockStep *step = &worker->program[worker->at];
        guint64 now = MIN(worker->left, budget - run);
        run += now;
        worker->left -= now;
        if (worker->left > 0)
            break;
        if (step->kind == XR_LOCK_NEXT) {
            worker->done++;
            worker->draw = (worker->draw + 1) % LC_DRAWS;
        }
        *paused = stop_at_pause && step->kind == XR_LOCK_PAUSE;
        stand_before(worker, where_to(worker, step));
    }
    return run;
}

void xr_lock_run_shared(XrLockWorker *worker, XrLockWords *words)
{
    const XrLockStep *step = &worker->program[worker->at];
    guint32 was = words->counts;

    if (step->kind == XR_LOCK_TAKE)
        worker->ticket[step->value] = words->tail[step->value]++;
    else if (step->kind == XR_LOCK_LOOK)
        worker->word = words->head[step->value] == worker->ticket[step->value];
    else if (step->kind == XR_LOCK_RELEASE)
        words->head[step->value]++;
    else if (step->kind == XR_LOCK_ADD)
        words->counts += step->value;
    else if (step->kind == XR_LOCK_AND)
        words->counts &= step->mask;
    else if (step->kind == XR_LOCK_SWAP && was == step->mask)
        words->counts = step->value;
    else if (step->kind == XR_LOCK_MARK && was == worker->word)
        words->counts |= step->value;
    if (step->kind == XR_LOCK_READ || step->kind == XR_LOCK_ADD)
        worker->word = was;
    else if (step->kind == XR_LOCK_SWAP)
        worker->word = was == step->mask;
    else if (step->kind == XR_LOCK_MARK)
        worker->word = was == worker->word;
    stand_before(worker, worker->at + 1);
}
