/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the cache kept within bounds. */
#include "build/gc.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/cache.h"
#include "build/child.h"

enum { CCACHE_SHARE = 4, KIB = 1024 };
/* Less is not worth having. */
static const guint64 CCACHE_LEAST = 4 * KIB * KIB;

void xr_gc_free(XrGc *gc)
{
    if (!gc)
        return;
    g_clear_pointer(&gc->removed, g_ptr_array_unref);
    g_clear_pointer(&gc->in_use, g_ptr_array_unref);
    g_free(gc);
}

static XrGc *new_gc(void)
{
    XrGc *gc = g_new0(XrGc, 1);

    gc->removed = g_ptr_array_new_with_free_func((GDestroyNotify)xr_entry_free);
    gc->in_use = g_ptr_array_new_with_free_func((GDestroyNotify)xr_entry_free);
    return gc;
}

/* ccache removes what it used least itself, from each of its folders alike, so it goes a little below. */
static gboolean trim_ccache(const char *folder, guint64 share, GError **error)
{
    g_autofree char *program = g_find_program_in_path("ccache");

    if (!program || share < CCACHE_LEAST) {
        xr_cache_remove(folder);
        return TRUE;
    }
    g_autofree char *dir = g_strconcat("CCACHE_DIR=", folder, NULL);
    g_autofree char *size = g_strdup_printf("CCACHE_MAXSIZE=%" G_GUINT64_FORMAT "Ki", share / KIB);
    const char *const argv[] = {"env", dir, size, program, "--cleanup", NULL};
    g_autofree char *said = xr_child_ask(argv, error);
    return said != NULL;
}

static gboolean bound_ccache(XrGc *gc, guint64 keep, gboolean dry, GError **error)
{
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *folder = g_build_filename(cache, "ccache", NULL);
    const guint64 share = keep / CCACHE_SHARE;

    gc->ccache_before = gc->ccache_after = xr_cache_size(folder);
    if (gc->before <= keep || gc->ccache_before <= share)
        return TRUE;
    if (dry) {
        gc->ccache_after = share < CCACHE_LEAST ? 0 : share;
        return TRUE;
    }
    if (!trim_ccache(folder, share, error))
        return FALSE;
    gc->ccache_after = xr_cache_size(folder);
    return TRUE;
}

static int compare_use(gconstpointer a, gconstpointer b)
{
    const XrEntry *left = *(const XrEntry *const *)a, *right = *(const XrEntry *const *)b;

    if (left->unused_s != right->unused_s)
        return left->unused_s > right->unused_s ? -1 : 1;
    return g_strcmp0(left->key, right->key);
}

/* FALSE with an error where it could not be removed for another reason than that somebody uses it. */
static gboolean remove_one(XrGc *gc, XrEntry *entry, gboolean dry, GError **error)
{
    g_autoptr(GError) reason = NULL;

    if (entry->in_use || (!dry && !xr_cache_drop(entry->kind, entry->key, &reason))) {
        if (reason && !g_error_matches(reason, XR_ERROR, XR_ERROR_INPUT)) {
            xr_entry_free(entry);
            g_propagate_error(error, g_steal_pointer(&reason));
            return FALSE;
        }
        g_ptr_array_add(gc->in_use, entry);
        return TRUE;
    }
    gc->after -= MIN(gc->after, entry->bytes);
    g_ptr_array_add(gc->removed, entry);
    return TRUE;
}

XrGc *xr_gc_run(guint64 keep, gboolean dry, GError **error)
{
    g_autoptr(XrGc) gc = new_gc();
    g_autofree char *cache = xr_paths_cache();

    gc->before = xr_cache_size(cache);
    if (!dry)
        xr_cache_sweep();
    gc->after = xr_cache_size(cache);
    if (!bound_ccache(gc, keep, dry, error))
        return NULL;
    gc->after -= MIN(gc->after, gc->ccache_before - MIN(gc->ccache_before, gc->ccache_after));
    g_autoptr(GPtrArray) entries = xr_entries_list(g_get_real_time() / G_USEC_PER_SEC);
    g_ptr_array_sort(entries, compare_use);
    while (gc->after > keep && entries->len > 0)
        if (!remove_one(gc, g_ptr_array_steal_index(entries, 0), dry, error))
            return NULL;
    return g_steal_pointer(&gc);
}
