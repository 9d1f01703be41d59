/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: folders that are made once and then only read. */
#include "build/cache.h"
#include "base/error.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_RETRY_US = 100 * 1000, OPEN_FOLDERS = 32 };

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

/* Whoever has the lock may need minutes: a second caller looks again now and then, so that it can
 * still be stopped. */
static gboolean wait_for_lock(int fd, const char *path, GCancellable *cancellable, GError **error)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be locked: %s", path,
                        g_strerror(errno));
            return FALSE;
        }
        if (g_cancellable_is_cancelled(cancellable)) {
            g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "stopped while waiting for %s", path);
            return FALSE;
        }
        g_usleep(LOCK_RETRY_US);
    }
    return TRUE;
}

static int take_lock(const char *path, GCancellable *cancellable, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be opened: %s", path,
                    g_strerror(errno));
        return -1;
    }
    if (wait_for_lock(fd, path, cancellable, error))
        return fd;
    close(fd);
    return -1;
}

static char *kind_folder(const char *kind)
{
    g_autofree char *cache = xr_paths_cache();
    return g_build_filename(cache, kind, NULL);
}

gboolean xr_cache_lookup(const char *kind, const char *key, char **path)
{
    g_autofree char *folder = kind_folder(kind);
    g_autofree char *entry = g_build_filename(folder, key, NULL);

    if (!g_file_test(entry, G_FILE_TEST_IS_DIR))
        return FALSE;
    *path = g_steal_pointer(&entry);
    return TRUE;
}

static gboolean fill_entry(const char *entry, int lock_fd, XrCacheFill fill, gpointer user_data,
                           GCancellable *cancellable, GError **error)
{
    g_autofree char *temporary = g_strconcat(entry, ".tmp", NULL);
    g_autofree char *log = g_strconcat(entry, ".log", NULL);

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

char *xr_cache_entry(const char *kind, const char *key, XrCacheFill fill, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    char *path = NULL;
    if (xr_cache_lookup(kind, key, &path))
        return path;

    g_autofree char *cache = xr_paths_cache();
    g_autofree char *folder = kind_folder(kind);
    if (!xr_paths_make_private(cache, error) || !xr_paths_make_private(folder, error))
        return NULL;
    g_autofree char *lock = g_strdup_printf("%s/%s.lock", folder, key);
    int lock_fd = take_lock(lock, cancellable, error);
    if (lock_fd < 0)
        return NULL;
    if (!xr_cache_lookup(kind, key, &path)) {
        remove_leftovers(folder, key);
        g_autofree char *entry = g_build_filename(folder, key, NULL);
        if (fill_entry(entry, lock_fd, fill, user_data, cancellable, error))
            path = g_steal_pointer(&entry);
    }
    /* The file stays: a lock on a removed name would be another lock. */
    close(lock_fd);
    return path;
}

static int compare_keys(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *xr_cache_keys(const char *kind)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = kind_folder(kind);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (!strstr(name, ".tmp") && g_file_test(path, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(keys, g_strdup(name));
    }
    g_ptr_array_sort(keys, compare_keys);
    return keys;
}

gboolean xr_cache_drop(const char *kind, const char *key, GError **error)
{
    g_autofree char *folder = kind_folder(kind);
    g_autofree char *lock = g_strdup_printf("%s/%s.lock", folder, key);
    g_autofree char *log = g_strdup_printf("%s/%s.log", folder, key);
    g_autofree char *leaving = g_strdup_printf("%s/%s.tmp.leaving", folder, key);
    g_autofree char *entry = NULL;

    if (!xr_cache_lookup(kind, key, &entry)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: no such entry in %s", key, folder);
        return FALSE;
    }
    int lock_fd = take_lock(lock, NULL, error);
    if (lock_fd < 0)
        return FALSE;
    gboolean renamed = g_rename(entry, leaving) == 0;
    if (!renamed)
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be removed: %s", entry,
                    g_strerror(errno));
    remove_leftovers(folder, key);
    if (renamed)
        g_unlink(log);
    close(lock_fd);
    return renamed;
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
