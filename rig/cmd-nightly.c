/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "nightly". */
#include "base/error.h"
#include "base/json.h"
#include "commands.h"
#include "run/nightly.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {
    char *baseline, *budget;
    char **builds, **plans, **metrics, **sets;
    gint runs;
    gint64 seed;
    char *connect_uri, *qemu, *record, *resume, *replay;
    char *junit, *output;
    gboolean json, tap, quiet;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_free(o->baseline);
    g_free(o->budget);
    g_strfreev(o->builds);
    g_strfreev(o->plans);
    g_strfreev(o->metrics);
    g_strfreev(o->sets);
    g_free(o->connect_uri);
    g_free(o->qemu);
    g_free(o->record);
    g_free(o->resume);
    g_free(o->replay);
    g_free(o->junit);
    g_free(o->output);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Runs plans over builds, which take turns with a pinned baseline, and compares each with that\n"
    "and with this host's history. NIGHT is a file that names them all, or the name of a shipped\n"
    "one (default: \"nightly\"); options change what it says.\n\n"
    "Exit codes: 0 same or improved, 1 regressed or failed, 2 unsure (with --tap 0: it is a\n"
    "skipped test there), 99 error.";

/* What the night is, and what is done with it. */
static GOptionGroup *main_group(Options *o)
{
    const GOptionEntry entries[] = {
        {"build", 'b', 0, G_OPTION_ARG_STRING_ARRAY, &o->builds,
         "A build to judge, in place of the night's; may be given again", "BUILD"},
        {"baseline", 0, 0, G_OPTION_ARG_STRING, &o->baseline, "What they are compared with",
         "BUILD"},
        {"plan", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &o->plans,
         "A plan to run, in place of the night's; may be given again", "PLAN"},
        {"metric", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &o->metrics,
         "A figure to judge, in place of the night's; may be given again", "NAME"},
        {"runs", 0, 0, G_OPTION_ARG_INT, &o->runs, "Runs of each build under each plan", "N"},
        {"budget", 0, 0, G_OPTION_ARG_STRING, &o->budget, "Time that all runs may take", "TIME"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets, "Override a key of all plans",
         "SECTION.KEY=VALUE"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "Of the order of runs (default: random)", "N"},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &o->record,
         "Folder of the record (default: a new one in the state folder)", "DIR"},
        {"resume", 0, 0, G_OPTION_ARG_FILENAME, &o->resume, "Go on with a night", "DIR"},
        {"replay", 0, 0, G_OPTION_ARG_FILENAME, &o->replay, "Judge a night's runs again", "DIR"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionGroup *group = g_option_group_new("main", "", "", NULL, NULL);

    g_option_group_add_entries(group, entries);
    return group;
}

static gboolean parse_options(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry more[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         "Write all reports here: text, TAP, JSON, JUnit", "DIR"},
        {"junit", 0, 0, G_OPTION_ARG_FILENAME, &o->junit, "Write JUnit's XML to FILE", "FILE"},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &o->connect_uri, "As for `xenrig run`", "URI"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &o->qemu, "QEMU to use", "PATH"},
        {"tap", 0, 0, G_OPTION_ARG_NONE, &o->tap, "Print the verdict as TAP", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print the verdict as one JSON object", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->rest, NULL, "[NIGHT]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    o->seed = -1;
    g_option_context_set_summary(context, summary);
    g_option_context_set_main_group(context, main_group(o));
    g_option_context_add_main_entries(context, more, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

static gboolean check_options(const Options *o, GError **error)
{
    const gboolean stored = o->resume != NULL || o->replay != NULL;
    const gboolean changed = o->builds != NULL || o->baseline != NULL || o->plans != NULL ||
                             o->metrics != NULL || o->runs != 0 || o->budget != NULL ||
                             o->sets != NULL || o->seed != -1 || o->record != NULL;

    if (o->rest != NULL && g_strv_length(o->rest) > 1)
        return cmd_refuse(error, "one night at a time: name one file, and builds by --build");
    if (o->resume != NULL && o->replay != NULL)
        return cmd_refuse(error,
                          "--resume goes on with a night, --replay only judges it: give one");
    if (stored && (o->rest != NULL || changed))
        return cmd_refuse(error, "--resume and --replay take the night as it began: leave the file "
                                 "and what changes it out");
    if (o->seed < -1 || o->seed > G_MAXUINT32)
        return cmd_refuse(error, "--seed: write a whole number from 0 to 4294967295");
    return cmd_check_format(o->json, o->tap, error);
}

/* --- the night --- */

static void add_change(GStrvBuilder *changes, const char *key, const char *value)
{
    g_autofree char *text = g_strconcat(key, "=", value, NULL);

    if (value != NULL)
        g_strv_builder_add(changes, text);
}

static void add_words(GStrvBuilder *changes, const char *key, char **words)
{
    g_autofree char *value = words != NULL ? g_strjoinv(" ", words) : NULL;

    add_change(changes, key, value);
}

static XrNight *load_night(const Options *o, GError **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *runs = o->runs != 0 ? g_strdup_printf("%d", o->runs) : NULL;
    g_auto(GStrv) changes = NULL;

    add_change(builder, "baseline", o->baseline);
    add_words(builder, "builds", o->builds);
    add_words(builder, "plans", o->plans);
    add_words(builder, "metrics", o->metrics);
    add_change(builder, "runs", runs);
    add_change(builder, "budget", o->budget);
    changes = g_strv_builder_end(builder);
    return xr_night_load(o->rest != NULL ? o->rest[0] : "nightly", (const char *const *)changes,
                         error);
}

static XrNightRecord *new_record(const Options *o, char *const *argv, GError **error)
{
    g_autoptr(XrNight) night = load_night(o, error);
    GPtrArray *plans =
        night != NULL ? xr_night_plans(night, (const char *const *)o->sets, error) : NULL;
    const guint32 seed = o->seed >= 0 ? (guint32)o->seed : g_random_int();

    if (plans == NULL)
        return NULL;
    return xr_night_record_new(o->record, g_steal_pointer(&night), plans, seed, argv, error);
}

static XrNightReport *report_of(const Options *o, XrNightRecord *record, char *const *argv,
                                GError **error)
{
    const XrCompareOptions options = {.connect_uri = o->connect_uri,
                                      .qemu = o->qemu,
                                      .argv = argv,
                                      .progress = isatty(STDERR_FILENO),
                                      .quiet = o->quiet};

    return o->replay != NULL ? xr_night_report(record, NULL, XR_NIGHT_END_STORED)
                             : xr_night_really(record, &options, error);
}

/* --- what is printed and written --- */

static gboolean write_file(const char *dir, const char *name, const char *text, GError **error)
{
    g_autofree char *path = dir != NULL ? g_build_filename(dir, name, NULL) : g_strdup(name);

    return g_file_set_contents(path, text, -1, error);
}

static gboolean write_text(const char *dir, const XrNightReport *report, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "night.txt", NULL);
    FILE *out = fopen(path, "we");

    if (out != NULL)
        xr_tell_night_text(report, out, FALSE);
    if (out != NULL && fclose(out) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: cannot be written: %s", path,
                g_strerror(errno));
    return FALSE;
}

static gboolean write_all(const char *dir, const XrNightReport *report, GError **error)
{
    g_autofree char *tap = xr_tell_night_tap(report);
    g_autofree char *junit = xr_tell_night_junit(report);
    g_autoptr(JsonObject) object = xr_tell_night_json(report);
    g_autofree char *json = xr_json_text(object);

    if (g_mkdir_with_parents(dir, 0755) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--output %s: cannot be made: %s", dir,
                    g_strerror(errno));
        return FALSE;
    }
    return write_text(dir, report, error) && write_file(dir, "night.tap", tap, error) &&
           write_file(dir, "junit.xml", junit, error) && write_file(dir, "night.json", json, error);
}

static void print(const Options *o, const XrNightReport *report)
{
    g_autofree char *tap = o->tap ? xr_tell_night_tap(report) : NULL;

    if (o->tap)
        fputs(tap, stdout);
    else if (o->json)
        cmd_print_json(xr_tell_night_json(report));
    else
        xr_tell_night_text(report, stdout, isatty(STDOUT_FILENO));
}

/* TAP's readers take a skipped test for no trouble, and any exit code but 0 for some. */
static int exit_code(const Options *o, const XrNightReport *report)
{
    const gboolean skipped =
        report->kind == XR_NIGHT_UNSURE && report->end != XR_NIGHT_END_INTERRUPTED;

    return o->tap && skipped ? 0 : xr_night_exit_code(report->kind);
}

int cmd_nightly(int argc, char **argv)
{
    g_auto(GStrv) given = g_strdupv(argv);
    g_auto(Options) o = {0};
    g_autoptr(XrNightRecord) record = NULL;
    g_autoptr(XrNightReport) report = NULL;
    GError *error = NULL;
    const char *there;

    if (!parse_options(&o, &argc, &argv, &error) || !check_options(&o, &error))
        return cmd_fail("nightly", error);
    there = o.resume != NULL ? o.resume : o.replay;
    record = there != NULL ? xr_night_record_open(there, &error) : new_record(&o, given, &error);
    report = record != NULL ? report_of(&o, record, given, &error) : NULL;
    if (report == NULL)
        return cmd_fail("nightly", error);
    print(&o, report);
    if (o.output != NULL && !write_all(o.output, report, &error))
        return cmd_fail("nightly", error);
    if (o.junit != NULL) {
        g_autofree char *junit = xr_tell_night_junit(report);

        if (!write_file(NULL, o.junit, junit, &error))
            return cmd_fail("nightly", error);
    }
    return exit_code(&o, report);
}
