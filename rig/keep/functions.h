/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the tables of functions that runs left. */
#pragma once

#include "judge/functions-diff.h"

/* Adds the table of the verdict.json in dir; FALSE where that has none, and nothing is added. An empty table has functions
 * NULL and mib 0; what is in it then is to be freed with xr_functions_free. The sum of several runs is that of so many MiB
 * more. */
gboolean xr_functions_add_run(XrFunctionTable *table, const char *dir);
/* The sums of runs (char *, folders of records) compared; NULL where either side has no table. */
XrFunctionsDiff *xr_functions_diff_runs(const GPtrArray *base, const GPtrArray *head);
