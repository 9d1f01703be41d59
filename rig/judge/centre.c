/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where a sample lies and how wide it is.
 *
 * Centre: the median; its interval is between two order statistics, with the confidence that the
 * binomial distribution gives them (David and Nagaraja, "Order Statistics", 2003, section 7.1): exact for
 * any distribution. Few figures do not go beyond 1 - 2^(1 - n), which is told instead of the one asked for.
 * Spread: the median absolute deviation from the median, times 1.4826, which for a normal distribution makes
 * it the standard deviation (Hampel, 1974), over the median; half of the figures may be wild without it
 * noticing. Its interval is a percentile bootstrap (Efron, 1979) of 2000 resamples with a fixed seed.
 * Share of events: Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).
 * Limits: with fewer than ten figures the bootstrap's interval is a rough one, and too narrow. Windows of one
 * run are no independent figures: one run is one figure. */
#include "judge/centre.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 2000, SEED = 1979 };
static const double normal_mad = 1.4826;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median_of_sorted(const double *sorted, guint n)
{
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

/* Sorts the figures. */
static double relative_spread(double *figures, guint n, double *away)
{
    double median;

    qsort(figures, n, sizeof(double), by_value);
    median = median_of_sorted(figures, n);
    for (guint i = 0; i < n; i++)
        away[i] = fabs(figures[i] - median);
    qsort(away, n, sizeof(double), by_value);
    return normal_mad * median_of_sorted(away, n) / median;
}

static void find_interval(XrCentre *centre, const double *sorted, double wished)
{
    const guint n = centre->count;
    guint cut = 0;

    /* P(fewer than cut + 1 of n below the median) on each side is left out. */
    while (cut + 1 < (n + 1) / 2 && 2 * gsl_cdf_binomial_P(cut + 1, 0.5, n) <= 1 - wished)
        cut++;
    centre->confidence = 1 - 2 * gsl_cdf_binomial_P(cut, 0.5, n);
    centre->low = sorted[cut];
    centre->high = sorted[n - 1 - cut];
}

static void find_spread(XrCentre *centre, double *sorted)
{
    const guint n = centre->count;
    g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
    g_autofree double *drawn = g_new(double, n);
    g_autofree double *away = g_new(double, n);
    g_autofree double *spreads = g_new(double, RESAMPLES);

    centre->spread = relative_spread(sorted, n, away);
    for (guint i = 0; i < RESAMPLES; i++) {
        for (guint j = 0; j < n; j++)
            drawn[j] = sorted[g_rand_int_range(rand, 0, (gint)n)];
        spreads[i] = relative_spread(drawn, n, away);
    }
    qsort(spreads, RESAMPLES, sizeof(double), by_value);
    centre->spread_low = spreads[RESAMPLES / 20];
    centre->spread_high = spreads[RESAMPLES - 1 - RESAMPLES / 20];
}

XrCentre xr_centre(const double *figures, guint n, double confidence)
{
    XrCentre centre = {n, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    g_autofree double *sorted = g_memdup2(figures, n * sizeof(double));

    if (n == 0)
        return centre;
    qsort(sorted, n, sizeof(double), by_value);
    centre.median = median_of_sorted(sorted, n);
    if (n < 2)
        return centre;
    find_interval(&centre, sorted, confidence);
    find_spread(&centre, sorted);
    return centre;
}

void xr_share_interval(guint k, guint n, double *low, double *high)
{
    *low = k == 0 ? 0 : gsl_cdf_beta_Pinv(0.025, k, n - k + 1.0);
    *high = k == n ? 1 : gsl_cdf_beta_Pinv(0.975, k + 1.0, n - k);
}
