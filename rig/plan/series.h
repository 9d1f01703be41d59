/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series, a plan that spans builds, numbers of dom0's vCPUs, and disks.
 *
 * Its points are lockstep runs: each curve (a build and how its event channels are bound) at each number of vCPUs, and
 * once more with disks held to a rate if series.disk_rate says so. pCPUs beyond dom0's vCPUs are as many as in
 * the plan. Windows are the longer in ticks the fewer pCPUs there are, so that each costs the same time. */
#pragma once

#include "plan/plan.h"

enum { XR_SERIES_CURVES = 8, XR_SERIES_VCPUS = 8 };

typedef struct {
    char *build;
    XrBinding binding;
    char *label; /* short: "split-lock, tuned" */
} XrSeriesCurve;

typedef struct {
    GPtrArray *curves; /* XrSeriesCurve, the first is what others are compared with */
    GArray *vcpus;     /* guint, ascending */
    gboolean held;     /* there is a second set, with disks held to a rate */
} XrSeriesShape;

/* Whether the plan is a series. */
gboolean xr_plan_is_series(const XrPlan *plan);
/* What it spans; NULL with XR_ERROR_INPUT, in which key is that is wrong. */
XrSeriesShape *xr_series_shape(const XrPlan *plan, const char **key, GError **error);
void xr_series_shape_free(XrSeriesShape *shape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSeriesShape, xr_series_shape_free)

/* Overrides ("section.key=value", NULL-terminated) that make a run of the series: that point. Free with g_strfreev. */
char **xr_series_overrides(const XrPlan *plan, const XrSeriesCurve *curve, guint vcpus,
                           gboolean held);
/* Instructions that the point's windows run in all, about. */
double xr_series_work(const XrPlan *plan, guint vcpus, gboolean held);
