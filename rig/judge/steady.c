/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: when a rate is steady.
 *
 * Method: the coefficient of variation (sample standard deviation over mean) of the last k rates
 * is at most a limit. Source: Georges, Buytaert, Eeckhout, "Statistically Rigorous Java
 * Performance Evaluation", OOPSLA 2007, which ends the warm-up of a run so.
 * Limits: it sees variation, not trend: a rate that creeps up by less than the limit over k samples
 * passes. k is small (5 or 6), so a quiet moment in the middle of a rough warm-up passes, too. Rates of
 * a machine whose bursts are longer than k samples never become steady: the warm-up has a longest
 * time for that. */
#include "judge/steady.h"

#include <math.h>

gboolean xr_steady(const double *rates, gsize n, gsize k, double cov_limit, double *cov)
{
    double mean = 0, squares = 0, value = NAN;

    if (k >= 2 && n >= k) {
        const double *last = rates + (n - k);

        for (gsize i = 0; i < k; i++)
            mean += last[i] / (double)k;
        for (gsize i = 0; i < k; i++)
            squares += (last[i] - mean) * (last[i] - mean);
        if (mean > 0)
            value = sqrt(squares / (double)(k - 1)) / mean;
    }
    if (cov != NULL)
        *cov = value;
    /* Written so that NaN is not steady. */
    return isfinite(value) && value <= cov_limit;
}
