/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: locks on the entries of the cache.
 *
 * Each entry has a lock file beside it. Who makes or removes the entry has it alone; whoever uses it shares
 * it, until the process ends. So nothing that a rig uses is removed under it, and a killed rig leaves no lock:
 * the kernel lets go of all. The file's modification time is when the entry was last used. */
#pragma once

#include <gio/gio.h>

/* The lock for this caller alone; close the descriptor to let go. -1 at once where somebody else has it, also
 * shared; with XR_ERROR_HOST where there can be no such file. */
int xr_lock_try(const char *path, GError **error);
/* A moment, before trying again; FALSE with XR_ERROR_STOPPED ("stopped while waiting for PATH"). */
gboolean xr_lock_pause(const char *path, GCancellable *cancellable, GError **error);

/* Shares the lock until xr_lock_release_all or the end of the process, and notes the time; waits for who has it
 * alone. Once for a path, however often it is asked for. Errors as of both above. */
gboolean xr_lock_hold(const char *path, GCancellable *cancellable, GError **error);
/* Makes a lock of xr_lock_try such a shared one; fd is no longer the caller's. */
void xr_lock_share(const char *path, int fd);
/* Lets go of one, or of all that this process shares. */
void xr_lock_release(const char *path);
void xr_lock_release_all(void);

/* TRUE if somebody has the lock, alone or shared. Makes no file. */
gboolean xr_lock_is_held(const char *path);
