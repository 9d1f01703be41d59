/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build made ready while the main loop goes on. */
#include "run/prepare.h"

#include "run/make.h"

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

/* In another thread: the session is the main thread's. */
static void on_progress(const char *sentence, gpointer s)
{
    Note *note = g_new0(Note, 1);

    note->s = s;
    note->sentence = g_strdup(sentence);
    g_idle_add_full(G_PRIORITY_DEFAULT, take_note, note, NULL);
}

XrBuild *xr_prepare_build(XrSession *s, GError **error)
{
    return xr_make_build(s->plan->hypervisor.build, on_progress, s, s->cancellable, error);
}
