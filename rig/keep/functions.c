/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the tables of functions that runs left. */
#include "keep/functions.h"

#include "base/json.h"
#include "keep/record.h"
#include <string.h>

static const double MIB = 1024 * 1024;

static XrFunction *find(const XrFunctions *functions, const XrFunction *like)
{
    for (guint i = 0; i < functions->list->len; i++) {
        XrFunction *function = functions->list->pdata[i];

        if (strcmp(function->name, like->name) == 0 && strcmp(function->layer, like->layer) == 0 &&
            strcmp(function->module, like->module) == 0)
            return function;
    }
    return NULL;
}

/* A caller that is there twice is summed up where it is looked at. */
static void add_table(XrFunctions *sum, const XrFunctions *table)
{
    for (guint i = 0; i < table->list->len; i++) {
        const XrFunction *own = table->list->pdata[i];
        XrFunction *function = find(sum, own);

        if (function == NULL)
            function = xr_functions_add(sum, own->layer, own->name, own->module, 0);
        function->instructions += own->instructions;
        for (guint c = 0; c < own->callers->len; c++) {
            const XrCaller *caller = own->callers->pdata[c];

            xr_function_add_caller(function, caller->name, caller->calls);
        }
    }
}

gboolean xr_functions_add_run(XrFunctionTable *table, const char *dir)
{
    g_autoptr(JsonObject) report = xr_record_read_json(dir, "verdict.json", NULL);
    JsonObject *object = xr_json_object(report, "functions");
    JsonObject *bytes = xr_json_object(xr_json_object(report, "metrics"), "counted_bytes");
    const double mib = xr_json_double(bytes, "value", 0) / MIB;
    g_autoptr(XrFunctions) own = object != NULL && mib > 0 ? xr_functions_parse(object) : NULL;

    if (own == NULL)
        return FALSE;
    if (table->functions == NULL)
        table->functions = g_steal_pointer(&own);
    else
        add_table(table->functions, own);
    table->mib += mib;
    return TRUE;
}

static void add_runs(XrFunctionTable *table, const GPtrArray *dirs)
{
    for (guint i = 0; i < dirs->len; i++)
        xr_functions_add_run(table, dirs->pdata[i]);
}

XrFunctionsDiff *xr_functions_diff_runs(const GPtrArray *base, const GPtrArray *head)
{
    XrFunctionTable tables[2] = {0};
    XrFunctionsDiff *diff = NULL;

    add_runs(&tables[0], base);
    add_runs(&tables[1], head);
    if (tables[0].functions != NULL && tables[1].functions != NULL)
        diff = xr_functions_diff(&tables[0], &tables[1]);
    xr_functions_free(tables[0].functions);
    xr_functions_free(tables[1].functions);
    return diff;
}
