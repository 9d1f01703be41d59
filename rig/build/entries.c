/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the builds that are in the cache. */
#include "build/entries.h"
#include "base/json.h"
#include "build/cache.h"
#include <glib/gstdio.h>
#include <string.h>

static const char *const kinds[] = {"builds", "hypervisors", "toolstacks"};

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

static void read_description(XrEntry *entry)
{
    g_autofree char *path = g_build_filename(entry->path, "build.json", NULL);
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL))
        entry->description = xr_json_parse_line(text, -1, NULL);
    JsonObject *object = entry->description;
    const char *version = object ? xr_json_string(object, "version", NULL) : NULL;
    if (object && !version)
        version = xr_json_string(object, "xen_version", NULL);
    entry->name = g_strdup(object ? xr_json_string(object, "name", "?") : "?");
    entry->version = g_strdup(version ? version : "?");
    entry->id = g_strdup(object ? xr_json_string(object, "id", "?") : "?");
}

static XrEntry *read_entry(const char *kind, const char *key, gint64 now_s)
{
    XrEntry *entry = g_new0(XrEntry, 1);
    GStatBuf info;

    if (!xr_cache_lookup(kind, key, &entry->path)) {
        g_free(entry);
        return NULL;
    }
    entry->kind = g_strdup(kind);
    entry->key = g_strdup(key);
    entry->bytes = xr_cache_size(entry->path);
    entry->age_s = g_stat(entry->path, &info) == 0 ? MAX(now_s - (gint64)info.st_mtime, 0) : 0;
    read_description(entry);
    return entry;
}

static int compare(gconstpointer a, gconstpointer b)
{
    const XrEntry *left = *(const XrEntry *const *)a, *right = *(const XrEntry *const *)b;
    int by_name = strcmp(left->name, right->name);

    if (by_name != 0)
        return by_name;
    return left->age_s < right->age_s ? -1 : left->age_s > right->age_s;
}

GPtrArray *xr_entries_list(gint64 now_s)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)xr_entry_free);

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GPtrArray) keys = xr_cache_keys(kinds[i]);
        for (guint n = 0; n < keys->len; n++) {
            XrEntry *entry = read_entry(kinds[i], keys->pdata[n], now_s);
            if (entry)
                g_ptr_array_add(entries, entry);
        }
    }
    g_ptr_array_sort(entries, compare);
    return entries;
}

gboolean xr_entry_is(const XrEntry *entry, const char *text)
{
    return strcmp(entry->name, text) == 0 || strcmp(entry->key, text) == 0 ||
           strcmp(entry->id, text) == 0;
}
