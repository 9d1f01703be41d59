/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: simulations of vCPUs that take locks, against each other and against theory. */
#include "judge/locksim.h"
#include "lockcheck/draws.h"
#include <math.h>

enum { TICKS = 40000, WINDOWS = 5 };

static struct lc_options options(enum lc_lock lock, enum lc_spread spread, guint workers,
                                 guint think, guint crit)
{
    return (struct lc_options){.vcpus = workers + 1,
                               .lock = lock,
                               .spread = spread,
                               .think = think,
                               .crit = crit,
                               .flagged = 64,
                               .seed = 3,
                               .windows = WINDOWS};
}

static double parallel_rate(const struct lc_options *o, guint64 ticks)
{
    g_autofree guint64 *counts = xr_locksim_parallel(o, ticks);
    return xr_locksim_rate(counts, o->vcpus - 1, o->windows, ticks);
}

/* Instructions of an uncontended pass, counted by hand in guests/lockcheck/arch/x86/work.S, beyond those of
 * the loops. */
static void test_one_alone(void)
{
    static const struct {
        enum lc_lock lock;
        guint flagged;
        guint instructions; /* with 100 loops of think, 20 of each hold */
    } cases[] = {
        {LC_NONE, 0, 1 + 200 + 1 + 40 + 4},
        {LC_TICKET, 0, 1 + 200 + 7 + 1 + 40 + 1 + 4},
        {LC_RWLOCK, 0, 1 + 200 + 2 + 4 + 1 + 40 + 1 + 4},
        {LC_RWLOCK, 256, 1 + 200 + 2 + 4 + 1 + 40 + 1 + 4},
        {LC_TWO, 0, 1 + 200 + 2 + 7 + 1 + 40 + 1 + 2 + 4},
        {LC_TWO, 256, 1 + 200 + 2 + 7 + 1 + 40 + 7 + 1 + 40 + 1 + 2 + 1 + 4},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct lc_options o = options(cases[i].lock, LC_FIXED, 1, 100, 20);
        o.flagged = cases[i].flagged;
        double apart = 1 / parallel_rate(&o, TICKS);
        g_assert_cmpfloat_with_epsilon(apart, cases[i].instructions, 0.3);
    }
}

/* Slices of one instruction are the parallel machine, run in the plainest way. */
static void test_slice_of_one(void)
{
    for (guint lock = 0; lock < LC_LOCKS; lock++) {
        for (guint spread = 0; spread < LC_SPREADS; spread++) {
            struct lc_options o = options(lock, spread, 7, 60, 20);
            g_autofree guint64 *parallel = xr_locksim_parallel(&o, TICKS);
            g_autofree guint64 *sliced = xr_locksim_sliced(&o, TICKS, 1);
            g_assert_cmpmem(parallel, sizeof(guint64) * WINDOWS * 7, sliced,
                            sizeof(guint64) * WINDOWS * 7);
            g_assert_cmpuint(parallel[(WINDOWS - 1) * 7], >, 300);
        }
    }
}

/* Fixed times: as many as come, until the lock is never free; hand-over takes between 3 instructions (look,
 * compare, jump) and 7 (and four of a poll just missed). */
static void test_fixed_bound(void)
{
    for (guint n = 1; n <= 16; n *= 2) {
        struct lc_options o = options(LC_TICKET, LC_FIXED, n, 500, 100);
        double rate = parallel_rate(&o, TICKS);
        double alone = 1 + 1000 + 7 + 1 + 200 + 1 + 4;
        double busy = 1 + 200 + 1;
        if (n * busy < alone)
            g_assert_cmpfloat_with_epsilon(rate * alone / n, 1, 0.01);
        else
            g_assert_true(rate < 1 / (busy + 3) && rate > 1 / (busy + 7));
    }
}

static double mean_of(const struct lc_options *o, gboolean crit)
{
    g_autofree struct lc_draw *draws = g_new(struct lc_draw, LC_DRAWS);
    double sum = 0;

    for (guint i = 0; i + 1 < o->vcpus; i++) {
        lc_draws_fill(o, i, draws, LC_DRAWS);
        for (guint k = 0; k < LC_DRAWS; k++)
            sum += 2.0 * (crit ? draws[k].crit : draws[k].think);
    }
    return sum / LC_DRAWS / (o->vcpus - 1);
}

/* Exponential times: the machine repairman, its service a critical section and the hand-over. */
static void test_repairman(void)
{
    static const struct {
        guint n, think, crit;
    } cases[] = {
        {1, 4000, 1000}, {2, 4000, 1000}, {4, 4000, 1000}, {8, 4000, 1000}, {16, 4000, 400}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct lc_options o =
            options(LC_TICKET, LC_EXPONENTIAL, cases[i].n, cases[i].think, cases[i].crit);
        double z = mean_of(&o, FALSE) + 9, s = mean_of(&o, TRUE) + 6;
        double rate = parallel_rate(&o, 2000000);
        double theory = xr_locksim_repairman(cases[i].n, z, s);
        g_test_message("%u: %.5f, theory %.5f per kilotick", cases[i].n, 1000 * rate,
                       1000 * theory);
        g_assert_cmpfloat_with_epsilon(rate / theory, 1, 0.03);
    }
}

static void test_repairman_formula(void)
{
    /* One customer: a cycle of z + s. Many: the server never idles. Two, z = s = 1: p0 = 1/5. */
    g_assert_cmpfloat_with_epsilon(xr_locksim_repairman(1, 3, 1), 0.25, 1e-12);
    g_assert_cmpfloat_with_epsilon(xr_locksim_repairman(2, 1, 1), 0.8, 1e-12);
    g_assert_cmpfloat_with_epsilon(xr_locksim_repairman(50, 1, 2), 0.5, 1e-9);
}

/* Readers do not wait for one another; writers do as with a ticket lock. */
static void test_rwlock(void)
{
    struct lc_options o = options(LC_RWLOCK, LC_FIXED, 8, 20, 100);

    o.flagged = 0;
    g_assert_cmpfloat_with_epsilon(parallel_rate(&o, TICKS), 8.0 / (40 + 200 + 13), 2e-4);
    o.flagged = 256;
    double writers = parallel_rate(&o, TICKS);
    g_assert_true(writers < 1.0 / 200 && writers > 1.0 / 240);
}

static void test_draws(void)
{
    struct lc_options o = options(LC_TICKET, LC_EXPONENTIAL, 16, 1000, 200);
    struct lc_draw again[4];
    g_autofree struct lc_draw *draws = g_new(struct lc_draw, LC_DRAWS);
    guint longer = 0, flagged = 0;

    g_assert_cmpfloat_with_epsilon(mean_of(&o, FALSE) / 2000, 1, 0.02);
    g_assert_cmpfloat_with_epsilon(mean_of(&o, TRUE) / 400, 1, 0.02);
    lc_draws_fill(&o, 5, draws, LC_DRAWS);
    for (guint i = 0; i < LC_DRAWS; i++) {
        longer += draws[i].think > 1000;
        flagged += draws[i].flag;
        g_assert_cmpuint(draws[i].crit, >, 0);
    }
    g_assert_cmpfloat_with_epsilon(longer / (double)LC_DRAWS, exp(-1), 0.05);
    g_assert_cmpfloat_with_epsilon(flagged / (double)LC_DRAWS, 0.25, 0.05);
    lc_draws_fill(&o, 5, again, G_N_ELEMENTS(again));
    g_assert_cmpmem(again, sizeof(again), draws, sizeof(again));
    o.spread = LC_UNIFORM;
    g_assert_cmpfloat_with_epsilon(mean_of(&o, FALSE) / 2000, 1, 0.02);
}

static void test_rate(void)
{
    const guint64 counts[] = {5, 7, 15, 27, 25, 47};

    g_assert_cmpfloat_with_epsilon(xr_locksim_rate(counts, 2, 3, 100), (20 + 40) / 200.0, 1e-12);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/locksim/one-alone", test_one_alone);
    g_test_add_func("/locksim/slice-of-one", test_slice_of_one);
    g_test_add_func("/locksim/fixed-bound", test_fixed_bound);
    g_test_add_func("/locksim/repairman", test_repairman);
    g_test_add_func("/locksim/repairman-formula", test_repairman_formula);
    g_test_add_func("/locksim/rwlock", test_rwlock);
    g_test_add_func("/locksim/draws", test_draws);
    g_test_add_func("/locksim/rate", test_rate);
    return g_test_run();
}
