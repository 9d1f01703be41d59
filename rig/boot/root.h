/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the private folder of the embedded libvirt driver; private to boot/. */
#pragma once

#include <glib.h>

/* The root of this process, made on first call: RUNTIME/r-XXXXXXXX, 0700, with libvirt's
 * configuration in it, locked, and watched by a guard. It is removed when the process exits. The
 * string lives as long as the process. XR_ERROR_HOST or XR_ERROR_INPUT, and nothing is left. */
const char *xr_root_get(GError **error);

/* Has the root take that file (absolute path; it need not be there yet) with it, in the place of the one before: when this
 * process ends, in whatever way, the file goes, too. For what is too large for the runtime folder, which may be in memory.
 * The owner may remove it before. XR_ERROR_HOST, or as xr_root_get. */
gboolean xr_root_take_file(const char *path, GError **error);
