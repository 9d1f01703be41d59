/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fence around run-to-run changes: known values, what spikes and steps do to it, how often it is passed. */
#include "judge/fence.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static void test_known(void)
{
    /* Changes by factors e^0.01 … e^0.11, up and down in turn: quartiles 0.035 and 0.085. */
    double values[12] = {100};
    XrFence fence;

    for (guint i = 1; i < 12; i++)
        values[i] = values[i - 1] * exp((i % 2 ? 0.01 : -0.01) * i);
    fence = xr_fence(values, 12, 11);
    g_assert_cmpint(fence.state, ==, XR_FENCE_KNOWN);
    g_assert_cmpuint(fence.values, ==, 12);
    g_assert_cmpfloat_with_epsilon(fence.change, expm1(0.085 + 3 * 0.05), 1e-9);
    g_assert_cmpfloat(fence.centre, ==, values[11]);
    g_assert_cmpfloat_with_epsilon(fence.high, values[11] * exp(0.235), 1e-9);
    g_assert_cmpfloat_with_epsilon(fence.low, values[11] / exp(0.235), 1e-9);
}

static void test_too_few(void)
{
    const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const XrFence fence = xr_fence(values, G_N_ELEMENTS(values), 0);

    g_assert_cmpint(fence.state, ==, XR_FENCE_TOO_FEW);
    g_assert_cmpuint(fence.values, ==, 11);
    g_assert_true(isnan(fence.change) && isnan(fence.low) && isnan(fence.high));
    g_assert_cmpint(xr_fence(values, 0, 0).state, ==, XR_FENCE_TOO_FEW);
}

static void test_not_positive(void)
{
    double values[20];

    for (guint i = 0; i < 20; i++)
        values[i] = 5;
    values[7] = 0;
    g_assert_cmpint(xr_fence(values, 20, 0).state, ==, XR_FENCE_NOT_POSITIVE);
    values[7] = NAN;
    g_assert_cmpint(xr_fence(values, 20, 0).state, ==, XR_FENCE_NOT_POSITIVE);
}

/* A counted figure: whatever changes is beyond. */
static void test_constant(void)
{
    double values[20];
    XrFence fence;

    for (guint i = 0; i < 20; i++)
        values[i] = 264;
    fence = xr_fence(values, 20, 0);
    g_assert_cmpint(fence.state, ==, XR_FENCE_KNOWN);
    g_assert_cmpfloat(fence.low, ==, 264);
    g_assert_cmpfloat(fence.high, ==, 264);
}

static void fill(gsl_rng *rng, double *values, guint n, double sd)
{
    for (guint i = 0; i < n; i++)
        values[i] = 100 * (1 + gsl_ran_gaussian(rng, sd));
}

/* A step and a spike hardly move the fence; the centre follows the step. */
static void test_robust(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double values[60];
    XrFence quiet, fence;

    gsl_rng_set(rng, 3);
    fill(rng, values, 60, 0.02);
    quiet = xr_fence(values, 60, 0);
    for (guint i = 40; i < 60; i++)
        values[i] *= 0.8;
    values[25] *= 3;
    fence = xr_fence(values, 60, 40);
    g_assert_cmpfloat(fence.change, <, quiet.change * 1.3);
    g_assert_cmpfloat(fence.change, >, quiet.change / 1.3);
    g_assert_cmpfloat_with_epsilon(fence.centre, 80, 1.5);
    g_assert_cmpfloat(fence.high, <, 100);
    gsl_rng_free(rng);
}

/* Of a long history the last hundred. */
static void test_recent(void)
{
    double values[300];

    for (guint i = 0; i < 300; i++)
        values[i] = i < 200 ? 1 + i % 2 : 7;
    g_assert_cmpfloat(xr_fence(values, 300, 0).high, ==, 7);
    g_assert_cmpuint(xr_fence(values, 300, 0).values, ==, 100);
}

/* How often a value of the same kind is beyond the fence, in 20000 made-up histories. */
static double false_alarms(guint n, double sd)
{
    enum { HISTORIES = 20000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double values[64];
    guint beyond = 0;

    gsl_rng_set(rng, 11);
    for (guint i = 0; i < HISTORIES; i++) {
        XrFence fence;

        fill(rng, values, n + 1, sd);
        fence = xr_fence(values, n, 0);
        beyond += values[n] < fence.low || values[n] > fence.high;
    }
    gsl_rng_free(rng);
    g_test_message("%u values, spread %g: %u of %d beyond", n, sd, beyond, HISTORIES);
    return (double)beyond / HISTORIES;
}

static void test_false_alarms(void)
{
    g_assert_cmpfloat(false_alarms(12, 0.05), <, 0.01);
    g_assert_cmpfloat(false_alarms(12, 0.05), >, 0.001);
    g_assert_cmpfloat(false_alarms(30, 0.05), <, 0.001);
    g_assert_cmpfloat(false_alarms(60, 0.05), <, 0.0003);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fence/known", test_known);
    g_test_add_func("/fence/too-few", test_too_few);
    g_test_add_func("/fence/not-positive", test_not_positive);
    g_test_add_func("/fence/constant", test_constant);
    g_test_add_func("/fence/robust", test_robust);
    g_test_add_func("/fence/recent", test_recent);
    g_test_add_func("/fence/false-alarms", test_false_alarms);
    return g_test_run();
}
