/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: two samples compared by ranks: how improbable they are, and by what factor they differ. Pure. */
#pragma once

#include <glib.h>

/* U of two samples without ties: in how many of the m * n pairs the second's figure is the larger. */

/* P(U >= u) where both samples, of m and n figures, are of one distribution. Exact. m, n: 1 to 200. */
double xr_ranks_tail(guint m, guint n, guint u);
/* The smallest u with 2 P(U >= u) <= alpha: a two-sided test at alpha rejects from it on. m * n + 1
 * where even the largest U is too probable. */
guint xr_ranks_critical(guint m, guint n, double alpha);
/* Two-sided p-value of the samples; figures that are equal count half, rounded to the side of caution. */
double xr_ranks_p(const double *x, guint m, const double *y, guint n);

/* How large y is, as a factor of x. 0 and INFINITY where nothing is known of an end. */
typedef struct {
    double ratio, low, high;
} XrEffect;

/* log(y / x) of all m * n pairs, smallest first; figures are above zero. Free with g_free. */
double *xr_ranks_shifts(const double *x, guint m, const double *y, guint n);
/* The factor, and the interval of all factors that a test which rejects at U >= critical (and, on the other
 * side, at U <= count - critical) does not reject; of count = m * n shifts. */
XrEffect xr_ranks_effect(const double *shifts, guint count, guint critical);
