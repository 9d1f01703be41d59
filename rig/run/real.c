/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what comparisons, bisections and nights share when they run on the real thing. */
#include "run/real.h"

#include "run/run.h"
#include <glib-unix.h>
#include <stdio.h>

static gboolean on_signal(gpointer cancellable)
{
    g_cancellable_cancel(cancellable);
    return G_SOURCE_CONTINUE;
}

void xr_real_init(XrReal *real, const XrCompareOptions *options)
{
    static const int signals[G_N_ELEMENTS(real->sources)] = {SIGINT, SIGTERM, SIGHUP};

    real->options = options;
    real->cancellable = g_cancellable_new();
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        real->sources[i] = g_unix_signal_add(signals[i], on_signal, real->cancellable);
}

void xr_real_clear(XrReal *real)
{
    for (gsize i = 0; i < G_N_ELEMENTS(real->sources); i++)
        g_source_remove(real->sources[i]);
    g_object_unref(real->cancellable);
}

/* A signal is heard when the main loop looks for it. */
gboolean xr_real_stopped(gpointer user_data)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    return g_cancellable_is_cancelled(((XrReal *)user_data)->cancellable);
}

void xr_real_note(const char *text, gpointer user_data)
{
    if (!((XrReal *)user_data)->options->quiet)
        fprintf(stderr, "%s\n", text);
}

XrRunFigure *xr_real_run(const XrCompareOptions *options, const XrPlan *plan, const char *dir,
                         const char *snapshots, GError **error)
{
    g_autoptr(XrProgress) progress =
        options->progress && !options->quiet ? xr_progress_new(stderr, plan, TRUE) : NULL;
    const XrRunOptions run_options = {.connect_uri = options->connect_uri,
                                      .qemu = options->qemu,
                                      .record_dir = dir,
                                      .snapshots = snapshots,
                                      .argv = options->argv,
                                      .progress = progress};
    g_autoptr(XrRunResult) result = xr_run(plan, &run_options, error);

    if (progress != NULL)
        xr_progress_end(progress);
    return result != NULL ? xr_run_figure_read(dir, plan->compare.metric, error) : NULL;
}
