/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: who lives in a private root, and how it is cleared; private to boot/ and its tests.
 *
 * A root RUNTIME/r-XXXXXXXX belongs to the process that holds a flock on RUNTIME/r-XXXXXXXX.lock.
 * The kernel lets go of the lock when that process dies in whatever way, so a free lock means: the
 * rig is gone. The file lies beside the root, not in it, because a lock must be held before the
 * root is made and until it is removed. */
#pragma once

#include <glib.h>

#define XR_ROOT_PREFIX "r-"
/* A link in a root to a file elsewhere that goes with it. */
#define XR_ROOT_FILE "file"

/* Takes the lock of root: its descriptor (close-on-exec), or -1 with errno: EWOULDBLOCK where
 * another holds it and wait is FALSE. */
int xr_leftovers_lock(const char *root, gboolean wait);
/* Removes the lock file and gives the lock back. */
void xr_leftovers_unlock(const char *root, int fd);
/* Removes a folder and all in it; links are removed, not followed. */
void xr_leftovers_remove_tree(const char *root);
/* Ends all QEMUs whose command line names root, removes it, and the file that it takes along. For whoever holds the lock. A sentence
 * of what was found, NULL if root is not there. Free with g_free. */
char *xr_leftovers_clear(const char *root);
/* Whether a command line (arguments separated by NULs, as in /proc/PID/cmdline, and one NUL more
 * after len) is that of a QEMU that runs in root. domain, if not NULL, gets its guest's name or NULL. */
gboolean xr_leftovers_is_ours(const char *cmdline, gsize len, const char *root, char **domain);
