/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a night, a folder that it can be gone on with from. */
#include "keep/night-record.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/files.h"
#include "keep/folder.h"
#include "keep/record.h"

#define SCHEMA 1
#define NIGHT  "night"

void xr_night_record_free(XrNightRecord *record)
{
    if (record == NULL)
        return;
    g_free(record->dir);
    g_free(record->id);
    g_free(record->started);
    xr_night_free(record->night);
    g_clear_pointer(&record->plans, g_ptr_array_unref);
    g_clear_pointer(&record->records, g_ptr_array_unref);
    xr_folder_let_go(record->held);
    g_free(record);
}

static XrNightRecord *record_alloc(void)
{
    XrNightRecord *record = g_new0(XrNightRecord, 1);

    record->held = -1;
    record->records = g_ptr_array_new_with_free_func((GDestroyNotify)xr_compare_record_free);
    return record;
}

static char *plan_dir(const XrNightRecord *record, guint index, const char *name)
{
    g_autofree char *folder = g_strdup_printf("%u-%s", index + 1, name);

    return g_build_filename(record->dir, folder, NULL);
}

/* --- a new one --- */

static char **all_builds(const XrNight *night)
{
    g_autoptr(GStrvBuilder) builds = g_strv_builder_new();

    g_strv_builder_add(builds, night->baseline);
    g_strv_builder_addv(builds, (const char **)night->builds);
    return g_strv_builder_end(builds);
}

static JsonObject *describe(const XrNightRecord *record, char *const *argv)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "id", record->id);
    json_object_set_string_member(object, "name", record->night->name);
    json_object_set_string_member(object, "started", record->started);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_array_member(object, "argv", xr_json_strings((const char *const *)argv));
    json_object_set_int_member(object, "seed", record->seed);
    json_object_set_object_member(object, "host", xr_host_fingerprint());
    return object;
}

static gboolean add_plan(XrNightRecord *record, guint index, char *const *argv, GError **error)
{
    const XrPlan *plan = record->plans->pdata[index];
    g_autofree char *dir = plan_dir(record, index, plan->plan.name);
    g_autofree char *text = xr_plan_show(plan, FALSE);
    g_auto(GStrv) builds = all_builds(record->night);
    XrCompareRecord *runs = xr_compare_record_new(
        dir, plan->plan.name, text, (const char *const *)builds, record->seed + index, argv, error);

    if (runs != NULL)
        g_ptr_array_add(record->records, runs);
    return runs != NULL;
}

XrNightRecord *xr_night_record_new(const char *dir, XrNight *night, GPtrArray *plans, guint32 seed,
                                   char *const *argv, GError **error)
{
    g_autoptr(XrNightRecord) record = record_alloc();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *text = xr_night_show(night);
    g_autoptr(JsonObject) object = NULL;

    record->night = night;
    record->plans = plans;
    record->seed = seed;
    record->started = g_date_time_format_iso8601(now);
    record->started_us = g_date_time_to_unix(now) * G_USEC_PER_SEC;
    record->dir = xr_folder_new("nights", dir, night->name, &record->id, error);
    if (record->dir == NULL)
        return NULL;
    record->held = xr_folder_hold(record->dir);
    object = describe(record, argv);
    for (guint i = 0; i < plans->len; i++) {
        if (!add_plan(record, i, argv, error))
            return NULL;
    }
    if (!xr_files_put_text(record->dir, NIGHT, text, error) ||
        !xr_files_put_json(record->dir, "night.json", object, error))
        return NULL;
    return g_steal_pointer(&record);
}

/* --- one that is there --- */

static gboolean read_description(XrNightRecord *record, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "night.json", NULL);
    g_autofree char *file = g_build_filename(record->dir, NIGHT, NULL);
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(GDateTime) started = NULL;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s is no record of a night: it holds no file \"night.json\"; give the folder "
                    "that `xenrig nightly` named as its record",
                    record->dir);
        return FALSE;
    }
    object = xr_record_read_json(record->dir, "night.json", error);
    record->night = object != NULL ? xr_night_load(file, NULL, error) : NULL;
    if (record->night == NULL)
        return FALSE;
    g_free(record->night->name);
    record->night->name = g_strdup(xr_json_string(object, "name", "night"));
    record->id = g_strdup(xr_json_string(object, "id", ""));
    record->started = g_strdup(xr_json_string(object, "started", ""));
    record->seed = (guint32)xr_json_int(object, "seed", 0);
    started = g_date_time_new_from_iso8601(record->started, NULL);
    if (started != NULL && xr_json_int(object, "schema", 0) == SCHEMA) {
        record->started_us = g_date_time_to_unix(started) * G_USEC_PER_SEC;
        return TRUE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: not of schema %d with a time of start: another xenrig wrote it", path, SCHEMA);
    return FALSE;
}

/* The folder of plan number index, whatever name the plan has in it. */
static char *find_dir(const XrNightRecord *record, guint index)
{
    g_autofree char *head = g_strdup_printf("%u-", index + 1);
    g_autoptr(GDir) dir = g_dir_open(record->dir, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_prefix(name, head))
            return g_build_filename(record->dir, name, NULL);
    }
    return plan_dir(record, index, record->night->plans[index]);
}

static gboolean open_plan(XrNightRecord *record, guint index, GError **error)
{
    g_autofree char *dir = find_dir(record, index);
    g_autofree char *path = g_build_filename(dir, "plan", NULL);
    XrCompareRecord *runs = xr_compare_record_open(dir, error);
    XrPlan *plan = NULL;

    if (runs == NULL)
        return FALSE;
    g_ptr_array_add(record->records, runs);
    plan = xr_plan_load(path, NULL, error);
    if (plan != NULL)
        g_ptr_array_add(record->plans, plan);
    return plan != NULL;
}

XrNightRecord *xr_night_record_open(const char *dir, GError **error)
{
    g_autoptr(XrNightRecord) record = record_alloc();

    record->dir = g_canonicalize_filename(dir, NULL);
    record->held = xr_folder_hold(record->dir);
    record->plans = g_ptr_array_new_with_free_func((GDestroyNotify)xr_plan_free);
    if (!read_description(record, error))
        return NULL;
    for (guint i = 0; record->night->plans[i] != NULL; i++) {
        if (!open_plan(record, i, error))
            return NULL;
    }
    return g_steal_pointer(&record);
}
