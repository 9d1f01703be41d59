/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: machines and private roots of rigs that died. */
#include "boot/leftovers.h"
#include "boot/machine.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* QEMU has nothing to save; the polite signal is there so that its log tells who ended it. */
#define TERM_WAIT_MS 300
#define KILL_WAIT_MS 5000

static char *lock_path(const char *root)
{
    return g_strconcat(root, ".lock", NULL);
}

/* Whether fd is still the file that path names: the last owner may have removed it meanwhile. */
static gboolean is_current(int fd, const char *path)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

int xr_leftovers_lock(const char *root, gboolean wait)
{
    g_autofree char *path = lock_path(root);

    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -1;
        if (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
            int failure = errno;
            close(fd);
            if (failure == EINTR)
                continue;
            errno = failure;
            return -1;
        }
        if (is_current(fd, path))
            return fd;
        close(fd);
    }
}

void xr_leftovers_unlock(const char *root, int fd)
{
    g_autofree char *path = lock_path(root);
    g_unlink(path);
    close(fd);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *position)
{
    remove(path);
    return 0;
}

void xr_leftovers_remove_tree(const char *root)
{
    nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

gboolean xr_leftovers_is_ours(const char *cmdline, gsize len, const char *root, char **domain)
{
    g_autofree char *inside = g_strconcat(root, "/", NULL);
    const char *end = cmdline + len;
    const char *name = NULL;
    gboolean machine = FALSE, names_root = FALSE, after_name = FALSE;

    for (const char *arg = cmdline; arg < end; arg += strlen(arg) + 1) {
        /* A pager or editor may well name the root, but no "-machine". */
        machine = machine || g_str_equal(arg, "-machine");
        names_root = names_root || strstr(arg, inside) != NULL;
        if (after_name && g_str_has_prefix(arg, "guest="))
            name = arg + strlen("guest=");
        after_name = g_str_equal(arg, "-name");
    }
    if (domain != NULL)
        *domain = name != NULL ? g_strndup(name, strcspn(name, ",")) : NULL;
    return machine && names_root;
}

/* Whether pid, now, is a QEMU of root that belongs to this user. */
static gboolean matches(pid_t pid, const char *root, char **domain)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d", (int)pid);
    g_autofree char *path = g_build_filename(folder, "cmdline", NULL);
    g_autofree char *cmdline = NULL;
    struct stat info;
    gsize len = 0;

    if (stat(folder, &info) != 0 || info.st_uid != geteuid())
        return FALSE;
    if (!g_file_get_contents(path, &cmdline, &len, NULL))
        return FALSE;
    return xr_leftovers_is_ours(cmdline, len, root, domain);
}

static gboolean has_ended(int pidfd, int wait_ms)
{
    struct pollfd entry = {.fd = pidfd, .events = POLLIN};
    int ready;

    do
        ready = poll(&entry, 1, wait_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* Ends pid if it is a QEMU of root: checked again behind a handle, as process ids are used anew. */
static gboolean end_process(pid_t pid, const char *root)
{
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0)
        return FALSE;
    gboolean ours = matches(pid, root, NULL);
    if (ours) {
        pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
        if (!has_ended(pidfd, TERM_WAIT_MS)) {
            pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
            has_ended(pidfd, KILL_WAIT_MS);
        }
    }
    close(pidfd);
    return ours;
}

/* One pass over /proc; appends to told what was ended. */
static guint end_machines(const char *root, GString *told)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *entry;
    guint ended = 0;

    while (proc != NULL && (entry = g_dir_read_name(proc)) != NULL) {
        g_autofree char *domain = NULL;
        pid_t pid = (pid_t)g_ascii_strtoll(entry, NULL, 10);
        if (pid <= 1 || pid == getpid() || !matches(pid, root, &domain) || !end_process(pid, root))
            continue;
        g_string_append_printf(told, "%sQEMU process %d (%s)", told->len > 0 ? ", " : "", (int)pid,
                               domain != NULL ? domain : "asked for its capabilities");
        ended++;
    }
    return ended;
}

/* The file that goes with the root; NULL where there is none. Free with g_free. */
static char *remove_file(const char *root)
{
    g_autofree char *link = g_build_filename(root, XR_ROOT_FILE, NULL);
    g_autofree char *path = g_file_read_link(link, NULL);

    return path != NULL && g_unlink(path) == 0 ? g_steal_pointer(&path) : NULL;
}

char *xr_leftovers_clear(const char *root)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_autofree char *file = NULL;
    struct stat info;

    if (lstat(root, &info) != 0)
        return NULL;
    /* Again until none is found: one may have been on its way from fork to exec. */
    while (end_machines(root, told) > 0)
        continue;
    file = remove_file(root);
    xr_leftovers_remove_tree(root);
    g_autofree char *more = file != NULL ? g_strconcat(", and ", file, NULL) : g_strdup("");
    if (told->len > 0)
        return g_strdup_printf("a rig that died left %s behind: ended %s and removed the folder%s",
                               root, told->str, more);
    return g_strdup_printf("a rig that died left %s behind: removed%s; no machine ran in it", root,
                           more);
}

/* "r-0123abcd" of "r-0123abcd" or "r-0123abcd.lock"; NULL for any other name. */
static char *root_name(const char *entry)
{
    gsize digits = strspn(entry + MIN(strlen(entry), strlen(XR_ROOT_PREFIX)), "0123456789abcdef");
    gsize len = strlen(XR_ROOT_PREFIX) + digits;

    if (!g_str_has_prefix(entry, XR_ROOT_PREFIX) || digits != 8)
        return NULL;
    if (entry[len] != '\0' && !g_str_equal(entry + len, ".lock"))
        return NULL;
    return g_strndup(entry, len);
}

static void sweep_root(const char *root, GPtrArray *sentences)
{
    int fd = xr_leftovers_lock(root, FALSE);
    if (fd < 0)
        return;
    char *sentence = xr_leftovers_clear(root);
    if (sentence != NULL)
        g_ptr_array_add(sentences, sentence);
    xr_leftovers_unlock(root, fd);
}

GPtrArray *xr_leftovers_sweep(const char *runtime_dir)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GDir) dir = NULL;
    const char *entry;
    struct stat info;

    /* In /tmp a stranger may own the name: nothing of his is touched. */
    if (lstat(runtime_dir, &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid())
        return sentences;
    dir = g_dir_open(runtime_dir, 0, NULL);
    while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
        char *name = root_name(entry);
        if (name != NULL)
            g_hash_table_add(names, name);
    }
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *root = g_build_filename(runtime_dir, name, NULL);
        sweep_root(root, sentences);
    }
    return sentences;
}
