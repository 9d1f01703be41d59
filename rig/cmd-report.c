/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "report". */
#include "commands.h"
#include "run/report.h"
#include <stdio.h>

typedef struct {
    char *dir;
    gboolean history;
    char *plan, *build, *host, *since;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_free(o->dir);
    g_free(o->plan);
    g_free(o->build);
    g_free(o->host);
    g_free(o->since);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Makes a page of HTML of each record: of a run (the folder that `xenrig run` named), of a\n"
    "comparison, or of a series. A page is one file that needs no network and no scripts. Of "
    "several\n"
    "records, index.html links the pages. Without a record: the latest run's. With --history a "
    "page of\n"
    "what all runs came to, by plan and build, with trends. Boots nothing and changes no record.";

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->dir, "The folder that pages go to", "DIR"},
        {"history", 0, 0, G_OPTION_ARG_NONE, &o->history,
         "A page of the history, beside those of records, if any are named", NULL},
        {"plan", 'p', 0, G_OPTION_ARG_STRING, &o->plan, "Of the history: runs of that plan",
         "PLAN"},
        {"build", 'b', 0, G_OPTION_ARG_STRING, &o->build,
         "Of the history: runs of that build, its name or id", "BUILD"},
        {"host", 0, 0, G_OPTION_ARG_STRING, &o->host,
         "Of the history: runs of that host (default: this one)", "HOST"},
        {"since", 0, 0, G_OPTION_ARG_STRING, &o->since,
         "Of the history: runs started then or later: 12h, 7d, 2026-11-20", "TIME"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[RECORD…]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    return cmd_parse(entries, summary, argc, argv, error);
}

static gboolean check_options(const Options *o, GError **error)
{
    const gboolean filter =
        o->plan != NULL || o->build != NULL || o->host != NULL || o->since != NULL;

    if (filter && !o->history)
        return cmd_refuse(error, "--plan, --build, --host and --since choose runs of the history: "
                                 "say `xenrig report --history … -o DIR`");
    if (o->dir == NULL)
        return cmd_refuse(error, "say where the pages go: `xenrig report [RECORD…] -o DIR`");
    return TRUE;
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
    static const char *const none[] = {NULL};
    g_auto(Options) o = {0};
    g_autofree char *latest = NULL;
    g_autoptr(XrReportPages) pages = NULL;
    const char *const *records = none;
    GError *error = NULL;

    if (!parse(&o, &argc, &argv, &error) || !check_options(&o, &error))
        return cmd_fail("report", error);
    if (o.rest == NULL && !o.history) {
        latest = xr_report_latest(&error);
        if (latest == NULL)
            return cmd_fail("report", error);
    }
    const char *const only[] = {latest, NULL};
    const XrReportHistory history = {o.plan, o.build, o.host, o.since};
    if (o.rest != NULL || latest != NULL)
        records = o.rest != NULL ? (const char *const *)o.rest : only;
    pages = xr_report_pages(records, o.history ? &history : NULL, o.dir, &error);
    return pages != NULL ? print(pages) : cmd_fail("report", error);
}
