/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one xenstore watch, by the messages of Xen's io/xs_wire.h.
 *
 * Not through libxenstore: its static library has no reader thread, and takes a watch's first event,
 * which Linux may hand out before the reply, for the reply: xs_watch then fails at random. */
#pragma once

#include <stdbool.h>

/* Sets a watch on path over a connection of its own. The descriptor to wait on, or -1 with errno. */
int xg_watch_open(const char *path);

/* Waits until something was said: the watch is set, or fired. May also return for less: look at the
 * node after each return. false with errno where the connection is gone or the watch was refused. */
bool xg_watch_wait(int fd);
