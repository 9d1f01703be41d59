/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a folder for machines' snapshots, which goes with its owner whatever becomes of it. */
#pragma once

#include <glib.h>

typedef struct _XrSnapshots XrSnapshots;

/* Makes the folder dir (0700) anew: what is there is removed, as a rig that was killed may have left half a machine. The lock DIR.lock
 * beside it is held, and a guard (guard.h) removes both should this process be killed. NULL with XR_ERROR_HOST, where
 * another process has the folder, too; then that one's is left as it is. */
XrSnapshots *xr_snapshots_new(const char *dir, GError **error);
/* dir; it belongs to snapshots. */
const char *xr_snapshots_dir(const XrSnapshots *snapshots);
/* Removes the folder and all in it; nothing is left to do for anybody when this returns. NULL is taken. */
void xr_snapshots_free(XrSnapshots *snapshots);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSnapshots, xr_snapshots_free)
