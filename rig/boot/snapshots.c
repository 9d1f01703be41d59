/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a folder for machines' snapshots, which goes with its owner whatever becomes of it.
 *
 * A machine's memory is some hundred megabytes, so what is left behind is soon a disk's worth. The folder is locked and
 * guarded as a machine's private root is. */
#include "boot/snapshots.h"

#include "base/error.h"
#include "boot/guard.h"
#include "boot/leftovers.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* For how long the guard of a rig that was killed may have the lock: it removes some files. */
enum { TRIES = 25, STEP_US = 20 * 1000 };

struct _XrSnapshots {
    char *dir;
    int lock, guard_pipe;
    GPid guard;
};

static int take_lock(const char *dir, GError **error)
{
    int lock = xr_leftovers_lock(dir, FALSE);

    for (guint i = 0; lock < 0 && errno == EWOULDBLOCK && i < TRIES; i++) {
        g_usleep(STEP_US);
        lock = xr_leftovers_lock(dir, FALSE);
    }
    if (lock < 0 && errno == EWOULDBLOCK)
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "%s: another xenrig has its snapshots there; wait until it has ended", dir);
    else if (lock < 0)
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be had for snapshots: %s", dir,
                    g_strerror(errno));
    return lock;
}

XrSnapshots *xr_snapshots_new(const char *dir, GError **error)
{
    g_autoptr(XrSnapshots) snapshots = NULL;
    const int lock = take_lock(dir, error);

    if (lock < 0)
        return NULL;
    snapshots = g_new0(XrSnapshots, 1);
    *snapshots = (XrSnapshots){.dir = g_strdup(dir), .lock = lock, .guard_pipe = -1};
    xr_leftovers_remove_tree(dir);
    /* The guard first: no folder is without one. */
    snapshots->guard_pipe = xr_guard_spawn(dir, &snapshots->guard, error);
    if (snapshots->guard_pipe < 0)
        return NULL;
    if (g_mkdir(dir, 0700) == 0)
        return g_steal_pointer(&snapshots);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be made: %s", dir, g_strerror(errno));
    return NULL;
}

const char *xr_snapshots_dir(const XrSnapshots *snapshots)
{
    return snapshots->dir;
}

/* The guard finds the folder gone and leaves. */
static void end_guard(const XrSnapshots *snapshots)
{
    close(snapshots->guard_pipe);
    while (waitpid(snapshots->guard, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void xr_snapshots_free(XrSnapshots *snapshots)
{
    if (snapshots == NULL)
        return;
    xr_leftovers_remove_tree(snapshots->dir);
    xr_leftovers_unlock(snapshots->dir, snapshots->lock);
    if (snapshots->guard_pipe >= 0)
        end_guard(snapshots);
    g_free(snapshots->dir);
    g_free(snapshots);
}
