/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is known of the figures of a bisection's two ends, and where others lie between them. Pure. */
#pragma once

#include <glib.h>

/* Logarithms of figures, as both ends' runs gave them. */
typedef struct {
    double good, bad; /* means */
    double spread;    /* standard deviation of both, pooled */
    guint runs_good, runs_bad;
    gboolean overlap; /* a figure of one end lies among those of the other */
} XrEnds;

/* Of figures (double) above zero, two of each end at least. */
XrEnds xr_ends_fit(const GArray *good, const GArray *bad);

/* Whether single runs tell the ends apart: no run of one lies among the other's, they are apart by the factor
 * 1 + smallest or more, and where each end's next run will lie, but for a share alpha of runs, does not overlap. */
gboolean xr_ends_are_apart(const XrEnds *ends, double alpha, double smallest);

typedef enum { XR_SIDE_NEITHER, XR_SIDE_GOOD, XR_SIDE_BAD } XrSide;
/* Of which end the figures (one or more) are, if the ends are apart: their mean lies where all but a share alpha of
 * that end's would, and nowhere near the other's. error: how probable such a mean or a stranger one is for the other
 * end. */
XrSide xr_ends_side(const XrEnds *ends, const GArray *figures, double alpha, double smallest,
                    double *error);
/* On which side of the middle between the ends a figure lies. */
XrSide xr_ends_nearer(const XrEnds *ends, double figure);

/* ln of how much more probable the figure is for the bad end than for the good one; at most 3 either way, so that a
 * run that went astray counts for little. */
double xr_ends_evidence(const XrEnds *ends, double figure);
