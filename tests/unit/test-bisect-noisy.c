/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searching by probabilities: the pure parts, against plain bisection by simulation, and on a repository. */
#include "bisect-fixture.h"

#include "bisect/check.h"
#include "bisect/ends.h"
#include "bisect/hits.h"
#include "bisect/noisy.h"
#include "watch/classes.h"

enum { TRIALS = 400 };

static double normal(GRand *rand)
{
    double sum = 0;

    for (guint i = 0; i < 12; i++)
        sum += g_rand_double(rand) - 0.5;
    return sum;
}

/* --- in a simulation: figures are 0 at good commits and 1 at bad ones, and vary by spread --- */

static gboolean plain_finds(GRand *rand, guint culprit, double spread, guint runs)
{
    guint first = 0, last = COMMITS - 1;

    while (first < last) {
        const guint middle = (first + last) / 2;
        double sum = 0;

        for (guint i = 0; i < runs; i++)
            sum += (middle >= culprit) + spread * normal(rand);
        if (sum / runs > 0.5)
            last = middle;
        else
            first = middle + 1;
    }
    return first == culprit;
}

static gboolean noisy_finds(GRand *rand, guint culprit, double spread, guint runs)
{
    g_autoptr(XrNoisy) noisy = xr_noisy_new(COMMITS);
    guint commit = 0, first = 0, last = 0;

    for (guint i = 0; i < runs && xr_noisy_next(noisy, &commit); i++) {
        const double figure = (commit >= culprit) + spread * normal(rand);

        /* Of two normal distributions: what the densities' quotient comes to. */
        xr_noisy_learn(noisy, commit, (figure - 0.5) / (spread * spread));
    }
    xr_noisy_best(noisy, &first, &last);
    return first == culprit && last == culprit;
}

/* With as many runs as plain bisection spends on six steps, fewer searches go wrong. */
static void test_errs_less(void)
{
    static const struct {
        double spread;
        guint runs; /* of a step of plain bisection */
    } rows[] = {{0.5, 3}, {1, 8}, {1, 12}};

    for (gsize row = 0; row < G_N_ELEMENTS(rows); row++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(1974);
        guint plain = 0, noisy = 0;

        for (guint i = 0; i < TRIALS; i++) {
            const guint culprit = (guint)g_rand_int_range(rand, 0, COMMITS);

            plain += !plain_finds(rand, culprit, rows[row].spread, rows[row].runs);
            noisy += !noisy_finds(rand, culprit, rows[row].spread, 6 * rows[row].runs);
        }
        g_test_message("spread %g, %u runs: plain bisection errs in %u of %d, noisy search in %u",
                       rows[row].spread, 6 * rows[row].runs, plain, TRIALS, noisy);
        g_assert_cmpuint(3 * noisy, <, plain);
    }
}

/* Ended at 95 %, it is wrong about as often as it says, and no more. */
static void test_keeps_its_word(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2013);
    guint wrong = 0, all = 0;

    for (guint i = 0; i < TRIALS; i++) {
        const guint culprit = (guint)g_rand_int_range(rand, 0, COMMITS);
        g_autoptr(XrNoisy) noisy = xr_noisy_new(COMMITS);
        guint commit = 0, first = 0, last = 0;

        while (xr_noisy_best(noisy, &first, &last) < 0.95) {
            g_assert_true(xr_noisy_next(noisy, &commit));
            xr_noisy_learn(noisy, commit, (commit >= culprit) + normal(rand) - 0.5);
            all++;
        }
        wrong += first != culprit;
    }
    g_test_message("wrong %u of %d, %.1f runs each", wrong, TRIALS, (double)all / TRIALS);
    g_assert_cmpuint(wrong, <, TRIALS * 8 / 100);
    /* Plain bisection needs 21 runs a step for as few wrong ones: 126. */
    g_assert_cmpuint(all / TRIALS, <, 70);
}

static void test_skips(void)
{
    g_autoptr(XrNoisy) noisy = xr_noisy_new(8);
    guint commit = 0, first = 0, last = 0;

    g_assert_true(xr_noisy_next(noisy, &commit));
    g_assert_cmpuint(commit, ==, 3);
    g_assert_cmpfloat_with_epsilon(xr_noisy_unknown(noisy), 3, 1e-9);
    xr_noisy_skip(noisy, 3);
    xr_noisy_skip(noisy, 4);
    for (guint i = 0; i < 20; i++) {
        g_assert_true(xr_noisy_next(noisy, &commit));
        g_assert_true(commit != 3 && commit != 4);
        xr_noisy_learn(noisy, commit, commit >= 4 ? 1 : -1);
    }
    g_assert_cmpfloat(xr_noisy_best(noisy, &first, &last), >, 0.99);
    g_assert_cmpuint(first, ==, 3);
    g_assert_cmpuint(last, ==, 5);
    /* The code of 3 and 4 is that of 2. */
    xr_noisy_clear(noisy, 3);
    xr_noisy_clear(noisy, 4);
    g_assert_cmpfloat(xr_noisy_best(noisy, &first, &last), >, 0.99);
    g_assert_cmpuint(first, ==, 5);
}

/* --- ends and hits --- */

static GArray *figures(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GArray *array = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; words[i] != NULL; i++) {
        const double value = g_ascii_strtod(words[i], NULL);

        g_array_append_val(array, value);
    }
    return array;
}

static XrSide side(const char *good, const char *bad, const char *own, double *error)
{
    g_autoptr(GArray) a = figures(good);
    g_autoptr(GArray) b = figures(bad);
    g_autoptr(GArray) c = figures(own);
    const XrEnds ends = xr_ends_fit(a, b);

    return xr_ends_side(&ends, c, 0.001, 0.05, error);
}

static void test_ends(void)
{
    double error;

    g_assert_cmpint(side("3 3.001 3", "1 1 1.001", "3.0005", &error), ==, XR_SIDE_GOOD);
    g_assert_cmpfloat(error, <, 1e-6);
    g_assert_cmpint(side("3 3.001 3", "1 1 1.001", "1", &error), ==, XR_SIDE_BAD);
    /* Of neither end; too few runs; ends that are not far apart, that overlap, that differ by too little to matter. */
    g_assert_cmpint(side("3 3.001 3", "1 1 1.001", "2", &error), ==, XR_SIDE_NEITHER);
    g_assert_cmpfloat(error, ==, 1);
    g_assert_cmpint(side("3 3.001", "1 1 1.001", "3", &error), ==, XR_SIDE_NEITHER);
    g_assert_cmpint(side("100 110 105", "90 95 88", "104", &error), ==, XR_SIDE_NEITHER);
    g_assert_cmpint(side("100 110 105", "104 95 88", "104", &error), ==, XR_SIDE_NEITHER);
    g_assert_cmpint(side("3 3 3", "3.05 3.05 3.05", "3", &error), ==, XR_SIDE_NEITHER);
}

static void test_evidence(void)
{
    g_autoptr(GArray) good = figures("100 104 96 102 98");
    g_autoptr(GArray) bad = figures("90 94 86 92 88");
    const XrEnds ends = xr_ends_fit(good, bad);

    g_assert_cmpfloat(xr_ends_evidence(&ends, 90), >, 1);
    g_assert_cmpfloat(xr_ends_evidence(&ends, 100), <, -1);
    g_assert_cmpfloat(fabs(xr_ends_evidence(&ends, 94.9)), <, 0.2);
    /* One run that went astray is not the end of it. */
    g_assert_cmpfloat(xr_ends_evidence(&ends, 70), <=, 3);
    g_assert_cmpint(xr_ends_nearer(&ends, 80), ==, XR_SIDE_BAD);
}

static void test_hits(void)
{
    g_assert_cmpfloat_with_epsilon(xr_hits_missed(3, 3, 1), 0.2, 1e-9);
    g_assert_cmpfloat_with_epsilon(xr_hits_missed(0, 0, 1), 0.5, 1e-9);
    g_assert_cmpuint(xr_hits_needed(3, 3, 0.05, 20), ==, 3);
    g_assert_cmpuint(xr_hits_needed(1, 10, 0.05, 20), ==, 0);
    g_assert_cmpfloat_with_epsilon(xr_hits_by_chance(8), 0.1, 1e-9);
}

static void test_classes(void)
{
    g_assert_cmpstr(xr_finding_class("xen-panic"), ==, "crash");
    g_assert_cmpstr(xr_finding_class("domu-crashed"), ==, "crash");
    g_assert_cmpstr(xr_finding_class("hang"), ==, "hang");
    g_assert_cmpstr(xr_finding_class("xen-watchdog"), ==, "hang");
    g_assert_cmpstr(xr_finding_class("grant-leak"), ==, "leak");
    g_assert_cmpstr(xr_finding_class("data-mismatch"), ==, "corruption");
    g_assert_null(xr_finding_class("throughput"));
    g_assert_true(xr_class_exists("corruption"));
    g_assert_false(xr_class_exists("crashes"));
}

static void test_worse(void)
{
    g_assert_true(xr_is_worse(XR_WORSE_AS_USUAL, "throughput", "B/s", 0.9));
    g_assert_false(xr_is_worse(XR_WORSE_AS_USUAL, "throughput", "B/s", 1.1));
    g_assert_true(xr_is_worse(XR_WORSE_AS_USUAL, "tick_throughput", "B/tick", 0.9));
    g_assert_true(xr_is_worse(XR_WORSE_AS_USUAL, "boot_time", "ns", 1.1));
    g_assert_true(xr_is_worse(XR_WORSE_AS_USUAL, "fairness", "ratio", 0.9));
    g_assert_true(xr_is_worse(XR_WORSE_AS_USUAL, "host_wait", "ratio", 1.1));
    g_assert_true(xr_is_worse(XR_WORSE_LOWER, "boot_time", "ns", 0.9));
    g_assert_true(xr_is_worse(XR_WORSE_HIGHER, "throughput", "B/s", 1.1));
}

/* --- on a repository --- */

static const History slow = {.culprit = 23, .speed = 0.9, .broken = {32, 33}};
static const History behind = {.culprit = 34, .speed = 0.9, .broken = {32, 33}};
static const Wish noisy = {.noisy = TRUE};

static void test_search(void)
{
    World w = {.spread = 0.04, .seed = 21};
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    g_autofree char *told = NULL;

    make_repository(&w, &slow);
    own = begin(&w, &noisy);
    result = xr_bisect(own, &fakes, &w, NULL);
    assert_found(&w, result);
    g_assert_cmpfloat(result->confidence, >, 0.98);
    assert_has(w.notes->str, " bits are left to learn, likeliest ");
    told = xr_bisect_tell(own, result);
    assert_has(told, "the probability of what is named after all runs");
    world_clear(&w);
}

static void test_search_range(void)
{
    World w = {.spread = 0.02, .seed = 22};
    g_autoptr(XrBisectResult) result = NULL;

    make_repository(&w, &behind);
    result = bisect(&w, &noisy);
    g_assert_cmpint(result->outcome, ==, XR_BISECT_RANGE);
    g_assert_cmpuint(result->suspects->len, ==, 3);
    g_assert_cmpstr(result->suspects->pdata[0], ==, w.ids[34]);
    g_assert_cmpstr(result->parent, ==, w.ids[31]);
    world_clear(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/noisy/errs-less", test_errs_less);
    g_test_add_func("/noisy/keeps-its-word", test_keeps_its_word);
    g_test_add_func("/noisy/skips", test_skips);
    g_test_add_func("/noisy/ends", test_ends);
    g_test_add_func("/noisy/evidence", test_evidence);
    g_test_add_func("/noisy/hits", test_hits);
    g_test_add_func("/noisy/classes", test_classes);
    g_test_add_func("/noisy/worse", test_worse);
    g_test_add_func("/noisy/search", test_search);
    g_test_add_func("/noisy/search-range", test_search_range);
    return run_with_state();
}
