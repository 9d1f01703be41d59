/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is in the cache. */
#include "build/entries.h"
#include "base/json.h"
#include "build/cache.h"
#include "build/kernel-name.h"
#include <glib/gstdio.h>
#include <string.h>

void xr_entry_free(XrEntry *entry)
{
    if (!entry)
        return;
    g_free(entry->kind);
    g_free(entry->key);
    g_free(entry->path);
    g_free(entry->name);
    g_free(entry->version);
    g_free(entry->id);
    g_clear_pointer(&entry->description, json_object_unref);
    g_free(entry);
}

static JsonObject *read_description(const char *path)
{
    g_autofree char *file = g_build_filename(path, "build.json", NULL);
    g_autofree char *text = NULL;

    return g_file_get_contents(file, &text, NULL, NULL) ? xr_json_parse_line(text, -1, NULL) : NULL;
}

static void describe(XrEntry *entry)
{
    g_autofree char *file = g_build_filename(entry->path, "build.json", NULL);

    entry->is_build = g_file_test(file, G_FILE_TEST_EXISTS);
    entry->description = read_description(entry->path);
    JsonObject *object = entry->description;
    const char *version = object ? xr_json_string(object, "version", NULL) : NULL;
    if (object && !version)
        version = xr_json_string(object, "xen_version", NULL);
    entry->name = g_strdup(object ? xr_json_string(object, "name", entry->key) : entry->key);
    entry->version = g_strdup(version ? version : "?");
    entry->id = g_strdup(object ? xr_json_string(object, "id", "?") : "?");
}

static void measure(XrEntry *entry, gint64 now_s)
{
    g_autofree char *log = g_strconcat(entry->path, ".log", NULL);
    gint64 last = xr_cache_last_use(entry->kind, entry->key, &entry->in_use);
    GStatBuf info;

    entry->bytes = xr_cache_size(entry->path) + xr_cache_size(log);
    if (g_stat(entry->path, &info) == 0 || g_stat(log, &info) == 0)
        entry->age_s = MAX(now_s - (gint64)info.st_mtime, 0);
    entry->unused_s = MAX(now_s - last, 0);
}

static XrEntry *read_entry(const char *kind, const char *key, gint64 now_s)
{
    g_autofree char *cache = xr_cache_folder(kind);
    XrEntry *entry = g_new0(XrEntry, 1);

    entry->kind = g_strdup(kind);
    entry->key = g_strdup(key);
    entry->path = g_build_filename(cache, key, NULL);
    describe(entry);
    measure(entry, now_s);
    return entry;
}

static int compare(gconstpointer a, gconstpointer b)
{
    const XrEntry *left = *(const XrEntry *const *)a, *right = *(const XrEntry *const *)b;
    int by_kind = strcmp(left->kind, right->kind), by_name = strcmp(left->name, right->name);

    if (by_kind != 0 || by_name != 0)
        return by_kind != 0 ? by_kind : by_name;
    return left->age_s < right->age_s ? -1 : left->age_s > right->age_s;
}

GPtrArray *xr_entries_list(gint64 now_s)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)xr_entry_free);
    g_autoptr(GPtrArray) kinds = xr_cache_kinds();

    for (guint i = 0; i < kinds->len; i++) {
        g_autoptr(GPtrArray) keys = xr_cache_keys(kinds->pdata[i]);
        for (guint n = 0; n < keys->len; n++)
            g_ptr_array_add(entries, read_entry(kinds->pdata[i], keys->pdata[n], now_s));
    }
    g_ptr_array_sort(entries, compare);
    return entries;
}

gboolean xr_entry_is(const XrEntry *entry, const char *text)
{
    return strcmp(entry->name, text) == 0 || strcmp(entry->key, text) == 0 ||
           strcmp(entry->id, text) == 0;
}

gboolean xr_entry_uses(const XrEntry *user, const XrEntry *used)
{
    JsonArray *uses = user->description ? xr_json_array(user->description, "uses") : NULL;
    g_autofree char *word = g_strdup_printf("%s/%s", used->kind, used->key);

    for (guint i = 0; uses && i < json_array_get_length(uses); i++)
        if (g_strcmp0(json_array_get_string_element(uses, i), word) == 0)
            return TRUE;
    return FALSE;
}

/* Of builds as they are named. */
static gboolean has_same_kernels(const char *name, const char *other)
{
    g_autoptr(XrKernelWords) own = xr_kernel_words_cut(name, NULL, NULL);
    g_autoptr(XrKernelWords) its = xr_kernel_words_cut(other, NULL, NULL);

    return strcmp(own->dom0, its->dom0) == 0 && strcmp(own->guests, its->guests) == 0;
}

static void add_if_identical(GPtrArray *names, const char *path, const char *identity,
                             const char *name)
{
    g_autoptr(JsonObject) object = read_description(path);
    const char *its = object ? xr_json_string(object, "identity", "") : "";
    const char *other = object ? xr_json_string(object, "name", "") : "";

    if (strcmp(its, identity) == 0 && strcmp(other, name) != 0 && has_same_kernels(name, other) &&
        !g_ptr_array_find_with_equal_func(names, other, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(other));
}

GPtrArray *xr_entries_identical(const char *identity, const char *name)
{
    static const char *const kinds[] = {"builds", "hypervisors"};
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (gsize i = 0; *identity && i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GPtrArray) keys = xr_cache_keys(kinds[i]);
        g_autofree char *folder = xr_cache_folder(kinds[i]);
        for (guint n = 0; n < keys->len; n++) {
            g_autofree char *path = g_build_filename(folder, keys->pdata[n], NULL);
            add_if_identical(names, path, identity, name);
        }
    }
    return names;
}
