/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a comparison came to, for programs, as compare.schema.json describes it. */
#include "tell/compare.h"

#include "base/json.h"
#include "judge/centre.h"
#include "tell/format.h"
#include "tell/functions.h"
#include <math.h>

enum { SCHEMA_VERSION = 1, TEXT_MAX = 4096 };
static const double confidence = 0.95;

static JsonObject *interval_object(const XrEffect *effect)
{
    JsonObject *object = json_object_new();
    const gboolean known = effect->low > 0;

    xr_json_set_number(object, "low", known ? effect->low : NAN);
    xr_json_set_number(object, "high", effect->high);
    return object;
}

static JsonObject *rules_object(const XrCompareRules *rules)
{
    JsonObject *object = json_object_new();

    xr_json_set_number(object, "smallest_effect", rules->smallest_effect);
    xr_json_set_number(object, "false_different", rules->false_different);
    xr_json_set_number(object, "false_same", rules->false_same);
    json_object_set_int_member(object, "runs_min", rules->runs_min);
    json_object_set_int_member(object, "runs_max", rules->runs_max);
    return object;
}

static JsonObject *build_object(const XrCompareReport *report, guint build)
{
    const GArray *samples = report->samples[build];
    const XrCentre centre =
        xr_centre((const double *)(gpointer)samples->data, samples->len, confidence);
    JsonObject *object = json_object_new();
    JsonArray *values = json_array_new();

    for (guint i = 0; i < samples->len; i++)
        json_array_add_double_element(values, g_array_index(samples, double, i));
    xr_tell_set(object, "name", report->builds[build], TEXT_MAX);
    xr_json_set_number(object, "median", centre.median);
    xr_json_set_number(object, "low", centre.low);
    xr_json_set_number(object, "high", centre.high);
    xr_json_set_number(object, "confidence", centre.confidence);
    xr_json_set_number(object, "spread", centre.spread);
    xr_json_set_number(object, "spread_low", centre.spread_low);
    xr_json_set_number(object, "spread_high", centre.spread_high);
    json_object_set_array_member(object, "samples", values);
    return object;
}

static JsonObject *pair_object(const XrCompareReport *report, guint build)
{
    const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, build - 1);
    g_autofree char *sentence = xr_tell_pair(report, build);
    g_autofree char *note = xr_tell_same_build(report, build);
    const XrFunctionsDiff *diff = xr_tell_pair_functions(report, build);
    JsonObject *object = json_object_new();

    xr_tell_set(object, "build", report->builds[build], TEXT_MAX);
    xr_tell_set(object, "against", report->builds[0], TEXT_MAX);
    json_object_set_string_member(object, "verdict", xr_likeness_name(pair->kind));
    xr_tell_set(object, "sentence", sentence, TEXT_MAX);
    json_object_set_boolean_member(object, "certain", pair->certain);
    json_object_set_int_member(object, "runs", pair->runs);
    json_object_set_int_member(object, "runs_against", pair->runs_against);
    xr_json_set_number(object, "p", pair->runs > 0 ? pair->p : NAN);
    xr_json_set_number(object, "factor", pair->effect.ratio);
    json_object_set_object_member(object, "interval", interval_object(&pair->effect));
    json_object_set_object_member(object, "interval_same", interval_object(&pair->bounds));
    json_object_set_object_member(object, "interval_different", interval_object(&pair->surely));
    xr_tell_set(object, "note", note, TEXT_MAX);
    if (diff != NULL)
        json_object_set_object_member(object, "functions", xr_tell_functions_diff_json(diff));
    return object;
}

JsonObject *xr_tell_compare_json(const XrCompareReport *report)
{
    static const char *const ends[] = {
        [XR_END_DECIDED] = "decided", [XR_END_RUNS] = "runs_max",
        [XR_END_BUDGET] = "budget",   [XR_END_REPEATS] = "repeats",
        [XR_END_STORED] = "stored",   [XR_END_INTERRUPTED] = "interrupted",
        [XR_END_ENOUGH] = "enough",   [XR_END_FAILED] = "failed"};
    const XrLikeness kind = xr_comparison_kind(report->comparison);
    g_autofree char *end = xr_tell_compare_end(report);
    g_autofree char *failure = xr_tell_compare_failure(report);
    JsonObject *object = json_object_new();
    JsonArray *builds = json_array_new(), *pairs = json_array_new(), *runs = json_array_new();

    for (guint i = 0; report->builds[i] != NULL; i++)
        json_array_add_object_element(builds, build_object(report, i));
    for (guint i = 1; report->builds[i] != NULL; i++)
        json_array_add_object_element(pairs, pair_object(report, i));
    for (guint i = 0; i < report->runs->len; i++)
        json_array_add_object_element(runs, xr_run_figure_json(report->runs->pdata[i]));
    json_object_set_int_member(object, "schema", SCHEMA_VERSION);
    json_object_set_string_member(object, "verdict", xr_likeness_name(kind));
    json_object_set_int_member(object, "exit_code", xr_tell_compare_exit_code(report));
    json_object_set_int_member(object, "failed_runs", xr_tell_compare_failures(report));
    xr_tell_set(object, "failure", failure, TEXT_MAX);
    json_object_set_string_member(object, "end", ends[report->end]);
    xr_tell_set(object, "end_reason", end, TEXT_MAX);
    xr_tell_set(object, "plan", report->plan, TEXT_MAX);
    xr_tell_set(object, "metric", report->metric, TEXT_MAX);
    xr_tell_set(object, "unit", report->unit, TEXT_MAX);
    if (report->seed >= 0)
        json_object_set_int_member(object, "seed", report->seed);
    else
        json_object_set_null_member(object, "seed");
    json_object_set_object_member(object, "rules", rules_object(report->rules));
    json_object_set_array_member(object, "builds", builds);
    json_object_set_array_member(object, "pairs", pairs);
    json_object_set_array_member(object, "runs", runs);
    xr_tell_set(object, "record", report->record_dir, TEXT_MAX);
    return object;
}

/* --- calibration --- */

JsonObject *xr_tell_calibrate_json(const XrCalibrateReport *report)
{
    JsonObject *object = json_object_new();
    JsonArray *runs = json_array_new(), *trials = json_array_new();

    for (guint i = 0; i < report->runs->len; i++)
        json_array_add_object_element(runs, xr_run_figure_json(report->runs->pdata[i]));
    for (guint i = 0; i < report->count; i++) {
        const XrTrial *trial = &report->trials[i];
        JsonObject *row = json_object_new();
        double low, high;

        xr_share_interval(trial->different, trial->sets, &low, &high);
        xr_json_set_number(row, "effect", trial->effect);
        xr_tell_set(row, "against", trial->against, TEXT_MAX);
        json_object_set_string_member(row, "draw",
                                      trial->draw == XR_DRAW_SINGLY ? "singly" : "neighbours");
        json_object_set_int_member(row, "sets", trial->sets);
        json_object_set_int_member(row, "different", trial->different);
        json_object_set_int_member(row, "same", trial->same);
        json_object_set_int_member(row, "unsure", trial->unsure);
        json_object_set_int_member(row, "wrong", trial->wrong);
        xr_json_set_number(row, "different_low", low);
        xr_json_set_number(row, "different_high", high);
        xr_json_set_number(row, "runs", trial->runs);
        json_array_add_object_element(trials, row);
    }
    json_object_set_int_member(object, "schema", SCHEMA_VERSION);
    json_object_set_int_member(object, "seed", report->seed);
    json_object_set_object_member(object, "rules", rules_object(report->rules));
    json_object_set_array_member(object, "trials", trials);
    json_object_set_array_member(object, "runs", runs);
    return object;
}
