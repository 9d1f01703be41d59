/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: runs of the history for programs: JSON and CSV. */
#include "tell/history.h"

#include "base/json.h"
#include "tell/format.h"
#include <math.h>
#include <string.h>

enum { SCHEMA_VERSION = 1, TEXT_MAX = 8192 };

static char *iso_time(gint64 time_us)
{
    g_autoptr(GDateTime) whole = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
    g_autoptr(GDateTime) time =
        whole != NULL ? g_date_time_add(whole, time_us % G_USEC_PER_SEC) : NULL;

    return time != NULL ? g_date_time_format_iso8601(time) : g_strdup("");
}

/* --- JSON --- */

static JsonObject *host_object(const XrHistoryHost *host)
{
    JsonObject *object = json_object_new();

    xr_tell_set(object, "id", host->id, TEXT_MAX);
    xr_tell_set(object, "fingerprint", host->fingerprint, TEXT_MAX);
    xr_tell_set(object, "origin", host->origin, TEXT_MAX);
    xr_tell_set(object, "arch", host->arch, TEXT_MAX);
    xr_tell_set(object, "cpu", host->cpu, TEXT_MAX);
    json_object_set_int_member(object, "cores", host->cores);
    json_object_set_int_member(object, "memory_bytes", host->memory_bytes);
    xr_tell_set(object, "kernel", host->kernel, TEXT_MAX);
    xr_tell_set(object, "distribution", host->distribution, TEXT_MAX);
    return object;
}

static JsonObject *metrics_object(const GPtrArray *metrics)
{
    JsonObject *all = json_object_new();

    for (guint i = 0; i < metrics->len; i++) {
        const XrHistoryMetric *metric = metrics->pdata[i];
        g_autofree char *name = xr_tell_safe(metric->name, TEXT_MAX);
        JsonObject *object = json_object_new();

        xr_tell_set(object, "unit", metric->unit, TEXT_MAX);
        xr_json_set_number(object, "value", metric->value);
        xr_json_set_number(object, "low", metric->low);
        xr_json_set_number(object, "high", metric->high);
        json_object_set_int_member(object, "count", metric->count);
        json_object_set_object_member(all, name, object);
    }
    return all;
}

static JsonArray *windows_array(const GPtrArray *windows)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < windows->len; i++) {
        const XrHistoryWindow *window = windows->pdata[i];
        JsonObject *object = json_object_new();

        xr_tell_set(object, "metric", window->metric, TEXT_MAX);
        json_object_set_int_member(object, "number", window->number);
        xr_json_set_number(object, "value", window->value);
        json_array_add_object_element(array, object);
    }
    return array;
}

static JsonArray *findings_array(const GPtrArray *findings)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < findings->len; i++) {
        const XrHistoryFinding *finding = findings->pdata[i];
        JsonObject *object = json_object_new();

        xr_tell_set(object, "kind", finding->kind, TEXT_MAX);
        xr_tell_set(object, "weight", finding->weight, TEXT_MAX);
        xr_tell_set(object, "where", finding->where, TEXT_MAX);
        xr_json_set_number(object, "when", finding->when_s);
        xr_tell_set(object, "line", finding->line, TEXT_MAX);
        xr_tell_set(object, "meaning", finding->meaning, TEXT_MAX);
        json_object_set_int_member(object, "count", finding->count);
        json_array_add_object_element(array, object);
    }
    return array;
}

static JsonObject *run_object(const XrHistoryRun *run)
{
    JsonObject *object = json_object_new();
    g_autofree char *started = iso_time(run->started_us);

    xr_tell_set(object, "id", run->id, TEXT_MAX);
    xr_tell_set(object, "started", started, TEXT_MAX);
    xr_json_set_number(object, "seconds", run->seconds);
    xr_tell_set(object, "plan", run->plan, TEXT_MAX);
    xr_tell_set(object, "setup", run->setup, TEXT_MAX);
    xr_tell_set(object, "build", run->build, TEXT_MAX);
    xr_tell_set(object, "build_id", run->build_id, TEXT_MAX);
    xr_tell_set(object, "xen_version", run->xen_version, TEXT_MAX);
    xr_tell_set(object, "verdict", run->verdict, TEXT_MAX);
    xr_tell_set(object, "reason", run->reason, TEXT_MAX);
    json_object_set_boolean_member(object, "complete", run->complete);
    xr_tell_set(object, "incomplete_reason", run->incomplete, TEXT_MAX);
    xr_tell_set(object, "rig", run->rig, TEXT_MAX);
    xr_tell_set(object, "mode", run->mode, TEXT_MAX);
    xr_tell_set(object, "purpose", run->purpose, TEXT_MAX);
    xr_tell_set(object, "record", run->record, TEXT_MAX);
    json_object_set_object_member(object, "host", host_object(run->host));
    json_object_set_object_member(object, "metrics", metrics_object(run->metrics));
    json_object_set_array_member(object, "windows", windows_array(run->windows));
    json_object_set_array_member(object, "findings", findings_array(run->findings));
    return object;
}

JsonObject *xr_tell_history_json(const GPtrArray *runs)
{
    JsonObject *object = json_object_new();
    JsonArray *array = json_array_new();

    for (guint i = 0; i < runs->len; i++)
        json_array_add_object_element(array, run_object(runs->pdata[i]));
    json_object_set_int_member(object, "schema", SCHEMA_VERSION);
    json_object_set_array_member(object, "runs", array);
    return object;
}

/* --- CSV --- */

/* Texts that begin so are formulas to spreadsheets, and records are not trusted. */
static gboolean is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@", text[0]) != NULL;
}

static void add_text(GString *out, const char *text)
{
    g_autofree char *safe = xr_tell_safe(text, TEXT_MAX);
    const gboolean quoted = strpbrk(safe, ",\"\r\n") != NULL || is_formula(safe);

    if (quoted)
        g_string_append_c(out, '"');
    if (is_formula(safe))
        g_string_append_c(out, '\'');
    for (const char *p = safe; *p != '\0'; p++) {
        if (*p == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *p);
    }
    g_string_append(out, quoted ? "\"," : ",");
}

/* The shortest of two forms that reads back to the same value; empty where not known. */
static void add_number(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE] = "";

    if (isfinite(value)) {
        g_ascii_formatd(text, sizeof(text), "%.15g", value);
        if (g_ascii_strtod(text, NULL) != value)
            g_ascii_dtostr(text, sizeof(text), value);
    }
    g_string_append_printf(out, "%s,", text);
}

static void add_run(GString *out, const XrHistoryRun *run)
{
    g_autofree char *started = iso_time(run->started_us);
    const char *const texts[] = {run->id,    started,      run->host->id, run->plan,
                                 run->setup, run->build,   run->build_id, run->xen_version,
                                 run->mode,  run->purpose, run->verdict,  run->reason};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        add_text(out, texts[i]);
    add_number(out, run->seconds);
}

static void add_metric(GString *out, const XrHistoryMetric *metric)
{
    add_text(out, metric->name);
    add_text(out, metric->unit);
    add_number(out, metric->value);
    add_number(out, metric->low);
    add_number(out, metric->high);
    g_string_append_printf(out, "%u,", metric->count);
}

static void add_complete(GString *out, const XrHistoryRun *run)
{
    add_text(out, run->incomplete);
    g_string_append_printf(out, "%s\n", run->complete ? "yes" : "no");
}

char *xr_tell_history_csv(const GPtrArray *runs)
{
    GString *out = g_string_new("run,started,host,plan,setup,build,build_id,xen_version,mode,"
                                "purpose,verdict,reason,seconds,metric,unit,value,low,high,count,"
                                "incomplete_reason,complete\n");

    for (guint i = 0; i < runs->len; i++) {
        const XrHistoryRun *run = runs->pdata[i];

        for (guint m = 0; m < run->metrics->len; m++) {
            add_run(out, run);
            add_metric(out, run->metrics->pdata[m]);
            add_complete(out, run);
        }
        if (run->metrics->len > 0)
            continue;
        add_run(out, run);
        g_string_append(out, ",,,,,,");
        add_complete(out, run);
    }
    return g_string_free(out, FALSE);
}
