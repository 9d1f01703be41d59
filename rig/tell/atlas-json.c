/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an atlas for programs, as atlas.schema.json describes it. */
#include "base/json.h"
#include "tell/atlas.h"
#include "tell/format.h"
#include "tell/functions.h"

enum { SAFE_MAX = 600 };

static JsonObject *cell_json(const XrAtlasCell *cell, XrAtlasMeasure measure)
{
    JsonObject *object = json_object_new();

    xr_tell_set(object, "state", xr_atlas_word(cell), SAFE_MAX);
    if (measure == XR_ATLAS_LOCKS) {
        xr_json_set_number(object, "dom0", cell->value);
        xr_json_set_number(object, "domus", cell->domus);
    } else if (measure != XR_ATLAS_SMOKE_PV && measure != XR_ATLAS_SMOKE_PVH) {
        xr_json_set_number(object, "value", cell->value);
    }
    xr_tell_set(object, "why", cell->why, 2 * SAFE_MAX);
    xr_tell_set(object, "record", cell->record, 2 * SAFE_MAX);
    return object;
}

static JsonObject *row_json(const XrAtlasRow *row)
{
    JsonObject *object = json_object_new();
    JsonObject *measures = json_object_new();

    xr_tell_set(object, "tag", row->tag, SAFE_MAX);
    xr_tell_set(object, "variant", row->variant, SAFE_MAX);
    xr_tell_set(object, "build", row->build, 2 * SAFE_MAX);
    xr_tell_set(object, "xen_version", row->version, SAFE_MAX);
    xr_tell_set(object, "root", row->root, SAFE_MAX);
    if (row->boots == XR_ATLAS_BOOTS_UNKNOWN)
        json_object_set_null_member(object, "boots");
    else
        json_object_set_boolean_member(object, "boots", row->boots == XR_ATLAS_BOOTS);
    for (guint m = 0; m < XR_ATLAS_MEASURES; m++)
        json_object_set_object_member(measures, xr_atlas_measure_name(m),
                                      cell_json(&row->cells[m], m));
    json_object_set_object_member(object, "measures", measures);
    return object;
}

static JsonObject *change_json(const XrAtlasChange *change)
{
    JsonObject *object = json_object_new();

    xr_tell_set(object, "base", change->base->tag, SAFE_MAX);
    xr_tell_set(object, "head", change->head->tag, SAFE_MAX);
    xr_tell_set(object, "variant", change->head->variant, SAFE_MAX);
    xr_json_set_number(object, "base_instructions", change->base->cells[XR_ATLAS_COUNT].value);
    xr_json_set_number(object, "head_instructions", change->head->cells[XR_ATLAS_COUNT].value);
    json_object_set_boolean_member(object, "other_root", change->other_root);
    if (change->diff != NULL)
        json_object_set_object_member(object, "functions",
                                      xr_tell_functions_diff_json(change->diff));
    else
        json_object_set_null_member(object, "functions");
    return object;
}

static JsonArray *hosts_json(const XrAtlasTable *table)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < table->hosts->len; i++) {
        g_autofree char *safe = xr_tell_safe(table->hosts->pdata[i], SAFE_MAX);

        json_array_add_string_element(array, safe);
    }
    return array;
}

JsonObject *xr_tell_atlas_json(const XrAtlasTable *table)
{
    JsonObject *object = json_object_new();
    JsonArray *rows = json_array_new(), *changes = json_array_new();

    for (guint i = 0; i < table->rows->len; i++)
        json_array_add_object_element(rows, row_json(table->rows->pdata[i]));
    for (guint i = 0; i < table->changes->len; i++)
        json_array_add_object_element(changes, change_json(table->changes->pdata[i]));
    json_object_set_int_member(object, "schema", 1);
    xr_tell_set(object, "atlas", table->atlas->dir, 2 * SAFE_MAX);
    xr_tell_set(object, "repo", table->atlas->shape.repo, 2 * SAFE_MAX);
    xr_tell_set(object, "asked", xr_json_string(table->atlas->record, "asked", NULL), SAFE_MAX);
    xr_tell_set(object, "rig", xr_json_string(table->atlas->record, "rig", NULL), SAFE_MAX);
    json_object_set_string_member(object, "verdict", xr_verdict_name(xr_atlas_worst(table)));
    json_object_set_array_member(object, "hosts", hosts_json(table));
    json_object_set_array_member(object, "releases", rows);
    json_object_set_array_member(object, "changes", changes);
    return object;
}
