/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: turns what machine and agent say into events. */
#pragma once

#include "run/session.h"

/* One line of the serial port that Xen and dom0 share. */
void xr_intake_serial(XrSession *s, const char *line);
/* One unasked object of dom0's agent (borrowed). */
void xr_intake_agent(XrSession *s, JsonObject *said);
/* What a line means for a count of active grants in the dump of Xen's debug key 'g':
 * the dump begins (count is 0), one more active entry, it ends, or nothing. Pure. */
typedef enum { XR_GRANTS_NOTHING, XR_GRANTS_BEGIN, XR_GRANTS_ENTRY, XR_GRANTS_END } XrGrantsLine;
XrGrantsLine xr_intake_grants_line(const char *line);
