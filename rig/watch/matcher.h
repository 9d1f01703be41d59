/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: knows the lines by which Xen, dom0 and domUs tell of trouble. */
#pragma once

#include "watch/observation.h"

/* Which console a line came from. "xen" and "dom0" share one serial line: a line that holds "(XEN)
 * " is Xen's. */
typedef enum { XR_CONSOLE_XEN = 1, XR_CONSOLE_DOM0 = 2, XR_CONSOLE_DOMU = 4 } XrConsole;

/* A finding for the line, or NULL for a harmless one. fatal is set where the machine cannot go on
 * (Xen panic, dom0 panic). where is the source's name. Pure. */
XrFinding *xr_matcher_line(XrConsole console, const char *where, gint64 when_ns, const char *line,
                           gboolean *fatal);
