/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how figures, bars and paragraphs look in reports and progress. */
#pragma once

#include "judge/judge.h"

/* All results are freed with g_free. Bars and sparklines are drawn with block characters where the
 * locale is UTF-8 (setlocale is the caller's), else with ASCII. */

/* Columns the text takes on a terminal. Text is valid UTF-8 without control characters. */
guint xr_tell_columns(const char *text);
/* text, cut to at most columns (a cut ends in "…" or ">"); padded with spaces to columns if pad. */
char *xr_tell_fit(const char *text, guint columns, gboolean pad);
/* Appends text in lines of at most width columns (at most, also for words longer than that), each
 * behind indent, each ended by a newline. */
void xr_tell_fold(GString *out, const char *text, const char *indent, guint width);

/* What somebody said, at most max_bytes of it, safe, each line begun with "    | " and folded to width columns. whole_lines:
 * it is the rig's own quote and may have several lines; a guest's is one, and newlines in it are shown as what they are.
 * Free with g_free. */
char *xr_tell_quote(const char *text, gboolean whole_lines, gsize max_bytes, guint width);

/* share (0..1) of columns, padded with spaces: exactly columns wide. */
char *xr_tell_bar(double share, guint columns);
/* One column a value, from 0 to the largest. NaN is a space. */
char *xr_tell_sparkline(const double *values, gsize n);

/* "312.4", "13.02", "0.00", "-" for NaN: millions of bytes per second without the unit. */
char *xr_tell_megabytes(double bytes_per_s);
/* "312.4 MB/s", "0.97", "8.3 s", "250 ms", "3.2 GiB", "12", by unit as in XrMetric. */
char *xr_tell_value(double value, const char *unit);
/* "83.2 s", "12 min 05 s". */
char *xr_tell_seconds(gint64 ns);
/* "3.2 GiB", "-8 MiB". */
char *xr_tell_bytes(gint64 bytes);
/* Seconds into the run and the stage, for a finding: "at 41.2 s, window 1", "over the whole run".
 * stage may be NULL. */
char *xr_tell_when(gint64 when_ns, const char *stage);

/* Guest text made safe and bounded; NULL is "". */
char *xr_tell_safe(const char *text, gsize max_bytes);

/* Sets the member to that, or to null where text is NULL. */
void xr_tell_set(JsonObject *object, const char *name, const char *text, gsize max_bytes);

/* text as it may be pasted into a shell: in quotes where it needs them, and safe to show. */
char *xr_tell_shell_word(const char *text);

/* "The run is incomplete: …", a sentence safe to show, beside a failure; NULL where the run is complete, and where the verdict
 * says so itself (error, skip). Free with g_free. */
char *xr_tell_incomplete(const XrVerdict *verdict);

/* Word for what a finding weighs: "note" for one that changes nothing, else the verdict's. Static. */
const char *xr_tell_weight(XrVerdictKind weight);
