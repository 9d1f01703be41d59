/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steady state: when the last rates vary little enough. */
#include "judge/steady.h"

#include <math.h>

static void test_value(void)
{
    /* Mean 5, sample standard deviation sqrt(32 / 7). */
    const double rates[] = {2, 4, 4, 4, 5, 5, 7, 9};
    double cov = 0;

    g_assert_false(xr_steady(rates, 8, 8, 0.42, &cov));
    g_assert_cmpfloat_with_epsilon(cov, sqrt(32.0 / 7) / 5, 1e-12);
    g_assert_true(xr_steady(rates, 8, 8, 0.43, NULL));
}

static void test_only_the_last(void)
{
    const double rates[] = {1, 1000, 100, 100, 100};
    double cov = 1;

    g_assert_true(xr_steady(rates, 5, 3, 0, &cov));
    g_assert_cmpfloat(cov, ==, 0);
    g_assert_false(xr_steady(rates, 5, 4, 0.15, NULL));
}

static void test_limit_is_inclusive(void)
{
    const double rates[] = {90, 100, 110};
    double cov = 0;

    g_assert_false(xr_steady(rates, 3, 3, 0.0999, &cov));
    g_assert_true(xr_steady(rates, 3, 3, cov, NULL));
}

static void test_too_few(void)
{
    const double rates[] = {100, 100};
    double cov = 0;

    g_assert_false(xr_steady(rates, 2, 3, 1, &cov));
    g_assert_true(isnan(cov));
    g_assert_false(xr_steady(rates, 2, 1, 1, &cov));
    g_assert_true(isnan(cov));
    g_assert_false(xr_steady(NULL, 0, 0, 1, &cov));
    g_assert_true(isnan(cov));
}

static void test_no_rate_at_all(void)
{
    const double still[] = {0, 0, 0}, unknown[] = {100, NAN, 100}, wild[] = {100, INFINITY, 100};
    double cov = 0;

    g_assert_false(xr_steady(still, 3, 3, 1, &cov));
    g_assert_true(isnan(cov));
    g_assert_false(xr_steady(unknown, 3, 3, 1, NULL));
    g_assert_false(xr_steady(wild, 3, 3, 1, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/steady/value", test_value);
    g_test_add_func("/steady/only-the-last", test_only_the_last);
    g_test_add_func("/steady/limit-is-inclusive", test_limit_is_inclusive);
    g_test_add_func("/steady/too-few", test_too_few);
    g_test_add_func("/steady/no-rate-at-all", test_no_rate_at_all);
    return g_test_run();
}
