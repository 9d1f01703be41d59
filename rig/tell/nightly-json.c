/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night for programs; nightly.schema.json describes the object. */
#include "tell/nightly.h"

#include "base/json.h"
#include "tell/format.h"

enum { SCHEMA = 1, TEXT_MAX = 2000 };

static JsonArray *numbers(const GArray *values)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < values->len; i++)
        json_array_add_double_element(array, g_array_index(values, double, i));
    return array;
}

static JsonArray *changes_of(const XrNightMetric *metric)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; metric->series != NULL && i < metric->changes->len; i++) {
        const XrChangePoint *change = &g_array_index(metric->changes, XrChangePoint, i);
        const XrHistoryPoint *point = metric->series->points->pdata[change->index];
        JsonObject *object = json_object_new();

        xr_tell_set(object, "run", point->run, TEXT_MAX);
        xr_tell_set(object, "build_id", point->build_id, TEXT_MAX);
        json_object_set_int_member(object, "started_us", point->started_us);
        xr_json_set_number(object, "before", change->before);
        xr_json_set_number(object, "after", change->after);
        xr_json_set_number(object, "p", change->p);
        json_array_add_object_element(array, object);
    }
    return array;
}

static JsonObject *metric_object(const XrNightMetric *metric)
{
    const XrNightResult *result = &metric->result;
    JsonObject *object = json_object_new();
    g_autofree char *words = xr_tell_night_why(metric);

    xr_tell_set(object, "metric", metric->metric, TEXT_MAX);
    xr_tell_set(object, "unit", metric->unit, TEXT_MAX);
    xr_tell_set(object, "verdict", xr_night_kind_name(result->kind), TEXT_MAX);
    xr_tell_set(object, "why", xr_night_why_name(result->why), TEXT_MAX);
    xr_tell_set(object, "reason", words, TEXT_MAX);
    xr_json_set_number(object, "baseline", result->base);
    xr_json_set_number(object, "value", result->value);
    json_object_set_array_member(object, "baseline_values", numbers(metric->base));
    json_object_set_array_member(object, "values", numbers(metric->values));
    xr_json_set_number(object, "ratio", result->effect.ratio);
    xr_json_set_number(object, "ratio_low", result->effect.low);
    xr_json_set_number(object, "ratio_high", result->effect.high);
    xr_json_set_number(object, "p", result->p);
    xr_json_set_number(object, "usual", result->usual);
    json_object_set_object_member(object, "fence", xr_tell_fence_json(&metric->input.fence));
    json_object_set_object_member(object, "baseline_fence",
                                  xr_tell_fence_json(&metric->input.base_fence));
    json_object_set_int_member(object, "history_runs",
                               metric->series != NULL ? metric->series->points->len : 0);
    json_object_set_int_member(object, "history_starved",
                               metric->series != NULL ? metric->series->starved : 0);
    json_object_set_array_member(object, "changes", changes_of(metric));
    return object;
}

static JsonObject *run_object(const XrNightRun *run)
{
    JsonObject *object = json_object_new();

    xr_tell_set(object, "run", run->id, TEXT_MAX);
    xr_tell_set(object, "record", run->dir, TEXT_MAX);
    xr_tell_set(object, "verdict", run->verdict, TEXT_MAX);
    xr_tell_set(object, "reason", run->reason, TEXT_MAX);
    json_object_set_boolean_member(object, "complete", run->complete);
    xr_tell_set(object, "incomplete_reason", run->incomplete, TEXT_MAX);
    xr_json_set_number(object, "seconds", run->seconds);
    xr_json_set_number(object, "host_wait", run->host_wait);
    json_object_set_boolean_member(object, "starved", run->starved);
    return object;
}

static JsonObject *cell_object(const XrNightCell *cell)
{
    JsonObject *object = json_object_new();
    JsonArray *runs = json_array_new(), *metrics = json_array_new();

    for (guint i = 0; i < cell->runs->len; i++)
        json_array_add_object_element(runs, run_object(cell->runs->pdata[i]));
    for (guint i = 0; i < cell->metrics->len; i++)
        json_array_add_object_element(metrics, metric_object(cell->metrics->pdata[i]));
    xr_tell_set(object, "plan", cell->plan, TEXT_MAX);
    xr_tell_set(object, "build", cell->build, TEXT_MAX);
    json_object_set_boolean_member(object, "is_baseline", cell->is_baseline);
    xr_tell_set(object, "verdict", xr_night_kind_name(cell->kind), TEXT_MAX);
    xr_tell_set(object, "reason", cell->reason, TEXT_MAX);
    json_object_set_int_member(object, "runs_wanted", cell->wanted);
    json_object_set_int_member(object, "runs_told", cell->told);
    json_object_set_int_member(object, "runs_starved", cell->starved);
    xr_json_set_number(object, "seconds", cell->seconds);
    json_object_set_array_member(object, "runs", runs);
    json_object_set_array_member(object, "metrics", metrics);
    return object;
}

JsonObject *xr_tell_night_json(const XrNightReport *report)
{
    static const char *const ends[] = {"whole", "budget", "interrupted", "stored"};
    JsonObject *object = json_object_new();
    JsonArray *cells = json_array_new(), *notes = json_array_new();

    for (guint i = 0; i < report->cells->len; i++)
        json_array_add_object_element(cells, cell_object(report->cells->pdata[i]));
    for (guint i = 0; i < report->notes->len; i++) {
        g_autofree char *note = xr_tell_safe(report->notes->pdata[i], TEXT_MAX);

        json_array_add_string_element(notes, note);
    }
    json_object_set_int_member(object, "schema", SCHEMA);
    xr_tell_set(object, "verdict", xr_night_kind_name(report->kind), TEXT_MAX);
    json_object_set_int_member(object, "exit_code", xr_night_exit_code(report->kind));
    xr_tell_set(object, "end", ends[report->end], TEXT_MAX);
    xr_tell_set(object, "night", report->night->name, TEXT_MAX);
    xr_tell_set(object, "baseline", report->night->baseline, TEXT_MAX);
    json_object_set_int_member(object, "runs", report->night->runs);
    xr_json_set_number(object, "false_alarm", report->night->false_alarm);
    json_object_set_int_member(object, "seed", report->seed);
    xr_tell_set(object, "started", report->started, TEXT_MAX);
    xr_tell_set(object, "host", report->host, TEXT_MAX);
    xr_tell_set(object, "record", report->dir, TEXT_MAX);
    json_object_set_array_member(object, "results", cells);
    json_object_set_array_member(object, "notes", notes);
    return object;
}
