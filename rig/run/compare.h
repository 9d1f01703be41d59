/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison: rounds of runs in random order, until builds are told apart, called the same, or
 * enough was spent. In lockstep builds run side by side, as figures do not hang on the host's load. */
#pragma once

#include "judge/compare.h"
#include "keep/compare-record.h"

/* A run that is to be made: the record's plan with overrides as in xr_plan_load. */
typedef struct {
    const char *const *sets; /* NULL-terminated */
    const char *dir;         /* of its record, absolute; empty */
    guint build, round;      /* their numbers, from 0 */
} XrCompareTask;

typedef struct {
    /* Runs the plan into the record folder dir and returns the figure of the plan's compare.metric. NULL with an
     * error that ends the comparison. */
    XrRunFigure *(*run)(const XrPlan *plan, const char *dir, gpointer user_data, GError **error);
    gboolean (*stopped)(gpointer user_data); /* whether a signal has asked to end */
    void (*note)(const char *text, gpointer user_data);
    /* Whether what the record holds is enough for who asked, verdict or not; looked at before each run. May be NULL. */
    gboolean (*enough)(const XrCompareRecord *record, gpointer user_data);

    /* For runs side by side, up to compare.machines of them, no two of one build; NULL: run makes them one by one.
     * Starts the run, which calls xr_compare_ended(place, …) from the main loop when it has ended. FALSE with an error
     * that ends the comparison. */
    gboolean (*start)(const XrCompareTask *task, gpointer place, gpointer user_data,
                      GError **error);
    /* Asks all runs that are under way to end. */
    void (*end)(gpointer user_data);
} XrCompareFuncs;

/* By what the snapshot is known that a task's run goes on from: the build's number, and which of its compare.snapshots, "1-0".
 * Free with g_free. */
char *xr_compare_snapshot(const XrPlan *plan, const XrCompareTask *task);

/* The place's run has ended, with this exit code (-1: by a signal). */
void xr_compare_ended(gpointer place, int exit_code);

/* Goes on with the comparison from what its record holds, if nothing from the start; plan is the one that
 * the record holds. How far it came, and why not farther, is in comparison and end. XR_ERROR_RECORD, XR_ERROR_INPUT
 * where a run of the first build has no figure that builds can be compared by, XR_ERROR_BUILD where one of another build has
 * none, or what run gave. */
gboolean xr_compare_go_on(XrCompareRecord *record, const XrPlan *plan, const XrCompareFuncs *funcs,
                          gpointer user_data, XrComparison **comparison, XrCompareEnd *end,
                          GError **error);

/* --- compare-plan.c --- */

/* What makes the plan of a comparison that of run number number of that build: with a workload.seed of its own. For
 * xr_plan_load; free with g_strfreev. */
char **xr_compare_run_overrides(const XrPlan *plan, const char *build, guint32 number);
/* The plan on path with that. plan: the same, loaded. XR_ERROR_INPUT. */
XrPlan *xr_compare_run_plan(const XrPlan *plan, const char *path, const char *build, guint32 number,
                            GError **error);
/* The order of builds in a round: the same for the same seed. order has room for all. Pure. */
void xr_compare_order(guint32 seed, guint round, guint builds, guint *order);

/* --- compare-runs.c --- */

typedef struct {
    const char *connect_uri; /* as in XrRunOptions */
    const char *qemu;
    char *const *argv;
    gboolean progress; /* each run's own block, on a terminal; not of runs side by side */
    gboolean quiet;
} XrCompareOptions;

/* xr_compare_go_on with real runs. SIGINT, SIGTERM and SIGHUP end it between runs, or with the run that is
 * under way; what was run is kept. */
gboolean xr_compare_runs(XrCompareRecord *record, const XrPlan *plan,
                         const XrCompareOptions *options, XrComparison **comparison,
                         XrCompareEnd *end, GError **error);
