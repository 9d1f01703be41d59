/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: by how much a figure changes from run to run where nothing has changed.
 *
 * Method: the upper outer fence of Tukey ("Exploratory Data Analysis", 1977, chapter 2), third quartile plus three times
 * the interquartile range, of the sizes of relative changes between runs that followed each other, as
 * rustc-perf takes it for its significance threshold (its document "Comparison Analysis"). Changes are taken as
 * logarithms of factors, so that half and double are as far apart. Quartiles hardly move for a step or a
 * few spikes in the history: these make one or two large changes each, and a quarter of all would be needed.
 * A new value is held against the median of the values since the last change point.
 * How wide: with independent normal noise of standard deviation s the fence is 5.2 s, that of the change between
 * two runs being 1.4 s: a change between two runs is beyond it in 0.03 % of cases, a value against the median
 * of many far less often. From twelve runs the quartiles are uncertain, and 0.5 % of new values were beyond in
 * the simulation of tests/unit/test-fence.c; from thirty 0.05 %.
 * Limits: fewer than twelve values give none. Zero and below have no factors: counts that may be zero need another way.
 * A figure that never changed (a counted one) has a fence of zero: any change is beyond it. Noise that comes
 * in stretches of many runs (a host that is busy all week) makes small changes from run to run, and a fence that
 * is too narrow. */
#include "judge/fence.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static double quantile(double *values, guint n, double share)
{
    gsl_sort(values, 1, n);
    return gsl_stats_quantile_from_sorted_data(values, 1, n, share);
}

static gboolean are_positive(const double *values, guint n)
{
    for (guint i = 0; i < n; i++) {
        if (!isfinite(values[i]) || values[i] <= 0)
            return FALSE;
    }
    return TRUE;
}

XrFence xr_fence(const double *values, guint n, guint since)
{
    const guint taken = MIN(n, (guint)XR_FENCE_MOST);
    const double *last = values + (n - taken);
    const guint passed = MAX(since, n - taken);
    XrFence fence = {XR_FENCE_KNOWN, taken, NAN, NAN, NAN, NAN};
    g_autofree double *changes = NULL;
    g_autofree double *recent = NULL;
    double lower, upper;

    if (taken < XR_FENCE_FEWEST)
        fence.state = XR_FENCE_TOO_FEW;
    else if (!are_positive(last, taken))
        fence.state = XR_FENCE_NOT_POSITIVE;
    if (fence.state != XR_FENCE_KNOWN)
        return fence;
    changes = g_new(double, taken - 1);
    for (guint i = 0; i + 1 < taken; i++)
        changes[i] = fabs(log(last[i + 1] / last[i]));
    lower = quantile(changes, taken - 1, 0.25);
    upper = quantile(changes, taken - 1, 0.75);
    recent = g_memdup2(values + passed, (n - passed) * sizeof(double));
    fence.centre = quantile(recent, n - passed, 0.5);
    fence.change = expm1(upper + 3 * (upper - lower));
    fence.low = fence.centre / (1 + fence.change);
    fence.high = fence.centre * (1 + fence.change);
    return fence;
}
