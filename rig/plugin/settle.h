/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: QEMU's main thread at rest where the guest could notice that it is not. */
#pragma once

#include <glib.h>

/* Whether the text of /proc/PID/task/TID/syscall is that of a thread which sleeps in poll() or ppoll(). Pure. */
gboolean xr_settle_sleeps(const char *text);

/* Whether what is written to that port may be done later, by the main thread: an IDE controller's. Pure. */
gboolean xr_settle_port(guint16 port);

/* Waits until this process' first thread, QEMU's main loop, sleeps in its poll. FALSE where it did not within a
 * second, or that cannot be known. */
gboolean xr_settle(void);
