/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how throughput grows with CPUs, as the Universal Scalability Law says. Pure. */
#pragma once

#include <glib.h>

/* Figures of a build at a number of CPUs, one a seed, all above zero. samples is borrowed. */
typedef struct {
    guint cpus;
    const GArray *samples; /* double */
} XrScalingPoint;

/* A term with the interval in which it lies at 95 %; NaN ends where there is one seed only. */
typedef struct {
    double value, low, high;
} XrScalingTerm;

typedef struct {
    XrScalingTerm lambda; /* throughput of one CPU */
    XrScalingTerm sigma;  /* contention: share of the work that only one CPU at a time does */
    XrScalingTerm kappa;  /* coherence: what each pair of CPUs costs */
    XrScalingTerm peak;   /* CPUs at which throughput is highest; INFINITY: it never falls */
    double misfit;        /* root of the mean squared relative distance of points from the law */
    GArray *drawn;        /* private: the terms of each draw */
} XrScaling;

/* Fits the law to points, of three or more numbers of CPUs. draws of the bootstrap by seed; the same gives the same. NULL
 * with XR_ERROR_INPUT that says why the law cannot be fitted: too few numbers of CPUs, a figure not above zero. */
XrScaling *xr_scaling_fit(const XrScalingPoint *points, guint n, guint draws, guint32 seed,
                          GError **error);
void xr_scaling_free(XrScaling *scaling);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrScaling, xr_scaling_free)

/* What the law says of that many CPUs, with the interval over the bootstrap's draws. */
XrScalingTerm xr_scaling_predict(const XrScaling *scaling, double cpus);
