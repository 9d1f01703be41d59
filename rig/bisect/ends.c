/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is known of the figures of a bisection's two ends, and where others lie between them.
 *
 * Method: prediction intervals of Student's t on logarithms of figures (Hahn and Meeker, "Statistical Intervals",
 * 1991, chapter 4): from m runs of an end with mean a and the ends' pooled spread s, the mean of n further runs
 * lies within a ± t s sqrt(1/n + 1/m), but for a share alpha. Where these intervals of the two ends do not overlap,
 * as for figures that are counted, one run tells which end a commit is like; a comparison by ranks would take
 * eight runs of each, as it uses nothing of how far apart figures lie.
 * Limits: figures are taken to spread as a normal distribution does, and no less than 0.1 %, as a few runs
 * that repeat exactly do not say that the next will. So the rule is for ends that are far apart; all
 * others are left to comparisons by ranks. A commit that is like neither end is of neither side. */
#include "bisect/ends.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { RUNS_MIN = 3 };
static const double least_spread = 0.001;
static const double most_evidence = 3;

static double mean_of(const GArray *figures)
{
    double sum = 0;

    for (guint i = 0; i < figures->len; i++)
        sum += log(g_array_index(figures, double, i));
    return sum / figures->len;
}

static double squares_of(const GArray *figures, double mean)
{
    double sum = 0;

    for (guint i = 0; i < figures->len; i++) {
        const double far = log(g_array_index(figures, double, i)) - mean;

        sum += far * far;
    }
    return sum;
}

static void range_of(const GArray *figures, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (guint i = 0; i < figures->len; i++) {
        *low = fmin(*low, g_array_index(figures, double, i));
        *high = fmax(*high, g_array_index(figures, double, i));
    }
}

static guint degrees_of(const XrEnds *ends)
{
    return ends->runs_good + ends->runs_bad - 2;
}

XrEnds xr_ends_fit(const GArray *good, const GArray *bad)
{
    XrEnds ends = {
        .good = mean_of(good), .bad = mean_of(bad), .runs_good = good->len, .runs_bad = bad->len};
    const double squares = squares_of(good, ends.good) + squares_of(bad, ends.bad);
    double low[2], high[2];

    ends.spread = fmax(sqrt(squares / MAX(degrees_of(&ends), 1)), least_spread);
    range_of(good, &low[0], &high[0]);
    range_of(bad, &low[1], &high[1]);
    ends.overlap = low[0] <= high[1] && low[1] <= high[0];
    return ends;
}

/* Standard deviation of how far the mean of runs lies from the mean of an end's. */
static double deviation(const XrEnds *ends, guint of_end, guint runs)
{
    return ends->spread * sqrt(1.0 / runs + 1.0 / of_end);
}

gboolean xr_ends_are_apart(const XrEnds *ends, double alpha, double smallest)
{
    const double far = fabs(ends->bad - ends->good);
    double t;

    if (ends->runs_good < RUNS_MIN || ends->runs_bad < RUNS_MIN || ends->overlap)
        return FALSE;
    t = gsl_cdf_tdist_Qinv(alpha / 2, degrees_of(ends));
    return far >= log1p(smallest) &&
           t * (deviation(ends, ends->runs_good, 1) + deviation(ends, ends->runs_bad, 1)) < far;
}

XrSide xr_ends_side(const XrEnds *ends, const GArray *figures, double alpha, double smallest,
                    double *error)
{
    const double degrees = degrees_of(ends);
    double mean, good, bad, t;

    *error = 1;
    if (figures->len == 0 || !xr_ends_are_apart(ends, alpha, smallest))
        return XR_SIDE_NEITHER;
    mean = mean_of(figures);
    good = fabs(mean - ends->good) / deviation(ends, ends->runs_good, figures->len);
    bad = fabs(mean - ends->bad) / deviation(ends, ends->runs_bad, figures->len);
    t = gsl_cdf_tdist_Qinv(alpha / 2, degrees);
    if (good > t && bad > t)
        return XR_SIDE_NEITHER;
    *error = 2 * gsl_cdf_tdist_Q(fmax(good, bad), degrees);
    return good <= t ? XR_SIDE_GOOD : XR_SIDE_BAD;
}

XrSide xr_ends_nearer(const XrEnds *ends, double figure)
{
    return fabs(log(figure) - ends->good) <= fabs(log(figure) - ends->bad) ? XR_SIDE_GOOD
                                                                           : XR_SIDE_BAD;
}

/* ln of the density that the runs of an end foretell for the next. */
static double foretold(const XrEnds *ends, double mean, guint runs, double figure)
{
    const double degrees = degrees_of(ends);
    const double scale = deviation(ends, runs, 1);
    const double z = (log(figure) - mean) / scale;

    return -(degrees + 1) / 2 * log1p(z * z / degrees) - log(scale);
}

double xr_ends_evidence(const XrEnds *ends, double figure)
{
    const double evidence = foretold(ends, ends->bad, ends->runs_bad, figure) -
                            foretold(ends, ends->good, ends->runs_good, figure);

    return CLAMP(evidence, -most_evidence, most_evidence);
}
