/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the report for programs, as report.schema.json describes it. */
#include "tell/tell.h"

#include "base/json.h"
#include "tell/format.h"
#include "tell/locks.h"
#include "tell/stages.h"

#include <math.h>

/* Raised when a member goes away or changes its meaning; new members do not raise it. */
#define SCHEMA_VERSION 1
#define QUOTE_MAX      4096

/* JSON knows no NaN and no infinity: what was not measured is null. */
static JsonNode *number(double value)
{
    return isfinite(value) ? json_node_init_double(json_node_alloc(), value)
                           : json_node_init_null(json_node_alloc());
}

/* -1 is unknown. */
static void set_count(JsonObject *obj, const char *name, gint64 value)
{
    if (value < 0)
        json_object_set_null_member(obj, name);
    else
        json_object_set_int_member(obj, name, value);
}

static JsonObject *metric_object(const XrMetric *metric)
{
    JsonObject *obj = json_object_new();
    JsonArray *samples = json_array_new();
    for (guint i = 0; metric->samples != NULL && i < metric->samples->len; i++)
        json_array_add_element(samples, number(g_array_index(metric->samples, double, i)));
    json_object_set_member(obj, "value", number(metric->value));
    xr_tell_set(obj, "unit", metric->unit == NULL ? "" : metric->unit, QUOTE_MAX);
    json_object_set_member(obj, "low", number(metric->low));
    json_object_set_member(obj, "high", number(metric->high));
    json_object_set_array_member(obj, "samples", samples);
    return obj;
}

static JsonObject *metrics_object(const XrVerdict *verdict)
{
    JsonObject *metrics = json_object_new();
    for (guint i = 0; i < verdict->metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(verdict->metrics, i);
        g_autofree char *name = xr_tell_safe(metric->name, 128);
        json_object_set_object_member(metrics, name, metric_object(metric));
    }
    return metrics;
}

static JsonObject *finding_object(const XrFinding *finding, const GPtrArray *stages)
{
    JsonObject *obj = json_object_new();
    xr_tell_set(obj, "kind", finding->kind == NULL ? "" : finding->kind, QUOTE_MAX);
    json_object_set_string_member(obj, "weight", xr_verdict_name(finding->weight));
    xr_tell_set(obj, "where", finding->where == NULL ? "" : finding->where, QUOTE_MAX);
    json_object_set_member(obj, "when",
                           number(finding->when_ns < 0 ? NAN : (double)finding->when_ns / 1e9));
    xr_tell_set(obj, "stage", xr_tell_stage_at(stages, finding->when_ns), QUOTE_MAX);
    xr_tell_set(obj, "line", finding->line, QUOTE_MAX);
    xr_tell_set(obj, "meaning", finding->meaning == NULL ? "" : finding->meaning, QUOTE_MAX);
    json_object_set_int_member(obj, "count", MAX(finding->count, 1));
    return obj;
}

static JsonArray *findings_array(const XrReport *report)
{
    JsonArray *findings = json_array_new();
    g_autoptr(GPtrArray) stages = xr_tell_stages(report->record_dir);
    for (guint i = 0; i < report->verdict->findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(report->verdict->findings, i);
        json_array_add_object_element(findings, finding_object(finding, stages));
    }
    return findings;
}

/* The effective plan as xr_plan_show writes it: section -> key -> value as a plan would say it. */
static JsonObject *settings_object(const XrPlan *plan)
{
    JsonObject *settings = json_object_new();
    g_autofree char *text = xr_plan_show(plan, FALSE);
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (!g_key_file_load_from_data(file, text, (gsize)-1, G_KEY_FILE_NONE, NULL))
        return settings;
    g_auto(GStrv) sections = g_key_file_get_groups(file, NULL);
    for (char **section = sections; *section != NULL; section++) {
        JsonObject *keys = json_object_new();
        g_auto(GStrv) names = g_key_file_get_keys(file, *section, NULL, NULL);
        for (char **name = names; name != NULL && *name != NULL; name++) {
            g_autofree char *value = g_key_file_get_string(file, *section, *name, NULL);
            xr_tell_set(keys, *name, value, QUOTE_MAX);
        }
        json_object_set_object_member(settings, *section, keys);
    }
    return settings;
}

static JsonObject *plan_object(const XrPlan *plan)
{
    JsonObject *obj = json_object_new();
    xr_tell_set(obj, "name", plan->plan.name, QUOTE_MAX);
    xr_tell_set(obj, "description", plan->plan.description == NULL ? "" : plan->plan.description,
                QUOTE_MAX);
    json_object_set_object_member(obj, "settings", settings_object(plan));
    return obj;
}

static JsonArray *kernels_array(JsonObject *build)
{
    static const char *const members[] = {"of", "name", "release", "sha256"};
    JsonArray *kernels = xr_json_array(build, "kernels");
    JsonArray *out = json_array_new();
    for (guint i = 0; i < json_array_get_length(kernels); i++) {
        JsonObject *kernel = xr_json_element_object(kernels, i);
        JsonObject *obj = json_object_new();
        for (guint m = 0; m < G_N_ELEMENTS(members); m++)
            xr_tell_set(obj, members[m],
                        kernel == NULL ? NULL : xr_json_string(kernel, members[m], NULL),
                        QUOTE_MAX);
        json_array_add_object_element(out, obj);
    }
    return out;
}

/* Builds with the members the schema knows; what else run.json says of them stays there. */
static JsonArray *builds_array(JsonObject *run)
{
    static const char *const members[] = {"name", "id", "xen_version", "toolstack",
                                          "kernel_release"};
    JsonArray *out = json_array_new();
    JsonArray *builds = xr_json_array(run, "builds");
    for (guint i = 0; builds != NULL && i < json_array_get_length(builds); i++) {
        JsonObject *build = xr_json_element_object(builds, i);
        JsonObject *obj = json_object_new();
        for (guint m = 0; m < G_N_ELEMENTS(members); m++)
            xr_tell_set(obj, members[m], xr_json_string(build, members[m], NULL), QUOTE_MAX);
        if (xr_json_array(build, "kernels") != NULL)
            json_object_set_array_member(obj, "kernels", kernels_array(build));
        JsonArray *inputs = xr_json_array(build, "inputs");
        json_object_set_array_member(obj, "inputs",
                                     inputs == NULL ? json_array_new() : json_array_ref(inputs));
        json_array_add_object_element(out, obj);
    }
    return out;
}

static JsonObject *machine_object(JsonObject *run)
{
    static const char *const members[] = {"qemu", "libvirt", "accel", "cpu_model"};
    JsonObject *obj = json_object_new();
    for (guint m = 0; m < G_N_ELEMENTS(members); m++)
        xr_tell_set(obj, members[m], xr_json_string(run, members[m], NULL), QUOTE_MAX);
    return obj;
}

static JsonObject *leaks_object(const XrObservation *obs)
{
    JsonObject *obj = json_object_new();
    set_count(obj, "free_bytes_before", obs->free_before);
    set_count(obj, "free_bytes_after", obs->free_after);
    set_count(obj, "grants_before", obs->grants_before);
    set_count(obj, "grants_after", obs->grants_after);
    return obj;
}

static JsonArray *incomplete_array(const XrVerdict *verdict)
{
    JsonArray *reasons = json_array_new();

    for (guint i = 0; !xr_verdict_is_complete(verdict) && i < verdict->incomplete->len; i++) {
        g_autofree char *reason = xr_tell_safe(verdict->incomplete->pdata[i], QUOTE_MAX);

        json_array_add_string_element(reasons, reason);
    }
    return reasons;
}

JsonObject *xr_tell_json(const XrReport *report)
{
    const XrVerdict *verdict = report->verdict;
    JsonObject *obj = json_object_new();
    JsonObject *host = xr_json_object(report->run, "host");
    json_object_set_int_member(obj, "schema", SCHEMA_VERSION);
    json_object_set_string_member(obj, "verdict", xr_verdict_name(verdict->kind));
    json_object_set_int_member(obj, "exit_code", xr_verdict_exit_code(verdict->kind));
    xr_tell_set(obj, "reason", verdict->reason == NULL ? "" : verdict->reason, QUOTE_MAX);
    json_object_set_boolean_member(obj, "complete", xr_verdict_is_complete(verdict));
    json_object_set_array_member(obj, "incomplete", incomplete_array(verdict));
    xr_tell_set(obj, "run", xr_json_string(report->run, "id", NULL), QUOTE_MAX);
    xr_tell_set(obj, "started", xr_json_string(report->run, "started", NULL), QUOTE_MAX);
    xr_tell_set(obj, "rig", xr_json_string(report->run, "rig", NULL), QUOTE_MAX);
    json_object_set_object_member(obj, "plan", plan_object(report->plan));
    json_object_set_array_member(obj, "builds", builds_array(report->run));
    json_object_set_object_member(obj, "machine", machine_object(report->run));
    json_object_set_object_member(obj, "host",
                                  host == NULL ? json_object_new() : json_object_ref(host));
    json_object_set_object_member(obj, "metrics", metrics_object(verdict));
    json_object_set_array_member(obj, "locks", xr_tell_locks_json(verdict->locks));
    if (verdict->functions != NULL)
        json_object_set_object_member(
            obj, "functions", xr_functions_json(verdict->functions, verdict->counted_bytes));
    json_object_set_object_member(obj, "leaks", leaks_object(report->obs));
    json_object_set_array_member(obj, "findings", findings_array(report));
    xr_tell_set(obj, "record", report->record_dir, QUOTE_MAX);
    return obj;
}
