/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which records a build is in. */
#include "keep/used.h"

#include "base/json.h"
#include "base/paths.h"
#include "keep/record.h"
#include <string.h>

static void add(GHashTable *used, const char *id, const char *record)
{
    GPtrArray *records;

    if (id == NULL)
        return;
    records = g_hash_table_lookup(used, id);
    if (records == NULL) {
        records = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(used, g_strdup(id), records);
    }
    if (records->len == 0 || !g_str_equal(records->pdata[records->len - 1], record))
        g_ptr_array_add(records, g_strdup(record));
}

static void add_build(GHashTable *used, JsonObject *build, const char *record)
{
    JsonArray *inputs = xr_json_array(build, "inputs");

    add(used, xr_json_string(build, "id", NULL), record);
    for (guint i = 0; inputs != NULL && i < json_array_get_length(inputs); i++) {
        JsonObject *input = xr_json_element_object(inputs, i);

        if (input == NULL)
            continue;
        add(used, xr_json_string(input, "hypervisor", NULL), record);
        add(used, xr_json_string(input, "around", NULL), record);
    }
}

static void add_record(GHashTable *used, const char *runs, const char *record)
{
    g_autofree char *dir = g_build_filename(runs, record, NULL);
    g_autoptr(JsonObject) run = xr_record_read_json(dir, "run.json", NULL);
    JsonArray *builds = run != NULL ? xr_json_array(run, "builds") : NULL;

    for (guint i = 0; builds != NULL && i < json_array_get_length(builds); i++) {
        JsonObject *build = xr_json_element_object(builds, i);

        if (build != NULL)
            add_build(used, build, record);
    }
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GHashTable *xr_record_used_builds(void)
{
    GHashTable *used =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    g_autofree char *state = xr_paths_state();
    g_autofree char *runs = g_build_filename(state, "runs", NULL);
    g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        add_record(used, runs, names->pdata[i]);
    return used;
}
