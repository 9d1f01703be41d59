/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: figures of a series' points, and by what factor two of them differ.
 *
 * Method. A point's figure is the mean over its seeds at the shortest slices, with Student's interval. A ratio's interval is
 * that of the difference of logarithms, whose standard errors are those of the means over the means (delta method), with the
 * degrees of freedom of Welch (The generalization of "Student's" problem, Biometrika 34, 1947) and Satterthwaite.
 * The error that slices make is no matter of chance, so it is told beside: how far the figure moves when slices are twice as
 * long. guests/lockcheck showed that no line through two lengths leads to the truth, and that the error at the shorter is
 * seldom larger than that difference.
 * Limits. With three seeds the interval is wide (4.3 standard errors), and it takes them to be normally distributed. */
#include "judge/series.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define QUANTILE 0.975

static double mean_of(const GArray *samples)
{
    double sum = 0;

    for (guint i = 0; i < samples->len; i++)
        sum += g_array_index(samples, double, i);
    return samples->len > 0 ? sum / samples->len : NAN;
}

static double deviation_of(const GArray *samples, double mean)
{
    double squares = 0;

    for (guint i = 0; i < samples->len; i++) {
        const double off = g_array_index(samples, double, i) - mean;

        squares += off * off;
    }
    return samples->len > 1 ? sqrt(squares / (samples->len - 1)) : NAN;
}

XrSeriesFigure xr_series_figure(const GArray *samples, const GArray *next)
{
    XrSeriesFigure figure = {.n = samples->len, .mean = mean_of(samples)};
    const double deviation = deviation_of(samples, figure.mean);
    const double reach = figure.n > 1 ? deviation / sqrt(figure.n) *
                                            gsl_cdf_tdist_Pinv(QUANTILE, (double)figure.n - 1)
                                      : NAN;

    figure.low = figure.mean - reach;
    figure.high = figure.mean + reach;
    figure.spread = deviation / figure.mean;
    figure.slice_off = next != NULL ? mean_of(next) / figure.mean - 1 : NAN;
    return figure;
}

XrSeriesRatio xr_series_ratio(const XrSeriesFigure *a, const XrSeriesFigure *base)
{
    XrSeriesRatio ratio = {.ratio = a->mean / base->mean,
                           .slice_off = (1 + a->slice_off) / (1 + base->slice_off) - 1};
    const double va = a->spread * a->spread / a->n, vb = base->spread * base->spread / base->n;
    const double freedom =
        (va + vb) * (va + vb) / (va * va / (a->n - 1.0) + vb * vb / (base->n - 1.0));
    double reach = NAN;

    if (va + vb == 0)
        reach = 0;
    else if (a->n > 1 && base->n > 1 && isfinite(freedom))
        reach = sqrt(va + vb) * gsl_cdf_tdist_Pinv(QUANTILE, freedom);
    ratio.low = ratio.ratio * exp(-reach);
    ratio.high = ratio.ratio * exp(reach);
    return ratio;
}
