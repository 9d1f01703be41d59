/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: locks on the entries of the cache. */
#include "build/lock.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_RETRY_US = 100 * 1000 };

/* char *path -> descriptor, all shared. */
static GHashTable *held;
static GMutex held_mutex;

/* With held_mutex taken. */
static GHashTable *get_held(void)
{
    if (!held)
        held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return held;
}

static int open_file(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be opened: %s", path,
                    g_strerror(errno));
    return fd;
}

/* FALSE where the file was removed, and maybe made anew, before the lock was had: another lock. */
static gboolean is_still(int fd, const char *path)
{
    struct stat mine, there;

    return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
           mine.st_dev == there.st_dev;
}

int xr_lock_try(const char *path, GError **error)
{
    int fd = open_file(path, error);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(fd, path))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

gboolean xr_lock_pause(const char *path, GCancellable *cancellable, GError **error)
{
    if (g_cancellable_is_cancelled(cancellable)) {
        g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "stopped while waiting for %s", path);
        return FALSE;
    }
    g_usleep(LOCK_RETRY_US);
    return TRUE;
}

void xr_lock_share(const char *path, int fd)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&held_mutex);
    gpointer older;

    flock(fd, LOCK_SH);
    futimens(fd, NULL);
    if (g_hash_table_lookup_extended(get_held(), path, NULL, &older))
        close(GPOINTER_TO_INT(older));
    g_hash_table_replace(get_held(), g_strdup(path), GINT_TO_POINTER(fd));
}

/* TRUE if this process shares it already. */
static gboolean hold_again(const char *path)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&held_mutex);
    gpointer fd;

    if (!g_hash_table_lookup_extended(get_held(), path, NULL, &fd))
        return FALSE;
    futimens(GPOINTER_TO_INT(fd), NULL);
    return TRUE;
}

gboolean xr_lock_hold(const char *path, GCancellable *cancellable, GError **error)
{
    if (hold_again(path))
        return TRUE;
    do {
        int fd = open_file(path, error);
        if (fd < 0)
            return FALSE;
        if (flock(fd, LOCK_SH | LOCK_NB) == 0 && is_still(fd, path)) {
            xr_lock_share(path, fd);
            return TRUE;
        }
        close(fd);
    } while (xr_lock_pause(path, cancellable, error));
    return FALSE;
}

void xr_lock_release(const char *path)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&held_mutex);
    gpointer fd;

    if (g_hash_table_lookup_extended(get_held(), path, NULL, &fd)) {
        close(GPOINTER_TO_INT(fd));
        g_hash_table_remove(get_held(), path);
    }
}

void xr_lock_release_all(void)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&held_mutex);
    GHashTableIter iter;
    gpointer fd;

    g_hash_table_iter_init(&iter, get_held());
    while (g_hash_table_iter_next(&iter, NULL, &fd))
        close(GPOINTER_TO_INT(fd));
    g_hash_table_remove_all(get_held());
}

gboolean xr_lock_is_held(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    gboolean is_free = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;

    if (fd >= 0)
        close(fd);
    return !is_free;
}
