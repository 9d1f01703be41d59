/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run's record read for the history. */
#include "keep/history-run.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/text.h"
#include "judge/judge.h"
#include "keep/record.h"
#include "keep/run-figure.h"
#include "keep/stored-verdict.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 200, TEXT_MAX_BYTES = 4096, MOST = 2000 };
/* The last event is looked for in so much of events.jsonl: the longest lines are a little above 1 MiB. */
#define TAIL_BYTES (2 * 1024 * 1024)

static char *text_of(JsonObject *object, const char *name, gsize most)
{
    return xr_text_escape(xr_json_string(object, name, ""), -1, most);
}

static gboolean refuse(const char *dir, const char *name, GError **error, const char *what)
{
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s/%s: %s", dir, name, what);
    return FALSE;
}

/* --- where it was made --- */

char *xr_history_imported_dir(const char *origin)
{
    g_autofree char *state = xr_paths_state();

    return g_build_filename(state, "imported", origin, NULL);
}

/* "NAME" of STATE/imported/NAME/…; "" for all other places. */
static char *origin_of(const char *record)
{
    g_autofree char *imported = xr_history_imported_dir(NULL);
    const gsize length = strlen(imported);

    if (strncmp(record, imported, length) != 0 || record[length] != '/')
        return g_strdup("");
    return g_strndup(record + length + 1, strcspn(record + length + 1, "/"));
}

static XrHistoryHost *read_host(JsonObject *object, const char *record)
{
    XrHistoryHost *host = g_new0(XrHistoryHost, 1);

    host->fingerprint = text_of(object, "id", NAME_MAX_BYTES);
    host->origin = origin_of(record);
    host->id = host->origin[0] != '\0' ? g_strconcat(host->fingerprint, "@", host->origin, NULL)
                                       : g_strdup(host->fingerprint);
    host->arch = text_of(object, "arch", NAME_MAX_BYTES);
    host->cpu = text_of(object, "cpu", NAME_MAX_BYTES);
    host->kernel = text_of(object, "kernel", NAME_MAX_BYTES);
    host->distribution = text_of(object, "distribution", NAME_MAX_BYTES);
    host->cores = xr_json_int(object, "cores", 0);
    host->memory_bytes = xr_json_int(object, "memory_bytes", 0);
    return host;
}

/* --- figures --- */

/* "throughput.w03/vbd0", "cpu.w03": they stay in the record. */
static gboolean is_of_one_domu(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot != NULL && dot[1] == 'w' && g_ascii_isdigit(dot[2]);
}

static gboolean is_by_window(const char *name)
{
    static const char *const names[] = {"throughput", "tick_throughput", "requests",
                                        "fairness",   "host_wait",       NULL};

    return g_strv_contains(names, name);
}

static void read_windows(XrHistoryRun *run, const char *name, JsonArray *samples)
{
    const guint count = samples != NULL ? json_array_get_length(samples) : 0;

    for (guint i = 0; i < MIN(count, (guint)MOST); i++) {
        JsonNode *node = json_array_get_element(samples, i);
        XrHistoryWindow *window = g_new0(XrHistoryWindow, 1);

        window->metric = g_strdup(name);
        window->number = i + 1;
        window->value = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : NAN;
        g_ptr_array_add(run->windows, window);
    }
}

static XrHistoryMetric *read_metric(const char *name, JsonObject *object)
{
    XrHistoryMetric *metric = g_new0(XrHistoryMetric, 1);
    JsonArray *samples = xr_json_array(object, "samples");

    metric->name = xr_text_escape(name, -1, NAME_MAX_BYTES);
    metric->unit = text_of(object, "unit", NAME_MAX_BYTES);
    metric->value = xr_json_double(object, "value", NAN);
    metric->low = xr_json_double(object, "low", NAN);
    metric->high = xr_json_double(object, "high", NAN);
    metric->count = samples != NULL ? json_array_get_length(samples) : 0;
    return metric;
}

static void read_metrics(XrHistoryRun *run, JsonObject *metrics)
{
    g_autoptr(GList) members = metrics != NULL ? json_object_get_members(metrics) : NULL;
    g_autoptr(GList) names = g_list_sort(g_steal_pointer(&members), (GCompareFunc)strcmp);
    const char *main_figure = xr_history_main_figure(run->mode);

    for (GList *l = names; l != NULL && run->metrics->len < MOST; l = l->next) {
        const char *name = l->data;
        JsonObject *object = xr_json_object(metrics, name);

        if (is_of_one_domu(name))
            continue;
        g_ptr_array_add(run->metrics, read_metric(name, object));
        if (is_by_window(name))
            read_windows(run, name, xr_json_array(object, "samples"));
        if (g_str_equal(name, main_figure))
            run->figure = read_metric(name, object);
    }
}

static void read_findings(XrHistoryRun *run, JsonArray *findings)
{
    const guint count = findings != NULL ? json_array_get_length(findings) : 0;

    for (guint i = 0; i < MIN(count, (guint)MOST); i++) {
        JsonObject *object = xr_json_element_object(findings, i);
        XrHistoryFinding *finding = g_new0(XrHistoryFinding, 1);

        finding->kind = text_of(object, "kind", NAME_MAX_BYTES);
        finding->weight = text_of(object, "weight", NAME_MAX_BYTES);
        finding->where = text_of(object, "where", NAME_MAX_BYTES);
        finding->line = text_of(object, "line", TEXT_MAX_BYTES);
        finding->meaning = text_of(object, "meaning", TEXT_MAX_BYTES);
        finding->when_s = xr_json_double(object, "when", NAN);
        finding->count = (guint)CLAMP(xr_json_int(object, "count", 1), 1, G_MAXINT);
        g_ptr_array_add(run->findings, finding);
    }
}

/* --- when --- */

/* Time of the last whole event, in seconds since the start; NaN where there is none. */
static double read_length(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "events.jsonl", NULL);
    g_autofree char *tail = g_malloc(TAIL_BYTES + 1);
    FILE *in = fopen(path, "re");
    gsize got;
    double seconds = NAN;

    if (in == NULL)
        return NAN;
    if (fseek(in, -TAIL_BYTES, SEEK_END) != 0)
        rewind(in);
    got = fread(tail, 1, TAIL_BYTES, in);
    fclose(in);
    tail[got] = '\0';
    /* What follows the last newline is torn. */
    for (char *end = strrchr(tail, '\n'); end != NULL && isnan(seconds);
         end = strrchr(tail, '\n')) {
        const char *begin;
        g_autoptr(JsonObject) event = NULL;

        *end = '\0';
        begin = strrchr(tail, '\n');
        event = xr_json_parse_line(begin != NULL ? begin + 1 : tail, -1, NULL);
        seconds = xr_json_double(event, "t", NAN) / 1e9;
    }
    return seconds;
}

static gint64 parse_time(const char *text)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);

    if (time == NULL)
        return -1;
    return g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time);
}

/* --- the whole --- */

static gboolean is_verdict(const char *text)
{
    for (XrVerdictKind kind = XR_PASS; kind <= XR_FAIL; kind++) {
        if (g_str_equal(text, xr_verdict_name(kind)))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_id(const char *text, const char *characters, gsize most)
{
    const gsize length = strspn(text, characters);

    return length > 0 && length <= most && text[length] == '\0';
}

/* What no record of ours lacks, however old. */
static gboolean check(const XrHistoryRun *run, const char *dir, GError **error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    if (!is_id(run->id, letters, 64))
        return refuse(dir, "verdict.json", error, "has no run's id in \"run\": it is damaged");
    if (run->started_us < 0)
        return refuse(dir, "verdict.json", error, "has no time in \"started\": it is damaged");
    if (!is_verdict(run->verdict))
        return refuse(dir, "verdict.json", error, "has no verdict in \"verdict\": it is damaged");
    if (!is_id(run->host->fingerprint, "0123456789abcdef", 16))
        return refuse(dir, "verdict.json", error,
                      "has no host's fingerprint in \"host\": it is damaged");
    return TRUE;
}

static void read_build(XrHistoryRun *run, JsonObject *report, JsonObject *settings)
{
    JsonObject *build = xr_json_element_object(xr_json_array(report, "builds"), 0);

    run->build = text_of(build, "name", NAME_MAX_BYTES);
    run->build_id = text_of(build, "id", NAME_MAX_BYTES);
    run->xen_version = text_of(build, "xen_version", NAME_MAX_BYTES);
    /* One that could not be made ready. */
    if (run->build[0] == '\0') {
        g_free(run->build);
        run->build = text_of(xr_json_object(settings, "hypervisor"), "build", NAME_MAX_BYTES);
    }
}

static void read_verdict(XrHistoryRun *run, JsonObject *report)
{
    g_auto(XrStoredVerdict) stored = {0};

    xr_stored_verdict_read(report, &stored);
    run->verdict = xr_text_escape(stored.verdict, -1, NAME_MAX_BYTES);
    run->reason = xr_text_escape(stored.reason, -1, TEXT_MAX_BYTES);
    run->complete = stored.complete;
    run->incomplete = xr_text_escape(stored.incomplete, -1, TEXT_MAX_BYTES);
}

/* A comparison's run may be a process of its own, which was told. */
static void read_purpose(XrHistoryRun *run, JsonObject *description)
{
    JsonArray *argv = xr_json_array(description, "argv");
    JsonNode *first =
        argv != NULL && json_array_get_length(argv) > 0 ? json_array_get_element(argv, 0) : NULL;
    const char *text = first != NULL && JSON_NODE_HOLDS_VALUE(first) &&
                               json_node_get_value_type(first) == G_TYPE_STRING
                           ? json_node_get_string(first)
                           : "";

    text = xr_json_string(description, "purpose", text);
    run->purpose = g_strdup(is_id(text, "abcdefghijklmnopqrstuvwxyz-", 16) ? text : "run");
}

gboolean xr_history_is_record(const char *dir)
{
    static const char *const files[] = {"verdict.json", "run.json", "events.jsonl", "plan"};

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(dir, files[i], NULL);

        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return FALSE;
    }
    return TRUE;
}

XrHistoryRun *xr_history_run_read(const char *dir, GError **error)
{
    g_autoptr(JsonObject) report = xr_record_read_json(dir, "verdict.json", error);
    g_autoptr(JsonObject) description =
        report != NULL ? xr_record_read_json(dir, "run.json", error) : NULL;
    g_autoptr(XrHistoryRun) run = g_new0(XrHistoryRun, 1);
    JsonObject *plan = xr_json_object(report, "plan"), *settings;

    if (description == NULL)
        return NULL;
    settings = xr_json_object(plan, "settings");
    run->id = text_of(report, "run", NAME_MAX_BYTES);
    run->record = g_canonicalize_filename(dir, NULL);
    run->plan = text_of(plan, "name", NAME_MAX_BYTES);
    run->setup = xr_run_figure_setup(plan);
    read_build(run, report, settings);
    read_verdict(run, report);
    run->rig = text_of(report, "rig", NAME_MAX_BYTES);
    run->mode = text_of(xr_json_object(settings, "machine"), "time", NAME_MAX_BYTES);
    read_purpose(run, description);
    run->started_us = parse_time(xr_json_string(report, "started", ""));
    run->seconds = read_length(dir);
    run->host = read_host(xr_json_object(report, "host"), run->record);
    run->metrics = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_metric_free);
    run->windows = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_window_free);
    run->findings = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_finding_free);
    read_metrics(run, xr_json_object(report, "metrics"));
    read_findings(run, xr_json_array(report, "findings"));
    return check(run, dir, error) ? g_steal_pointer(&run) : NULL;
}
