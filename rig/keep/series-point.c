/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a point of a series, with its figures. */
#include "keep/series-point.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/record.h"
#include "keep/stored-verdict.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void slice_free(gpointer data)
{
    XrSeriesSlice *slice = data;

    g_array_unref(slice->samples);
    g_free(slice);
}

XrSeriesPoint *xr_series_point_new(const char *build, const char *binding, guint vcpus,
                                   gboolean held)
{
    XrSeriesPoint *point = g_new0(XrSeriesPoint, 1);

    point->build = g_strdup(build);
    point->binding = g_strdup(binding);
    point->vcpus = vcpus;
    point->held = held;
    point->build_id = g_strdup("");
    point->verdict = g_strdup("error");
    point->reason = g_strdup("");
    point->incomplete = g_strdup("");
    point->record = g_strdup("");
    point->slices = g_ptr_array_new_with_free_func(slice_free);
    return point;
}

void xr_series_point_free(XrSeriesPoint *point)
{
    if (point == NULL)
        return;
    g_free(point->build);
    g_free(point->binding);
    g_free(point->build_id);
    g_free(point->verdict);
    g_free(point->reason);
    g_free(point->incomplete);
    g_free(point->record);
    g_ptr_array_unref(point->slices);
    g_free(point);
}

gboolean xr_series_point_is(const XrSeriesPoint *point, const char *build, const char *binding,
                            guint vcpus, gboolean held)
{
    return point->vcpus == vcpus && point->held == held && g_str_equal(point->build, build) &&
           g_str_equal(point->binding, binding);
}

static void replace(char **slot, const char *text)
{
    g_free(*slot);
    *slot = g_strdup(text);
}

/* Figures above zero; NULL if one is not. */
static GArray *samples_of(JsonArray *array)
{
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        const double value = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : NAN;

        if (!(value > 0) || !isfinite(value))
            return NULL;
        g_array_append_val(samples, value);
    }
    return samples->len > 0 ? g_steal_pointer(&samples) : NULL;
}

static gint by_length(gconstpointer a, gconstpointer b)
{
    const XrSeriesSlice *x = *(XrSeriesSlice *const *)a, *y = *(XrSeriesSlice *const *)b;

    return x->length < y->length ? -1 : x->length > y->length;
}

static void add_slice(XrSeriesPoint *point, guint length, JsonArray *samples)
{
    GArray *values = length > 0 ? samples_of(samples) : NULL;
    XrSeriesSlice *slice;

    if (values == NULL)
        return;
    slice = g_new0(XrSeriesSlice, 1);
    slice->length = length;
    slice->samples = values;
    g_ptr_array_add(point->slices, slice);
    g_ptr_array_sort(point->slices, by_length);
}

/* Metrics are named "tick_throughput.slice99". */
static void take_metrics(XrSeriesPoint *point, JsonObject *metrics)
{
    g_autoptr(GList) names = metrics != NULL ? json_object_get_members(metrics) : NULL;

    for (GList *l = names; l != NULL; l = l->next) {
        guint length = 0;

        if (sscanf(l->data, "tick_throughput.slice%u", &length) == 1)
            add_slice(point, length, xr_json_array(xr_json_object(metrics, l->data), "samples"));
    }
}

gboolean xr_series_point_read(XrSeriesPoint *point, const char *dir, GError **error)
{
    g_autoptr(JsonObject) report = xr_record_read_json(dir, "verdict.json", error);
    g_auto(XrStoredVerdict) stored = {0};
    JsonObject *build;

    if (report == NULL)
        return FALSE;
    build = xr_json_element_object(xr_json_array(report, "builds"), 0);
    replace(&point->build_id, xr_json_string(build, "id", ""));
    xr_stored_verdict_read(report, &stored);
    replace(&point->verdict, stored.verdict);
    replace(&point->reason, stored.reason);
    replace(&point->incomplete, stored.incomplete);
    point->complete = stored.complete;
    /* Seeds that are lacking would set the others against those of another point. */
    if (stored.complete)
        take_metrics(point, xr_json_object(report, "metrics"));
    return TRUE;
}

gboolean xr_series_point_failed(const XrSeriesPoint *point)
{
    return g_str_equal(point->verdict, "fail");
}

/* --- lines --- */

static JsonArray *slices_json(const XrSeriesPoint *point)
{
    JsonArray *list = json_array_new();

    for (guint i = 0; i < point->slices->len; i++) {
        const XrSeriesSlice *slice = point->slices->pdata[i];
        JsonObject *object = json_object_new();
        JsonArray *samples = json_array_new();

        for (guint k = 0; k < slice->samples->len; k++)
            json_array_add_double_element(samples, g_array_index(slice->samples, double, k));
        json_object_set_int_member(object, "length", slice->length);
        json_object_set_array_member(object, "samples", samples);
        json_array_add_object_element(list, object);
    }
    return list;
}

JsonObject *xr_series_point_json(const XrSeriesPoint *point)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "build", point->build);
    json_object_set_string_member(object, "binding", point->binding);
    json_object_set_int_member(object, "vcpus", point->vcpus);
    json_object_set_boolean_member(object, "held", point->held);
    json_object_set_string_member(object, "build_id", point->build_id);
    json_object_set_string_member(object, "verdict", point->verdict);
    json_object_set_string_member(object, "reason", point->reason);
    json_object_set_boolean_member(object, "complete", point->complete);
    json_object_set_string_member(object, "incomplete_reason", point->incomplete);
    json_object_set_string_member(object, "record", point->record);
    json_object_set_double_member(object, "seconds", point->seconds);
    json_object_set_array_member(object, "slices", slices_json(point));
    return object;
}

XrSeriesPoint *xr_series_point_parse(JsonObject *object, GError **error)
{
    static const char *const needed[] = {"build", "binding", "verdict"};
    const gint64 vcpus = xr_json_int(object, "vcpus", 0);
    JsonArray *slices = xr_json_array(object, "slices");
    XrSeriesPoint *point;

    for (gsize i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (xr_json_string(object, needed[i], NULL) != NULL)
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "a point of a series lacks \"%s\"",
                    needed[i]);
        return NULL;
    }
    if (vcpus < 1 || vcpus > G_MAXINT || slices == NULL) {
        g_set_error_literal(error, XR_ERROR, XR_ERROR_RECORD,
                            "a point of a series has no number of vCPUs, or no list of slices");
        return NULL;
    }
    point = xr_series_point_new(xr_json_string(object, "build", ""),
                                xr_json_string(object, "binding", ""), (guint)vcpus,
                                xr_json_bool(object, "held", FALSE));
    replace(&point->build_id, xr_json_string(object, "build_id", ""));
    replace(&point->verdict, xr_json_string(object, "verdict", ""));
    replace(&point->reason, xr_json_string(object, "reason", ""));
    replace(&point->incomplete, xr_json_string(object, "incomplete_reason", ""));
    point->complete = xr_json_bool(object, "complete", json_array_get_length(slices) > 0);
    replace(&point->record, xr_json_string(object, "record", ""));
    point->seconds = xr_json_double(object, "seconds", 0);
    for (guint i = 0; i < json_array_get_length(slices); i++) {
        JsonObject *slice = xr_json_element_object(slices, i);

        if (slice != NULL)
            add_slice(point, (guint)CLAMP(xr_json_int(slice, "length", 0), 0, G_MAXINT),
                      xr_json_array(slice, "samples"));
    }
    return point;
}
