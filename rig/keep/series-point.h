/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a point of a series, with its figures. */
#pragma once

#include <json-glib/json-glib.h>

/* Figures at one length of slices: a sample for each seed, in their order, so that those of one seed stand in one place
 * at all lengths. */
typedef struct {
    guint length;    /* instructions */
    GArray *samples; /* double, bytes a tick */
} XrSeriesSlice;

/* Which point it is: build, binding, vcpus, held. Strings are never NULL. */
typedef struct {
    char *build, *binding;
    guint vcpus;    /* of dom0 */
    gboolean held;  /* disks held to series.disk_rate */
    char *build_id; /* "": the run got no build */
    char *verdict, *reason;
    gboolean complete; /* the run (judge/judge.h) … */
    char *incomplete;  /* … and why not; "" where it is */
    char *record;      /* the run's folder below the series' */
    double seconds;    /* that the run took */
    GPtrArray
        *slices; /* XrSeriesSlice, shortest first; none: the point is missing, verdict says why */
} XrSeriesPoint;

/* build and binding are copied; as yet without figures, its verdict "error". */
XrSeriesPoint *xr_series_point_new(const char *build, const char *binding, guint vcpus,
                                   gboolean held);
void xr_series_point_free(XrSeriesPoint *point);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSeriesPoint, xr_series_point_free)

gboolean xr_series_point_is(const XrSeriesPoint *point, const char *build, const char *binding,
                            guint vcpus, gboolean held);

/* Takes verdict and figures from the verdict.json that a run left in dir. Where a run is not complete or tells of no figures
 * the point stays without. XR_ERROR_RECORD. */
gboolean xr_series_point_read(XrSeriesPoint *point, const char *dir, GError **error);

/* Whether the run failed: the point is not measured again, with or without figures. Pure. */
gboolean xr_series_point_failed(const XrSeriesPoint *point);

/* New object; and back, NULL with XR_ERROR_RECORD for one that lacks a member. */
JsonObject *xr_series_point_json(const XrSeriesPoint *point);
XrSeriesPoint *xr_series_point_parse(JsonObject *object, GError **error);
