/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: scripts that fetch and build, run as children that never outlive their purpose. */
#pragma once

#include <gio/gio.h>

/* Runs argv and waits. TRUE if it ran to its end, *success whether it exited with 0. What it prints is appended to the
 * file log; NULL: it goes where the rig's own output goes. lock_fd (-1: none) stays open in it; it gets SIGTERM when the
 * rig dies. XR_ERROR_HOST where log cannot be written, XR_ERROR_STOPPED, naming doing ("fetching
 * packages"), once it was told to stop and has ended; else errors of starting it. */
gboolean xr_child_run(const char *const *argv, const char *log, int lock_fd, const char *doing,
                      gboolean *success, GCancellable *cancellable, GError **error);

/* For a child's setup, between fork and exec: a process group of its own, out of reach of a terminal's signals, and SIGTERM
 * when the rig dies. */
void xr_child_apart(gpointer unused);

/* What argv prints on standard output, without the newline at the end; NULL with XR_ERROR_HOST that ends
 * with what it printed on standard error. Free with g_free. */
char *xr_child_ask(const char *const *argv, GError **error);

/* The last lines of a log, each on a line of its own, indented; "" where there is none. Free with g_free. */
char *xr_child_log_tail(const char *path, guint lines);

/* Of a build's log, the first lines in which compiler or linker tell of errors, with the source that they quote,
 * and the last of make or our script; where there are none, its last lines. As above. Pure. Free with g_free. */
char *xr_child_error_lines(const char *text, guint lines);
/* TRUE if the log tells of a full disk or of no memory: no fault of what was built. Pure. */
gboolean xr_child_blames_host(const char *text);
