/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night, a file of builds that plans are run over, against a pinned one. */
#include "plan/night.h"

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "plan/file.h"
#include "plan/schema.h"
#include "plan/shipped.h"
#include <string.h>

#define SUFFIX  ".night"
#define SECTION "nightly"

enum { RUNS_MIN = 3, RUNS_MAX = 100, RUNS = 10 };
static const double false_alarm_min = 0.0001, false_alarm_max = 0.2, false_alarm_usual = 0.001;
static const guint64 budget_max_ns = (guint64)240 * 3600 * 1000000000;

void xr_night_free(XrNight *night)
{
    if (night == NULL)
        return;
    g_free(night->name);
    g_free(night->description);
    g_free(night->baseline);
    g_strfreev(night->builds);
    g_strfreev(night->plans);
    g_strfreev(night->metrics);
    g_free(night);
}

/* --- values --- */

static gboolean refuse(GError **error, const char *value, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* FALSE with "VALUE" and what would be taken. */
static gboolean refuse(GError **error, const char *value, const char *format, ...)
{
    g_autofree char *shown = xr_text_escape(value, -1, 200);
    g_autofree char *way = NULL;
    va_list args;

    va_start(args, format);
    way = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" %s", shown, way);
    return FALSE;
}

static gboolean set_words(char ***words, const char *value, guint most, const char *noun,
                          GError **error)
{
    g_auto(GStrv) found = xr_text_words(value);
    const guint count = g_strv_length(found);

    if (count == 0 || count > most)
        return refuse(error, value, "names %u %ss; name 1 to %u, with spaces between", count, noun,
                      most);
    for (guint i = 0; i < count; i++) {
        if (g_strv_contains((const char *const *)found + i + 1, found[i]))
            return refuse(error, value, "names %s twice; name each %s once", found[i], noun);
    }
    g_strfreev(*words);
    *words = g_steal_pointer(&found);
    return TRUE;
}

static gboolean set_description(XrNight *night, const char *value, GError **error)
{
    g_free(night->description);
    night->description = xr_text_escape(value, -1, 200);
    return TRUE;
}

static gboolean set_baseline(XrNight *night, const char *value, GError **error)
{
    if (*value == '\0' || strchr(value, ' ') != NULL)
        return refuse(error, value,
                      "is not one build; name the one that all others are compared with, e.g. "
                      "debian:bookworm");
    g_free(night->baseline);
    night->baseline = g_strdup(value);
    return TRUE;
}

static gboolean set_builds(XrNight *night, const char *value, GError **error)
{
    return set_words(&night->builds, value, XR_NIGHT_BUILDS_MAX, "build", error);
}

static gboolean set_plans(XrNight *night, const char *value, GError **error)
{
    return set_words(&night->plans, value, XR_NIGHT_PLANS_MAX, "plan", error);
}

static gboolean set_metrics(XrNight *night, const char *value, GError **error)
{
    if (!g_str_equal(value, "auto"))
        return set_words(&night->metrics, value, XR_NIGHT_METRICS_MAX, "metric", error);
    g_strfreev(night->metrics);
    night->metrics = g_new0(char *, 1);
    return TRUE;
}

static gboolean set_runs(XrNight *night, const char *value, GError **error)
{
    guint64 runs;

    if (!g_ascii_string_to_unsigned(value, 10, RUNS_MIN, RUNS_MAX, &runs, NULL))
        return refuse(error, value,
                      "is not a whole number from %d to %d; fewer than %d runs of each build tell "
                      "nothing",
                      RUNS_MIN, RUNS_MAX, RUNS_MIN);
    night->runs = (guint)runs;
    return TRUE;
}

static gboolean set_budget(XrNight *night, const char *value, GError **error)
{
    guint64 budget;

    if (!xr_units_parse_duration(value, &budget, error))
        return FALSE;
    if (budget > budget_max_ns)
        return refuse(error, value, "is more than 240h; write the time that all runs may take");
    night->budget = budget;
    return TRUE;
}

static gboolean set_false_alarm(XrNight *night, const char *value, GError **error)
{
    double rate;

    if (!xr_units_parse_ratio(value, &rate, error))
        return FALSE;
    if (rate < false_alarm_min || rate > false_alarm_max)
        return refuse(error, value, "is not from 0.01%% to 20%%");
    night->false_alarm = rate;
    return TRUE;
}

/* --- keys --- */

typedef struct {
    const char *name, *option; /* option: the command's, which sets it */
    gboolean (*set)(XrNight *night, const char *value, GError **error);
} Key;

static const Key keys[] = {
    {"description", "--description", set_description},
    {"baseline", "--baseline", set_baseline},
    {"builds", "--build", set_builds},
    {"plans", "--plan", set_plans},
    {"metrics", "--metric", set_metrics},
    {"runs", "--runs", set_runs},
    {"budget", "--budget", set_budget},
    {"false_alarm", "--false-alarm", set_false_alarm},
};

static const Key *find_key(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].name, name))
            return &keys[i];
    }
    return NULL;
}

static gboolean refuse_unknown(const XrPlanEntry *entry, const char *path, GError **error)
{
    const char *names[G_N_ELEMENTS(keys) + 1] = {NULL};
    g_autofree char *section = xr_text_escape(entry->section, -1, 80);
    g_autofree char *name = xr_text_escape(entry->key != NULL ? entry->key : "", -1, 80);
    g_autofree char *near = NULL;
    g_autofree char *known = NULL;

    if (!g_str_equal(entry->section, SECTION)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s:%u: [%s]: no such section; a night has one, [" SECTION
                    "]; what its plans do is in the plans, or --set",
                    path, entry->line, section);
        return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        names[i] = keys[i].name;
    near = xr_schema_suggest(entry->key, names);
    known = g_strjoinv(", ", (char **)names);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s:%u: " SECTION ".%s: no such key in [" SECTION "];%s known: %s", path,
                entry->line, name, near, known);
    return FALSE;
}

static gboolean take_entry(XrNight *night, const XrPlanEntry *entry, const char *path,
                           GError **error)
{
    const gboolean ours = g_str_equal(entry->section, SECTION);
    const Key *key = ours && entry->key != NULL ? find_key(entry->key) : NULL;

    if (ours && entry->key == NULL)
        return TRUE;
    if (key == NULL)
        return refuse_unknown(entry, path, error);
    if (key->set(night, entry->value, error))
        return TRUE;
    g_prefix_error(error, "%s:%u: " SECTION ".%s: ", path, entry->line, key->name);
    return FALSE;
}

static gboolean take_change(XrNight *night, const char *change, GError **error)
{
    const char *equals = strchr(change, '=');
    g_autofree char *name = g_strndup(change, (gsize)(equals - change));
    const Key *key = find_key(name);

    if (key->set(night, equals + 1, error))
        return TRUE;
    g_prefix_error(error, "%s: ", key->option);
    return FALSE;
}

static gboolean check_needed(const XrNight *night, const char *path, GError **error)
{
    const char *missing = night->baseline == NULL ? "baseline"
                          : night->builds == NULL ? "builds"
                          : night->plans == NULL  ? "plans"
                                                  : NULL;

    if (missing == NULL)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: " SECTION ".%s is missing; a night needs baseline=BUILD, builds=BUILD… and "
                "plans=PLAN…",
                path, missing);
    return FALSE;
}

XrNight *xr_night_load(const char *path, const char *const *changes, GError **error)
{
    g_autofree char *file = xr_shipped_find(path, SUFFIX, "night", error);
    g_autoptr(GPtrArray) entries = file != NULL ? xr_plan_file_read(file, error) : NULL;
    g_autoptr(XrNight) night = NULL;

    if (entries == NULL)
        return NULL;
    night = g_new0(XrNight, 1);
    night->name = xr_shipped_name(file, SUFFIX);
    night->description = g_strdup("");
    night->metrics = g_new0(char *, 1);
    night->runs = RUNS;
    night->false_alarm = false_alarm_usual;
    for (guint i = 0; i < entries->len; i++) {
        if (!take_entry(night, entries->pdata[i], file, error))
            return NULL;
    }
    for (gsize i = 0; changes != NULL && changes[i] != NULL; i++) {
        if (!take_change(night, changes[i], error))
            return NULL;
    }
    return check_needed(night, file, error) ? g_steal_pointer(&night) : NULL;
}

static void show_words(GKeyFile *file, const char *key, char **words)
{
    g_autofree char *text = g_strjoinv(" ", words);

    g_key_file_set_string(file, SECTION, key, *words != NULL ? text : "auto");
}

char *xr_night_show(const XrNight *night)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *budget = xr_units_format_duration(night->budget);
    g_autofree char *rate = xr_units_format_ratio(night->false_alarm);

    g_key_file_set_string(file, SECTION, "description", night->description);
    g_key_file_set_string(file, SECTION, "baseline", night->baseline);
    show_words(file, "builds", night->builds);
    show_words(file, "plans", night->plans);
    show_words(file, "metrics", night->metrics);
    g_key_file_set_uint64(file, SECTION, "runs", night->runs);
    g_key_file_set_string(file, SECTION, "budget", budget);
    g_key_file_set_string(file, SECTION, "false_alarm", rate);
    return g_key_file_to_data(file, NULL, NULL);
}
