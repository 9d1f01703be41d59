/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series' points, put in their places. */
#include "tell/series.h"

#include "base/json.h"

static void set_cell(XrSeriesCell *cell, const XrSeriesPoint *point)
{
    cell->point = point;
    cell->measured = point != NULL && point->slices->len > 0;
    if (!cell->measured)
        return;
    const XrSeriesSlice *first = point->slices->pdata[0];
    const XrSeriesSlice *next = point->slices->len > 1 ? point->slices->pdata[1] : NULL;

    cell->figure = xr_series_figure(first->samples, next != NULL ? next->samples : NULL);
}

static void fill(XrSeriesTable *table, gboolean held)
{
    for (guint c = 0; c < table->shape->curves->len; c++) {
        const XrSeriesCurve *curve = table->shape->curves->pdata[c];

        for (guint v = 0; v < table->shape->vcpus->len; v++) {
            XrSeriesCell *cell = &table->cells[held][c][v];

            set_cell(cell, xr_series_record_find(
                               table->record, curve->build, xr_plan_binding_name(curve->binding),
                               g_array_index(table->shape->vcpus, guint, v), held));
            table->points++;
            table->measured += cell->measured;
            if (cell->measured && !g_str_equal(cell->point->build_id,
                                               xr_json_string(table->record->builds, curve->build,
                                                              cell->point->build_id)))
                table->one_build = FALSE;
        }
    }
}

XrSeriesTable *xr_series_table_new(XrPlan *plan, XrSeriesRecord *record)
{
    XrSeriesTable *table = g_new0(XrSeriesTable, 1);
    const char *key;

    table->plan = plan;
    table->record = record;
    table->shape = xr_series_shape(plan, &key, NULL); /* a checked plan has one */
    table->one_build = TRUE;
    fill(table, FALSE);
    if (table->shape->held)
        fill(table, TRUE);
    return table;
}

void xr_series_table_free(XrSeriesTable *table)
{
    if (table == NULL)
        return;
    xr_series_shape_free(table->shape);
    xr_series_record_free(table->record);
    xr_plan_free(table->plan);
    g_free(table);
}

static XrVerdictKind kind_of(const XrSeriesCell *cell)
{
    static const XrVerdictKind kinds[] = {XR_PASS, XR_SKIP, XR_UNSURE, XR_FAIL, XR_ERROR_VERDICT};

    for (guint i = 0; cell->point != NULL && i < G_N_ELEMENTS(kinds); i++)
        if (g_str_equal(cell->point->verdict, xr_verdict_name(kinds[i])))
            return kinds[i];
    return XR_ERROR_VERDICT;
}

XrVerdictKind xr_series_verdict(const XrSeriesTable *table)
{
    XrVerdictKind worst = XR_PASS;

    for (guint held = 0; held <= (guint)table->shape->held; held++)
        for (guint c = 0; c < table->shape->curves->len; c++)
            for (guint v = 0; v < table->shape->vcpus->len; v++)
                worst = MAX(worst, kind_of(&table->cells[held][c][v]));
    return table->one_build ? worst : MAX(worst, XR_ERROR_VERDICT);
}

guint xr_series_main(const XrSeriesTable *table)
{
    for (guint v = 0; v < table->shape->vcpus->len; v++)
        if (g_array_index(table->shape->vcpus, guint, v) == table->plan->dom0.vcpus)
            return v;
    return table->shape->vcpus->len - 1;
}

guint xr_series_scaling_points(const XrSeriesTable *table, guint curve, guint vcpus_max,
                               XrScalingPoint points[XR_SERIES_VCPUS])
{
    guint n = 0;

    for (guint v = 0; v < table->shape->vcpus->len; v++) {
        const XrSeriesCell *cell = &table->cells[FALSE][curve][v];
        const guint vcpus = g_array_index(table->shape->vcpus, guint, v);

        if (!cell->measured || vcpus > vcpus_max)
            continue;
        const XrSeriesSlice *slice = cell->point->slices->pdata[0];
        points[n++] = (XrScalingPoint){vcpus, slice->samples};
    }
    return n;
}

/* --- JSON --- */

static JsonObject *cell_json(const XrSeriesTable *table, guint curve, guint v, guint held)
{
    const XrSeriesCell *cell = &table->cells[held][curve][v];
    const XrSeriesCell *base = &table->cells[held][0][v];
    JsonObject *object =
        cell->point != NULL ? xr_series_point_json(cell->point) : json_object_new();

    json_object_set_string_member(object, "curve",
                                  ((XrSeriesCurve *)table->shape->curves->pdata[curve])->label);
    json_object_set_int_member(object, "vcpus", g_array_index(table->shape->vcpus, guint, v));
    json_object_set_boolean_member(object, "held", held != 0);
    if (cell->point == NULL)
        json_object_set_string_member(object, "verdict", "error");
    if (!cell->measured)
        return object;
    xr_json_set_number(object, "bytes_per_tick", cell->figure.mean);
    xr_json_set_number(object, "low", cell->figure.low);
    xr_json_set_number(object, "high", cell->figure.high);
    xr_json_set_number(object, "spread", cell->figure.spread);
    xr_json_set_number(object, "slice_off", cell->figure.slice_off);
    if (!base->measured || curve == 0)
        return object;
    const XrSeriesRatio ratio = xr_series_ratio(&cell->figure, &base->figure);
    xr_json_set_number(object, "ratio", ratio.ratio);
    xr_json_set_number(object, "ratio_low", ratio.low);
    xr_json_set_number(object, "ratio_high", ratio.high);
    xr_json_set_number(object, "ratio_slice_off", ratio.slice_off);
    return object;
}

JsonObject *xr_tell_series_json(const XrSeriesTable *table)
{
    JsonObject *object = json_object_new();
    JsonArray *points = json_array_new(), *laws = json_array_new();

    for (guint held = 0; held <= (guint)table->shape->held; held++)
        for (guint c = 0; c < table->shape->curves->len; c++)
            for (guint v = 0; v < table->shape->vcpus->len; v++)
                json_array_add_object_element(points, cell_json(table, c, v, held));
    for (guint c = 0; c < table->shape->curves->len; c++)
        json_array_add_object_element(laws, xr_tell_series_law_json(table, c));
    json_object_set_int_member(object, "schema", 1);
    json_object_set_string_member(object, "series", table->record->id);
    json_object_set_string_member(object, "started", table->record->started);
    json_object_set_string_member(object, "plan", table->plan->plan.name);
    json_object_set_string_member(object, "verdict", xr_verdict_name(xr_series_verdict(table)));
    json_object_set_object_member(object, "builds", json_object_ref(table->record->builds));
    json_object_set_array_member(object, "points", points);
    json_object_set_array_member(object, "laws", laws);
    json_object_set_string_member(object, "record", table->record->dir);
    return object;
}
