/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events for tests, written as they stand in a record. */
#pragma once

#include "base/json.h"
#include "judge/judge.h"
#include "judge/metric-names.h"
#include "plan/plan.h"
#include "watch/observation.h"

/* Defaults, but for the settings given (NULL-terminated). */
G_GNUC_UNUSED static XrPlan *feed_plan(const char *const *settings)
{
    g_autoptr(GError) error = NULL;
    XrPlan *plan = xr_plan_load(NULL, settings, &error);

    g_assert_no_error(error);
    return plan;
}

/* t in seconds; the format gives the event's other members. */
G_GNUC_PRINTF(3, 4)
G_GNUC_UNUSED static void feed(XrObservation *obs, double t, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) event = NULL;
    g_autofree char *members = NULL;
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    members = g_strdup_vprintf(format, args);
    va_end(args);
    line = g_strdup_printf("{\"t\":%" G_GINT64_FORMAT ",%s}", (gint64)(t * 1e9), members);
    event = xr_json_parse_line(line, -1, &error);
    g_assert_no_error(error);
    xr_observation_event(obs, event);
}

G_GNUC_UNUSED static void feed_stage(XrObservation *obs, double t, const char *name,
                                     const char *state)
{
    feed(obs, t, "\"kind\":\"stage\",\"name\":\"%s\",\"state\":\"%s\"", name, state);
}

G_GNUC_UNUSED static void feed_window(XrObservation *obs, double t, guint index, const char *state)
{
    feed(obs, t, "\"kind\":\"stage\",\"name\":\"window\",\"state\":\"%s\",\"index\":%u", state,
         index);
}

/* What a console said; as in a record, the line is a JSON string. */
G_GNUC_UNUSED static void feed_line(XrObservation *obs, double t, const char *source,
                                    const char *text)
{
    g_autoptr(JsonObject) event = json_object_new();

    json_object_set_int_member(event, "t", (gint64)(t * 1e9));
    json_object_set_string_member(event, "kind", "console");
    json_object_set_string_member(event, "source", source);
    json_object_set_string_member(event, "line", text);
    xr_observation_event(obs, event);
}

/* "fail xen-panic@xen x2; pass fault-injected@w01" */
G_GNUC_UNUSED static char *feed_findings(const GPtrArray *findings)
{
    static const char *const weights[] = {"pass", "skip", "unsure", "error", "fail"};
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(findings, i);

        g_string_append_printf(text, "%s%s %s@%s", i > 0 ? "; " : "", weights[finding->weight],
                               finding->kind, finding->where);
        if (finding->count > 1)
            g_string_append_printf(text, " x%u", finding->count);
    }
    return g_string_free(text, FALSE);
}

G_GNUC_UNUSED static const XrFinding *feed_find(const GPtrArray *findings, const char *kind)
{
    for (guint i = 0; i < findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(findings, i);

        if (g_str_equal(finding->kind, kind))
            return finding;
    }
    return NULL;
}

/* What a run gives can be asked for by name. */
G_GNUC_UNUSED static void feed_assert_names(const XrPlan *plan, const XrVerdict *verdict)
{
    for (guint i = 0; i < verdict->metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(verdict->metrics, i);
        g_autoptr(GError) error = NULL;

        xr_metric_check(plan, metric->name, &error);
        g_assert_no_error(error);
    }
}
