/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: by how much a figure changes from run to run where nothing has changed. Pure. */
#pragma once

#include <glib.h>

enum {
    XR_FENCE_FEWEST = 12, /* values, below which there is no fence */
    XR_FENCE_MOST = 100,  /* of more, the last ones are taken */
};

typedef enum {
    XR_FENCE_KNOWN,
    XR_FENCE_TOO_FEW,      /* values */
    XR_FENCE_NOT_POSITIVE, /* a value is zero or less, or not finite: there are no factors */
} XrFenceState;

/* All but state and values are NaN where it is not known. */
typedef struct {
    XrFenceState state;
    guint values;     /* taken */
    double centre;    /* what a new value is held against */
    double change;    /* the largest that is usual, as a factor less one: 0.12 is 12 % */
    double low, high; /* centre / (1 + change), centre * (1 + change): beyond is unusual */
} XrFence;

/* Of n values in the order of their runs, all of one host, plan and build's name. The centre is the median of the
 * values from number since on (0: of all that are taken; since < n): give the last change point. */
XrFence xr_fence(const double *values, guint n, guint since);
