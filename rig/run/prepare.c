/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build made ready while the main loop goes on. */
#include "run/prepare.h"

#include "base/error.h"
#include "build/kernel-name.h"
#include "build/source.h"
#include "run/make.h"
#include <stdio.h>

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

static gboolean check_modes(const XrPlan *plan, const XrBuild *build, GError **error)
{
    return xr_build_check_mode(build, XR_BUILD_DOM0, plan->dom0.mode == XR_GUEST_PVH, error) &&
           (plan->guests.kind != XR_GUEST_LINUX ||
            xr_build_check_mode(build, XR_BUILD_GUESTS, plan->guests.mode == XR_GUEST_PVH, error));
}

/* Linux finds out by CR2 where a page fault was. */
static gboolean has_linux_pvh(const XrPlan *plan)
{
    return plan->dom0.mode == XR_GUEST_PVH ||
           (plan->guests.kind == XR_GUEST_LINUX && plan->guests.mode == XR_GUEST_PVH);
}

gboolean xr_prepare_check_pvh(const XrPlan *plan, const XrBuild *build, XrAccel accel,
                              GError **error)
{
    guint major = 0, minor = 0;

    if (accel != XR_ACCEL_TCG || !has_linux_pvh(plan) ||
        xr_source_name_has_option(build->name, "sync-cr2"))
        return TRUE;
    if (sscanf(build->xen_version, "%u.%u", &major, &minor) != 2 || major > 4 || minor >= 20)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                "Linux in mode pvh needs Xen 4.20 where QEMU emulates the CPU, and this is %s; set "
                "hypervisor.build to debian:trixie, or to a build from source with option sync-cr2 "
                "(debsrc:bookworm,sync-cr2): older ones give it an old CR2, and it halts",
                build->xen_version);
    return FALSE;
}

XrBuild *xr_prepare_build(XrSession *s, GError **error)
{
    const XrPlan *plan = s->plan;
    g_autofree char *name =
        xr_kernel_words_add(plan->hypervisor.build, plan->dom0.kernel, plan->guests.kernel);
    g_autoptr(XrBuild) build = xr_make_build(name, on_progress, s, s->cancellable, error);

    return build != NULL && check_modes(plan, build, error) ? g_steal_pointer(&build) : NULL;
}
