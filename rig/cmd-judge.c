/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "judge". */
#include "commands.h"
#include "run/run.h"
#include <stdio.h>

int cmd_judge(int argc, char **argv)
{
    g_auto(GStrv) sets = NULL;
    g_auto(GStrv) rest = NULL;
    gboolean tap = FALSE;
    gboolean json = FALSE;
    GError *error = NULL;
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &sets,
         "Override a key of the record's plan, e.g. a limit", "SECTION.KEY=VALUE"},
        {"tap", 0, 0, G_OPTION_ARG_NONE, &tap, "Print the verdict as TAP", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print the verdict as one JSON object", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, "RECORD"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(XrPlan) plan = NULL;
    g_autoptr(XrRunResult) result = NULL;
    XrReport report;

    g_option_context_set_summary(context,
                                 "Judges a stored record again, with other limits if given.\n"
                                 "Boots nothing and changes nothing.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) ||
        !cmd_check_format(json, tap, &error))
        return cmd_fail("judge", error);
    if (rest == NULL || rest[1] != NULL) {
        fputs("xenrig judge: say `xenrig judge RECORD`, the folder that a run named\n", stderr);
        return XR_EXIT_ERROR;
    }
    if (xr_series_record_is(rest[0]) && !tap)
        return cmd_judge_series(rest[0], (const char *const *)sets, json);
    result = xr_run_judge_record(rest[0], (const char *const *)sets, &plan, &error);
    if (result == NULL)
        return cmd_fail("judge", error);
    report = xr_run_report(result, plan);
    return cmd_print_verdict(&report, json, tap);
}
