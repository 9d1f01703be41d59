/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of counted instructions in a report. */
#pragma once

#include "judge/judge.h"

/* Whether a figure is one of the table's. */
gboolean xr_tell_counts_has(const char *metric);

/* The table, or nothing where none were counted. */
void xr_tell_counts_text(GString *out, const XrVerdict *verdict, const XrPlan *plan);
