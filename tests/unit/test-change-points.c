/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Change points in made-up series: none, a step, a spike, a change taken back, drift, counted figures. */
#include "judge/change-points.h"
#include "recorded.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

enum { N = 40, SERIES = 100, STEPS = 42 };

typedef void (*Shape)(double *values, guint series);

static void fill(gsl_rng *rng, double *values, guint n, double sd)
{
    for (guint i = 0; i < n; i++)
        values[i] = 100 * (1 + gsl_ran_gaussian(rng, sd));
}

/* How many of the series have a change point. */
static guint count_changed(double sd, Shape shape)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double values[N];
    guint changed = 0;

    gsl_rng_set(rng, 5);
    for (guint i = 0; i < SERIES; i++) {
        g_autoptr(GArray) points = NULL;

        fill(rng, values, N, sd);
        if (shape != NULL)
            shape(values, i);
        points = xr_change_points(values, N, XR_CHANGE_SEED);
        changed += points->len > 0;
    }
    gsl_rng_free(rng);
    g_test_message("%u of %d series change", changed, SERIES);
    return changed;
}

/* 1 % are to be expected. */
static void test_none(void)
{
    g_assert_cmpuint(count_changed(0.03, NULL), <=, 4);
}

static void spike(double *values, guint series)
{
    values[(series * 7) % N] *= series % 2 ? 3 : 0.3;
}

static void test_spike(void)
{
    g_assert_cmpuint(count_changed(0.03, spike), <=, 4);
}

/* Each series: the step is found, near where it is, and nothing else is in nearly all. */
static void test_step(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double values[N];
    guint others = 0;

    gsl_rng_set(rng, 9);
    for (guint i = 0; i < STEPS; i++) {
        const guint at = 10 + i % 21;
        g_autoptr(GArray) points = NULL;
        gboolean found = FALSE;

        fill(rng, values, N, 0.03);
        for (guint k = at; k < N; k++)
            values[k] *= 0.9;
        points = xr_change_points(values, N, XR_CHANGE_SEED);
        for (guint k = 0; k < points->len; k++) {
            const XrChangePoint *point = &g_array_index(points, XrChangePoint, k);

            if (ABS((gint)point->index - (gint)at) > 3)
                continue;
            found = TRUE;
            g_assert_cmpfloat(point->p, <=, 0.01);
            g_assert_cmpfloat_with_epsilon(point->after / point->before, 0.9, 0.05);
        }
        g_assert_true(found);
        others += points->len - 1;
    }
    gsl_rng_free(rng);
    g_assert_cmpuint(others, <=, 4);
}

/* Slower for ten runs: both ends are found. */
static void test_taken_back(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    g_autoptr(GArray) points = NULL;
    double values[60];

    gsl_rng_set(rng, 2);
    fill(rng, values, 60, 0.02);
    for (guint i = 30; i < 40; i++)
        values[i] *= 0.85;
    points = xr_change_points(values, 60, XR_CHANGE_SEED);
    g_assert_cmpuint(points->len, ==, 2);
    g_assert_cmpuint(g_array_index(points, XrChangePoint, 0).index, ==, 30);
    g_assert_cmpuint(g_array_index(points, XrChangePoint, 1).index, ==, 40);
    gsl_rng_free(rng);
}

/* A tenth in sixty runs is told as steps, all of one direction. */
static void test_drift(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    g_autoptr(GArray) points = NULL;
    double values[60];

    gsl_rng_set(rng, 4);
    fill(rng, values, 60, 0.01);
    for (guint i = 0; i < 60; i++)
        values[i] *= 1 - 0.1 * i / 60;
    points = xr_change_points(values, 60, XR_CHANGE_SEED);
    g_assert_cmpuint(points->len, >=, 1);
    for (guint i = 0; i < points->len; i++)
        g_assert_cmpfloat(g_array_index(points, XrChangePoint, i).after, <,
                          g_array_index(points, XrChangePoint, i).before);
    gsl_rng_free(rng);
}

/* Without any noise six runs on each side tell, and equal values are one segment. */
static void test_counted(void)
{
    double values[12];
    g_autoptr(GArray) none = NULL;
    g_autoptr(GArray) one = NULL;

    for (guint i = 0; i < 12; i++)
        values[i] = 264;
    none = xr_change_points(values, 12, XR_CHANGE_SEED);
    g_assert_cmpuint(none->len, ==, 0);
    for (guint i = 6; i < 12; i++)
        values[i] = 265;
    one = xr_change_points(values, 12, XR_CHANGE_SEED);
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_cmpuint(g_array_index(one, XrChangePoint, 0).index, ==, 6);
    g_assert_cmpfloat(g_array_index(one, XrChangePoint, 0).before, ==, 264);
    g_assert_cmpfloat(g_array_index(one, XrChangePoint, 0).after, ==, 265);
}

static void test_too_few(void)
{
    const double values[] = {1, 1, 1, 1, 9, 9, 9, 9, 9};
    g_autoptr(GArray) points = xr_change_points(values, G_N_ELEMENTS(values), XR_CHANGE_SEED);
    g_autoptr(GArray) empty = xr_change_points(values, 0, XR_CHANGE_SEED);

    g_assert_cmpuint(points->len, ==, 0);
    g_assert_cmpuint(empty->len, ==, 0);
}

/* The same seed tells the same; only the last 400 are looked at, and told by their place in the whole. */
static void test_long(void)
{
    g_autofree double *values = g_new(double, 500);
    g_autoptr(GArray) points = NULL;
    g_autoptr(GArray) again = NULL;

    for (guint i = 0; i < 500; i++)
        values[i] = (i < 50 ? 900 : i < 450 ? 100 : 120) + (i * 7919) % 11;
    points = xr_change_points(values, 500, 77);
    again = xr_change_points(values, 500, 77);
    g_assert_cmpuint(points->len, ==, 1);
    g_assert_cmpuint(g_array_index(points, XrChangePoint, 0).index, ==, 450);
    g_assert_cmpmem(points->data, points->len * sizeof(XrChangePoint), again->data,
                    again->len * sizeof(XrChangePoint));
}

/* Twenty runs of one build, as a host made them: nothing changed. The later ten a fifth slower: that is seen. */
static void test_real(void)
{
    g_autoptr(GArray) figures = recorded("default");
    double *values = (double *)(gpointer)figures->data;
    g_autoptr(GArray) none = NULL;
    g_autoptr(GArray) one = NULL;

    none = xr_change_points(values, 20, XR_CHANGE_SEED);
    g_assert_cmpuint(none->len, ==, 0);
    for (guint i = 10; i < 20; i++)
        values[i] *= 0.8;
    one = xr_change_points(values, 20, XR_CHANGE_SEED);
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_cmpint(ABS((gint)g_array_index(one, XrChangePoint, 0).index - 10), <=, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/change-points/none", test_none);
    g_test_add_func("/change-points/spike", test_spike);
    g_test_add_func("/change-points/step", test_step);
    g_test_add_func("/change-points/taken-back", test_taken_back);
    g_test_add_func("/change-points/drift", test_drift);
    g_test_add_func("/change-points/counted", test_counted);
    g_test_add_func("/change-points/too-few", test_too_few);
    g_test_add_func("/change-points/long", test_long);
    g_test_add_func("/change-points/real", test_real);
    return g_test_run();
}
