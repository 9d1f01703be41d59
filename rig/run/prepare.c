/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build made ready while the main loop goes on. */
#include "run/prepare.h"

typedef struct {
    XrSession *s;
    XrBuild *build;
    GError *error;
    gboolean done; /* main thread only */
} Job;

typedef struct {
    XrSession *s;
    char *sentence;
} Note;

static gboolean take_note(gpointer user_data)
{
    Note *note = user_data;

    if (note->s->progress != NULL)
        xr_progress_note(note->s->progress, note->sentence);
    xr_session_say(note->s, "log", "text", note->sentence, NULL);
    g_free(note->sentence);
    g_free(note);
    return G_SOURCE_REMOVE;
}

/* In the job's thread: the session is the main thread's. */
static void on_progress(const char *sentence, gpointer user_data)
{
    Job *job = user_data;
    Note *note = g_new0(Note, 1);

    note->s = job->s;
    note->sentence = g_strdup(sentence);
    g_idle_add_full(G_PRIORITY_DEFAULT, take_note, note, NULL);
}

static gboolean finish(gpointer user_data)
{
    Job *job = user_data;

    job->done = TRUE;
    return G_SOURCE_REMOVE;
}

static gpointer work(gpointer user_data)
{
    Job *job = user_data;

    job->build = xr_build_prepare(job->s->plan->hypervisor.build, on_progress, job,
                                  job->s->cancellable, &job->error);
    g_idle_add_full(G_PRIORITY_DEFAULT, finish, job, NULL);
    return NULL;
}

XrBuild *xr_prepare_build(XrSession *s, GError **error)
{
    Job job = {.s = s};
    GThread *thread = g_thread_new("build", work, &job);

    while (!job.done)
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    if (job.build == NULL)
        g_propagate_error(error, job.error);
    return job.build;
}
