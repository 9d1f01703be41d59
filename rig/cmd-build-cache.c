/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the words of the command "build" that are about the cache. */
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/units.h"
#include "build/cache.h"
#include "build/entries.h"
#include "build/gc.h"
#include "cmd-build.h"
#include "commands.h"
#include "keep/used.h"
#include "tell/format.h"
#include <stdio.h>

enum { LONGEST = 200, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, RUNS_SHOWN = 5 };

static gint64 now_s(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static char *format_age(gint64 age_s)
{
    if (age_s < HOUR_S)
        return g_strdup_printf("%d min", (int)(age_s / MINUTE_S));
    if (age_s < DAY_S)
        return g_strdup_printf("%d h", (int)(age_s / HOUR_S));
    return g_strdup_printf("%d days", (int)(age_s / DAY_S));
}

static char *format_use(const XrEntry *entry)
{
    return entry->in_use ? g_strdup("in use") : format_age(entry->unused_s);
}

static void print_row(const XrEntry *entry)
{
    g_autofree char *name = xr_text_escape(entry->name, -1, LONGEST);
    g_autofree char *version = xr_text_escape(entry->version, -1, LONGEST);
    g_autofree char *size = xr_tell_bytes((gint64)entry->bytes);
    g_autofree char *age = format_age(entry->age_s);
    g_autofree char *use = format_use(entry);

    printf("  %-44s %-16s %9s %8s %8s%s%s\n", name, entry->description ? entry->id : "", size, age,
           use, entry->description ? "  Xen " : "", entry->description ? version : "");
}

int cmd_build_list(void)
{
    g_autoptr(GPtrArray) entries = xr_entries_list(now_s());
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *compiled = xr_cache_folder("ccache");
    const char *kind = "";

    for (guint i = 0; i < entries->len; i++) {
        const XrEntry *entry = entries->pdata[i];

        if (!g_str_equal(entry->kind, kind))
            printf("%-46s %-16s %9s %8s %8s\n", entry->kind, "id", "size", "made", "used");
        kind = entry->kind;
        print_row(entry);
    }
    g_autofree char *all = xr_tell_bytes((gint64)xr_cache_size(cache));
    g_autofree char *ccache = xr_tell_bytes((gint64)xr_cache_size(compiled));
    printf("%u entries; %s in all, %s of it the compiler's cache, in %s\n", entries->len, all,
           ccache, cache);
    return 0;
}

/* "Of: a, b" where there are any. */
static void print_names(const char *what, const GPtrArray *names)
{
    if (names->len == 0)
        return;
    printf("  %s: ", what);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *name = xr_text_escape(names->pdata[i], -1, LONGEST);
        printf("%s%s", i ? ", " : "", name);
    }
    putchar('\n');
}

static void print_relations(const XrEntry *entry, const GPtrArray *entries)
{
    g_autoptr(GPtrArray) used = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) users = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) same =
        xr_entries_identical(xr_json_string(entry->description, "identity", ""), entry->name);

    for (guint i = 0; i < entries->len; i++) {
        const XrEntry *other = entries->pdata[i];
        if (xr_entry_uses(entry, other))
            g_ptr_array_add(used, g_strdup_printf("%s/%s", other->kind, other->key));
        if (xr_entry_uses(other, entry))
            g_ptr_array_add(users, g_strdup_printf("%s/%s", other->kind, other->key));
    }
    print_names("made of", used);
    print_names("used for", users);
    print_names("the same code as", same);
}

static void print_runs(const XrEntry *entry)
{
    g_autoptr(GHashTable) used = xr_record_used_builds();
    const GPtrArray *runs = g_hash_table_lookup(used, entry->id);

    if (!runs)
        return;
    printf("  in %u records", runs->len);
    for (guint i = MIN(runs->len, RUNS_SHOWN); i > 0; i--) {
        g_autofree char *name = xr_text_escape(runs->pdata[runs->len - i], -1, LONGEST);
        printf("%s %s", i == MIN(runs->len, RUNS_SHOWN) ? ", last" : ",", name);
    }
    putchar('\n');
}

static void print_pins(JsonObject *pins)
{
    g_autoptr(GList) names = json_object_get_members(pins);

    puts("  pinned:");
    for (GList *name = names; name; name = name->next) {
        g_autofree char *value = xr_text_escape(xr_json_string(pins, name->data, "?"), -1, LONGEST);
        printf("    %-40s %s\n", (char *)name->data, value);
    }
}

static gboolean show_entry(const XrEntry *entry, const GPtrArray *entries, GError **error)
{
    g_autofree char *size = xr_tell_bytes((gint64)entry->bytes);
    g_autofree char *age = format_age(entry->age_s);
    g_autofree char *use = format_age(entry->unused_s);
    g_autofree char *name = xr_text_escape(entry->name, -1, LONGEST);

    if (!entry->description && entry->is_build) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: is damaged; xenrig build rm %s",
                    entry->path, entry->key);
        return FALSE;
    }
    printf("%s\n  %s\n  %s, made %s ago, %s%s ago\n", name, entry->path, size, age,
           entry->in_use ? "in use; last asked for " : "used ", use);
    if (!entry->description)
        return TRUE;
    print_relations(entry, entries);
    print_runs(entry);
    JsonObject *pins = xr_json_object(entry->description, "pins");
    if (pins)
        print_pins(pins);
    cmd_print_json(json_object_ref(entry->description));
    return TRUE;
}

static gboolean remove_entry(const XrEntry *entry, const GPtrArray *entries, GError **error)
{
    g_autofree char *size = xr_tell_bytes((gint64)entry->bytes);

    if (!xr_cache_drop(entry->kind, entry->key, error))
        return FALSE;
    printf("removed %s/%s (%s)\n", entry->kind, entry->key, size);
    return TRUE;
}

typedef gboolean (*Act)(const XrEntry *entry, const GPtrArray *entries, GError **error);

static int for_each(const char *name, Act act)
{
    g_autoptr(GPtrArray) entries = xr_entries_list(now_s());
    GError *error = NULL;
    guint found = 0;

    for (guint i = 0; i < entries->len; i++) {
        if (!xr_entry_is(entries->pdata[i], name))
            continue;
        found++;
        if (!act(entries->pdata[i], entries, &error))
            return cmd_fail("build", error);
    }
    if (found > 0)
        return 0;
    g_set_error(&error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\" is no name, key or id of a build that was made here; `xenrig build list` "
                "lists them",
                name);
    return cmd_fail("build", error);
}

int cmd_build_show(const char *name)
{
    return for_each(name, show_entry);
}

int cmd_build_remove(const char *name)
{
    return for_each(name, remove_entry);
}

static void print_removed(const XrGc *gc, gboolean dry)
{
    for (guint i = 0; i < gc->removed->len; i++) {
        const XrEntry *entry = gc->removed->pdata[i];
        g_autofree char *name = xr_text_escape(entry->name, -1, LONGEST);
        g_autofree char *size = xr_tell_bytes((gint64)entry->bytes);
        g_autofree char *use = format_age(entry->unused_s);
        printf("%s %s/%s (%s, %s, unused for %s)\n", dry ? "would remove" : "removed", entry->kind,
               entry->key, name, size, use);
    }
    if (gc->ccache_after != gc->ccache_before) {
        g_autofree char *before = xr_tell_bytes((gint64)gc->ccache_before);
        g_autofree char *after = xr_tell_bytes((gint64)gc->ccache_after);
        printf("%s the compiler's cache from %s to %s\n", dry ? "would cut" : "cut", before, after);
    }
}

int cmd_build_gc(const char *size, gboolean dry)
{
    GError *error = NULL;
    guint64 keep = 0;

    if (!size) {
        g_set_error(&error, XR_ERROR, XR_ERROR_INPUT,
                    "gc: say how much may stay, as --keep-size 2G");
        return cmd_fail("build", error);
    }
    if (!xr_units_parse_bytes(size, &keep, &error)) {
        g_prefix_error(&error, "--keep-size: ");
        return cmd_fail("build", error);
    }
    g_autoptr(XrGc) gc = xr_gc_run(keep, dry, &error);
    if (!gc)
        return cmd_fail("build", error);
    print_removed(gc, dry);
    g_autofree char *before = xr_tell_bytes((gint64)gc->before);
    g_autofree char *after = xr_tell_bytes((gint64)gc->after);
    printf("the cache had %s and %s %s\n", before, dry ? "would have" : "has", after);
    if (gc->after > keep && gc->in_use->len > 0)
        printf("more stays than %s: a running rig uses %u entries that would have gone\n", size,
               gc->in_use->len);
    return 0;
}
