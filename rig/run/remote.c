/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run on another host. */
#include "run/remote.h"

#include "base/error.h"
#include <glib/gstdio.h>

typedef enum { CONNECTING, CONNECTED, ABANDONED } State;

/* The thread's alone once abandoned, else both's until it is joined. */
typedef struct {
    int state; /* State, atomic */
    char *uri, *qemu, *run_id;
    char *files[3];
    const XrPlan *plan; /* not touched once abandoned, as the next */
    GCancellable *cancellable;
    XrRemote *remote;
    GError *error;
    gboolean done; /* main thread only */
} Job;

static void job_free(Job *job)
{
    xr_remote_free(job->remote);
    g_clear_error(&job->error);
    for (gsize i = 0; i < G_N_ELEMENTS(job->files); i++)
        g_free(job->files[i]);
    g_free(job->uri);
    g_free(job->qemu);
    g_free(job->run_id);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

gboolean xr_run_remote_check(const XrPlan *plan, const char *uri, GError **error)
{
    if (plan->machine.time == XR_TIME_REAL)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: only machines whose machine.time is real run on another host; saved machines, "
                "pipes and plugins are files of this one: run xenrig there, without --connect",
                uri);
    return FALSE;
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
    const char *const files[3] = {job->files[0], job->files[1], job->files[2]};

    job->remote = xr_remote_open(job->uri, &job->error);
    if (!g_atomic_int_compare_and_exchange(&job->state, CONNECTING, CONNECTED)) {
        job_free(job);
        return NULL;
    }
    if (job->remote != NULL &&
        (!xr_remote_prepare(job->remote, job->qemu, job->plan, &job->error) ||
         !xr_remote_upload(job->remote, job->run_id, files, job->cancellable, &job->error)))
        g_clear_pointer(&job->remote, xr_remote_free);
    g_idle_add_full(G_PRIORITY_DEFAULT, finish, job, NULL);
    return NULL;
}

static void tell(XrSession *s, const char *text)
{
    if (s->progress != NULL)
        xr_progress_note(s->progress, text);
    xr_session_say(s, "log", "text", text, NULL);
}

static void tell_upload(XrSession *s, const char *uri, char *const files[3])
{
    guint64 bytes = 0;
    GStatBuf info;

    for (guint i = 0; i < 3; i++)
        bytes += g_stat(files[i], &info) == 0 ? (guint64)info.st_size : 0;
    g_autofree char *text = g_strdup_printf("uploading %.0f MB to %s", (double)bytes / 1e6, uri);
    tell(s, text);
}

static void tell_all(XrSession *s, const char *what, const GPtrArray *sentences)
{
    for (guint i = 0; i < sentences->len; i++) {
        const char *text = g_ptr_array_index(sentences, i);

        if (s->progress != NULL)
            xr_progress_note(s->progress, text);
        xr_session_say(s, "rig", "what", what, "stage", "build", "text", text, NULL);
    }
}

static void tell_remote(XrSession *s, const XrRemote *remote)
{
    tell_all(s, "leftover", remote->removed);
    tell_all(s, "left-behind", remote->left);
    xr_session_say(s, "rig", "what", "remote", "stage", "build", "text", remote->uri, NULL);
}

XrRemote *xr_run_remote_open(XrSession *s, const char *uri, const char *qemu, const XrBuild *build,
                             GError **error)
{
    g_autoptr(Job) job = g_new0(Job, 1);
    GThread *thread = NULL;

    job->uri = g_strdup(uri);
    job->qemu = g_strdup(qemu);
    job->run_id = g_strdup(xr_record_id(s->record));
    job->files[0] = g_strdup(build->xen);
    job->files[1] = g_strdup(build->kernel);
    job->files[2] = g_strdup(build->initramfs);
    job->plan = s->plan;
    job->cancellable = s->cancellable;
    tell_upload(s, uri, job->files);
    thread = g_thread_new("remote", work, job);
    while (!job->done) {
        g_main_context_iteration(NULL, TRUE);
        if (!s->interrupted ||
            !g_atomic_int_compare_and_exchange(&job->state, CONNECTING, ABANDONED))
            continue;
        /* It may hang for minutes yet. */
        g_thread_unref(thread);
        g_steal_pointer(&job);
        g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "%s: the connection was not waited for",
                    uri);
        return NULL;
    }
    g_thread_join(thread);
    if (job->remote == NULL)
        g_propagate_error(error, g_steal_pointer(&job->error));
    else
        tell_remote(s, job->remote);
    return g_steal_pointer(&job->remote);
}

void xr_run_remote_close(XrSession *s, XrRemote *remote)
{
    g_autoptr(GError) error = NULL;

    if (!xr_remote_close(remote, &error))
        xr_session_say(s, "rig", "what", "left-behind", "stage", "stop", "text", error->message,
                       NULL);
}
