/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: records looked for below a folder; private to the history. */
#pragma once

#include <glib.h>

/* Adds the paths (char *, sorted) of all finished records below dir, which may be one itself or be missing; links are not
 * followed. unfinished is raised by the number of records without a verdict. */
void xr_history_scan(const char *dir, GPtrArray *records, guint *unfinished);
