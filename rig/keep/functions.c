/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of functions that a run left. */
#include "keep/functions.h"

#include "base/json.h"
#include "keep/record.h"

static const double MIB = 1024 * 1024;

gboolean xr_functions_read(const char *dir, XrFunctionTable *table)
{
    g_autoptr(JsonObject) report = xr_record_read_json(dir, "verdict.json", NULL);
    JsonObject *object = report != NULL ? xr_json_object(report, "functions") : NULL;
    JsonObject *metrics = report != NULL ? xr_json_object(report, "metrics") : NULL;
    JsonObject *bytes = metrics != NULL ? xr_json_object(metrics, "counted_bytes") : NULL;

    table->functions = NULL;
    table->mib = xr_json_double(bytes, "value", 0) / MIB;
    if (object != NULL && table->mib > 0)
        table->functions = xr_functions_parse(object);
    return table->functions != NULL;
}

XrFunctionsDiff *xr_functions_diff_runs(const char *base_dir, const char *head_dir)
{
    XrFunctionTable base = {0}, head = {0};
    XrFunctionsDiff *diff = NULL;

    if (xr_functions_read(base_dir, &base) && xr_functions_read(head_dir, &head))
        diff = xr_functions_diff(&base, &head);
    xr_functions_free(base.functions);
    xr_functions_free(head.functions);
    return diff;
}
