/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: plans that are a series, for the commands "run" and "judge". */
#include "commands.h"
#include "keep/files.h"
#include "run/series.h"
#include "tell/series.h"
#include <stdio.h>
#include <stdlib.h>

static gboolean print_text(const XrSeriesTable *table, GError **error)
{
    g_autofree char *text = NULL, *hint = NULL, *picture = NULL;
    gsize size = 0;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL)
        return FALSE;
    xr_tell_series_text(table, memory);
    fclose(memory);
    fputs(text, stdout);
    if (!xr_files_put_text(table->record->dir, "report.txt", text, error))
        return FALSE;
    picture = xr_tell_series_plot(table, &hint, error);
    if (picture != NULL)
        printf("picture: %s\n", picture);
    if (hint != NULL)
        printf("%s\n", hint);
    return picture != NULL;
}

/* Takes record and plan. Its exit code is that of the worst point. */
static int print(const char *command, XrPlan *plan, XrSeriesRecord *record, gboolean json)
{
    g_autoptr(XrSeriesTable) table = xr_series_table_new(plan, record);
    GError *error = NULL;

    if (json)
        cmd_print_json(xr_tell_series_json(table));
    else if (!print_text(table, &error))
        return cmd_fail(command, error);
    return xr_verdict_exit_code(xr_series_verdict(table));
}

int cmd_run_series(XrPlan *plan, const XrSeriesOptions *options, gboolean json)
{
    GError *error = NULL;
    XrSeriesRecord *record = xr_series_run(plan, options, &error);
    int code;

    if (record == NULL) {
        xr_plan_free(plan);
        return cmd_fail("run", error);
    }
    code = print("run", plan, record, json);
    return error != NULL ? cmd_fail("run", error) : code;
}

int cmd_judge_series(const char *dir, const char *const *sets, gboolean json)
{
    GError *error = NULL;
    g_autoptr(XrSeriesRecord) record = xr_series_record_open(dir, &error);
    g_autofree char *path = g_build_filename(dir, "plan", NULL);
    XrPlan *plan = record != NULL ? xr_plan_load(path, sets, &error) : NULL;

    if (plan == NULL)
        return cmd_fail("judge", error);
    return print("judge", plan, g_steal_pointer(&record), json);
}
