/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where a series of figures changed for good. Pure. */
#pragma once

#include <glib.h>

enum {
    XR_CHANGE_SEGMENT = 5, /* values, at least, between two change points */
    XR_CHANGE_FEWEST = 10, /* values, below which none is looked for */
    XR_CHANGE_MOST = 400,  /* of more, the last ones are looked at */
    XR_CHANGE_SEED = 1,    /* of the permutations, where nobody asks for another */
};

typedef struct {
    guint index;          /* of the first value after the change */
    double p;             /* of the permutation test */
    double before, after; /* medians from the change before, and to the next */
} XrChangePoint;

/* XrChangePoint of n finite values, in their order; the same seed gives the same answer. Empty where nothing
 * changed or values are too few. Free with g_array_unref. */
GArray *xr_change_points(const double *values, guint n, guint32 seed);
