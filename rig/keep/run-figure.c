/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one figure of one run, with where it came from. */
#include "keep/run-figure.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/record.h"
#include "keep/stored-verdict.h"
#include "watch/classes.h"
#include <math.h>
#include <string.h>

enum { SETUP_DIGITS = 16 };

void xr_run_figure_free(XrRunFigure *figure)
{
    if (figure == NULL)
        return;
    g_free(figure->run);
    g_free(figure->started);
    g_free(figure->plan);
    g_free(figure->setup);
    g_free(figure->build);
    g_free(figure->build_id);
    g_free(figure->verdict);
    g_free(figure->reason);
    g_free(figure->incomplete);
    g_free(figure->metric);
    g_free(figure->unit);
    g_array_unref(figure->samples);
    g_free(figure->record);
    g_free(figure->dir);
    g_free(figure);
}

/* --- from a run's record --- */

/* A key that plans once did not have: with this value it says what they meant. */
static gboolean is_as_before(const char *section, const char *key, const char *value)
{
    static const struct {
        const char *section;
        const char *key;
        const char *value;
    } later[] = {
        {"dom0", "kernel", "debian:bookworm"},
        {"dom0", "mode", "pv"},
        {"guests", "kernel", "debian:bookworm"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(later); i++)
        if (g_str_equal(section, later[i].section) && g_str_equal(key, later[i].key))
            return g_str_equal(value, later[i].value);
    return FALSE;
}

static gboolean changes_figures(const char *section, const char *key, const char *value)
{
    static const char *const no[] = {"plan", "limits", "compare", NULL};

    if (g_strv_contains(no, section))
        return FALSE;
    if (g_str_equal(section, "hypervisor") && g_str_equal(key, "build"))
        return FALSE;
    if (g_str_equal(section, "count") && g_str_equal(key, "functions"))
        return FALSE;
    return !(g_str_equal(section, "workload") && g_str_equal(key, "seed")) &&
           !is_as_before(section, key, value);
}

char *xr_run_figure_setup(JsonObject *plan)
{
    JsonObject *settings = xr_json_object(plan, "settings");
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GList) sections = settings != NULL ? json_object_get_members(settings) : NULL;

    for (GList *s = sections; s != NULL; s = s->next) {
        JsonObject *keys = xr_json_object(settings, s->data);
        g_autoptr(GList) names = keys != NULL ? json_object_get_members(keys) : NULL;

        for (GList *k = names; k != NULL; k = k->next) {
            const char *value = xr_json_string(keys, k->data, "");
            g_autofree char *line =
                g_strdup_printf("%s.%s=%s\n", (char *)s->data, (char *)k->data, value);

            if (changes_figures(s->data, k->data, value))
                g_checksum_update(sum, (const guchar *)line, -1);
        }
    }
    return g_strndup(g_checksum_get_string(sum), SETUP_DIGITS);
}

static GArray *numbers(JsonArray *array)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        const double value = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : NAN;

        g_array_append_val(values, value);
    }
    return values;
}

static double metric_value(JsonObject *metrics, const char *name)
{
    return xr_json_double(xr_json_object(metrics, name), "value", NAN);
}

/* 1 where a finding of that class fails the run, 0 where none does; NaN where it was told nothing, or only that such a
 * thing may have been. What an error has kept from being seen is not known to be absent. */
static double class_value(JsonObject *report, const char *class)
{
    JsonArray *findings = xr_json_array(report, "findings");
    const char *verdict = xr_json_string(report, "verdict", "error");
    double value = 0;

    for (guint i = 0; findings != NULL && i < json_array_get_length(findings); i++) {
        JsonObject *finding = xr_json_element_object(findings, i);
        const char *weight = xr_json_string(finding, "weight", "");

        if (g_str_equal(weight, "error"))
            value = NAN;
        if (g_strcmp0(xr_finding_class(xr_json_string(finding, "kind", "")), class) != 0)
            continue;
        if (g_str_equal(weight, "fail"))
            return 1;
        if (g_str_equal(weight, "unsure"))
            value = NAN;
    }
    return g_str_equal(verdict, "error") || g_str_equal(verdict, "skip") ? NAN : value;
}

static void take_verdict(XrRunFigure *figure, JsonObject *report)
{
    g_auto(XrStoredVerdict) stored = {0};

    xr_stored_verdict_read(report, &stored);
    figure->verdict = g_steal_pointer(&stored.verdict);
    figure->reason = g_steal_pointer(&stored.reason);
    figure->complete = stored.complete;
    figure->incomplete = g_steal_pointer(&stored.incomplete);
}

XrRunFigure *xr_run_figure_read(const char *dir, const char *metric, GError **error)
{
    g_autoptr(JsonObject) report = xr_record_read_json(dir, "verdict.json", error);
    XrRunFigure *figure;
    JsonObject *plan, *build, *metrics, *found;

    if (report == NULL)
        return NULL;
    plan = xr_json_object(report, "plan");
    build = xr_json_element_object(xr_json_array(report, "builds"), 0);
    metrics = xr_json_object(report, "metrics");
    found = xr_json_object(metrics, metric);
    figure = g_new0(XrRunFigure, 1);
    figure->run = g_strdup(xr_json_string(report, "run", ""));
    figure->started = g_strdup(xr_json_string(report, "started", ""));
    figure->plan = g_strdup(xr_json_string(plan, "name", ""));
    figure->setup = xr_run_figure_setup(plan);
    figure->build = g_strdup(xr_json_string(build, "name", ""));
    figure->build_id = g_strdup(xr_json_string(build, "id", ""));
    take_verdict(figure, report);
    figure->metric = g_strdup(metric);
    figure->unit = g_strdup(xr_json_string(found, "unit", ""));
    figure->value = g_str_has_prefix(metric, XR_CLASS_PREFIX)
                        ? class_value(report, metric + strlen(XR_CLASS_PREFIX))
                        : xr_json_double(found, "value", NAN);
    figure->samples = numbers(xr_json_array(found, "samples"));
    figure->host_wait = metric_value(metrics, "host_wait");
    figure->record = g_strdup("");
    figure->dir = g_canonicalize_filename(dir, NULL);
    figure->seconds = NAN;
    return figure;
}

XrRunFigure *xr_run_figure_none(const char *build, const char *metric, const char *reason)
{
    g_autoptr(JsonObject) object = json_object_new();

    json_object_set_string_member(object, "build", build);
    json_object_set_string_member(object, "verdict", "error");
    json_object_set_string_member(object, "reason", reason);
    json_object_set_string_member(object, "metric", metric);
    return xr_run_figure_parse(object, NULL);
}

char *xr_run_figure_names(const char *dir)
{
    g_autoptr(JsonObject) report = xr_record_read_json(dir, "verdict.json", NULL);
    JsonObject *metrics = xr_json_object(report, "metrics");
    g_autoptr(GList) names = metrics != NULL ? json_object_get_members(metrics) : NULL;
    GString *text = g_string_new(NULL);

    for (GList *l = names; l != NULL; l = l->next) {
        if (strchr(l->data, '.') == NULL)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", (char *)l->data);
    }
    return g_string_free(text, FALSE);
}

gboolean xr_run_figure_failed(const XrRunFigure *figure)
{
    return g_str_equal(figure->verdict, "fail");
}

void xr_run_figure_take_failure(XrRunFigure *figure, const char *folder)
{
    g_autofree char *dir = g_build_filename(folder, figure->record, NULL);
    g_autoptr(XrRunFigure) read = NULL;

    if (!g_str_equal(figure->verdict, "error") || figure->record[0] == '\0')
        return;
    read = xr_run_figure_read(dir, figure->metric, NULL);
    if (read == NULL || !xr_run_figure_failed(read))
        return;
    g_free(figure->verdict);
    g_free(figure->reason);
    g_free(figure->incomplete);
    figure->verdict = g_steal_pointer(&read->verdict);
    figure->reason = g_steal_pointer(&read->reason);
    figure->incomplete = g_steal_pointer(&read->incomplete);
    figure->complete = read->complete;
}

char *xr_run_figure_outcome(const XrRunFigure *figure)
{
    /* Error and skip say so themselves. */
    const gboolean tell = xr_run_figure_failed(figure) && !figure->complete;

    return g_strdup_printf("%s: %s%s%s", figure->verdict, figure->reason,
                           tell ? "; the run is incomplete: " : "", tell ? figure->incomplete : "");
}

/* --- lines --- */

JsonObject *xr_run_figure_json(const XrRunFigure *figure)
{
    JsonObject *object = json_object_new();
    JsonArray *samples = json_array_new();

    for (guint i = 0; i < figure->samples->len; i++)
        json_array_add_double_element(samples, g_array_index(figure->samples, double, i));
    json_object_set_string_member(object, "run", figure->run);
    json_object_set_string_member(object, "started", figure->started);
    json_object_set_string_member(object, "plan", figure->plan);
    json_object_set_string_member(object, "setup", figure->setup);
    json_object_set_string_member(object, "build", figure->build);
    json_object_set_string_member(object, "build_id", figure->build_id);
    json_object_set_string_member(object, "verdict", figure->verdict);
    json_object_set_string_member(object, "reason", figure->reason);
    json_object_set_boolean_member(object, "complete", figure->complete);
    json_object_set_string_member(object, "incomplete_reason", figure->incomplete);
    json_object_set_string_member(object, "metric", figure->metric);
    json_object_set_string_member(object, "unit", figure->unit);
    xr_json_set_number(object, "value", figure->value);
    json_object_set_array_member(object, "samples", samples);
    xr_json_set_number(object, "host_wait", figure->host_wait);
    if (figure->record[0] == '\0')
        return object;
    json_object_set_int_member(object, "round", figure->round);
    json_object_set_int_member(object, "index", figure->index);
    json_object_set_string_member(object, "record", figure->record);
    xr_json_set_number(object, "seconds", figure->seconds);
    json_object_set_boolean_member(object, "counted", figure->counted);
    return object;
}

XrRunFigure *xr_run_figure_parse(JsonObject *object, GError **error)
{
    static const char *const needed[] = {"build", "verdict", "metric"};
    XrRunFigure *figure;

    for (gsize i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (xr_json_string(object, needed[i], NULL) != NULL)
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "a run's figure lacks \"%s\": this is no file of figures", needed[i]);
        return NULL;
    }
    figure = g_new0(XrRunFigure, 1);
    figure->run = g_strdup(xr_json_string(object, "run", ""));
    figure->started = g_strdup(xr_json_string(object, "started", ""));
    figure->plan = g_strdup(xr_json_string(object, "plan", ""));
    figure->setup = g_strdup(xr_json_string(object, "setup", ""));
    figure->build = g_strdup(xr_json_string(object, "build", ""));
    figure->build_id = g_strdup(xr_json_string(object, "build_id", ""));
    figure->verdict = g_strdup(xr_json_string(object, "verdict", ""));
    figure->reason = g_strdup(xr_json_string(object, "reason", ""));
    /* Lines of before it was told. */
    figure->complete = xr_json_bool(object, "complete",
                                    !g_str_equal(figure->verdict, "error") &&
                                        !g_str_equal(figure->verdict, "skip"));
    figure->incomplete = g_strdup(xr_json_string(object, "incomplete_reason", ""));
    figure->metric = g_strdup(xr_json_string(object, "metric", ""));
    figure->unit = g_strdup(xr_json_string(object, "unit", ""));
    figure->value = xr_json_double(object, "value", NAN);
    figure->samples = numbers(xr_json_array(object, "samples"));
    figure->host_wait = xr_json_double(object, "host_wait", NAN);
    figure->round = (guint)CLAMP(xr_json_int(object, "round", 0), 0, G_MAXINT);
    figure->index = (guint)CLAMP(xr_json_int(object, "index", 0), 0, G_MAXINT);
    figure->record = g_strdup(xr_json_string(object, "record", ""));
    figure->dir = g_strdup("");
    figure->seconds = xr_json_double(object, "seconds", NAN);
    figure->counted = xr_json_bool(object, "counted", FALSE);
    return figure;
}
