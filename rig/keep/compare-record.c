/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a comparison, a folder that it can be gone on with from. */
#include "keep/compare-record.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/folder.h"
#include "keep/record.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA 1

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

static gboolean put_text(const char *dir, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(GError) local = NULL;

    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be written: %s", path,
                local->message);
    return FALSE;
}

static gboolean put_json(const char *dir, const char *name, JsonObject *object, GError **error)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
    g_autofree char *text = json_to_string(node, TRUE);
    g_autofree char *ended = g_strconcat(text, "\n", NULL);

    return put_text(dir, name, ended, error);
}

static JsonArray *strings(const char *const *values)
{
    JsonArray *array = json_array_new();

    for (gsize i = 0; values != NULL && values[i] != NULL; i++)
        json_array_add_string_element(array, values[i]);
    return array;
}

static JsonObject *describe(const XrCompareRecord *record, char *const *argv)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "id", record->id);
    json_object_set_string_member(object, "started", record->started);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_array_member(object, "argv", strings((const char *const *)argv));
    json_object_set_array_member(object, "builds", strings((const char *const *)record->builds));
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
    if (!put_text(record->dir, "plan", plan_text, error) ||
        !put_text(record->dir, "runs.jsonl", "", error) ||
        !put_json(record->dir, "compare.json", object, error))
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
        const XrRunFigure *figure = record->runs->pdata[i];

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

/* What a killed rig left of a line goes, or the next one would be joined to it. */
static gboolean cut_torn_line(int fd)
{
    const off_t length = lseek(fd, 0, SEEK_END);
    off_t end = length;
    char last = '\n';

    while (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n')
        end--;
    return length >= 0 && (end == length || ftruncate(fd, end) == 0);
}

static gboolean append_line(const char *path, const char *line)
{
    const gsize length = strlen(line);
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    gboolean written;

    if (fd < 0)
        return FALSE;
    written = cut_torn_line(fd) && write(fd, line, length) == (ssize_t)length && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

gboolean xr_compare_record_add(XrCompareRecord *record, XrRunFigure *figure, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, "runs.jsonl", NULL);
    g_autoptr(JsonObject) object = xr_run_figure_json(figure);
    g_autofree char *line = xr_json_line(object);
    g_autofree char *ended = g_strconcat(line, "\n", NULL);

    g_ptr_array_add(record->runs, figure);
    if (append_line(path, ended))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be written: %s", path,
                g_strerror(errno));
    return FALSE;
}

gboolean xr_compare_record_verdict(const XrCompareRecord *record, JsonObject *verdict,
                                   GError **error)
{
    return put_json(record->dir, "verdict.json", verdict, error);
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
