/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where a sample lies and how wide it is. Pure. */
#pragma once

#include <glib.h>

/* NaN where there is nothing to know it from. */
typedef struct {
    guint count;
    double median, low, high;       /* an interval of the true median … */
    double confidence;              /* … that holds it with this probability */
    double spread;                  /* robust standard deviation over median */
    double spread_low, spread_high; /* its interval, 90 % */
} XrCentre;

/* Of n figures above zero; the same figures give the same answer. confidence is wished for: with few figures
 * the interval is from the smallest to the largest and holds with less. */
XrCentre xr_centre(const double *figures, guint n, double confidence);

/* The share that true events have behind k seen in n, at 95 %: Clopper and Pearson. */
void xr_share_interval(guint k, guint n, double *low, double *high);
