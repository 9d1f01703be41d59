/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: libvirt made quiet, and its words made GErrors; private to boot/. */
#pragma once

#include <glib.h>

/* Once a process, before any other libvirt call: event loop on the default GMainContext, nothing
 * printed to stderr. Cheap when called again. */
void xr_libvirt_init(void);

/* Libvirt's warnings go into memory; mark is a position in them. */
goffset xr_libvirt_log_mark(void);
/* What was logged since mark, a message a line, without libvirt's time stamps. NULL if nothing.
 * Free with g_free. */
char *xr_libvirt_log_since(goffset mark);

/* Sets error (of code) to "prefix: libvirt's last error". Where libvirt gives no reason, which it
 * does when it cannot ask a QEMU for its capabilities, what it logged since mark is quoted. */
void xr_libvirt_error(GError **error, int code, goffset mark, const char *prefix);
