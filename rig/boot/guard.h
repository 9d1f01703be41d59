/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the process that outlives a killed rig. */
#pragma once

#include <glib.h>

/* Starts "xenrig guard ROOT" in a session of its own, out of a terminal's reach, with the read end of a pipe as its
 * standard input. root: a private root or another folder whose lock (boot/leftovers.h) the caller has, or a note
 * (remote.h). Returns the write end (close-on-exec), whose closing wakes the guard, and the guard's process id, a child
 * to be waited for. -1 with XR_ERROR_HOST. The program run is this very one (/proc/self/exe): it must know the command
 * "guard". */
int xr_guard_spawn(const char *root, GPid *pid, GError **error);
