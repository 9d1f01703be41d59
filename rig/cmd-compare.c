/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "compare". */
#include "commands.h"
#include "run/compare-stored.h"
#include "run/compare.h"
#include "tell/compare.h"
#include <stdio.h>
#include <unistd.h>

typedef struct {
    char **sets;
    char *plan, *metric;
    gint64 seed;
    char *connect_uri, *qemu, *record;
    char *resume, *replay;
    char **from, **against;
    gboolean json, quiet;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_strfreev(o->sets);
    g_free(o->plan);
    g_free(o->metric);
    g_free(o->connect_uri);
    g_free(o->qemu);
    g_free(o->record);
    g_free(o->resume);
    g_free(o->replay);
    g_strfreev(o->from);
    g_strfreev(o->against);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Runs builds in turn, in random order, until the figures of their runs tell them apart,\n"
    "are called the same, or enough was spent. BUILD is what hypervisor.build of a plan takes;\n"
    "all others are compared with the first. Or judges runs that are there.\n\n"
    "Exit codes: 0 no difference that matters, 1 different, 2 unsure, 99 error.";

static gboolean parse_options(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"plan", 'p', 0, G_OPTION_ARG_FILENAME, &o->plan,
         "What each run is (default: \"default\"); its [compare] tells when to stop", "PLAN"},
        {"metric", 'm', 0, G_OPTION_ARG_STRING, &o->metric,
         "The figure to compare by, as --set compare.metric=NAME", "NAME"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets, "Override a key of the plan",
         "SECTION.KEY=VALUE"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "Of the order of runs (default: random)", "N"},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &o->record,
         "Folder of the record (default: a new one in the state folder)", "DIR"},
        {"resume", 0, 0, G_OPTION_ARG_FILENAME, &o->resume, "Go on with a comparison", "DIR"},
        {"replay", 0, 0, G_OPTION_ARG_FILENAME, &o->replay, "Judge a comparison's runs again",
         "DIR"},
        {"from", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->from,
         "Judge stored runs: a record, a folder of records or a file of figures", "RECORD"},
        {"against", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->against,
         "… what those are compared with", "RECORD"},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &o->connect_uri, "As for `xenrig run`", "URI"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &o->qemu, "QEMU to use", "PATH"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print the verdict as one JSON object", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->rest, NULL, "[BUILD BUILD…]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    o->seed = -1;
    return cmd_parse(entries, summary, argc, argv, error);
}

static gboolean check_options(const Options *o, GError **error)
{
    const guint builds = o->rest != NULL ? g_strv_length(o->rest) : 0;
    const gboolean stored = o->from != NULL || o->against != NULL;
    const int ways = (builds > 0) + (o->resume != NULL) + (o->replay != NULL) + stored;

    if (ways != 1)
        return cmd_refuse(error, "name two builds or more, or give one of --resume DIR, --replay "
                                 "DIR, and --from RECORD with --against RECORD");
    if (builds == 1)
        return cmd_refuse(error, "one build alone cannot be compared: name two or more (the same "
                                 "twice shows the noise)");
    if (stored && (o->from == NULL || o->against == NULL))
        return cmd_refuse(error, "--from and --against belong together: the runs of one build, and "
                                 "of the other");
    if (o->seed != -1 && builds == 0)
        return cmd_refuse(error, "--seed is for a new comparison: stored runs have their order");
    if (o->seed < -1 || o->seed > G_MAXUINT32)
        return cmd_refuse(error, "--seed: write a whole number from 0 to 4294967295");
    if (o->resume != NULL && (o->plan != NULL || o->metric != NULL))
        return cmd_refuse(error, "--resume goes on with the plan that the comparison began with: "
                                 "leave --plan and --metric out");
    if (o->replay != NULL && o->plan != NULL)
        return cmd_refuse(error, "--replay judges by the comparison's own plan: leave --plan out, "
                                 "and override its keys by --set");
    return TRUE;
}

static int print(const XrCompareResult *result, gboolean json)
{
    const XrCompareReport report = xr_compare_report(result);

    if (json)
        cmd_print_json(xr_tell_compare_json(&report));
    else
        xr_tell_compare_text(&report, stdout, isatty(STDOUT_FILENO));
    return xr_tell_compare_exit_code(&report);
}

static XrCompareResult *compare(const Options *o, char *const *argv, GError **error)
{
    g_auto(GStrv) overrides =
        xr_plan_overrides((const char *const *)o->sets, "compare.metric", o->metric);
    const char *const *sets = (const char *const *)overrides;
    const XrCompareOptions options = {.connect_uri = o->connect_uri,
                                      .qemu = o->qemu,
                                      .argv = argv,
                                      .progress = isatty(STDERR_FILENO),
                                      .quiet = o->quiet};

    if (o->from != NULL)
        return xr_compare_stored(o->plan, sets, (const char *const *)o->from,
                                 (const char *const *)o->against, error);
    if (o->replay != NULL)
        return xr_compare_replay(o->replay, sets, error);
    if (o->resume != NULL)
        return xr_compare_resume(o->resume, sets, &options, error);
    return xr_compare_new(o->plan, sets, (const char *const *)o->rest, o->seed, o->record, &options,
                          error);
}

int cmd_compare(int argc, char **argv)
{
    g_auto(GStrv) given = g_strdupv(argv);
    g_auto(Options) o = {0};
    g_autoptr(XrCompareResult) result = NULL;
    GError *error = NULL;

    if (!parse_options(&o, &argc, &argv, &error) || !check_options(&o, &error))
        return cmd_fail("compare", error);
    result = compare(&o, given, &error);
    return result != NULL ? print(result, o.json) : cmd_fail("compare", error);
}
