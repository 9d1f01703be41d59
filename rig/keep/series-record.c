/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a series, a folder that it can be gone on with from. */
#include "keep/series-record.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "keep/files.h"
#include "keep/folder.h"
#include "keep/record.h"
#include "keep/stored-verdict.h"
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SCHEMA 1

void xr_series_record_free(XrSeriesRecord *record)
{
    if (record == NULL)
        return;
    if (record->lock >= 0)
        close(record->lock);
    g_free(record->dir);
    g_free(record->id);
    g_free(record->started);
    g_clear_pointer(&record->builds, json_object_unref);
    g_clear_pointer(&record->points, g_ptr_array_unref);
    g_free(record);
}

static XrSeriesRecord *record_new(void)
{
    XrSeriesRecord *record = g_new0(XrSeriesRecord, 1);

    record->lock = -1;
    record->points = g_ptr_array_new_with_free_func((GDestroyNotify)xr_series_point_free);
    return record;
}

static JsonObject *describe(const XrSeriesRecord *record, char *const *argv)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "id", record->id);
    json_object_set_string_member(object, "started", record->started);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_array_member(object, "argv", xr_json_strings((const char *const *)argv));
    json_object_set_object_member(object, "builds", json_object_ref(record->builds));
    json_object_set_object_member(object, "host", xr_host_fingerprint());
    return object;
}

XrSeriesRecord *xr_series_record_new(const char *dir, const char *plan_name, const char *plan_text,
                                     JsonObject *builds, char *const *argv, GError **error)
{
    g_autoptr(XrSeriesRecord) record = record_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(JsonObject) object = NULL;

    record->dir = xr_folder_new("series", dir, plan_name, &record->id, error);
    if (record->dir == NULL)
        return NULL;
    record->started = g_date_time_format_iso8601(now);
    record->builds = json_object_ref(builds);
    object = describe(record, argv);
    /* Last what makes it a record: one that was cut short before is none. */
    if (!xr_files_put_text(record->dir, "plan", plan_text, error) ||
        !xr_files_put_text(record->dir, "points.jsonl", "", error) ||
        !xr_files_put_json(record->dir, "series.json", object, error) ||
        !xr_series_record_lock(record, error))
        return NULL;
    return g_steal_pointer(&record);
}

/* --- one that is there --- */

static gboolean read_description(XrSeriesRecord *record, GError **error)
{
    g_autoptr(JsonObject) object = NULL;

    if (!xr_series_record_is(record->dir)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s is no record of a series: it holds no file \"series.json\"", record->dir);
        return FALSE;
    }
    object = xr_record_read_json(record->dir, "series.json", error);
    if (object == NULL)
        return FALSE;
    if (xr_json_int(object, "schema", 0) != SCHEMA || xr_json_object(object, "builds") == NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s/series.json: not of schema %d with builds: another xenrig wrote it",
                    record->dir, SCHEMA);
        return FALSE;
    }
    record->builds = json_object_ref(xr_json_object(object, "builds"));
    record->id = g_strdup(xr_json_string(object, "id", ""));
    record->started = g_strdup(xr_json_string(object, "started", ""));
    return TRUE;
}

/* A line of before a failure was worse than an error may call a point an error whose run failed: its record tells. */
static void take_failure(const XrSeriesRecord *record, XrSeriesPoint *point)
{
    g_autofree char *dir = g_build_filename(record->dir, point->record, NULL);
    g_autoptr(JsonObject) report = NULL;
    g_auto(XrStoredVerdict) stored = {0};

    if (!g_str_equal(point->verdict, "error") || point->record[0] == '\0')
        return;
    report = xr_record_read_json(dir, "verdict.json", NULL);
    if (report == NULL)
        return;
    xr_stored_verdict_read(report, &stored);
    if (g_str_equal(stored.verdict, "fail"))
        xr_series_point_read(point, dir, NULL);
}

static gboolean read_points(XrSeriesRecord *record, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "points.jsonl", NULL);
    g_autoptr(GPtrArray) lines = xr_files_lines(path, error);

    if (lines == NULL)
        return FALSE;
    for (guint i = 0; i < lines->len; i++) {
        XrSeriesPoint *point = xr_series_point_parse(lines->pdata[i], error);

        if (point == NULL) {
            g_prefix_error(error, "%s:%u: ", path, i + 1);
            return FALSE;
        }
        g_ptr_array_add(record->points, point);
        take_failure(record, point);
    }
    return TRUE;
}

XrSeriesRecord *xr_series_record_open(const char *dir, GError **error)
{
    g_autoptr(XrSeriesRecord) record = record_new();

    record->dir = g_canonicalize_filename(dir, NULL);
    if (!read_description(record, error) || !read_points(record, error))
        return NULL;
    return g_steal_pointer(&record);
}

gboolean xr_series_record_is(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "series.json", NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

gboolean xr_series_record_lock(XrSeriesRecord *record, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "lock", NULL);

    record->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (record->lock >= 0 && flock(record->lock, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: another xenrig is at this series; wait for it, or give another folder by "
                "--record DIR",
                record->dir);
    return FALSE;
}

gboolean xr_series_record_fits(const XrSeriesRecord *record, const char *plan_text,
                               JsonObject *builds)
{
    g_autofree char *path = g_build_filename(record->dir, "plan", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GList) names = json_object_get_members(builds);

    if (!g_file_get_contents(path, &text, NULL, NULL) || !g_str_equal(text, plan_text))
        return FALSE;
    for (GList *l = names; l != NULL; l = l->next)
        if (!g_str_equal(xr_json_string(record->builds, l->data, "?"),
                         xr_json_string(builds, l->data, "")))
            return FALSE;
    return TRUE;
}

static int newest_first(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

char **xr_series_record_list(void)
{
    g_autofree char *state = xr_paths_state();
    g_autofree char *all = g_build_filename(state, "series", NULL);
    g_autoptr(GDir) dir = g_dir_open(all, 0, NULL);
    GPtrArray *paths = g_ptr_array_new();
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(paths, g_build_filename(all, name, NULL));
    g_ptr_array_sort(paths, newest_first);
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(paths, FALSE);
}

/* --- growing --- */

gboolean xr_series_record_add(XrSeriesRecord *record, XrSeriesPoint *point, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "points.jsonl", NULL);
    g_autoptr(JsonObject) object = xr_series_point_json(point);

    g_ptr_array_add(record->points, point);
    return xr_files_append(path, object, error);
}

const XrSeriesPoint *xr_series_record_find(const XrSeriesRecord *record, const char *build,
                                           const char *binding, guint vcpus, gboolean held)
{
    const XrSeriesPoint *found = NULL;

    for (guint i = 0; i < record->points->len; i++) {
        const XrSeriesPoint *point = record->points->pdata[i];

        if (xr_series_point_is(point, build, binding, vcpus, held) &&
            (found == NULL || xr_series_point_failed(point) ||
             (!xr_series_point_failed(found) &&
              (point->slices->len > 0 || found->slices->len == 0))))
            found = point;
    }
    return found;
}

char *xr_series_record_next(const XrSeriesRecord *record)
{
    for (guint number = 1;; number++) {
        char *name = g_strdup_printf("runs/%03u", number);
        g_autofree char *path = g_build_filename(record->dir, name, NULL);

        if (g_mkdir_with_parents(record->dir, 0700) == 0 &&
            !g_file_test(path, G_FILE_TEST_EXISTS) && g_mkdir_with_parents(path, 0700) == 0)
            return name;
        g_free(name);
    }
}
