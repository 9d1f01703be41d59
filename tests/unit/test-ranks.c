/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rank test: exact tails, bounds, p-values, and the factor with its interval. */
#include "judge/ranks.h"

#include <math.h>

#define CLOSE 1e-9

/* All ways to place n of m + n ranks, counted one by one. */
static double counted_tail(guint m, guint n, guint least)
{
    guint hits = 0, all = 0;

    for (guint32 set = 0; set < 1u << (m + n); set++) {
        guint below = 0, u = 0, size = 0;

        for (guint i = 0; i < m + n; i++) {
            const gboolean second = (set >> i) & 1;

            u += second ? below : 0;
            size += second;
            below += !second;
        }
        all += size == n;
        hits += size == n && u >= least;
    }
    return (double)hits / all;
}

static void test_tail(void)
{
    static const guint sizes[][2] = {{1, 1}, {1, 5}, {5, 1}, {3, 3}, {4, 7}, {7, 4}, {8, 8}};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const guint m = sizes[i][0], n = sizes[i][1];

        for (guint u = 0; u <= m * n + 1; u++)
            g_assert_cmpfloat_with_epsilon(xr_ranks_tail(m, n, u), counted_tail(m, n, u), CLOSE);
    }
}

/* Large samples, where counts are beyond what a double holds exactly: against the normal distribution. */
static void test_tail_of_large(void)
{
    const double mean = 100 * 100 / 2.0, deviation = sqrt(100 * 100 * 201 / 12.0);

    g_assert_cmpfloat_with_epsilon(xr_ranks_tail(100, 100, 5001) + xr_ranks_tail(100, 100, 5000), 1,
                                   1e-3);
    for (guint u = 5000; u < 6500; u += 100) {
        const double z = (u - 0.5 - mean) / deviation;

        g_assert_cmpfloat_with_epsilon(xr_ranks_tail(100, 100, u), erfc(z / sqrt(2)) / 2, 5e-4);
    }
    g_assert_cmpfloat(xr_ranks_tail(200, 200, 40000), >, 0);
    g_assert_cmpfloat(xr_ranks_tail(200, 200, 40000), <, 1e-100);
}

static void test_critical(void)
{
    /* Published two-sided bounds at 5 % are U <= 2 (5, 5), 23 (10, 10), 127 (20, 20), 8 (6, 8). */
    g_assert_cmpuint(xr_ranks_critical(5, 5, 0.05), ==, 25 - 2);
    g_assert_cmpuint(xr_ranks_critical(10, 10, 0.05), ==, 100 - 23);
    g_assert_cmpuint(xr_ranks_critical(20, 20, 0.05), ==, 400 - 127);
    g_assert_cmpuint(xr_ranks_critical(6, 8, 0.05), ==, 48 - 8);
    g_assert_cmpuint(xr_ranks_critical(8, 6, 0.05), ==, 48 - 8);
    /* 3 against 3 reach 0.1 at best, and no less. */
    g_assert_cmpuint(xr_ranks_critical(3, 3, 0.1), ==, 9);
    g_assert_cmpuint(xr_ranks_critical(3, 3, 0.0999), ==, 10);
}

static void test_p(void)
{
    const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10}, mixed[] = {1.5, 2.5, 3.5, 4.5};

    g_assert_cmpfloat_with_epsilon(xr_ranks_p(low, 5, high, 5), 2 / 252.0, CLOSE);
    g_assert_cmpfloat_with_epsilon(xr_ranks_p(high, 5, low, 5), 2 / 252.0, CLOSE);
    g_assert_cmpfloat(xr_ranks_p(low, 5, mixed, 4), ==, 1);
    /* Equal figures say nothing. */
    g_assert_cmpfloat(xr_ranks_p(low, 5, low, 5), ==, 1);
}

static void test_effect(void)
{
    const double x[] = {90, 100, 110, 120, 95}, y[] = {45, 50, 55, 60, 47.5};
    g_autofree double *shifts = xr_ranks_shifts(x, 5, y, 5);
    XrEffect effect = xr_ranks_effect(shifts, 25, xr_ranks_critical(5, 5, 0.05));

    g_assert_cmpfloat_with_epsilon(effect.ratio, 0.5, CLOSE);
    /* Of the 25 factors, the third from either end. */
    g_assert_cmpfloat_with_epsilon(effect.low, 45.0 / 110, CLOSE);
    g_assert_cmpfloat_with_epsilon(effect.high, 55.0 / 90, CLOSE);
    effect = xr_ranks_effect(shifts, 25, 26);
    g_assert_cmpfloat(effect.low, ==, 0);
    g_assert_true(isinf(effect.high));
}

/* Of intervals at 95 %, so many hold the true factor. */
static void test_coverage(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    const guint critical = xr_ranks_critical(8, 8, 0.05);
    const double nominal = 1 - 2 * xr_ranks_tail(8, 8, critical);
    guint held = 0;

    for (guint i = 0; i < 20000; i++) {
        double x[8], y[8];

        for (guint j = 0; j < 8; j++) {
            x[j] = exp(g_rand_double(rand));
            y[j] = 1.3 * exp(g_rand_double(rand));
        }
        g_autofree double *shifts = xr_ranks_shifts(x, 8, y, 8);
        const XrEffect effect = xr_ranks_effect(shifts, 64, critical);

        held += effect.low < 1.3 && effect.high > 1.3;
    }
    g_assert_cmpfloat(nominal, >=, 0.95);
    g_assert_cmpfloat_with_epsilon(held / 20000.0, nominal, 0.005);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ranks/tail", test_tail);
    g_test_add_func("/ranks/tail-of-large", test_tail_of_large);
    g_test_add_func("/ranks/critical", test_critical);
    g_test_add_func("/ranks/p", test_p);
    g_test_add_func("/ranks/effect", test_effect);
    g_test_add_func("/ranks/coverage", test_coverage);
    return g_test_run();
}
