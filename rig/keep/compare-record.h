/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a comparison, a folder that it can be gone on with from.
 *
 *   plan          the effective plan; its hypervisor.build is the first build's
 *   compare.json  "schema", "id", "started", "rig", "argv", "builds" (names), "seed", "host"
 *   runs.jsonl    each run that came to an end, a line, in the order in which they ended
 *                 (keep/run-figure.h)
 *   runs/         each run's own record (keep/record.h)
 *   verdict.json  what `xenrig compare --json` printed last
 */
#pragma once

#include "keep/run-figure.h"

typedef struct {
    char *dir, *id, *started;
    char **builds;
    guint32 seed;
    GPtrArray *runs; /* XrRunFigure of runs.jsonl */
    int held;        /* keep/folder.h */
} XrCompareRecord;

/* Creates STATE/comparisons/<UTC time>-<plan>-<4 hex digits> (0700), or dir if given, which must not exist or
 * be empty. XR_ERROR_RECORD. argv may be NULL. */
XrCompareRecord *xr_compare_record_new(const char *dir, const char *plan_name,
                                       const char *plan_text, const char *const *builds,
                                       guint32 seed, char *const *argv, GError **error);
/* One that is there. A torn last line of runs.jsonl is passed over. XR_ERROR_RECORD. */
XrCompareRecord *xr_compare_record_open(const char *dir, GError **error);
void xr_compare_record_free(XrCompareRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrCompareRecord, xr_compare_record_free)

/* Appends a line, and takes the figure. FALSE with XR_ERROR_RECORD: it is not on disk. */
gboolean xr_compare_record_add(XrCompareRecord *record, XrRunFigure *figure, GError **error);
gboolean xr_compare_record_verdict(const XrCompareRecord *record, JsonObject *verdict,
                                   GError **error);
/* A name below dir for the next run's record that is not there yet: "runs/007-1". Free with g_free. */
char *xr_compare_record_next(const XrCompareRecord *record, guint build);
/* For each build a GArray of double: its counted figures in the order of rounds. */
GPtrArray *xr_compare_record_samples(const XrCompareRecord *record);

/* Runs of a build in that round. done: nothing is to be run in their place, for one gave a figure or failed. Pure. */
guint xr_compare_record_attempts(const XrCompareRecord *record, guint round, guint build,
                                 gboolean *done);
/* Runs that are, or were, to be repeated in their place. Pure. */
guint xr_compare_record_repeated(const XrCompareRecord *record);
/* Whether the build has failed again, and gave no figure: it is run no more. Pure. */
gboolean xr_compare_record_is_given_up(const XrCompareRecord *record, guint build);
