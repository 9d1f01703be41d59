/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error rates and power, on made-up distributions and on figures of real runs (tests/golden/figures). */
#include "judge/calibrate.h"
#include "recorded.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static const XrCompareRules usual = {0.05, 0.001, 0.05, 5, 20};
static const XrCompareRules loose = {0.05, 0.05, 0.05, 5, 20};

/* Bounds for the rules' looks, simulated once. */
static XrSequential *looks_of(const XrCompareRules *rules)
{
    static XrSequential *looks;

    g_assert_cmpuint(rules->runs_min, ==, 5);
    g_assert_cmpuint(rules->runs_max, ==, 20);
    if (looks == NULL)
        looks = xr_sequential_new(5, 20);
    return looks;
}

/* What runs look like: the factor by which they are off 100. */
typedef struct {
    const char *name;
    double spread;
    enum { NORMAL, LOGNORMAL, BIMODAL, DRIFT, STEPS } shape;
} Shape;

static const Shape shapes[] = {
    {"normal, 1 %", 0.01, NORMAL},      {"lognormal, 10 %", 0.1, LOGNORMAL},
    {"bimodal, 10 %", 0.1, BIMODAL},    {"drift from 80 to 120", 0.02, DRIFT},
    {"steps of the host", 0.02, STEPS},
};

typedef struct {
    const Shape *shape;
    gsl_rng *rng;
    double effect; /* the second build is slower by it */
    double host;   /* what both runs of a round have in common */
} Source;

static double draw(const Source *source, double host)
{
    const Shape *shape = source->shape;
    const double wild = gsl_ran_gaussian(source->rng, shape->spread);

    switch (shape->shape) {
    case NORMAL:
    case DRIFT:
    case STEPS:
        return 100 * host * (1 + wild);
    case LOGNORMAL:
        return 100 * exp(wild);
    case BIMODAL:
        return 100 * (gsl_rng_uniform(source->rng) < 0.3 ? 0.8 : 1) * (1 + wild / 5);
    }
    g_assert_not_reached();
}

static void draw_round(GRand *rand, guint round, double *first, double *second, gpointer user_data)
{
    Source *source = user_data;

    source->host = 1;
    if (source->shape->shape == DRIFT)
        source->host = 0.8 + 0.02 * round;
    if (source->shape->shape == STEPS && (round / 4) % 2 == 1)
        source->host = 0.7;
    *first = draw(source, source->host);
    *second = draw(source, source->host) * (1 - source->effect);
}

static XrTrial simulate(const Shape *shape, const XrCompareRules *rules, double effect, guint sets)
{
    Source source = {shape, gsl_rng_alloc(gsl_rng_mt19937), effect, 1};
    XrTrial trial;

    gsl_rng_set(source.rng, 5);
    trial = xr_calibrate_with(draw_round, &source, rules, looks_of(rules), sets, 1);
    gsl_rng_free(source.rng);
    g_test_message("%s, %g %% slower: different %u, same %u, unsure %u of %u, %.1f runs",
                   shape->name, effect * 100, trial.different, trial.same, trial.unsure, sets,
                   trial.runs);
    g_assert_cmpuint(trial.different + trial.same + trial.unsure, ==, sets);
    return trial;
}

/* Builds that do not differ, whatever their distribution: no oftener different than false_different says. */
static void test_false_alarms(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        /* 5 % of 1000 is 50, with a standard deviation of 7. */
        g_assert_cmpuint(simulate(&shapes[i], &loose, 0, 1000).different, <=, 50 + 3 * 7);
        /* 0.1 %: 1, with a standard deviation of 1. */
        g_assert_cmpuint(simulate(&shapes[i], &usual, 0, 1000).different, <=, 4);
    }
}

/* Builds that differ by the smallest effect that matters: no oftener the same than false_same says. */
static void test_false_comfort(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
        g_assert_cmpuint(simulate(&shapes[i], &usual, 1 - 1 / 1.05, 1000).same, <=, 50 + 3 * 7);
}

/* What runs that vary by 1 %, and drift beside it, can tell. */
static void test_power(void)
{
    const XrCompareRules fine = {0.01, 0.001, 0.05, 5, 20};
    const XrTrial tenth = simulate(&shapes[0], &usual, 0.10, 200);

    g_assert_cmpuint(simulate(&shapes[0], &fine, 0.02, 200).different, >=, 180);
    g_assert_cmpuint(tenth.different, ==, 200);
    g_assert_cmpfloat(tenth.runs, <, 8.5);
    g_assert_cmpuint(simulate(&shapes[0], &usual, 0, 200).same, ==, 200);
    g_assert_cmpuint(simulate(&shapes[3], &usual, 0.40, 200).different, ==, 200);
    /* Runs that vary by 10 % cannot tell 5 %, and must not pretend to. */
    g_assert_cmpuint(simulate(&shapes[1], &usual, 0.05, 200).unsure, >=, 180);
    g_assert_cmpuint(simulate(&shapes[1], &usual, 0, 200).unsure, >=, 180);
}

/* Bounds of looks, found with one seed, on ranks drawn with another. */
static void test_bounds_of_looks(void)
{
    static const double alphas[] = {0.001, 0.05};
    g_autoptr(XrSequential) looks = xr_sequential_new(4, 12);
    const Shape shape = {"normal, 1 %", 0.01, NORMAL};

    for (gsize i = 0; i < G_N_ELEMENTS(alphas); i++) {
        /* So small an effect matters that nothing is ever called the same. */
        const XrCompareRules rules = {1e-9, alphas[i], 0.05, 4, 12};
        const double sets = alphas[i] < 0.01 ? 20000 : 2000;
        const double wanted = alphas[i] * sets;
        Source source = {&shape, gsl_rng_alloc(gsl_rng_mt19937), 0, 1};
        XrTrial trial;

        gsl_rng_set(source.rng, 77);
        trial = xr_calibrate_with(draw_round, &source, &rules, looks, (guint)sets, 1);
        gsl_rng_free(source.rng);
        g_test_message("%g: %u of %g", alphas[i], trial.different, sets);
        g_assert_cmpfloat(trial.different, <=, wanted + 3.5 * sqrt(wanted));
        g_assert_cmpfloat(trial.different, >=, wanted - 3.5 * sqrt(wanted));
    }
}

/* --- real runs --- */

static XrTrial resample(const char *name, const GArray *values, const XrCompareRules *rules,
                        double effect, XrDraw how, guint sets)
{
    const XrTrial trial = xr_calibrate((const double *)(gpointer)values->data, values->len, rules,
                                       looks_of(rules), effect, how, sets, 1);

    g_test_message("%s, %g %% slower, drawn %s: different %u, same %u, unsure %u of %u, %.1f runs",
                   name, effect * 100, how == XR_DRAW_SINGLY ? "singly" : "in neighbours",
                   trial.different, trial.same, trial.unsure, sets, trial.runs);
    return trial;
}

/* A build compared with itself, a hundred times and more: never different. */
static void test_real_runs_with_themselves(void)
{
    static const char *const names[] = {"default", "smoke"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GArray) values = recorded(names[i]);

        for (XrDraw how = XR_DRAW_SINGLY; how <= XR_DRAW_NEIGHBOURS; how++) {
            g_assert_cmpuint(resample(names[i], values, &usual, 0, how, 100).different, ==, 0);
            /* 0.1 % of 1000 is 1, with a standard deviation of 1. */
            g_assert_cmpuint(resample(names[i], values, &usual, 0, how, 1000).different, <=, 4);
        }
    }
}

/* … and with builds that are slower: found the oftener the slower they are, and never called faster. */
static void test_real_runs_slowed_down(void)
{
    static const double effects[] = {0.02, 0.05, 0.1, 0.2, 0.5};
    g_autoptr(GArray) values = recorded("default");
    guint found[G_N_ELEMENTS(effects)];

    for (gsize i = 0; i < G_N_ELEMENTS(effects); i++) {
        const XrTrial trial = resample("default", values, &usual, effects[i], XR_DRAW_SINGLY, 200);

        found[i] = trial.different;
        g_assert_cmpuint(trial.different, >=, i > 0 ? found[i - 1] : 0);
        g_assert_cmpuint(trial.wrong, ==, 0);
    }
    g_assert_cmpuint(found[3], >=, 190);
    g_assert_cmpuint(found[4], ==, 200);
}

/* Builds slowed down on purpose, run in lockstep: found in each set but for 2 %, which the plan does not care for. */
static void test_real_builds_in_lockstep(void)
{
    const XrCompareRules rules = {0.02, 0.001, 0.05, 5, 20};
    static const struct {
        const char *name;
        double effect;
        guint different_min, different_max;
    } builds[] = {
        {"lockstep-stock", 0, 0, 0},
        {"lockstep-slow-5", 0.0454, 200, 200},
        {"lockstep-slow-10", 0.0893, 200, 200},
        {"lockstep-single-lock", 0.512, 200, 200},
    };
    g_autoptr(GArray) stock = recorded(builds[0].name);

    for (gsize i = 0; i < G_N_ELEMENTS(builds); i++) {
        g_autoptr(GArray) other = recorded(builds[i].name);
        const XrTrial trial = xr_calibrate_pair((const double *)(gpointer)stock->data, stock->len,
                                                (const double *)(gpointer)other->data, other->len,
                                                &rules, looks_of(&rules), 200, 1);

        g_assert_cmpfloat_with_epsilon(trial.effect, builds[i].effect, 5e-4);
        g_assert_cmpuint(trial.different, >=, builds[i].different_min);
        g_assert_cmpuint(trial.different, <=, builds[i].different_max);
        g_assert_cmpuint(trial.wrong, ==, 0);
    }
}

/* Two builds that were run: which of them is ahead is never mistaken. */
static void test_pair(void)
{
    static const double first[] = {8.71, 8.75, 8.7, 8.72, 8.76, 8.74, 8.705, 8.745, 8.765};
    static const double second[] = {7.98, 7.95, 7.945, 7.935, 7.94, 7.96, 7.92, 7.93};
    const guint n = G_N_ELEMENTS(first), m = G_N_ELEMENTS(second);
    const XrTrial slower = xr_calibrate_pair(first, n, second, m, &usual, looks_of(&usual), 50, 1);
    const XrTrial faster = xr_calibrate_pair(second, m, first, n, &usual, looks_of(&usual), 50, 1);

    g_assert_cmpfloat_with_epsilon(slower.effect, 1 - 7.9425 / 8.74, 1e-9);
    g_assert_cmpfloat_with_epsilon(faster.effect, 1 - 8.74 / 7.9425, 1e-9);
    g_assert_cmpuint(slower.different, ==, 50);
    g_assert_cmpuint(faster.different, ==, 50);
    g_assert_cmpuint(slower.wrong + faster.wrong, ==, 0);
}

static void test_repeatable(void)
{
    g_autoptr(GArray) values = recorded("default");
    const XrTrial first = resample("default", values, &loose, 0.1, XR_DRAW_SINGLY, 50);
    const XrTrial second = resample("default", values, &loose, 0.1, XR_DRAW_SINGLY, 50);

    g_assert_cmpuint(first.different, ==, second.different);
    g_assert_cmpuint(first.same, ==, second.same);
    g_assert_cmpfloat(first.runs, ==, second.runs);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calibrate/false-alarms", test_false_alarms);
    g_test_add_func("/calibrate/false-comfort", test_false_comfort);
    g_test_add_func("/calibrate/power", test_power);
    g_test_add_func("/calibrate/bounds-of-looks", test_bounds_of_looks);
    g_test_add_func("/calibrate/real-runs-with-themselves", test_real_runs_with_themselves);
    g_test_add_func("/calibrate/real-runs-slowed-down", test_real_runs_slowed_down);
    g_test_add_func("/calibrate/real-builds-in-lockstep", test_real_builds_in_lockstep);
    g_test_add_func("/calibrate/pair", test_pair);
    g_test_add_func("/calibrate/repeatable", test_repeatable);
    return g_test_run();
}
