/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: folders that are made once and then only read. */
#include "build/cache.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/lock.h"
#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FOLDERS = 32 };

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *state)
{
    remove(path);
    return 0;
}

/* Packages hold folders that their owner may not write to. */
static int make_writable(const char *path, const struct stat *info, int type, struct FTW *state)
{
    if (type == FTW_D && (info->st_mode & 0700) != 0700)
        chmod(path, 0700);
    return 0;
}

void xr_cache_remove(const char *path)
{
    nftw(path, make_writable, OPEN_FOLDERS, FTW_PHYS);
    nftw(path, remove_one, OPEN_FOLDERS, FTW_PHYS | FTW_DEPTH);
}

static char *lock_path(const char *folder, const char *key)
{
    return g_strdup_printf("%s/%s.lock", folder, key);
}

/* Whoever holds the lock may remove all that is half there. */
static void remove_leftovers(const char *folder, const char *key)
{
    g_autofree char *prefix = g_strconcat(key, ".tmp", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_prefix(name, prefix))
            xr_cache_remove(path);
    }
}

/* What is half there and nobody is at work on: a killed rig's. */
static void sweep_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        const char *end = strstr(name, ".tmp");
        if (!end || end == name)
            continue;
        g_autofree char *key = g_strndup(name, (gsize)(end - name));
        g_autofree char *lock = lock_path(folder, key);
        int fd = xr_lock_try(lock, NULL);
        if (fd < 0)
            continue;
        remove_leftovers(folder, key);
        close(fd);
    }
}

char *xr_cache_folder(const char *kind)
{
    g_autofree char *cache = xr_paths_cache();
    return g_build_filename(cache, kind, NULL);
}

gboolean xr_cache_lookup(const char *kind, const char *key, char **path)
{
    g_autofree char *folder = xr_cache_folder(kind);
    g_autofree char *entry = g_build_filename(folder, key, NULL);

    if (!g_file_test(entry, G_FILE_TEST_IS_DIR))
        return FALSE;
    *path = g_steal_pointer(&entry);
    return TRUE;
}

typedef struct {
    XrCacheFill fill;
    gpointer user_data;
    GCancellable *cancellable;
} Filler;

static gboolean fill_entry(const char *entry, int lock_fd, XrCacheFill fill, gpointer user_data,
                           GCancellable *cancellable, GError **error)
{
    g_autofree char *temporary = g_strconcat(entry, ".tmp", NULL);
    g_autofree char *log = g_strconcat(entry, ".log", NULL);

    /* Scripts append to it. */
    g_unlink(log);
    if (!fill(temporary, log, lock_fd, user_data, cancellable, error)) {
        xr_cache_remove(temporary);
        return FALSE;
    }
    if (g_rename(temporary, entry) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be renamed to %s: %s", temporary, entry,
                g_strerror(errno));
    xr_cache_remove(temporary);
    return FALSE;
}

/* With the lock of an entry that is not there. *path is NULL where somebody removed it right after. */
static gboolean fill_locked(const char *folder, const char *key, int lock_fd, const Filler *filler,
                            char **path, GError **error)
{
    g_autofree char *entry = g_build_filename(folder, key, NULL);
    g_autofree char *lock = lock_path(folder, key);

    sweep_folder(folder);
    remove_leftovers(folder, key);
    if (!fill_entry(entry, lock_fd, filler->fill, filler->user_data, filler->cancellable, error)) {
        close(lock_fd);
        return FALSE;
    }
    xr_lock_share(lock, lock_fd);
    /* For a moment it was nobody's. */
    if (g_file_test(entry, G_FILE_TEST_IS_DIR))
        *path = g_steal_pointer(&entry);
    return TRUE;
}

/* Once through: the entry held, or filled, or neither, without an error, where somebody else is at it. *error is
 * NULL before. */
static gboolean try_entry(const char *kind, const char *folder, const char *key,
                          const Filler *filler, char **path, GError **error)
{
    g_autofree char *lock = lock_path(folder, key);

    if (xr_cache_lookup(kind, key, path)) {
        gboolean held = xr_lock_hold(lock, filler->cancellable, error);
        if (held && g_file_test(*path, G_FILE_TEST_IS_DIR))
            return TRUE;
        xr_lock_release(lock);
        g_clear_pointer(path, g_free);
        return held;
    }
    /* Who fills it goes on to use it and keeps the lock: what is waited for is the entry. */
    xr_lock_release(lock);
    int fd = xr_lock_try(lock, error);
    if (fd < 0)
        return !*error && xr_lock_pause(lock, filler->cancellable, error);
    if (!xr_cache_lookup(kind, key, path))
        return fill_locked(folder, key, fd, filler, path, error);
    xr_lock_share(lock, fd);
    if (!g_file_test(*path, G_FILE_TEST_IS_DIR))
        g_clear_pointer(path, g_free);
    return TRUE;
}

char *xr_cache_entry(const char *kind, const char *key, XrCacheFill fill, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    const Filler filler = {fill, user_data, cancellable};
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *folder = xr_cache_folder(kind);
    g_autoptr(GError) reason = NULL;
    char *path = NULL;

    if (!xr_paths_make_private(cache, error) || !xr_paths_make_private(folder, error))
        return NULL;
    while (!path && try_entry(kind, folder, key, &filler, &path, &reason))
        ;
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return path;
}

gboolean xr_cache_hold(const char *kind, const char *key)
{
    g_autofree char *folder = xr_cache_folder(kind);
    g_autofree char *lock = lock_path(folder, key);
    char *path = NULL;

    if (xr_cache_lookup(kind, key, &path) && xr_lock_hold(lock, NULL, NULL)) {
        gboolean is_there = g_file_test(path, G_FILE_TEST_IS_DIR);
        g_free(path);
        return is_there;
    }
    g_free(path);
    return FALSE;
}

void xr_cache_let_go(void)
{
    xr_lock_release_all();
}

static int compare_keys(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* The entry that a file or folder belongs to: what stands before its ending. */
static char *key_of(const char *name)
{
    if (strstr(name, ".tmp") || g_str_has_suffix(name, ".lock"))
        return NULL;
    return g_strndup(name, strlen(name) - (g_str_has_suffix(name, ".log") ? strlen(".log") : 0));
}

GPtrArray *xr_cache_keys(const char *kind)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = xr_cache_folder(kind);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *key = key_of(name);
        if (!key || g_hash_table_contains(seen, key))
            continue;
        g_hash_table_add(seen, key);
        g_ptr_array_add(keys, g_steal_pointer(&key));
    }
    g_ptr_array_sort(keys, compare_keys);
    return keys;
}

GPtrArray *xr_cache_kinds(void)
{
    /* Of others: they keep themselves in bounds. */
    static const char *const foreign[] = {"ccache", "libvirt", NULL};
    GPtrArray *kinds = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *cache = xr_paths_cache();
    g_autoptr(GDir) dir = g_dir_open(cache, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(cache, name, NULL);
        if (!g_strv_contains(foreign, name) && g_file_test(path, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(kinds, g_strdup(name));
    }
    g_ptr_array_sort(kinds, compare_keys);
    return kinds;
}

static void remove_beside(const char *folder, const char *key, const char *ending)
{
    g_autofree char *path = g_strdup_printf("%s/%s%s", folder, key, ending);
    g_unlink(path);
}

gboolean xr_cache_drop(const char *kind, const char *key, GError **error)
{
    g_autofree char *folder = xr_cache_folder(kind);
    g_autofree char *lock = lock_path(folder, key);
    g_autofree char *entry = g_build_filename(folder, key, NULL);
    g_autofree char *leaving = g_strconcat(entry, ".tmp.leaving", NULL);
    int fd = xr_lock_try(lock, NULL);

    if (fd < 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: is in use by a running rig, so it stays; remove it when that has ended",
                    entry);
        return FALSE;
    }
    /* Nothing but a log is left of what failed. */
    gboolean gone = g_rename(entry, leaving) == 0 || errno == ENOENT;
    if (!gone)
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be removed: %s", entry,
                    g_strerror(errno));
    remove_leftovers(folder, key);
    if (gone) {
        remove_beside(folder, key, ".log");
        remove_beside(folder, key, ".lock");
    }
    close(fd);
    return gone;
}

void xr_cache_sweep(void)
{
    g_autoptr(GPtrArray) kinds = xr_cache_kinds();

    for (guint i = 0; i < kinds->len; i++) {
        g_autofree char *folder = xr_cache_folder(kinds->pdata[i]);
        sweep_folder(folder);
    }
}

gint64 xr_cache_last_use(const char *kind, const char *key, gboolean *in_use)
{
    static const char *const endings[] = {".lock", "", ".log"};
    g_autofree char *folder = xr_cache_folder(kind);
    g_autofree char *lock = lock_path(folder, key);
    gint64 last = 0;

    *in_use = xr_lock_is_held(lock);
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *path = g_strdup_printf("%s/%s%s", folder, key, endings[i]);
        GStatBuf info;
        if (g_stat(path, &info) == 0)
            last = MAX(last, (gint64)info.st_mtime);
    }
    return last;
}

/* nftw hands nothing through to its function. */
static _Thread_local guint64 counted;

static int count_one(const char *path, const struct stat *info, int type, struct FTW *state)
{
    if (type != FTW_NS)
        counted += (guint64)info->st_blocks * 512;
    return 0;
}

guint64 xr_cache_size(const char *path)
{
    counted = 0;
    nftw(path, count_one, OPEN_FOLDERS, FTW_PHYS);
    return counted;
}
