/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a series, a folder that it can be gone on with from.
 *
 *   plan          the effective plan
 *   series.json   "schema", "id", "started", "rig", "argv", "builds" (object: name to id), "host"
 *   points.jsonl  each run that came to an end, a line (keep/series-point.h); of two of one point the later counts
 *   runs/         each run's own record (keep/record.h)
 *   report.txt    what was printed last; NAME.dat, NAME.gnuplot, NAME.svg: its picture, and what it is drawn from
 *   lock          held while a rig is at it
 */
#pragma once

#include "keep/series-point.h"

typedef struct {
    char *dir, *id, *started;
    JsonObject *builds; /* name to id */
    GPtrArray *points;  /* XrSeriesPoint of points.jsonl */
    int lock;           /* descriptor, -1: not held */
} XrSeriesRecord;

/* Creates STATE/series/<UTC time>-<plan>-<4 hex digits> (0700), or dir if given, which must not exist or be
 * empty, and holds its lock. builds is taken over by reference. XR_ERROR_RECORD. argv may be NULL. */
XrSeriesRecord *xr_series_record_new(const char *dir, const char *plan_name, const char *plan_text,
                                     JsonObject *builds, char *const *argv, GError **error);
/* One that is there, to be read. A torn last line of points.jsonl is passed over. XR_ERROR_RECORD. */
XrSeriesRecord *xr_series_record_open(const char *dir, GError **error);
/* Whether dir holds one. */
gboolean xr_series_record_is(const char *dir);
/* So that it can be gone on with. XR_ERROR_RECORD where another rig is at it. */
gboolean xr_series_record_lock(XrSeriesRecord *record, GError **error);
void xr_series_record_free(XrSeriesRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSeriesRecord, xr_series_record_free)

/* Whether it was begun with that plan and these builds. */
gboolean xr_series_record_fits(const XrSeriesRecord *record, const char *plan_text,
                               JsonObject *builds);
/* Folders below STATE/series, the newest first. Free with g_strfreev. */
char **xr_series_record_list(void);

/* Appends a line, and takes the point. FALSE with XR_ERROR_RECORD: it is not on disk. */
gboolean xr_series_record_add(XrSeriesRecord *record, XrSeriesPoint *point, GError **error);
/* The point that counts: the last one with figures, else the last one; NULL: none. */
const XrSeriesPoint *xr_series_record_find(const XrSeriesRecord *record, const char *build,
                                           const char *binding, guint vcpus, gboolean held);
/* A name below dir for the next run's record, made once: "runs/007". Free with g_free. */
char *xr_series_record_next(const XrSeriesRecord *record);
