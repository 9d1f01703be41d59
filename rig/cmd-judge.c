/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "judge". */
#include "base/error.h"
#include "base/text.h"
#include "commands.h"
#include "keep/history.h"
#include "run/run.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    char **sets;
    char *limits;
    gboolean tap, json;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_strfreev(o->sets);
    g_free(o->limits);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Judges a stored run again, with other limits if given.\n"
    "Boots nothing and changes nothing.\n\n"
    "RECORD, the folder that a run named, is judged by the limits that are in it. ID, a\n"
    "run's id in the history or a unique beginning of it, is judged by those that the\n"
    "shipped plan of its name has today.";

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets,
         "Override a key of the record's plan, e.g. a limit", "SECTION.KEY=VALUE"},
        {"limits", 'l', 0, G_OPTION_ARG_FILENAME, &o->limits,
         "Judge by the limits that this plan has today", "PLAN"},
        {"tap", 0, 0, G_OPTION_ARG_NONE, &o->tap, "Print the verdict as TAP", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print the verdict as one JSON object", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "RECORD|ID"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    if (!cmd_parse(entries, summary, argc, argv, error) ||
        !cmd_check_format(o->json, o->tap, error))
        return FALSE;
    return (o->rest != NULL && o->rest[1] == NULL) ||
           cmd_refuse(error, "say `xenrig judge RECORD`, the folder that a run named, or `xenrig "
                             "judge ID`");
}

static void add_limits(GStrvBuilder *overrides, char **limits)
{
    g_strv_builder_addv(overrides, (const char **)limits);
    g_strfreev(limits);
}

/* A plan that is not shipped, or not any more, has no limits but those in the record. */
static void add_shipped_limits(GStrvBuilder *overrides, const XrHistoryRun *run)
{
    const gboolean named = strpbrk(run->plan, "/.") == NULL && run->plan[0] != '\0';
    char **limits = named ? xr_run_limits_today(run->plan, NULL) : NULL;

    if (limits != NULL) {
        fprintf(stderr, "judged by the limits that plan %s has today\n", run->plan);
        add_limits(overrides, limits);
        return;
    }
    fprintf(stderr,
            "judged by the limits in the record: no shipped plan is called \"%s\"; --limits PLAN "
            "names another\n",
            run->plan);
}

/* Folder of the record; what an id brings with it is added to overrides. NULL with error. Free with g_free. */
static char *find_record(const Options *o, GStrvBuilder *overrides, GError **error)
{
    g_autoptr(XrHistory) history = NULL;
    g_autoptr(XrHistoryRun) run = NULL;

    if (strchr(o->rest[0], '/') != NULL || g_file_test(o->rest[0], G_FILE_TEST_IS_DIR))
        return g_strdup(o->rest[0]);
    history = xr_history_open(error);
    run = history != NULL ? xr_history_find(history, o->rest[0], error) : NULL;
    if (run == NULL)
        return NULL;
    if (!g_file_test(run->record, G_FILE_TEST_IS_DIR)) {
        g_autofree char *shown = xr_text_escape(run->record, -1, 4096);

        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: its record %s is not there any more; only `xenrig history show %s` is "
                    "left of it",
                    run->id, shown, run->id);
        return NULL;
    }
    if (o->limits == NULL)
        add_shipped_limits(overrides, run);
    return g_strdup(run->record);
}

static XrRunResult *judge(const Options *o, XrPlan **plan, GError **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *record = find_record(o, builder, error);
    g_auto(GStrv) overrides = NULL;

    if (record == NULL)
        return NULL;
    if (o->limits != NULL) {
        char **limits = xr_run_limits_today(o->limits, error);

        if (limits == NULL) {
            g_prefix_error(error, "--limits: ");
            return NULL;
        }
        add_limits(builder, limits);
    }
    if (o->sets != NULL)
        g_strv_builder_addv(builder, (const char **)o->sets);
    overrides = g_strv_builder_end(builder);
    return xr_run_judge_record(record, (const char *const *)overrides, plan, error);
}

int cmd_judge(int argc, char **argv)
{
    g_auto(Options) o = {0};
    g_autoptr(XrPlan) plan = NULL;
    g_autoptr(XrRunResult) result = NULL;
    GError *error = NULL;
    XrReport report;

    if (!parse(&o, &argc, &argv, &error))
        return cmd_fail("judge", error);
    if (xr_series_record_is(o.rest[0]) && !o.tap)
        return cmd_judge_series(o.rest[0], (const char *const *)o.sets, o.json);
    result = judge(&o, &plan, &error);
    if (result == NULL)
        return cmd_fail("judge", error);
    report = xr_run_report(result, plan);
    return cmd_print_verdict(&report, o.json, o.tap);
}
