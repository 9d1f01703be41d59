/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build made ready while the main loop goes on, so that signals are heard. */
#include "run/make.h"

typedef struct {
    const char *name;
    XrBuildProgress note;
    gpointer user_data;
    GCancellable *cancellable;
    XrBuild *build;
    GError *error;
    gboolean done; /* main thread only */
} Job;

static gboolean finish(gpointer user_data)
{
    ((Job *)user_data)->done = TRUE;
    return G_SOURCE_REMOVE;
}

static gpointer work(gpointer user_data)
{
    Job *job = user_data;

    job->build =
        xr_build_prepare(job->name, job->note, job->user_data, job->cancellable, &job->error);
    g_idle_add_full(G_PRIORITY_DEFAULT, finish, job, NULL);
    return NULL;
}

XrBuild *xr_make_build(const char *name, XrBuildProgress note, gpointer user_data,
                       GCancellable *cancellable, GError **error)
{
    Job job = {.name = name, .note = note, .user_data = user_data, .cancellable = cancellable};
    GThread *thread = g_thread_new("build", work, &job);

    while (!job.done)
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    if (job.build == NULL)
        g_propagate_error(error, job.error);
    return job.build;
}
