/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "run". */
#include "base/error.h"
#include "commands.h"
#include "run/run.h"
#include <stdio.h>
#include <unistd.h>

typedef struct {
    char **sets;
    char *connect_uri;
    char *qemu;
    char *record;
    char *snapshots, *purpose;
    gboolean tap;
    gboolean json;
    gboolean quiet;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_strfreev(o->sets);
    g_free(o->connect_uri);
    g_free(o->qemu);
    g_free(o->record);
    g_free(o->snapshots);
    g_free(o->purpose);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Runs a plan: a path, or the name of a shipped one (`xenrig plan list`).\n"
    "Without PLAN: \"default\", 24 domUs with a VBD each. A plan that is a series (as\n"
    "\"bof\") goes on with what was measured, if it was interrupted.";

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets, "Override a key of the plan",
         "SECTION.KEY=VALUE"},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &o->connect_uri,
         "libvirt to run the machine on, also another host's (default: its embedded driver)",
         "URI"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &o->qemu, "QEMU to use", "PATH"},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &o->record,
         "Folder of the record (default: a new one in the state folder)", "DIR"},
        {"snapshots", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &o->snapshots, NULL, "DIR"},
        {"purpose", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &o->purpose, NULL, "COMMAND"},
        {"tap", 0, 0, G_OPTION_ARG_NONE, &o->tap, "Print the verdict as TAP", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print the verdict as one JSON object", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[PLAN]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    if (!cmd_parse(entries, summary, argc, argv, error))
        return FALSE;
    if (!cmd_check_format(o->json, o->tap, error))
        return FALSE;
    if (o->rest != NULL && g_strv_length(o->rest) > 1) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "one plan a run, but \"%s\" follows \"%s\"",
                    o->rest[1], o->rest[0]);
        return FALSE;
    }
    return TRUE;
}

static int run_series(const Options *o, XrPlan *plan, char *const *argv)
{
    const XrSeriesOptions options = {.connect_uri = o->connect_uri,
                                     .qemu = o->qemu,
                                     .record_dir = o->record,
                                     .argv = argv,
                                     .quiet = o->quiet};
    GError *error = NULL;

    if (!o->tap)
        return cmd_run_series(plan, &options, o->json);
    xr_plan_free(plan);
    g_set_error_literal(&error, XR_ERROR, XR_ERROR_INPUT,
                        "--tap is for a plan of one run, and this one is a series: leave it out");
    return cmd_fail("run", error);
}

int cmd_run(int argc, char **argv)
{
    g_auto(GStrv) given = g_strdupv(argv);
    g_auto(Options) o = {0};
    g_autoptr(XrPlan) plan = NULL;
    g_autoptr(XrProgress) progress = NULL;
    g_autoptr(XrRunResult) result = NULL;
    XrRunOptions options = {0};
    XrReport report;
    GError *error = NULL;

    if (!parse(&o, &argc, &argv, &error))
        return cmd_fail("run", error);
    plan =
        xr_plan_load(o.rest != NULL ? o.rest[0] : "default", (const char *const *)o.sets, &error);
    if (plan == NULL)
        return cmd_fail("run", error);
    if (xr_plan_is_series(plan))
        return run_series(&o, g_steal_pointer(&plan), given);
    /* Progress goes where it mixes with no output that a program reads. */
    if (!o.quiet)
        progress = xr_progress_new(stderr, plan, isatty(STDERR_FILENO));
    options.connect_uri = o.connect_uri;
    options.qemu = o.qemu;
    options.record_dir = o.record;
    options.snapshots = o.snapshots;
    options.purpose = o.purpose;
    options.argv = given;
    options.progress = progress;
    result = xr_run(plan, &options, &error);
    if (progress != NULL)
        xr_progress_end(progress);
    if (result == NULL)
        return cmd_fail("run", error);
    report = xr_run_report(result, plan);
    return cmd_print_verdict(&report, o.json, o.tap);
}
