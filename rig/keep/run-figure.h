/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one figure of one run, with where it came from; a line each in files of figures. */
#pragma once

#include <json-glib/json-glib.h>

/* Strings are never NULL. */
typedef struct {
    char *run;     /* id of the run */
    char *started; /* ISO 8601, UTC */
    char *plan;    /* its name */
    char *
        setup; /* 16 hex digits over the plan's settings, but for what does not change a run's figures:
                      names, limits, the build, the seed, [compare] */
    char *build, *build_id;
    char *verdict, *reason; /* of the run */
    gboolean complete;      /* the run (judge/judge.h) … */
    char *incomplete;       /* … and why not; "" where it is */
    char *metric, *unit;
    double value;    /* NaN: the run has no such figure */
    GArray *samples; /* double: the windows that the value is the median of */
    char *
        dir; /* of the record that it was read from; "" where it was not read from one. Kept nowhere */
    double host_wait; /* NaN: not known */

    /* In a comparison: */
    guint round, index; /* round from 0, build from 0 */
    char *record;       /* the run's folder below the comparison's */
    double seconds;     /* that the run took */
    gboolean counted;   /* it is a sample */
} XrRunFigure;

/* The hash that setup is, of the member "plan" of a verdict.json. Free with g_free. */
char *xr_run_figure_setup(JsonObject *plan);

/* From the verdict.json that a run left in dir. A metric "verdict:CLASS" (watch/classes.h) has the value 1 where the run
 * has a finding of that class, 0 where it has none, and none where the run told nothing of it: it ended in error or skip, or
 * it has an error beside another failure. XR_ERROR_RECORD. */
XrRunFigure *xr_run_figure_read(const char *dir, const char *metric, GError **error);
/* Of a run that left no verdict: "error", for that reason. */
XrRunFigure *xr_run_figure_none(const char *build, const char *metric, const char *reason);
/* Names of the figures that the run has, those of single VBDs and domUs left out: "boot_time, …". Free with
 * g_free. */
char *xr_run_figure_names(const char *dir);
/* Whether the run failed: what was found stands, so that it is neither run again in its place nor left out. Pure. */
gboolean xr_run_figure_failed(const XrRunFigure *figure);
/* A line of before a failure was worse than an error may call a run an error that failed: its record below folder tells, and
 * the figure says so from now on. */
void xr_run_figure_take_failure(XrRunFigure *figure, const char *folder);
/* "fail: w03 panicked …; the run is incomplete: …". Not safe to show. Free with g_free. */
char *xr_run_figure_outcome(const XrRunFigure *figure);
void xr_run_figure_free(XrRunFigure *figure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrRunFigure, xr_run_figure_free)

/* New object; and back, NULL with XR_ERROR_RECORD for one that lacks a build, a verdict or a metric. */
JsonObject *xr_run_figure_json(const XrRunFigure *figure);
XrRunFigure *xr_run_figure_parse(JsonObject *object, GError **error);

/* XrRunFigure of a file of lines, or of all records in a folder, or of one record, in the order of the file or of
 * the runs' names. What of a folder's entries is no finished record is passed over. metric is what records are
 * asked for; lines of a file that have another are XR_ERROR_INPUT (NULL: any will do, for a file). A torn last line is passed over. */
GPtrArray *xr_run_figures_load(const char *path, const char *metric, GError **error);
/* Their values (double), in order. Free with g_array_unref. */
GArray *xr_run_figures_values(const GPtrArray *figures);
