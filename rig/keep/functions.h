/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of functions that a run left. */
#pragma once

#include "judge/functions-diff.h"

/* Of the verdict.json in dir; FALSE where that has none. table->functions is to be freed with xr_functions_free. */
gboolean xr_functions_read(const char *dir, XrFunctionTable *table);
/* Both runs' tables compared; NULL where either has none. */
XrFunctionsDiff *xr_functions_diff_runs(const char *base_dir, const char *head_dir);
