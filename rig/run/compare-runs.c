/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison's runs, each one as `xenrig run` does it: here, or in lockstep side by side. */
#include "run/compare.h"

#include "run/pool.h"
#include "run/real.h"
#include <stdio.h>

typedef struct {
    const XrCompareOptions *options;
    const XrPlan *plan;
    XrPool *pool; /* hears the signals, and holds runs side by side */
    char *plan_path, *snapshots;
} Runs;

static XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data, GError **error)
{
    return xr_real_run(((Runs *)user_data)->options, plan, dir, NULL, error);
}

/* Snapshots for each build, also of one that is compared with itself. */
static gboolean start(const XrCompareTask *task, gpointer place, gpointer user_data, GError **error)
{
    const Runs *runs = user_data;
    g_autofree char *name = xr_compare_snapshot(runs->plan, task);
    g_autofree char *snapshots = g_build_filename(runs->snapshots, name, NULL);
    const XrPoolRun pool_run = {.plan = runs->plan_path,
                                .sets = task->sets,
                                .dir = task->dir,
                                .snapshots = snapshots,
                                .purpose = "compare"};

    return xr_pool_start(runs->pool, &pool_run, xr_compare_ended, place, error);
}

static void end_all(gpointer user_data)
{
    xr_pool_end(((Runs *)user_data)->pool);
}

/* A signal is heard when the main loop looks for it. */
static gboolean stopped(gpointer user_data)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    return xr_pool_stopped(((Runs *)user_data)->pool);
}

static void note(const char *text, gpointer user_data)
{
    if (!((Runs *)user_data)->options->quiet)
        fprintf(stderr, "%s\n", text);
}

gboolean xr_compare_runs(XrCompareRecord *record, const XrPlan *plan,
                         const XrCompareOptions *options, XrComparison **comparison,
                         XrCompareEnd *end, GError **error)
{
    const gboolean lockstep = plan->machine.time == XR_TIME_LOCKSTEP;
    const XrCompareFuncs funcs = {.run = run,
                                  .stopped = stopped,
                                  .note = note,
                                  .start = lockstep ? start : NULL,
                                  .end = end_all};
    g_autofree char *plan_path = g_build_filename(record->dir, "plan", NULL);
    g_autofree char *snapshots = lockstep ? g_build_filename(record->dir, "snapshots", NULL) : NULL;
    g_autoptr(XrPool) pool = xr_pool_new(options->connect_uri, options->qemu, snapshots, error);
    Runs runs = {options, plan, pool, plan_path, snapshots};

    return pool != NULL && xr_compare_go_on(record, plan, &funcs, &runs, comparison, end, error);
}
