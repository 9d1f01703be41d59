/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "report". */
#include "base/error.h"
#include "commands.h"
#include "run/report.h"
#include <stdio.h>

static const char summary[] =
    "Makes a page of HTML of each record: of a run (the folder that `xenrig run` named), or of a\n"
    "comparison. A page is one file that needs no network and no scripts. Of several records, "
    "index.html\n"
    "links the pages. Without a record: the latest run's. Boots nothing and changes no record.";

static gboolean check_options(const char *dir, GError **error)
{
    if (dir != NULL)
        return TRUE;
    g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                        "say where the pages go: `xenrig report [RECORD…] -o DIR`");
    return FALSE;
}

/* Pages on standard output, what went wrong on standard error. */
static int print(const XrReportPages *pages)
{
    for (guint i = 0; i < pages->paths->len; i++)
        puts(pages->paths->pdata[i]);
    if (pages->hint != NULL)
        fprintf(stderr, "xenrig report: pictures are missing: %s\n", pages->hint);
    for (guint i = 0; i < pages->failures->len; i++)
        fprintf(stderr, "xenrig report: %s\n", (const char *)pages->failures->pdata[i]);
    return pages->failures->len > 0 ? XR_EXIT_ERROR : 0;
}

int cmd_report(int argc, char **argv)
{
    g_auto(GStrv) rest = NULL;
    g_autofree char *dir = NULL;
    g_autofree char *latest = NULL;
    g_autoptr(XrReportPages) pages = NULL;
    GError *error = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &dir, "The folder that pages go to", "DIR"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, "[RECORD…]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, summary);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !check_options(dir, &error))
        return cmd_fail("report", error);
    if (rest == NULL) {
        latest = xr_report_latest(&error);
        if (latest == NULL)
            return cmd_fail("report", error);
    }
    const char *const only[] = {latest, NULL};
    pages = xr_report_pages(rest != NULL ? (const char *const *)rest : only, dir, &error);
    return pages != NULL ? print(pages) : cmd_fail("report", error);
}
