/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison's runs, each one as `xenrig run` does it. */
#include "run/compare.h"

#include "boot/leftovers.h"
#include "run/run.h"
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>

typedef struct {
    const XrCompareOptions *options;
    char *snapshots; /* of machines in lockstep; NULL: none are kept */
    gboolean stopped;
} Runs;

static gboolean on_signal(gpointer user_data)
{
    ((Runs *)user_data)->stopped = TRUE;
    return G_SOURCE_CONTINUE;
}

static XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data, GError **error)
{
    const Runs *runs = user_data;
    const XrCompareOptions *options = runs->options;
    g_autoptr(XrProgress) progress =
        options->progress && !options->quiet ? xr_progress_new(stderr, plan, TRUE) : NULL;
    const XrRunOptions run_options = {.connect_uri = options->connect_uri,
                                      .qemu = options->qemu,
                                      .record_dir = dir,
                                      .snapshots = runs->snapshots,
                                      .argv = options->argv,
                                      .progress = progress};
    g_autoptr(XrRunResult) result = xr_run(plan, &run_options, error);

    if (progress != NULL)
        xr_progress_end(progress);
    return result != NULL ? xr_run_figure_read(dir, plan->compare.metric, error) : NULL;
}

/* A signal is heard when the main loop looks for it. */
static gboolean stopped(gpointer user_data)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    return ((Runs *)user_data)->stopped;
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
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    static const XrCompareFuncs funcs = {run, stopped, note, NULL};
    Runs runs = {.options = options};
    guint sources[G_N_ELEMENTS(signals)];
    gboolean done;

    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        sources[i] = g_unix_signal_add(signals[i], on_signal, &runs);
    if (plan->machine.time == XR_TIME_LOCKSTEP) {
        runs.snapshots = g_build_filename(record->dir, "snapshots", NULL);
        g_mkdir(runs.snapshots, 0700);
    }
    done = xr_compare_go_on(record, plan, &funcs, &runs, comparison, end, error);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(sources[i]);
    if (runs.snapshots != NULL)
        xr_leftovers_remove_tree(runs.snapshots);
    g_free(runs.snapshots);
    return done;
}
