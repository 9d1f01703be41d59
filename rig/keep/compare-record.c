/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a comparison, a folder that it can be gone on with from. */
#include "keep/compare-record.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/files.h"
#include "keep/folder.h"
#include "keep/record.h"
#include <string.h>

#define SCHEMA 1

enum { FAILURES = 2 };

void xr_compare_record_free(XrCompareRecord *record)
{
    if (record == NULL)
        return;
    g_free(record->dir);
    g_free(record->id);
    g_free(record->started);
    g_strfreev(record->builds);
    g_clear_pointer(&record->runs, g_ptr_array_unref);
    xr_folder_let_go(record->held);
    g_free(record);
}

static JsonObject *describe(const XrCompareRecord *record, char *const *argv)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "id", record->id);
    json_object_set_string_member(object, "started", record->started);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_array_member(object, "argv", xr_json_strings((const char *const *)argv));
    json_object_set_array_member(object, "builds",
                                 xr_json_strings((const char *const *)record->builds));
    json_object_set_int_member(object, "seed", record->seed);
    json_object_set_object_member(object, "host", xr_host_fingerprint());
    return object;
}

XrCompareRecord *xr_compare_record_new(const char *dir, const char *plan_name,
                                       const char *plan_text, const char *const *builds,
                                       guint32 seed, char *const *argv, GError **error)
{
    g_autoptr(XrCompareRecord) record = g_new0(XrCompareRecord, 1);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(JsonObject) object = NULL;

    record->held = -1;
    record->dir = xr_folder_new("comparisons", dir, plan_name, &record->id, error);
    if (record->dir == NULL)
        return NULL;
    record->held = xr_folder_hold(record->dir);
    record->started = g_date_time_format_iso8601(now);
    record->builds = g_strdupv((char **)builds);
    record->seed = seed;
    record->runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_run_figure_free);
    object = describe(record, argv);
    if (!xr_files_put_text(record->dir, "plan", plan_text, error) ||
        !xr_files_put_text(record->dir, "runs.jsonl", "", error) ||
        !xr_files_put_json(record->dir, "compare.json", object, error))
        return NULL;
    return g_steal_pointer(&record);
}

/* --- one that is there --- */

static gboolean read_description(XrCompareRecord *record, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "compare.json", NULL);
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(GStrvBuilder) builds = g_strv_builder_new();
    JsonArray *names;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s is no record of a comparison: it holds no file \"compare.json\"; give the "
                    "folder that `xenrig compare` named as its record",
                    record->dir);
        return FALSE;
    }
    object = xr_record_read_json(record->dir, "compare.json", error);
    if (object == NULL)
        return FALSE;
    names = xr_json_array(object, "builds");
    for (guint i = 0; names != NULL && i < json_array_get_length(names); i++) {
        JsonNode *node = json_array_get_element(names, i);

        if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
            g_strv_builder_add(builds, json_node_get_string(node));
    }
    record->builds = g_strv_builder_end(builds);
    record->id = g_strdup(xr_json_string(object, "id", ""));
    record->started = g_strdup(xr_json_string(object, "started", ""));
    record->seed = (guint32)xr_json_int(object, "seed", 0);
    if (xr_json_int(object, "schema", 0) == SCHEMA && g_strv_length(record->builds) >= 2)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: not of schema %d with two or more builds: another xenrig wrote it", path,
                SCHEMA);
    return FALSE;
}

static gboolean read_runs(XrCompareRecord *record, GError **error)
{
    const guint builds = g_strv_length(record->builds);
    g_autofree char *path = g_build_filename(record->dir, "runs.jsonl", NULL);

    record->runs = xr_run_figures_load(path, NULL, error);
    if (record->runs == NULL)
        return FALSE;
    for (guint i = 0; i < record->runs->len; i++) {
        XrRunFigure *figure = record->runs->pdata[i];

        xr_run_figure_take_failure(figure, record->dir);
        if (figure->index < builds)
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s:%u: a run of build number %u, and there are %u", path, i + 1, figure->index,
                    builds);
        return FALSE;
    }
    return TRUE;
}

XrCompareRecord *xr_compare_record_open(const char *dir, GError **error)
{
    g_autoptr(XrCompareRecord) record = g_new0(XrCompareRecord, 1);

    record->dir = g_canonicalize_filename(dir, NULL);
    record->held = xr_folder_hold(record->dir);
    if (!read_description(record, error) || !read_runs(record, error))
        return NULL;
    return g_steal_pointer(&record);
}

/* --- growing --- */

gboolean xr_compare_record_add(XrCompareRecord *record, XrRunFigure *figure, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "runs.jsonl", NULL);
    g_autoptr(JsonObject) object = xr_run_figure_json(figure);

    g_ptr_array_add(record->runs, figure);
    return xr_files_append(path, object, error);
}

gboolean xr_compare_record_verdict(const XrCompareRecord *record, JsonObject *verdict,
                                   GError **error)
{
    return xr_files_put_json(record->dir, "verdict.json", verdict, error);
}

char *xr_compare_record_next(const XrCompareRecord *record, guint build)
{
    for (guint number = record->runs->len + 1;; number++) {
        char *name = g_strdup_printf("runs/%03u-%u", number, build);
        g_autofree char *path = g_build_filename(record->dir, name, NULL);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return name;
        g_free(name);
    }
}

static gint by_round(gconstpointer a, gconstpointer b)
{
    const XrRunFigure *x = *(XrRunFigure *const *)a, *y = *(XrRunFigure *const *)b;

    return x->round < y->round ? -1 : x->round > y->round;
}

GPtrArray *xr_compare_record_samples(const XrCompareRecord *record)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_copy(record->runs, NULL, NULL);
    GPtrArray *samples = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    g_ptr_array_set_free_func(runs, NULL);
    g_ptr_array_sort(runs, by_round);
    for (guint i = 0; record->builds[i] != NULL; i++)
        g_ptr_array_add(samples, g_array_new(FALSE, FALSE, sizeof(double)));
    for (guint i = 0; i < runs->len; i++) {
        const XrRunFigure *figure = runs->pdata[i];

        if (figure->counted)
            g_array_append_val((GArray *)samples->pdata[figure->index], figure->value);
    }
    return samples;
}

/* --- what there is of a build --- */

guint xr_compare_record_attempts(const XrCompareRecord *record, guint round, guint build,
                                 gboolean *done)
{
    guint attempts = 0;

    *done = FALSE;
    for (guint i = 0; i < record->runs->len; i++) {
        const XrRunFigure *figure = record->runs->pdata[i];

        if (figure->round != round || figure->index != build)
            continue;
        attempts++;
        *done |= figure->counted || xr_run_figure_failed(figure);
    }
    return attempts;
}

guint xr_compare_record_repeated(const XrCompareRecord *record)
{
    guint count = 0;

    for (guint i = 0; i < record->runs->len; i++) {
        const XrRunFigure *figure = record->runs->pdata[i];

        count += !figure->counted && !xr_run_figure_failed(figure);
    }
    return count;
}

gboolean xr_compare_record_is_given_up(const XrCompareRecord *record, guint build)
{
    guint failures = 0;

    for (guint i = 0; i < record->runs->len; i++) {
        const XrRunFigure *figure = record->runs->pdata[i];

        failures += figure->index == build && !figure->counted && xr_run_figure_failed(figure);
    }
    return failures >= FAILURES;
}
