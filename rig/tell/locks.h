/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the lock table of a report. */
#pragma once

#include "judge/judge.h"
#include <json-glib/json-glib.h>

/* Appends the rows, each ended by a newline, at most 80 columns: all of dom0 and of the domUs, and those locks of no
 * domain that were waited for most. */
void xr_tell_locks_text(GString *out, const GPtrArray *locks);
/* All rows, as report.schema.json describes them; empty for NULL. New array. */
JsonArray *xr_tell_locks_json(const GPtrArray *locks);
