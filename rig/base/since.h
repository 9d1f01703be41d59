/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: points in time, as options write them. */
#pragma once

#include <glib.h>

/* "7d", "12h", "30m", "2w" before now; "2026-11-20", the day's beginning in UTC, "2026-11-20T15:00:00Z" -> microseconds since 1970.
 * FALSE with XR_ERROR_INPUT quoting text. */
gboolean xr_since_parse(const char *text, gint64 now_us, gint64 *since_us, GError **error);
