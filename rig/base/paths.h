/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where the rig keeps things. */
#pragma once

#include <glib.h>

/* All are absolute, created 0700 on demand by whoever writes there, freed with g_free. */

/* $XENRIG_CACHE, else $XDG_CACHE_HOME/xenrig: fetched and built things, safe to delete. */
char *xr_paths_cache(void);
/* $XENRIG_STATE, else $XDG_STATE_HOME/xenrig: records of runs. */
char *xr_paths_state(void);
/* Short, for Unix sockets (108 bytes): $XENRIG_RUNTIME, else $XDG_RUNTIME_DIR/xenrig, else
 * /tmp/xenrig-UID. */
char *xr_paths_runtime(void);
/* Files shipped with the rig (images/, tests/plans/) or built by it (guest programs): name is
 * relative to the source or build tree, e.g. "images/fetch.sh", "guests/dom0/dom0-init".
 * $XENRIG_DATA overrides; then the build tree, the source tree, the installed data folder. NULL
 * with XR_ERROR_HOST naming all places tried. */
char *xr_paths_data(const char *name, GError **error);

/* Makes path, parents included, a folder of this user that nobody else can enter. XR_ERROR_HOST if
 * it cannot be made, or belongs to another user (a trap laid in /tmp). */
gboolean xr_paths_make_private(const char *path, GError **error);
