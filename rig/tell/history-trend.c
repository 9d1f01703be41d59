/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a metric over the runs of a plan and build, with its fence and change points. */
#include "tell/history.h"

#include "base/json.h"
#include "tell/format.h"
#include <math.h>

enum { WIDTH = 80, BAR = 10, ID_DIGITS = 8, TEXT_MAX = 2000 };

static void say(GString *out, const char *text)
{
    g_autofree char *safe = xr_tell_safe(text, TEXT_MAX);

    xr_tell_fold(out, safe, "", WIDTH);
}

static char *value_of(const XrTrend *trend, double value)
{
    return xr_tell_value(value, trend->series->unit);
}

static void add_head(GString *out, const XrTrend *trend)
{
    const XrHistorySeries *series = trend->series;
    g_autofree char *text =
        g_strdup_printf("%s of plan %s on %s, host %s%s: %u run%s with the same settings (%s)",
                        series->metric, series->plan, series->build, series->host,
                        g_str_equal(series->host, trend->this_host) ? " (this one)" : "",
                        series->points->len, series->points->len == 1 ? "" : "s", series->setup);
    g_autofree char *others = g_strdup_printf(
        "%u more run%s of other settings, or of settings that are not known, %s left out",
        series->others, series->others == 1 ? "" : "s", series->others == 1 ? "is" : "are");
    g_autofree char *starved = xr_trend_starved_words(trend);

    say(out, text);
    if (series->others > 0)
        say(out, others);
    if (starved != NULL)
        say(out, starved);
    g_string_append_c(out, '\n');
}

/* A change point before that run, or NULL. */
static const XrChangePoint *change_at(const XrTrend *trend, guint index)
{
    for (guint i = 0; i < trend->changes->len; i++) {
        const XrChangePoint *change = &g_array_index(trend->changes, XrChangePoint, i);

        if (change->index == index)
            return change;
    }
    return NULL;
}

static void add_change(GString *out, const XrTrend *trend, const XrChangePoint *change)
{
    const XrHistoryPoint *last = trend->series->points->pdata[change->index - 1];
    const XrHistoryPoint *next = trend->series->points->pdata[change->index];
    g_autofree char *before = value_of(trend, change->before);
    g_autofree char *after = value_of(trend, change->after);
    g_autofree char *text =
        g_strdup_printf("-- change: %s before, %s after (%+.1f %%), p %.3f; %s", before, after,
                        (change->after / change->before - 1) * 100, change->p,
                        g_str_equal(last->build_id, next->build_id) ? "the build is the same"
                                                                    : "the build is another");
    g_autofree char *safe = xr_tell_safe(text, 400);

    xr_tell_fold(out, safe, "  ", WIDTH);
}

static void add_point(GString *out, const XrTrend *trend, guint index, double top)
{
    const XrHistoryPoint *point = trend->series->points->pdata[index];
    g_autofree char *time = xr_tell_time(point->started_us);
    g_autofree char *run = xr_tell_safe(point->run, 64);
    g_autofree char *run_cell = xr_tell_fit(run, 28, TRUE);
    g_autofree char *digits = g_strndup(point->build_id, ID_DIGITS);
    g_autofree char *build = xr_tell_safe(digits, 64);
    g_autofree char *text = value_of(trend, point->value);
    g_autofree char *safe = xr_tell_safe(text, 64);
    g_autofree char *value = xr_tell_fit(safe, 12, TRUE);
    g_autofree char *bar = xr_tell_bar(top > 0 ? point->value / top : 0, BAR);

    g_string_append_printf(out, "  %s  %s  %-8s  %s  %s%s", time, run_cell, build, value, bar,
                           xr_trend_is_beyond(trend, index) ? " beyond the fence" : "");
    while (out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

static void add_points(GString *out, const XrTrend *trend)
{
    const GPtrArray *points = trend->series->points;
    double top = 0;

    for (guint i = 0; i < points->len; i++)
        top = fmax(top, ((const XrHistoryPoint *)points->pdata[i])->value);
    g_string_append_printf(out, "  %-16s  %-28s  %-8s  %s\n", "started (UTC)", "run", "build id",
                           "median");
    for (guint i = 0; i < points->len; i++) {
        const XrChangePoint *change = change_at(trend, i);

        if (change != NULL)
            add_change(out, trend, change);
        add_point(out, trend, i, top);
    }
    g_string_append_c(out, '\n');
}

static void add_changes(GString *out, const XrTrend *trend)
{
    g_autofree char *text = NULL;

    if (trend->series->points->len < XR_CHANGE_FEWEST)
        text = g_strdup_printf("change points: not looked for; %u run%s of at least %d that are "
                               "needed",
                               trend->series->points->len,
                               trend->series->points->len == 1 ? "" : "s", XR_CHANGE_FEWEST);
    else
        text = g_strdup_printf("change points: %u", trend->changes->len);
    say(out, text);
}

char *xr_tell_trend(const XrTrend *trend)
{
    GString *out = g_string_new(NULL);
    g_autofree char *fence = xr_trend_fence_words(trend);

    add_head(out, trend);
    add_points(out, trend);
    say(out, fence);
    add_changes(out, trend);
    return g_string_free(out, FALSE);
}

/* --- JSON --- */

JsonObject *xr_tell_fence_json(const XrFence *fence)
{
    static const char *const states[] = {"known", "too-few", "not-positive"};
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "state", states[fence->state]);
    json_object_set_int_member(object, "values", fence->values);
    xr_json_set_number(object, "centre", fence->centre);
    xr_json_set_number(object, "change", fence->change);
    xr_json_set_number(object, "low", fence->low);
    xr_json_set_number(object, "high", fence->high);
    return object;
}

static JsonArray *points_array(const XrTrend *trend)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < trend->series->points->len; i++) {
        const XrHistoryPoint *point = trend->series->points->pdata[i];
        JsonObject *object = json_object_new();

        xr_tell_set(object, "run", point->run, TEXT_MAX);
        xr_tell_set(object, "build_id", point->build_id, TEXT_MAX);
        xr_tell_set(object, "xen_version", point->xen_version, TEXT_MAX);
        xr_tell_set(object, "verdict", point->verdict, TEXT_MAX);
        json_object_set_int_member(object, "started_us", point->started_us);
        xr_json_set_number(object, "value", point->value);
        json_object_set_boolean_member(object, "beyond", xr_trend_is_beyond(trend, i));
        json_array_add_object_element(array, object);
    }
    return array;
}

static JsonArray *changes_array(const XrTrend *trend)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < trend->changes->len; i++) {
        const XrChangePoint *change = &g_array_index(trend->changes, XrChangePoint, i);
        JsonObject *object = json_object_new();

        json_object_set_int_member(object, "index", change->index);
        xr_json_set_number(object, "p", change->p);
        xr_json_set_number(object, "before", change->before);
        xr_json_set_number(object, "after", change->after);
        json_array_add_object_element(array, object);
    }
    return array;
}

JsonObject *xr_tell_trend_json(const XrTrend *trend)
{
    const XrHistorySeries *series = trend->series;
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", 1);
    xr_tell_set(object, "plan", series->plan, TEXT_MAX);
    xr_tell_set(object, "setup", series->setup, TEXT_MAX);
    xr_tell_set(object, "build", series->build, TEXT_MAX);
    xr_tell_set(object, "host", series->host, TEXT_MAX);
    xr_tell_set(object, "metric", series->metric, TEXT_MAX);
    xr_tell_set(object, "unit", series->unit, TEXT_MAX);
    json_object_set_int_member(object, "others", series->others);
    json_object_set_int_member(object, "starved", series->starved);
    json_object_set_array_member(object, "runs", points_array(trend));
    json_object_set_array_member(object, "changes", changes_array(trend));
    json_object_set_object_member(object, "fence", xr_tell_fence_json(&trend->fence));
    return object;
}
