/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Centre and spread of samples, their intervals, and intervals of shares. */
#include "judge/centre.h"

#include <math.h>

static void test_values(void)
{
    const double figures[] = {10, 30, 20, 60, 40, 50, 70, 90, 80, 1000};
    const XrCentre centre = xr_centre(figures, 10, 0.95);

    g_assert_cmpfloat(centre.median, ==, 55);
    /* The second from either end: 1 - 2 (1 + 10) / 1024. */
    g_assert_cmpfloat(centre.low, ==, 20);
    g_assert_cmpfloat(centre.high, ==, 90);
    g_assert_cmpfloat_with_epsilon(centre.confidence, 1 - 22 / 1024.0, 1e-12);
    /* Deviations 45 25 35 5 15 5 15 35 25 945: their median is 25. */
    g_assert_cmpfloat_with_epsilon(centre.spread, 1.4826 * 25 / 55, 1e-12);
    g_assert_cmpfloat(centre.spread_low, <, centre.spread);
    g_assert_cmpfloat(centre.spread_high, >, centre.spread);
}

static void test_few(void)
{
    const double figures[] = {4, 2, 3, 5, 1};
    XrCentre centre = xr_centre(figures, 5, 0.95);

    g_assert_cmpfloat(centre.median, ==, 3);
    g_assert_cmpfloat(centre.low, ==, 1);
    g_assert_cmpfloat(centre.high, ==, 5);
    g_assert_cmpfloat_with_epsilon(centre.confidence, 1 - 2 / 32.0, 1e-12);
    centre = xr_centre(figures, 2, 0.95);
    g_assert_cmpfloat(centre.median, ==, 3);
    g_assert_cmpfloat_with_epsilon(centre.confidence, 0.5, 1e-12);
    centre = xr_centre(figures, 1, 0.95);
    g_assert_cmpfloat(centre.median, ==, 4);
    g_assert_true(isnan(centre.low) && isnan(centre.spread));
    centre = xr_centre(NULL, 0, 0.95);
    g_assert_true(isnan(centre.median));
}

static void test_equal(void)
{
    const double figures[] = {7, 7, 7, 7, 7, 7};
    const XrCentre centre = xr_centre(figures, 6, 0.95);

    g_assert_cmpfloat(centre.low, ==, 7);
    g_assert_cmpfloat(centre.high, ==, 7);
    g_assert_cmpfloat(centre.spread, ==, 0);
    g_assert_cmpfloat(centre.spread_high, ==, 0);
}

/* The interval holds the median of a skewed distribution as often as it says. */
static void test_coverage(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    guint held = 0;
    double confidence = 0;

    for (guint i = 0; i < 500; i++) {
        double figures[12];

        for (guint j = 0; j < 12; j++)
            figures[j] = -log(1 - g_rand_double(rand));
        const XrCentre centre = xr_centre(figures, 12, 0.95);

        held += centre.low < G_LN2 && centre.high > G_LN2;
        confidence = centre.confidence;
    }
    g_assert_cmpfloat(confidence, >=, 0.95);
    g_assert_cmpfloat_with_epsilon(held / 500.0, confidence, 0.03);
}

static void test_shares(void)
{
    double low, high;

    xr_share_interval(0, 100, &low, &high);
    g_assert_cmpfloat(low, ==, 0);
    g_assert_cmpfloat_with_epsilon(high, 1 - pow(0.025, 0.01), 1e-9);
    xr_share_interval(100, 100, &low, &high);
    g_assert_cmpfloat(high, ==, 1);
    g_assert_cmpfloat_with_epsilon(low, pow(0.025, 0.01), 1e-9);
    /* Published: 10 of 100 is 4.90 % to 17.62 %. */
    xr_share_interval(10, 100, &low, &high);
    g_assert_cmpfloat_with_epsilon(low, 0.0490, 5e-5);
    g_assert_cmpfloat_with_epsilon(high, 0.1762, 5e-5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/centre/values", test_values);
    g_test_add_func("/centre/few", test_few);
    g_test_add_func("/centre/equal", test_equal);
    g_test_add_func("/centre/coverage", test_coverage);
    g_test_add_func("/centre/shares", test_shares);
    return g_test_run();
}
