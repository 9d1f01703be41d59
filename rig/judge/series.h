/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: figures of a series' points, and by what factor two of them differ. Pure. */
#pragma once

#include <glib.h>

/* Of a point. NaN where there is nothing to know it from. */
typedef struct {
    guint n; /* seeds */
    double mean;
    double low, high; /* interval of the true mean, 95 % */
    double spread;    /* standard deviation over mean */
    double slice_off; /* the figure at slices twice as long, over this one, minus 1 */
} XrSeriesFigure;

/* samples are a figure for each seed at the shortest slices, above zero, next those at the next longer ones; NULL: there
 * are none. */
XrSeriesFigure xr_series_figure(const GArray *samples, const GArray *next);

/* How many times base a is. */
typedef struct {
    double ratio;
    double low, high; /* interval over seeds, 95 % */
    double slice_off; /* the ratio at the next longer slices, over this one, minus 1 */
} XrSeriesRatio;

XrSeriesRatio xr_series_ratio(const XrSeriesFigure *a, const XrSeriesFigure *base);
