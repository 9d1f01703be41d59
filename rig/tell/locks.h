/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the lock table of a report. */
#pragma once

#include "judge/judge.h"
#include <json-glib/json-glib.h>

enum { XR_LOCK_CELLS = 7 };
/* A row as it is shown, safe: lock, of, acquired, a pair, contended, held, waited. Free with g_strfreev. */
char **xr_tell_lock_cells(const XrLockRow *row);
/* All rows of dom0 and of the domUs, then those of no domain that were waited for most, at most globals_max; left_out
 * gets how many are not among them. Rows are borrowed; free the array with g_ptr_array_unref. */
GPtrArray *xr_tell_locks_order(const GPtrArray *locks, guint globals_max, guint *left_out);

/* Appends the rows, each ended by a newline, at most 80 columns: all of dom0 and of the domUs, and those locks of no
 * domain that were waited for most. */
void xr_tell_locks_text(GString *out, const GPtrArray *locks);
/* All rows, as report.schema.json describes them; empty for NULL. New array. */
JsonArray *xr_tell_locks_json(const GPtrArray *locks);
