/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the private folder of the embedded libvirt driver.
 *
 * One a process, not one a machine: libvirt 9.0 ties the embedded driver to the first root it was
 * opened with until the process ends ("Cannot open embedded driver at path …, already open with
 * path …"), even after the connection was closed. A second machine, and a boot tried again, share
 * the root. */
#include "boot/root.h"
#include "base/error.h"
#include "base/paths.h"
#include "boot/guard.h"
#include "boot/leftovers.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The longest socket libvirt makes below the root; of a domain's name it takes 20 bytes. */
#define LONGEST_SOCKET "/lib/qemu/domain-999-xenrig-0123456789abc/monitor.sock"
#define NAME_TRIES     16

static struct {
    char *dir;
    int lock;
    int guard_pipe;
    GPid guard;
    pid_t owner;
} root;

/* qemu.conf: QEMU runs as the caller, else it could not read a cache and records of mode 0700; no
 * labels, cgroups or name spaces, which need privileges, change files that are not libvirt's, and
 * cost time; QEMU's log is a file, as there is no daemon to write it. */
static gboolean write_config(const char *dir, GError **error)
{
    g_autofree char *folder = g_build_filename(dir, "etc", NULL);
    g_autofree char *path = g_build_filename(folder, "qemu.conf", NULL);
    g_autofree char *text = g_strdup_printf("user = \"+%u\"\n"
                                            "group = \"+%u\"\n"
                                            "security_driver = \"none\"\n"
                                            "dynamic_ownership = 0\n"
                                            "remember_owner = 0\n"
                                            "cgroup_controllers = []\n"
                                            "namespaces = []\n"
                                            "stdio_handler = \"file\"\n",
                                            (guint)geteuid(), (guint)getegid());
    g_autoptr(GError) inner = NULL;

    g_mkdir(folder, 0700);
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &inner))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "libvirt's configuration cannot be written: %s",
                inner->message);
    return FALSE;
}

/* What a QEMU can do is asked once and kept in the rig's cache: asking takes seconds, a start with
 * the answer at hand a third of one. Libvirt keys it by the emulator's path and its file's time.
 * Without a cache it is asked again each time, no more. */
static void link_cache(const char *dir)
{
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *kept = g_build_filename(cache, "libvirt", NULL);
    g_autofree char *link = g_build_filename(dir, "cache", NULL);

    if (xr_paths_make_private(cache, NULL) && xr_paths_make_private(kept, NULL) &&
        symlink(kept, link) != 0)
        g_debug("%s: %s", link, g_strerror(errno));
}

static gboolean check_length(const char *runtime, GError **error)
{
    gsize room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - strlen(LONGEST_SOCKET) -
                 strlen("/" XR_ROOT_PREFIX "01234567") - 1;

    if (strlen(runtime) <= room)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: too long a path for Unix sockets below it (%" G_GSIZE_FORMAT
                " bytes, at most %" G_GSIZE_FORMAT "); set XENRIG_RUNTIME to a shorter one",
                runtime, strlen(runtime), room);
    return FALSE;
}

/* Locks a new name, then makes the folder: a root without a locked lock is a leftover. */
static gboolean make_dir(const char *runtime, GError **error)
{
    for (guint i = 0; i < NAME_TRIES; i++) {
        g_autofree char *dir =
            g_strdup_printf("%s/" XR_ROOT_PREFIX "%08x", runtime, g_random_int());
        int lock = xr_leftovers_lock(dir, FALSE);
        if (lock < 0) {
            /* The last run of another rig may just have removed the empty runtime folder. */
            if (errno == ENOENT && !xr_paths_make_private(runtime, error))
                return FALSE;
            continue;
        }
        if (g_mkdir(dir, 0700) == 0) {
            root.dir = g_steal_pointer(&dir);
            root.lock = lock;
            return TRUE;
        }
        xr_leftovers_unlock(dir, lock);
    }
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: no folder can be made in it: %s", runtime,
                g_strerror(errno));
    return FALSE;
}

static void remove_root(void)
{
    xr_leftovers_remove_tree(root.dir);
    xr_leftovers_unlock(root.dir, root.lock);
    g_clear_pointer(&root.dir, g_free);
}

/* On exit: the guard finds the folder gone and leaves; waited for, so that the rig's end is the end
 * of all. A forked child that exits must not take its parent's root. */
static void close_root(void)
{
    if (root.dir == NULL || root.owner != getpid())
        return;
    /* A machine that nobody stopped ends here as well. */
    g_autofree char *sentence = xr_leftovers_clear(root.dir);
    g_autofree char *runtime = g_path_get_dirname(root.dir);
    xr_leftovers_unlock(root.dir, root.lock);
    g_clear_pointer(&root.dir, g_free);
    /* Goes once it is empty; not where the user chose it. */
    if (g_getenv("XENRIG_RUNTIME") == NULL)
        rmdir(runtime);
    close(root.guard_pipe);
    while (waitpid(root.guard, NULL, 0) < 0 && errno == EINTR)
        continue;
}

const char *xr_root_get(GError **error)
{
    g_autofree char *runtime = xr_paths_runtime();

    if (root.dir != NULL)
        return root.dir;
    if (!check_length(runtime, error) || !xr_paths_make_private(runtime, error) ||
        !make_dir(runtime, error))
        return NULL;
    if (!write_config(root.dir, error)) {
        remove_root();
        return NULL;
    }
    link_cache(root.dir);
    root.guard_pipe = xr_guard_spawn(root.dir, &root.guard, error);
    if (root.guard_pipe < 0) {
        remove_root();
        return NULL;
    }
    root.owner = getpid();
    atexit(close_root);
    return root.dir;
}

gboolean xr_root_take_file(const char *path, GError **error)
{
    const char *dir = xr_root_get(error);
    g_autofree char *link = dir != NULL ? g_build_filename(dir, XR_ROOT_FILE, NULL) : NULL;

    if (link == NULL)
        return FALSE;
    g_unlink(link);
    if (symlink(path, link) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be made: %s", link, g_strerror(errno));
    return FALSE;
}
