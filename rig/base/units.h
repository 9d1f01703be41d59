/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: values with units, as plans and options write them. */
#pragma once

#include <glib.h>

/* "4096", "64K", "2M", "6G" -> bytes; K, M, G, T are powers of 1024 (also KiB, MiB, GiB, TiB).
 * FALSE with XR_ERROR_INPUT for an empty, negative, fractional, overflowing or unknown-unit text;
 * the message quotes the text and lists the units accepted. */
gboolean xr_units_parse_bytes(const char *text, guint64 *bytes, GError **error);

/* "250ms", "30s", "5m", "1h" -> nanoseconds; also "us" and "ns". A unit is required unless the
 * number is 0. Errors as above. */
gboolean xr_units_parse_duration(const char *text, guint64 *duration_ns, GError **error);

/* "15%" or "0.15" -> 0.15. Negative values and values above 10 (1000 %) are XR_ERROR_INPUT. */
gboolean xr_units_parse_ratio(const char *text, double *ratio, GError **error);

/* The shortest text that parses back to the same value: 2097152 -> "2M", 3000 -> "3000". Free with
 * g_free. */
char *xr_units_format_bytes(guint64 bytes);
char *xr_units_format_duration(guint64 duration_ns);
char *xr_units_format_ratio(double ratio);
