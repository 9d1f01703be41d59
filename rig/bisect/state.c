/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the folder of a bisection, from which it can be gone on with. */
#include "bisect/state.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "keep/files.h"
#include "keep/folder.h"
#include "keep/record.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SCHEMA 1

static const char described[] = "bisect.json", results[] = "result.json";

void xr_bisect_task_clear(XrBisectTask *task)
{
    g_free(task->repo);
    g_free(task->good);
    g_free(task->bad);
    g_free(task->good_name);
    g_free(task->bad_name);
    g_free(task->with);
    g_free(task->command);
}

void xr_bisect_state_free(XrBisectState *state)
{
    if (state == NULL)
        return;
    xr_bisect_task_clear(&state->task);
    xr_plan_free(state->plan);
    g_clear_pointer(&state->events, g_ptr_array_unref);
    if (state->lock >= 0)
        close(state->lock);
    g_free(state->dir);
    g_free(state->id);
    g_free(state->started);
    g_free(state);
}

char *xr_bisect_state_path(const XrBisectState *state, const char *name)
{
    return g_build_filename(state->dir, name, NULL);
}

gboolean xr_bisect_state_put(const XrBisectState *state, const char *name, const char *text,
                             GError **error)
{
    return xr_files_put_text(state->dir, name, text, error);
}

/* Two at once would run each step twice and write into one file. */
static gboolean lock(XrBisectState *state, GError **error)
{
    state->lock = open(state->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->lock >= 0 && flock(state->lock, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: another xenrig is at this bisection, or the folder cannot be opened",
                state->dir);
    return FALSE;
}

/* --- a new one --- */

static JsonObject *describe(const XrBisectState *state, char *const *argv)
{
    const XrBisectTask *task = &state->task;
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "id", state->id);
    json_object_set_string_member(object, "started", state->started);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_array_member(object, "argv", xr_json_strings((const char *const *)argv));
    json_object_set_object_member(object, "host", xr_host_fingerprint());
    json_object_set_string_member(object, "repo", task->repo);
    json_object_set_string_member(object, "good", task->good);
    json_object_set_string_member(object, "bad", task->bad);
    json_object_set_string_member(object, "good_name", task->good_name);
    json_object_set_string_member(object, "bad_name", task->bad_name);
    json_object_set_string_member(object, "with", task->with);
    json_object_set_string_member(object, "command", task->command != NULL ? task->command : "");
    json_object_set_string_member(
        object, "metric", task->command != NULL ? task->command : state->plan->compare.metric);
    json_object_set_boolean_member(object, "noisy", task->noisy);
    json_object_set_double_member(object, "confidence", task->confidence);
    json_object_set_int_member(object, "seed", task->seed);
    return object;
}

XrBisectState *xr_bisect_state_new(const char *dir, XrBisectTask *task, XrPlan *plan,
                                   char *const *argv, GError **error)
{
    g_autoptr(XrBisectState) state = g_new0(XrBisectState, 1);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *name = g_path_get_basename(task->repo);
    g_autofree char *shown = xr_plan_show(plan, FALSE);

    state->lock = -1;
    state->plan = plan;
    state->task = *task;
    memset(task, 0, sizeof *task);
    state->started = g_date_time_format_iso8601(now);
    state->events = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    state->dir = xr_folder_new("bisections", dir, name, &state->id, error);
    if (state->dir == NULL || !lock(state, error))
        return NULL;
    g_autoptr(JsonObject) object = describe(state, argv);
    g_autofree char *text = xr_json_text(object);
    /* The description last: a folder that has one is whole. */
    if (!xr_bisect_state_put(state, "plan", shown, error) ||
        !xr_bisect_state_put(state, "events.jsonl", "", error) ||
        !xr_bisect_state_put(state, described, text, error))
        return NULL;
    return g_steal_pointer(&state);
}

/* --- one that is there --- */

static char *string_of(JsonObject *object, const char *name)
{
    return g_strdup(xr_json_string(object, name, ""));
}

static gboolean read_task(XrBisectState *state, GError **error)
{
    g_autoptr(JsonObject) object = xr_record_read_json(state->dir, described, error);
    XrBisectTask *task = &state->task;

    if (object == NULL) {
        g_prefix_error(error, "%s is no folder of a bisection: ", state->dir);
        return FALSE;
    }
    state->id = string_of(object, "id");
    state->started = string_of(object, "started");
    task->repo = string_of(object, "repo");
    task->good = string_of(object, "good");
    task->bad = string_of(object, "bad");
    task->good_name = string_of(object, "good_name");
    task->bad_name = string_of(object, "bad_name");
    task->with = string_of(object, "with");
    task->command = string_of(object, "command");
    if (task->command[0] == '\0')
        g_clear_pointer(&task->command, g_free);
    task->noisy = xr_json_bool(object, "noisy", FALSE);
    task->confidence = xr_json_double(object, "confidence", 0);
    task->seed = (guint32)xr_json_int(object, "seed", 0);
    if (xr_json_int(object, "schema", 0) == SCHEMA)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s/%s: not of schema %d: another xenrig wrote it", state->dir, described, SCHEMA);
    return FALSE;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Folders of bisections, the oldest first (char *): their names begin with the time. */
static GPtrArray *list_folders(void)
{
    g_autofree char *state = xr_paths_state();
    g_autofree char *top = g_build_filename(state, "bisections", NULL);
    g_autoptr(GDir) dir = g_dir_open(top, 0, NULL);
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *folder = g_build_filename(top, name, NULL);
        g_autofree char *file = g_build_filename(folder, described, NULL);

        if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(folders, g_steal_pointer(&folder));
    }
    g_ptr_array_sort(folders, by_name);
    return folders;
}

static gboolean has_ended(const char *folder)
{
    g_autoptr(JsonObject) result = xr_record_read_json(folder, results, NULL);

    return result != NULL && !g_str_equal(xr_json_string(result, "outcome", ""), "interrupted");
}

static char *find_last(GError **error)
{
    g_autoptr(GPtrArray) folders = list_folders();

    for (guint i = folders->len; i > 0; i--) {
        if (!has_ended(folders->pdata[i - 1]))
            return g_strdup(folders->pdata[i - 1]);
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "there is no bisection to go on with; `xenrig bisect list` lists those there are");
    return NULL;
}

XrBisectState *xr_bisect_state_open(const char *dir, GError **error)
{
    g_autoptr(XrBisectState) state = g_new0(XrBisectState, 1);
    g_autofree char *plan = NULL;
    g_autofree char *events = NULL;

    state->lock = -1;
    state->dir = dir != NULL ? g_canonicalize_filename(dir, NULL) : find_last(error);
    if (state->dir == NULL || !read_task(state, error) || !lock(state, error))
        return NULL;
    plan = xr_bisect_state_path(state, "plan");
    events = xr_bisect_state_path(state, "events.jsonl");
    state->plan = xr_plan_load(plan, NULL, error);
    state->events = state->plan != NULL ? xr_files_lines(events, error) : NULL;
    return state->events != NULL ? g_steal_pointer(&state) : NULL;
}

/* --- events --- */

gboolean xr_bisect_state_add(XrBisectState *state, JsonObject *event, GError **error)
{
    g_autofree char *path = xr_bisect_state_path(state, "events.jsonl");

    g_ptr_array_add(state->events, event);
    return xr_files_append(path, event, error);
}

JsonObject *xr_bisect_state_find(const XrBisectState *state, const char *kind, const char *commit,
                                 const char *place, guint number)
{
    for (guint i = 0; i < state->events->len; i++) {
        JsonObject *event = state->events->pdata[i];

        if (!g_str_equal(xr_json_string(event, "kind", ""), kind) ||
            !g_str_equal(xr_json_string(event, "commit", ""), commit))
            continue;
        if (place == NULL || (g_str_equal(xr_json_string(event, "place", ""), place) &&
                              xr_json_int(event, "number", -1) == (gint64)number))
            return event;
    }
    return NULL;
}

char *xr_bisect_state_list(void)
{
    g_autoptr(GPtrArray) folders = list_folders();
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < folders->len; i++) {
        const char *folder = folders->pdata[i];
        g_autoptr(JsonObject) task = xr_record_read_json(folder, described, NULL);
        g_autoptr(JsonObject) result = xr_record_read_json(folder, results, NULL);
        const char *outcome = result != NULL ? xr_json_string(result, "outcome", "?") : "not ended";
        JsonArray *suspects = xr_json_array(result, "suspects");
        const char *first = suspects != NULL && json_array_get_length(suspects) == 1
                                ? json_array_get_string_element(suspects, 0)
                                : "";

        if (task != NULL)
            g_string_append_printf(
                text, "%s  %s of %s, %.12s..%.12s: %s%s%.12s\n", folder,
                xr_json_string(task, "metric", "bisection"), xr_json_string(task, "repo", "?"),
                xr_json_string(task, "good", "?"), xr_json_string(task, "bad", "?"), outcome,
                first[0] != '\0' ? " " : "", first);
    }
    return g_string_free(text, FALSE);
}
